r"""TeX to tokens: spacing and sizing are dropped, macros are expanded, everything else is kept or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Macro:
    r"""`macro \R[1] = \mathbb{R}^{#1}`: a body in which `#1` … stand for the arguments."""

    arguments: int
    body: str


_TOKEN = re.compile(
    r"""
    (?P<skip> \s+ | %[^\n]*\n? | ~ | \\[,;:!>\s]
      | \\(?:displaystyle|textstyle|limits|nolimits|nonumber|notag|left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])
      | \\(?:label|tag\*?|hspace\*?|vspace|phantom|vphantom|hphantom)\{[^{}]*\} )
  | \\(?:text|textrm|textbf|textit|mbox)\s*\{(?P<text>[^{}]*)\}
  | (?P<num> \d+(?:\{,\}\d{3})*(?:\.\d+)? )
  | (?P<letter> [A-Za-z] )
  | (?P<newline> \\\\(?:\[[^\]]*\])? )
  | (?P<env> \\(?:begin|end)\s*\{[a-zA-Z]+\*?\}(?:\{\d\})? )
  | (?P<d> \\(?:mathrm|operatorname|text)\s*(?:\{d\}|d(?![A-Za-z])) )
  | \\(?:mathrm|operatorname\*?)\s*\{(?P<function>log|ln|exp|sinh?|cosh?|tanh?|arctan|max|min|det)\}
  | (?P<cmd> \\(?:[A-Za-z]+|.) )
  | (?P<op> := | [-+*/^_(){}\[\]|=<>,;:.!'&\#] )
    """,
    re.VERBOSE,
)


def tokenize(tex: str, macros: Mapping[str, Macro] | None = None) -> list[Token]:
    r"""Return the tokens of `tex`, with macros expanded and each `^a_b` put in the order `_b^a`.

    Raises:
        EqError: A character that has no meaning in a formula, or unbalanced braces.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(tex):
        match = _TOKEN.match(tex, at)
        if match is None:
            raise EqError(f"{tex[at]!r} has no meaning in a formula: write it in TeX", at)
        end, kind = match.end(), match.lastgroup
        if kind == "num":
            tokens.append(Token("num", match["num"].replace("{,}", ""), at, end))
        elif kind == "newline":
            tokens.append(Token("cmd", r"\\", at, end))
        elif kind == "env":
            tokens.append(Token("cmd", re.sub(r"\s|\{\d\}$", "", match["env"]), at, end))
        elif kind == "d":
            tokens.append(Token("cmd", r"\d", at, end))
        elif kind == "function":
            tokens.append(Token("cmd", "\\" + match["function"], at, end))
        elif kind == "text":
            tokens.append(Token("text", match["text"].strip(), at, end))
        elif kind in ("letter", "cmd", "op"):
            tokens.append(Token(kind, match[0], at, end))
        at = end
    tokens = _expand(tokens, macros or {}, depth=0)
    balanced(tokens)
    return _subscripts_first(tokens)


def balanced(tokens: Sequence[Token]) -> None:
    """Raise where braces or environments don't pair up."""
    opened: list[Token] = []
    for token in tokens:
        if opens(token):
            opened.append(token)
        elif closes(token) and (not opened or partner(opened.pop()) != token.text):
            raise EqError(f"{token.text} closes nothing", token.pos)
    if opened:
        raise EqError(f"{opened[-1].text} is never closed", opened[-1].pos)


def opens(token: Token) -> bool:
    r"""Whether the token opens a brace group or an environment."""
    return token.text == "{" or token.text.startswith(r"\begin")


def closes(token: Token) -> bool:
    r"""Whether the token closes a brace group or an environment."""
    return token.text == "}" or token.text.startswith(r"\end")


def partner(token: Token) -> str:
    r"""The text that closes an opening token: `}` or `\end{…}`."""
    return "}" if token.text == "{" else token.text.replace(r"\begin", r"\end")


def group_end(tokens: Sequence[Token], at: int) -> int:
    """The index after the group (or the single token) that starts at `at`."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += opens(tokens[index]) - closes(tokens[index])
        if depth == 0:
            return index + 1
    return len(tokens)


def split(tokens: Sequence[Token], *separators: str) -> list[list[Token]]:
    """Split at separators that stand outside braces and environments."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += opens(token) - closes(token)
        if depth == 0 and token.text in separators and token.kind != "text":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _expand(tokens: Sequence[Token], macros: Mapping[str, Macro], depth: int) -> list[Token]:
    if depth > 20:
        raise EqError("a macro expands to itself", tokens[0].pos)
    result: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        macro = macros.get(token.text) if token.kind == "cmd" else None
        if macro is None:
            result.append(token)
            continue
        arguments: list[Sequence[Token]] = []
        for _ in range(macro.arguments):
            if at >= len(tokens):
                raise EqError(f"the macro {token.text} takes {macro.arguments} arguments", token.pos)
            end = group_end(tokens, at)
            arguments.append(tokens[at:end])
            at = end
        body: list[Token] = []
        raw = [match for match in _TOKEN.finditer(macro.body) if match.lastgroup != "skip"]
        pieces = iter(raw)
        for piece in pieces:
            if piece[0] == "#":
                body += arguments[int(next(pieces)[0]) - 1]
            else:
                kind = "text" if piece.lastgroup == "text" else piece.lastgroup or "op"
                text = piece["text"] if kind == "text" else piece[0]
                body.append(Token("cmd" if kind in ("env", "newline") else kind, text, token.pos, token.end))
        result += _expand(body, macros, depth + 1)
    return result


def _subscripts_first(tokens: Sequence[Token]) -> list[Token]:
    """`x^2_i` means what `x_i^2` does."""
    result = list(tokens)
    at = 0
    while at < len(result):
        if result[at].text == "^" and at + 1 < len(result):
            middle = group_end(result, at + 1)
            if middle < len(result) and result[middle].text == "_":
                end = group_end(result, middle + 1)
                result[at:end] = result[middle:end] + result[at:middle]
                at = end - (middle - at)
        at += 1
    return result
