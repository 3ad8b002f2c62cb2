r"""Names of symbols: `\hat y`, `\mathbf{W}`, `L_{\text{Poly-1}}`, and what each is called in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eqtest.tokens import EqError, Token, group_end

_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho varrho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Phi Psi Omega ell pi"
)
GREEK = frozenset("\\" + letter for letter in _LETTERS.split())
ACCENTS = {
    r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\overline": "bar", r"\tilde": "tilde",
    r"\widetilde": "tilde", r"\dot": "dot", r"\check": "check", r"\vec": "vec",
}  # fmt: skip
BOLD = frozenset({r"\mathbf", r"\boldsymbol", r"\bm", r"\pmb", r"\mathbfit"})
FONTS = frozenset({r"\mathcal", r"\mathbb", r"\mathscr", r"\mathfrak"})
ROMAN = frozenset({r"\mathrm", r"\operatorname", r"\operatorname*", r"\mathsf", r"\mathit", r"\mathtt"})


def starts_name(token: Token) -> bool:
    """Whether a symbol's name can start with this token."""
    return (
        token.kind in ("letter", "text")
        or token.text in GREEK
        or token.text in ACCENTS
        or token.text in BOLD | FONTS | ROMAN
    )


def read_name(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    r"""Read a name without its subscript; return it in one spelling (`\hat y` is `\hat{y}`) with the index after it."""
    token = tokens[at]
    if token.kind == "text":
        return rf"\operatorname{{{token.text}}}", at + 1
    if token.kind == "letter" or token.text in GREEK:
        return token.text, at + 1
    end = group_end(tokens, at + 1)
    inner = [part for part in tokens[at + 1 : end] if part.text not in ("{", "}")]
    if not inner:
        raise EqError(f"{token.text} needs something to stand on", token.pos)
    if token.text in ROMAN:
        return rf"\operatorname{{{''.join(part.text for part in inner)}}}", end
    if token.text in FONTS or token.text in BOLD:
        command = r"\mathbf" if token.text in BOLD else token.text
        return f"{command}{{{''.join(part.text for part in inner)}}}", end
    if not starts_name(inner[0]):
        raise EqError(f"{token.text} stands on a symbol only", token.pos)
    name, used = read_name(inner, 0)
    if used != len(inner):
        raise EqError(f"{token.text} stands on one symbol only: put subscripts outside it", inner[used].pos)
    return rf"\{ACCENTS[token.text]}{{{name}}}", end


def label(tokens: Sequence[Token]) -> str:
    r"""A subscript as part of a name: `{\text{Poly-1}}` is `Poly-1`."""
    return "".join(token.text for token in tokens if token.text not in {"{", "}", *ROMAN, *BOLD})


def variants(name: str) -> list[str]:
    r"""The spellings a name may be declared under: `\mathbf{z}` and `z` are one vector, unless both are declared."""
    plain = re.sub(r"\\mathbf\{([^{}]*(?:\{[^{}]*\})?)\}", r"\1", name)
    inside = re.sub(r"^(\\(?:hat|bar|tilde)\{)([^{}]+)\}$", r"\1\\mathbf{\2}}", plain)
    return list(dict.fromkeys((name, plain, f"\\mathbf{{{plain}}}", inside)))


def python_name(name: str) -> str:
    r"""The Python name of a TeX symbol: `\hat{y}` is `y_hat`, `\epsilon_{1}` is `epsilon_1`."""
    base, _, subscript = name.partition("_{")
    if subscript:
        return f"{python_name(base)}_{re.sub(r'[^0-9A-Za-z]+', '_', subscript.removesuffix('}').lstrip(chr(92)))}"
    if match := re.fullmatch(r"\\(hat|bar|tilde|dot|check|vec)\{(.*)\}", base):
        return f"{python_name(match[2])}_{match[1]}"
    if match := re.fullmatch(r"\\(?:mathbf|operatorname|mathcal|mathbb|mathscr|mathfrak)\{(.*)\}", base):
        return python_name(match[1])
    return re.sub(r"\W", "_", base.lstrip("\\").replace("'", "_prime"))
