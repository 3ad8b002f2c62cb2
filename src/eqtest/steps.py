"""What a formula states, relation by relation; a formula that states nothing, or nothing that can fail, is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from eqtest.parser import Side, read_chain
from eqtest.scope import Scope
from eqtest.tex import Token, require, statements
from eqtest.tree import BINDERS, Node, free

_LAYOUT = re.compile(r"\\\\|&|\\(left|right|[bB]igg?[lr]?)(?![A-Za-z])")


@dataclass(frozen=True)
class Step:
    """One relation of a formula; `chain` says which of its statements it belongs to."""

    number: int
    relation: str
    sides: tuple[Node, Node]
    tex: str
    pos: int
    chain: int

    def nodes(self, op: str) -> list[Node]:
        """Return all nodes of a kind on both sides."""
        return [node for side in self.sides for node in side.walk() if node.op == op]

    @property
    def asymptotic(self) -> bool:
        r"""Whether the step is about a limit: O(·), \sim or \to."""
        return self.relation in ("~", "→") or bool(self.nodes("order"))


def read_steps(tex: str, tokens: Sequence[Token], scope: Scope) -> list[Step]:
    """Read every relation of every chain, in order."""
    steps: list[Step] = []
    for chain, piece in enumerate(statements(tokens)):
        sides = read_chain(piece, scope)
        require(len(sides) > 1, "an expression states nothing: a display needs a relation such as =", sides[0].start)
        _require_closed(sides)
        for left, right in pairwise(sides):
            source = " ".join(_LAYOUT.sub("", tex[left.start : right.end]).split())
            both = left.node, right.node
            steps.append(Step(len(steps) + 1, right.relation, both, source, left.start, chain))
    require(steps, "an empty display", 0)
    _require_news(steps, scope)
    return steps


def _require_closed(sides: Sequence[Side]) -> None:
    """Refuse a name that is bound in one place and free in another: a sum that ends too early."""
    nodes = [side.node for side in sides]
    bound = {node.args[0] for side in nodes for node in side.walk() if node.op in BINDERS}
    leaks = ", ".join(sorted(bound & free(*nodes)))
    hint = "a sum ends at the next + or −; bracket it, or use another letter"
    what = "is bound by a sum, product or integral and also stands outside it"
    require(not leaks, f"{leaks} {what}: {hint}", sides[0].start)


def _require_news(steps: Sequence[Step], scope: Scope) -> None:
    """Refuse a step that can't fail, and a chain that only restates definitions."""
    same = {step.number for step in steps if scope.written_out(step.sides[0]) == scope.written_out(step.sides[1])}
    hint = "instead of declaring it, say `eq-define`, or give the symbol a Python oracle (`… := py …`)"
    for step in steps:
        if step.number in same and step.relation not in ("<", ">", "!="):
            require(step.sides[0] != step.sides[1], "both sides are the same, so this can't fail", step.pos)
            restated = {other.number for other in steps if other.chain == step.chain} <= same
            require(not restated, f"this restates a definition, so it can't fail: {hint}", step.pos)
