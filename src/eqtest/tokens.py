r"""TeX to tokens, and tokens to names: `\hat y`, `\mathbf{W}`, `L_{\text{Poly-1}}`. What isn't understood is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class EqError(Exception):
    """A display or an annotation that can't be read or checked; `pos` is an offset into its TeX, where known."""

    def __init__(self, message: str, pos: int | None = None) -> None:
        super().__init__(message)
        self.message, self.pos = message, pos


class Token(NamedTuple):
    """A token: `kind` is num, letter, cmd, text or op; `pos` and `end` are offsets into the display's TeX."""

    kind: str
    text: str
    pos: int
    end: int


_TOKEN = re.compile(
    r"""
    (?P<skip> \s+ | %[^\n]*\n? | ~ | \\[,;:!>\s]
      | \\(?:displaystyle|textstyle|limits|nolimits|left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z]) )
  | \\(?:text|textrm|textbf)\s*\{(?P<text>[^{}]*)\}
  | (?P<num> \d+(?:\{,\}\d{3})*(?:\.\d+)? )
  | (?P<letter> [A-Za-z] )
  | (?P<newline> \\\\(?:\[[^\]]*\])? )
  | (?P<env> \\(?:begin|end)\s*\{[a-zA-Z]+\*?\} )
  | \\(?:mathrm|operatorname\*?)\s*\{(?P<function>log|ln|exp|sinh?|cosh?|tanh?|arctan|max|min|det)\}
  | (?P<cmd> \\(?:[A-Za-z]+|.) )
  | (?P<op> := | [-+*/^_(){}\[\]|=<>,;:.!'&] )
    """,
    re.VERBOSE,
)


def tokenize(tex: str) -> list[Token]:
    """Return the tokens of `tex`, with each `^a_b` put in the order `_b^a`.

    Raises:
        EqError: A character that has no meaning in a formula, or unbalanced braces.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(tex):
        match = _TOKEN.match(tex, at)
        if match is None:
            raise EqError(f"{tex[at]!r} has no meaning in a formula: write it in TeX", at)
        kind, text, end = match.lastgroup or "", match[0], match.end()
        if kind == "num":
            text = text.replace("{,}", "")
        elif kind == "text":
            text = match["text"].strip()
        elif kind in ("newline", "env", "function"):
            text = {"newline": r"\\", "function": "\\" + match["function"] if match["function"] else ""}.get(kind, text)
            kind = "cmd"
        if kind != "skip":
            tokens.append(Token(kind, text, at, end))
        at = end
    opened: list[Token] = []
    for token in tokens:
        if nesting(token) > 0:
            opened.append(token)
        elif nesting(token) < 0 and (not opened or _closing(opened.pop().text) != token.text):
            raise EqError(f"{token.text} closes nothing", token.pos)
    if opened:
        raise EqError(f"{opened[-1].text} is never closed", opened[-1].pos)
    return _subscripts_first(tokens)


def nesting(token: Token) -> int:
    """1 at the start of a brace group or an environment, -1 at its end, else 0."""
    if token.kind == "text":
        return 0
    return (token.text == "{" or token.text.startswith(r"\begin{")) - (
        token.text == "}" or token.text.startswith(r"\end{")
    )


def _closing(opening: str) -> str:
    return "}" if opening == "{" else opening.replace(r"\begin", r"\end")


def group_end(tokens: Sequence[Token], at: int) -> int:
    """The index after the group (or the single token) that starts at `at`."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += nesting(tokens[index])
        if depth == 0:
            return index + 1
    return len(tokens)


def split(tokens: Sequence[Token], *separators: str) -> list[list[Token]]:
    """Split at separators that stand outside braces and environments."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += nesting(token)
        if depth == 0 and token.text in separators and token.kind != "text":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _subscripts_first(tokens: list[Token]) -> list[Token]:
    at = 0
    while at < len(tokens):
        if tokens[at].text == "^":
            middle = group_end(tokens, at + 1)
            if middle < len(tokens) and tokens[middle].text == "_":
                end = group_end(tokens, middle + 1)
                tokens[at:end] = tokens[middle:end] + tokens[at:middle]
                at = end - (middle - at)
        at += 1
    return tokens


_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Phi Psi Omega ell pi"
)
GREEK = frozenset("\\" + letter for letter in _LETTERS.split())
ACCENTS = frozenset({r"\hat", r"\bar", r"\tilde", r"\dot", r"\vec"})
BOLD = frozenset({r"\mathbf", r"\boldsymbol", r"\bm"})
FONTS = frozenset({r"\mathcal", r"\mathbb"})
ROMAN = frozenset({r"\mathrm", r"\operatorname", r"\operatorname*"})


def starts_name(token: Token) -> bool:
    """Whether a symbol's name can start with this token."""
    return token.kind in ("letter", "text") or token.text in GREEK | ACCENTS | BOLD | FONTS | ROMAN


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
    if token.text not in ACCENTS:
        command = r"\operatorname" if token.text in ROMAN else r"\mathbf" if token.text in BOLD else token.text
        return f"{command}{{{''.join(part.text for part in inner)}}}", end
    name, used = read_name(inner, 0) if starts_name(inner[0]) else ("", 0)
    if used != len(inner):
        raise EqError(f"{token.text} stands on one symbol only: put subscripts outside it", inner[used].pos)
    return f"{token.text}{{{name}}}", end


def label(tokens: Sequence[Token]) -> str:
    r"""A subscript as part of a name: `{\text{Poly-1}}` is `Poly-1`."""
    return "".join(token.text for token in tokens if token.text not in {"{", "}", *ROMAN, *BOLD})


def variants(name: str) -> list[str]:
    r"""The spellings a name may be declared under: `\mathbf{z}` and `z` are one vector, unless both are declared."""
    plain = re.sub(r"\\mathbf\{([^{}]*(?:\{[^{}]*\})?)\}", r"\1", name)
    return list(dict.fromkeys((name, plain, f"\\mathbf{{{plain}}}")))


def python_name(name: str) -> str:
    r"""The Python name of a TeX symbol: `\hat{y}` is `y_hat`, `\epsilon_{1}` is `epsilon_1`."""
    base, _, subscript = name.partition("_{")
    if subscript:
        return f"{python_name(base)}_{re.sub(r'[^0-9A-Za-z]+', '_', subscript.removesuffix('}').lstrip(chr(92)))}"
    if match := re.fullmatch(r"\\(\w+)\{(.*)\}", base):
        accent = f"_{match[1]}" if "\\" + match[1] in ACCENTS else ""
        return python_name(match[2]) + accent
    return re.sub(r"\W", "_", base.lstrip("\\").replace("'", "_prime"))
