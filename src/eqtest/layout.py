r"""A display's layout: rows of `aligned`, statements between `\qquad`, chains of relations, each relation a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from eqtest.declarations import Scope
from eqtest.parser import Parser
from eqtest.syntax import BINDERS, RELATIONS, Node, free, walk
from eqtest.tokens import EqError, Token, group_end, nesting, split

_WRAPPERS = re.compile(r"\\begin\{(aligned|align|split|gathered)\*?\}")
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

    @property
    def sides(self) -> tuple[Node, Node]:
        """Left and right."""
        return self.left, self.right


def statements(tokens: Sequence[Token]) -> list[list[Token]]:
    r"""Split a display into its statements: rows that continue a chain are joined, alignment marks are dropped."""
    tokens = list(tokens)
    if tokens and _WRAPPERS.fullmatch(tokens[0].text) and group_end(tokens, 0) == len(tokens):
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
        if content and rows and (rows[-1][-1].text in _UNFINISHED or content[0].text in RELATIONS or not cells[0]):
            rows[-1] += content
        elif content:
            rows.append(content)
    return [piece for row in rows for piece in _pieces(row)]


def _pieces(row: Sequence[Token]) -> list[list[Token]]:
    r"""Statements of a row, between `\qquad` and `,\quad`, without the punctuation at their ends."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in row:
        depth += nesting(token)
        pause = token.text == r"\quad" and (not pieces[-1] or pieces[-1][-1].text in (",", ";", "."))
        if depth == 0 and (token.text == r"\qquad" or pause):
            pieces.append([])
        elif token.text != r"\quad":
            pieces[-1].append(token)
    for piece in pieces:
        while piece and piece[-1].text in (",", ";", "."):
            piece.pop()
    return [piece for piece in pieces if piece]


def read_steps(tex: str, tokens: Sequence[Token], scope: Scope) -> list[Step]:
    """Parse a display: every relation of every chain, in order.

    Raises:
        EqError: A statement can't be read, has no relation, or can't fail.
    """
    steps: list[Step] = []
    for chain, piece in enumerate(statements(tokens)):
        parser = Parser(piece, scope)
        parser.refuse()
        links = parser.chain()
        if len(links) < 2:
            raise EqError("an expression states nothing: a display needs a relation such as =", links[0][2])
        _refuse_leaks([node for _, node, _, _ in links])
        for (_, left, start, _), (relation, right, _, end) in pairwise(links):
            source = re.sub(r"\\\\|&|\\(left|right|[bB]igg?[lr]?)(?![A-Za-z])", "", tex[start:end])
            steps.append(Step(relation, left, right, " ".join(source.split()), start, chain))
    if not steps:
        raise EqError("an empty display", 0)
    _refuse_restated(steps, scope)
    return steps


def _refuse_leaks(sides: Sequence[Node]) -> None:
    """Refuse an index that a sum binds and that also stands outside it: a bracket may be missing."""
    for side in sides:
        bound = {node.args[0] for node in walk(side) if node.op in BINDERS}
        if leaks := bound & free(*sides):
            raise EqError(
                f"{min(leaks)} is bound by a sum, product or integral and also stands outside it: a sum ends at the "
                "next + or −; bracket it, or use another letter",
                side.pos,
            )


def _refuse_restated(steps: Sequence[Step], scope: Scope) -> None:
    """Refuse what can't fail: two sides that read the same, and a chain that only restates definitions."""
    weak = [
        s
        for s in steps
        if s.relation not in ("<", ">", "!=") and scope.written_out(s.left) == scope.written_out(s.right)
    ]
    for step in weak:
        if step.left == step.right:
            raise EqError("both sides are the same, so this can't fail", step.pos)
        if all(other in weak for other in steps if other.chain == step.chain):
            raise EqError(
                "this restates a definition, so it can't fail: instead of declaring it, say `eq-define`, or give the "
                "symbol a Python oracle (`… := py …`)",
                step.pos,
            )
