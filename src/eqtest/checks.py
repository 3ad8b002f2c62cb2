"""Whether a step holds at the points of its sample, and whether its bounds are tight there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eqtest.asymptotics import POINTS as NEARBY
from eqtest.asymptotics import check_asymptotics, is_asymptotic
from eqtest.bindings import Tight
from eqtest.declarations import Scope
from eqtest.evaluate import Env
from eqtest.expand import expand
from eqtest.layout import Step
from eqtest.nodes import Node, walk
from eqtest.numbers import Array, Number, Undefined, Value, exact, mp, real
from eqtest.oracle import World
from eqtest.sampling import Wrong, describe, points, show
from eqtest.tokens import EqError

DIGITS = 30
RELATIVE, ABSOLUTE = 1e-20, 1e-25
PYTHON_TOLERANCE = 1e-9
POINTS = {"=": 8, "≈": 8}
POINTS_OTHERWISE = 24
INTEGRAL_POINTS = 3  # slow ones


@dataclass
class Check:
    """A step with all that its evaluation needs."""

    step: Step
    number: int
    scope: Scope
    world: World
    seed: str

    def run(self) -> int:
        """Evaluate the step; return the number of points.

        Raises:
            Wrong: The step is false at a point, or undefined there.
            EqError: It can't fail, or can't be checked as declared.
        """
        step = self.step
        if is_asymptotic(step):
            sharp = any(tight.relation == self.number for tight in self.scope.tight)
            return check_asymptotics(step, self.scope, self.world, self.seed, sharp=sharp)
        count = 0
        for point in self.points():
            count += 1
            self.at(point)
        for branch in _branches(step):
            if id(branch[0]) not in self.world.reached:
                raise EqError(
                    "no sample reached this case, so it isn't checked: widen the domains, or raise `samples:`",
                    branch[0].pos,
                )
        for tight in self.scope.tight:
            if tight.relation == self.number and tight.within is not None:
                self.tight(tight, tight.within)
        return count

    def points(self, scope: Scope | None = None) -> Iterator[Env]:
        """The step's points."""
        step = self.step
        nodes = (step.left, step.right)
        wanted = POINTS_OTHERWISE if _branches(step) else POINTS.get(step.relation, POINTS_OTHERWISE)
        if any(below.op == "int" for node in nodes for below in walk(node)):
            wanted = INTEGRAL_POINTS
        return points(scope or self.scope, nodes, step.conditions, self.seed, wanted, self.world)

    def planned(self) -> int:
        """The number of points at which `run` evaluates the step, without doing so."""
        if is_asymptotic(self.step):
            nodes = (self.step.left, self.step.right)
            return sum(1 for _ in points(self.scope, nodes, self.step.conditions, self.seed, NEARBY, self.world))
        return sum(1 for _ in self.points())

    def at(self, point: Env) -> None:
        """Evaluate and compare at one point."""
        step, values = self.step, list[Any]()
        for side, node in (("left", step.left), ("right", step.right)):
            try:
                partial = (
                    step.relation == "="
                    and node.op == "matrix"
                    and any(cell is None for row in node.args for cell in row)
                )
                values.append(_Cells(node, point) if partial else point.eval(node))
            except Undefined as error:
                raise Wrong(f"the {side} side has no value: {error}", point=self.describe(point)) from None
        left, right = values
        try:
            if isinstance(left, _Cells) or isinstance(right, _Cells):
                cells, full = (left, right) if isinstance(left, _Cells) else (right, left)
                left, right = cells.against(full)
            if isinstance(left, Array) or isinstance(right, Array):
                self.arrays(left, right, point)
            elif not self.holds(left, right):
                raise Wrong("is false", show(left), show(right), self.describe(point))
        except Undefined as error:
            raise Wrong(f"can't be compared: {error}", point=self.describe(point)) from None

    def arrays(self, left: Value, right: Value, point: Env) -> None:
        """Compare entry by entry."""
        if not isinstance(left, Array) or not isinstance(right, Array) or left.shape != right.shape:
            shapes = " and ".join(str(getattr(value, "shape", "a number")) for value in (left, right))
            raise Wrong(f"compares different shapes: {shapes}", show(left), show(right), self.describe(point))
        if self.step.relation not in ("=", "≈"):
            raise EqError("arrays are compared by = only: write the entries, with indices", self.step.pos)
        for a, b in zip(left.items, right.items, strict=True):
            if not self.holds(a, b):
                raise Wrong("is false", show(left), show(right), self.describe(point))

    def holds(self, a: Number, b: Number) -> bool:
        """Whether the relation holds between two numbers."""
        relation = self.step.relation
        if relation == "≈":
            return bool(abs(real(a) - real(b)) <= self.rounding(real(a), real(b)))
        if exact(a) and exact(b):
            equal, difference = a == b, a - b
        else:
            a, b = real(a), real(b)
            tolerance = max(self.world.tolerance, PYTHON_TOLERANCE if self.uses_python else 0.0)
            difference = a - b
            equal = abs(difference) <= max(tolerance, RELATIVE) * max(abs(a), abs(b)) + max(tolerance / 1000, ABSOLUTE)
        outcome = {"=": equal, "!=": not equal, "<": not equal and difference < 0, ">": not equal and difference > 0}
        outcome |= {"<=": equal or difference < 0, ">=": equal or difference > 0}
        return bool(outcome[relation])

    @cached_property
    def uses_python(self) -> bool:
        """Whether the page's own float64 code takes part."""
        return self.scope.uses_python(self.step.left, self.step.right)

    def rounding(self, a: Number, b: Number) -> Number:
        r"""How far the sides of \approx may be apart: half a unit of the last decimal shown, or as `tight` says."""
        for tight in self.scope.tight:
            if tight.relation == self.number and tight.within is not None:
                return tight.within * max(abs(a), abs(b))
        digits = self.step.tex.rpartition(r"\approx")[2].strip().lstrip("-+ ")
        if self.step.right.op not in ("num", "neg") or not digits.replace(".", "").replace("{,}", "").isdigit():
            raise EqError(
                rf"how near is \approx? end with a decimal, or declare `tight {self.number} within 0.05: …`",
                self.step.pos,
            )
        return mp.mpf("0.5000001") * mp.mpf(10) ** -len(digits.partition(".")[2])

    def tight(self, tight: Tight, within: float) -> None:
        """The sides are nearly equal where the declaration says so."""
        if self.step.relation == "≈":
            return
        scope = self.scope.child()
        scope.bindings |= dict(tight.assigned)
        for point in self.points(scope):
            try:
                left, right = real(point.eval(self.step.left)), real(point.eval(self.step.right))
            except Undefined as error:
                raise Wrong(
                    f"has no value where it should be tight: {error}", point=describe(point, list(scope.bindings))
                ) from None
            scale = max(abs(left), abs(right)) if left and right else 1  # relative, unless one side is 0
            if abs(left - right) > within * scale + RELATIVE:
                where = describe(point, list(scope.bindings))
                raise Wrong(
                    f"isn't within {within:g} of an equality where it should be tight", show(left), show(right), where
                )

    def describe(self, point: Env) -> str:
        """The point, as far as the step depends on it."""
        return describe(point, list(self.scope.depends(self.step.left, self.step.right)))


