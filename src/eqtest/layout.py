r"""A display's layout: rows of `aligned`, statements between `\qquad`, chains of relations, each relation a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from eqtest.binders import Parser
from eqtest.nodes import Node, bound, free
from eqtest.parser import RELATIONS, Names
from eqtest.tokens import EqError, Token, closes, opens, split

_WRAPPERS = re.compile(r"\\begin\{(aligned|align|split|gathered|gather|alignedat|equation)\*?\}")
_UNFINISHED = frozenset({"+", "-", r"\cdot", r"\times", "(", "/", *RELATIONS})


@dataclass(frozen=True)
class Step:
    """One relation of a display: all that one check needs."""

    relation: str
    left: Node
    right: Node
    tex: str
    pos: int
    chain: int = 0
    conditions: tuple[Node, ...] = ()


def statements(tokens: Sequence[Token]) -> list[list[Token]]:
    r"""Split a display into its statements: rows that continue a chain are joined, alignment marks are dropped."""
    tokens = list(tokens)
    if tokens and _WRAPPERS.fullmatch(tokens[0].text) and _closes_last(tokens):
        tokens = tokens[1:-1]
    rows: list[list[Token]] = []
    for row in split(tokens, r"\\"):
        cells = split(row, "&")
        if len(cells) % 2 == 0 and len(cells) > 2:
            rows += [cells[i] + cells[i + 1] for i in range(0, len(cells), 2)]
            continue
        content = [token for cell in cells for token in cell]
        while content and content[0].text in (r"\quad", r"\qquad"):
            content.pop(0)
        if not content:
            continue
        if rows and (rows[-1][-1].text in _UNFINISHED or content[0].text in RELATIONS or not cells[0]):
            rows[-1] += content
        else:
            rows.append(content)
    return [piece for row in rows for piece in _pieces(row)]


def _closes_last(tokens: Sequence[Token]) -> bool:
    depth = 0
    for token in tokens[:-1]:
        depth += opens(token) - closes(token)
        if depth == 0:
            return False
    return True


def _pieces(row: Sequence[Token]) -> list[list[Token]]:
    r"""Statements of a row, between `\qquad`, `,\quad` and `\text{and}`, without the punctuation at their ends."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in row:
        depth += opens(token) - closes(token)
        before = pieces[-1][-1].text if pieces[-1] else ""
        word = token.text.strip(" ,") if token.kind == "text" else ""
        if (depth == 0 and (token.text == r"\qquad" or (token.text == r"\quad" and before in (",", ";", ".", "")))) or (
            depth == 0 and word in ("and", "with", "where", "so that", "hence", "so", "thus")
        ):
            pieces.append([])
        elif depth == 0 and word in ("if", "for", "when", "whenever", "for all"):
            pieces.append([token])
        elif token.text != r"\quad":
            pieces[-1].append(token)
    for piece in pieces:
        while piece and piece[-1].text in (",", ";", "."):
            piece.pop()
    return [piece for piece in pieces if piece]


def steps(tex: str, tokens: Sequence[Token], names: Names) -> list[Step]:
    """Parse a display: every relation of every chain, in order.

    Raises:
        EqError: A statement that can't be read, or that has no relation.
    """
    result: list[Step] = []
    for chain, piece in enumerate(statements(tokens)):
        if piece[0].kind == "text" and piece[0].text.strip(" ,") in ("if", "for", "when", "whenever", "for all"):
            if not result:
                raise EqError("a condition before the statement: write it after", piece[0].pos)
            condition = Parser(piece[1:], names).condition()
            last = result[-1].chain
            result = [replace(s, conditions=(*s.conditions, condition)) if s.chain == last else s for s in result]
            continue
        parser = Parser(piece, names)
        parser.refuse()
        links = parser.chain()
        if len(links) < 2:
            raise EqError("an expression states nothing: a display needs a relation such as =", links[0][2])
        _scopes([node for _, node, _, _ in links])
        for (_, left, start, _), (relation, right, _, end) in pairwise(links):
            result.append(Step(relation, left, right, _source(tex[start:end]), start, chain))
    if not result:
        raise EqError("an empty display", 0)
    return result


def _source(tex: str) -> str:
    """A step's own TeX, on one line, without what only lays it out."""
    return " ".join(re.sub(r"\\\\|&|\\(left|right|[bB]igg?[lr]?)(?![A-Za-z])", "", tex).split())


def _scopes(sides: Sequence[Node]) -> None:
    """Refuse an index that a sum binds and that also stands outside it: a bracket may be missing."""
    for side in sides:
        for name in sorted(bound(side) & frozenset().union(*(free(other) for other in sides))):
            raise EqError(
                f"{name} is bound by a sum, product or integral and also stands outside it: a sum ends at the next + "
                "or −; bracket it, or use another letter",
                side.pos,
            )
