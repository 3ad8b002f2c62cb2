r"""TeX to tokens, and tokens to names: `\hat y`, `\mathbf{W}`, `L_{\text{Poly-1}}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eqtest.syntax import BRACKETS


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
  | (?P<slot> \#\d )
  | (?P<cmd> \\(?:[A-Za-z]+|.) )
  | (?P<op> := | [-+*/^_(){}\[\]|=<>,;:.!'&] )
    """,
    re.VERBOSE,
)


def tokenize(tex: str) -> list[Token]:
    """Return the tokens of `tex`.

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
    return tokens


def expand(tokens: Sequence[Token], macros: Mapping[str, tuple[int, Sequence[Token]]]) -> list[Token]:
    """The tokens with macros replaced by their bodies, in which `#1` … stand for the arguments."""
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        token, at = tokens[at], at + 1
        count, body = macros.get(token.text, (0, [token]))
        arguments: list[Sequence[Token]] = []
        for _ in range(count):
            if at == len(tokens):
                raise EqError(f"the macro {token.text} takes {count} arguments", token.pos)
            end = group_end(tokens, at)
            arguments, at = [*arguments, tokens[at:end]], end
        for part in body:
            slot = part.kind == "slot" and arguments
            result += arguments[int(part.text[1]) - 1] if slot else [part._replace(pos=token.pos, end=token.end)]
    return result


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


class Cursor:
    """A place in a run of tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def text(self) -> str:
        """The next token's text, empty at the end and at words."""
        return self.ahead(0)

    @property
    def kind(self) -> str:
        """The next token's kind, empty at the end."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    @property
    def pos(self) -> int:
        """Where the next token stands."""
        if self.at < len(self.tokens):
            return self.tokens[self.at].pos
        return self.tokens[-1].end if self.tokens else 0

    def ahead(self, offset: int) -> str:
        """A later token's text."""
        token = self.tokens[self.at + offset] if self.at + offset < len(self.tokens) else None
        return token.text if token and token.kind != "text" else ""

    def take(self, *texts: str) -> bool:
        """Step over the next token if it is one of these."""
        if self.text and self.text in texts:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over this token, or fail."""
        if not self.take(text):
            raise self.error(f"expected {text}" + (f", found {self.text}" if self.text else ""))

    def error(self, message: str, pos: int | None = None) -> EqError:
        """A refusal, here or at `pos`."""
        return EqError(message, self.pos if pos is None else pos)

    def group(self) -> Sequence[Token]:
        """Step over a braced argument, or a single token; one digit where TeX takes one digit."""
        if self.at >= len(self.tokens):
            raise self.error("an argument is missing")
        if self.kind == "num" and len(self.text) > 1:
            raise self.error(f"TeX takes one digit of {self.text} here: write {{{self.text}}}")
        start, named = self.at, starts_name(self.tokens[self.at])
        self.at = read_name(self.tokens, start)[1] if named else group_end(self.tokens, start)
        tokens = self.tokens[start : self.at]
        return tokens[1:-1] if tokens[0].text == "{" else tokens

    def inside(self) -> Sequence[Token]:
        """Step over a bracket; return the tokens in it."""
        opening, start, depth = self.text, self.at, 0
        for at in range(start, len(self.tokens)):
            depth += (self.tokens[at].text == opening) - (self.tokens[at].text == BRACKETS[opening])
            if depth == 0:
                self.at = at + 1
                return self.tokens[start + 1 : at]
        raise self.error(f"{opening} is never closed")
