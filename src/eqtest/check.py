"""Whether a step holds at the points where it is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mpmath import mp

from eqtest.evaluate import Frame, World
from eqtest.points import Points
from eqtest.scope import Binding
from eqtest.steps import Step
from eqtest.tex import require
from eqtest.tree import Node
from eqtest.values import Undefined, Value, approach, holds, number, shape, show

PYTHON_TOLERANCE = 1e-9
# Each distance is the square of the one before, so that even a logarithm doubles from one to the next.
NEAR, FAR, NEAR_DIGITS = (4, 8, 16, 32), (2, 4, 8, 16), 500


class Wrong(Exception):
    """A step that is false at a point: what is wrong, then rows that show it."""


@dataclass
class Check:
    """A step with all that its evaluation needs. `Wrong` and `EqError` say why it doesn't pass."""

    step: Step
    world: World
    seed: str

    def plan(self) -> int:
        """Return the number of points, without evaluating the step."""
        return Points(self.world, self.step).count(self.seed)

    def run(self) -> int:
        """Evaluate the step; return the number of points."""
        count = 0
        for point in self.points(self.world):
            count += 1
            (self.near if self.step.asymptotic else self.compare)(point)
        for case in self.step.nodes("case"):
            reached = (case.pos, case) in self.world.reached
            require(reached, "no sample reached this case: widen the domains, or raise `samples:`", case.pos)
        for within, assigned in self.tight():
            if within is not None and self.step.relation != "≈":
                self.nearly_equal(within, assigned)
        return count

    def points(self, world: World) -> Iterator[Frame]:
        """Return the points at which the step is checked."""
        points = Points(world, self.step)
        return points.drawn(self.seed, points.draws)

    def tight(self) -> list[tuple[float | None, dict[str, Binding]]]:
        """Return how nearly the step is an equality, and where, as declared."""
        declared = self.world.scope.tight
        return [(within, assigned) for number, within, assigned in declared if number == self.step.number]

    def nearly_equal(self, within: float, assigned: dict[str, Binding]) -> None:
        """Check that the sides are as near as declared, with the values assigned there."""
        scope = self.world.scope.child()
        scope.bindings |= assigned
        for point in self.points(replace(self.world, scope=scope, known={})):
            left, right = map(number, self.values(point))
            scale = max(abs(left), abs(right)) if left and right else 1  # relative, unless one side is 0
            if abs(left - right) > within * scale + 1e-20:
                message = f"isn't within {within:g} of an equality where it should be tight"
                raise self.wrong(message, point, left, right)

    def wrong(self, message: str, point: Frame, *values: Value) -> Wrong:
        """Return what to raise about a point."""
        depends = point.world.scope.depends(*self.step.sides)
        bound = [(name, value) for name, value in point.names.items() if name in depends]
        ordered = sorted(bound, key=lambda item: (len(shape(item[1])), not isinstance(item[1], int), item[0]))
        rows = [f"{side} = {show(value)}" for side, value in zip(("left ", "right"), values, strict=False)]
        place = ", ".join(f"{name} = {show(value, 6)}" for name, value in ordered)
        return Wrong(message, *rows, *([f"at {place}"] if place else []))

    def values(self, point: Frame) -> list[Value]:
        """Return both sides' values."""
        side = "left"
        try:
            left, side = point.eval(self.step.sides[0]), "right"
            return [left, point.eval(self.step.sides[1])]
        except Undefined as error:
            raise self.wrong(f"can't be evaluated, the {side} side has no value: {error}", point) from None

    def compare(self, point: Frame) -> None:
        """Evaluate and compare at one point."""
        left, right = self.values(point)
        a, b = (value if shape(value) else {(): value} for value in (left, right))
        if a.keys() != b.keys():
            a, b = _spread(a, b), _spread(b, a)
        if max(a) != max(b) or not (a.keys() <= b.keys() or b.keys() <= a.keys()):
            sizes = f"{shape(left)} and {shape(right)}; () is a number"
            raise self.wrong(f"compares different shapes: {sizes}", point, left, right)
        comparable = not shape(left) or self.step.relation in ("=", "≈")
        require(comparable, "only = compares arrays: write the entries, with indices", self.step.pos)
        if not all(self.holds(a[index], b[index]) for index in a.keys() & b.keys()):
            raise self.wrong("is false", point, left, right)

    def holds(self, a: Value, b: Value) -> bool:
        """Tell whether the relation holds between two numbers."""
        if self.step.relation == "≈":
            return bool(abs(a - b) <= self.margin(a, b))
        python = PYTHON_TOLERANCE if self.world.scope.uses_python(*self.step.sides) else 0.0
        return holds(self.step.relation, a, b, max(self.world.tolerance, python))

    def margin(self, a: Value, b: Value) -> Value:
        r"""Say how far apart the sides of \approx may be: as `tight`, or half a unit of the last decimal."""
        for within, _ in self.tight():
            if within is not None:
                return within * max(abs(a), abs(b))
        digits = self.step.tex.rpartition(r"\approx")[2].strip(" -+").replace("{,}", "")
        hint = f"end with a decimal, or declare `tight {self.step.number} within 0.05: …`"
        require(digits.replace(".", "", 1).isdigit(), rf"how near is \approx? {hint}", self.step.pos)
        return mp.mpf("0.5000001") * mp.mpf(10) ** -len(digits.partition(".")[2])

    def near(self, point: Frame) -> None:
        """Check a step about a limit: a ratio or a difference at ever smaller distances from the declared point."""
        limits = self.world.scope.limits
        names = sorted(set(limits) & self.world.scope.depends(*self.step.sides))
        require(len(names) == 1, "where to? declare one limit, such as `x -> 0`", self.step.pos)
        with mp.workdps(NEAR_DIGITS):
            limit = point.eval(limits[names[0]])
            for side in approach(limit, FAR if mp.isinf(limit) else NEAR):
                frames = [point.inner({names[0]: place}, shifted=True) for place in side]
                try:
                    self.along(frames, point)
                except Undefined as error:
                    raise self.wrong(f"has no value on the way to the limit: {error}", point) from None

    def along(self, frames: list[Frame], point: Frame) -> None:
        """Check that what is compared stays bounded for O(·), and otherwise vanishes, on the way to a limit."""
        orders = [node.args[0] for node in self.step.nodes("order")]
        terms = [side.args if side.op == "add" else (side,) for side in self.step.sides]
        plain = [Node("add", tuple(term for term in side if term.op != "order")) for side in terms]
        pairs = [tuple(map(frame.real, plain)) for frame in frames]
        if orders:
            scale, what = [frame.real(orders[0]) for frame in frames], "the remainder divided by O(…)"
        elif self.step.relation == "~":
            scale, what = [b for _, b in pairs], "the ratio of the sides, less 1,"
        else:
            scale, what = [1 for _ in pairs], "the difference of the sides"
        hint = r"O(…) stands in an equality; what stands in it, or on the right of \sim, isn't 0"
        require(all(scale) and (not orders or self.step.relation == "="), hint, self.step.pos)
        sizes = [abs((a - b) / unit) for (a, b), unit in zip(pairs, scale, strict=True)]
        listed = ", ".join(show(size, 6) for size in sizes)
        if sizes[-1] > (1.5 if orders else 0.75) * sizes[-2] and sizes[-1] > 1e-12:
            trend = "grows" if orders else "doesn't tend to 0"
            raise self.wrong(f"is false, {what} {trend}: {listed}", point)
        if orders and self.tight() and sizes[-1] < 0.6 * sizes[-2]:
            raise self.wrong(f"isn't tight, {what} tends to 0: {listed}", point)


def _spread(cells: Value, full: Value) -> Value:
    """Return a matrix with ellipses at the size of another: its cells count from either end of each row and column."""
    sizes, moves = max(cells), [wide - size for wide, size in zip(max(full), max(cells), strict=False)]
    if len(sizes) != 2 or len(moves) != 2 or len(cells) == sizes[0] * sizes[1]:
        return cells
    gaps = [min({*range(1, size + 2)} - {index[axis] for index in cells}) for axis, size in enumerate(sizes)]

    def moved(k: int, axis: int) -> int:
        return k if k < gaps[axis] else k + moves[axis]

    return {(moved(i, 0), moved(j, 1)): value for (i, j), value in cells.items()}
