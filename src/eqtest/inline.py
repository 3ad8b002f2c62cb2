r"""Formulas within a line: which of them state something. `$\sigma(0) = 0.5$` does, `$p = 0.3$` and `$x^2$` don't."""

import re
from collections.abc import Sequence
from itertools import pairwise

from eqtest.tex import RELATIONS, EqError, Token, nesting, tokenize

OPENING, CLOSING = ("(", "[", r"\{", r"\lfloor", r"\lceil"), (")", "]", r"\}", r"\rfloor", r"\rceil")
NUMBERS = ("e", "pi")
SYMBOL = r"@'*(?:_(?:[@0]|\{[^{}]*\}))?"
SYMBOLS = re.compile(rf"{SYMBOL}(?:,{SYMBOL})*|\({SYMBOL}(?:,{SYMBOL})*\)")
WAYS_OUT = (
    "\n    a formula within a line that states something is tested: declare its symbols, in the page's `eq-page` or in "
    "an `eq` comment right before it;\n    or mark a definition, range, shape or condition: <!-- eq-given -->$…$; "
    "or say it in words"
)


def sort_of(tex: str) -> str:
    r"""Say what a formula within a line does.

    Args:
        tex: The formula.

    Returns:
        `statement`, `setting` if it only gives one symbol (or a tuple) its value or its bounds, or `expression`.

    Examples:
        >>> from eqtest.inline import sort_of
        >>> [sort_of(tex) for tex in (r"\sigma(0) = 0.5", r"0 < p \le 1", "x^2")]
        ['statement', 'setting', 'expression']
    """
    try:
        sides, relations = _sides(tokenize(tex))
    except EqError:  # reading it will say what is wrong
        return "statement" if re.search("[=<>]", tex) else "expression"
    if not relations or not any(sides):  # a relation alone is spoken of
        return "expression"
    written = [_outline(side) for side in sides]
    numbers = [bool(side) and "@" not in side for side in written]
    alone = [SYMBOLS.fullmatch(side) is not None for side in written]
    facts = {"≈", "~"} & set(relations) or any(map(all, pairwise(numbers)))
    return "setting" if any(alone) and sum(numbers) == len(sides) - 1 and not facts else "statement"


def _sides(tokens: Sequence[Token]) -> tuple[list[list[Token]], list[str]]:
    """Split at the relations that stand outside all brackets."""
    sides, relations, depth = [list[Token]()], list[str](), 0
    for token in tokens:
        depth += nesting(token) + (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.text in RELATIONS:
            relations.append(RELATIONS[token.text])
            sides.append([])
        else:
            sides[-1].append(token)
    return sides, relations


def _outline(tokens: Sequence[Token]) -> str:
    """Write `@` for every name and `0` for every number, constants among them, so that patterns are short."""
    kinds = {"name": "@", "word": "@", "num": "0"}
    return "".join("0" if token.text in NUMBERS else kinds.get(token.kind, token.text) for token in tokens)