def refuse_empty(steps: Sequence[Step], scope: Scope) -> None:
    """Raise at what can't fail: two sides that read the same, and a chain that only restates definitions."""
    weak = [
        step
        for step in steps
        if step.relation not in ("<", ">", "!=") and expand(step.left, scope) == expand(step.right, scope)
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


class _Cells:
    """A matrix with ellipses: the written cells, counted from the first or from the last row and column."""

    def __init__(self, node: Node, point: Env) -> None:
        self.node, self.point = node, point

    def against(self, full: Value) -> tuple[Array, Array]:
        """The written cells and those of the other side."""
        if not isinstance(full, Array) or len(full.shape) not in (1, 2):
            raise Undefined("a matrix with an ellipsis is compared with a whole matrix")
        height, width = full.shape if len(full.shape) == 2 else (full.shape[0], 1)
        rows = self.node.args
        dotted_row = next((i for i, row in enumerate(rows) if all(cell is None for cell in row)), len(rows))
        dotted_column = next((j for j in range(len(rows[0])) if all(row[j] is None for row in rows)), len(rows[0]))
        written, other = [], []
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    y = i if i < dotted_row else height - len(rows) + i
                    x = j if j < dotted_column else width - len(row) + j
                    if not (0 <= y < height and 0 <= x < width):
                        raise Undefined(
                            f"{len(rows)}×{len(row)} cells written for shape {full.shape}: use larger sizes"
                        )
                    written.append(self.point.eval(cell))
                    other.append(full.items[y * width + x])
        return Array((len(written),), tuple(written)), Array((len(other),), tuple(other))


def _branches(step: Step) -> list[tuple[Node, Node | None]]:
    return [
        branch for side in (step.left, step.right) for node in walk(side) if node.op == "cases" for branch in node.args
    ]
