"""Whether a step holds at the points where it is evaluated."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mpmath import mp

from eqtest.evaluate import World
from eqtest.expectations import Point
from eqtest.points import Points
from eqtest.scope import Binding
from eqtest.steps import Step
from eqtest.tex import EqError, require
from eqtest.tree import Node
from eqtest.values import Undefined, Value, approach, near, number, plain, rational, real, related, shape, show

# A difference is believed when two of these precisions agree; that a value is zero by cancellation, from `MANY` on.
FEW, MANY = 30, 400
MORE, MORE_FIRST = (60, 120, 400, 800), (400, 800)  # at the first point, to see what is far below the rest
MORE_ROUGH = (38, 60, 120)  # for estimates, which take long with many digits
SAME = {38: 28, 60: 50, 120: 100, 400: 340, 800: 700}  # how many digits have to agree
PYTHON_TOLERANCE = 1e-9
# Each distance is the square of the one before, so that even a logarithm doubles from one to the next.
NEAR, FAR, NEAR_DIGITS = (4, 8, 16, 32), (2, 4, 8, 16), 500
NOISE = mp.mpf(10) ** -400


class Wrong(Exception):
    """A step that is false at a point: what is wrong, then rows that show it."""


@dataclass
class Check:
    """A step with all that its evaluation needs. `Wrong` and `EqError` say why it doesn't pass."""

    step: Step
    world: World
    seed: str
    exact: bool = True  # whether all values so far were exact
    discarded: float = 0.0  # the share of the points that conditions left out
    compared: bool = False  # the first point is compared with more digits than the others

    def plan(self) -> int:
        """Return the number of points, without evaluating the step."""
        points = Points(self.world, self.step)
        count, self.discarded = points.count(self.seed), points.discarded
        return count

    def run(self) -> int:
        """Evaluate the step; return the number of points."""
        count = 0
        for point in self.points(self.world):
            count += 1
            (self.near if self.step.asymptotic else self.compare)(point)
        self.exact = self.exact and not self.step.asymptotic
        for case in self.step.nodes("case"):
            reached = (case.pos, case) in self.world.reached
            require(reached, "no sample reached this case: widen the domains, or raise `samples:`", case.pos)
        for within, assigned in self.tight():
            if within is not None and self.step.relation != "≈":
                self.nearly_equal(within, assigned)
        return count

    def points(self, world: World) -> Iterator[Point]:
        """Return the points at which the step is checked."""
        points = Points(world, self.step)
        yield from points.drawn(self.seed, points.draws)
        self.discarded = points.discarded

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
            if abs(left - right) > within * scale:
                message = f"isn't within {within:g} of an equality, relative to its sides, where it should be tight"
                raise self.wrong(message, point, left, right)

    def wrong(self, message: str, point: Point, *values: Value) -> Wrong:
        """Return what to raise about a point."""
        depends = point.world.scope.depends(*self.step.sides)
        bound = [(name, value) for name, value in point.names.items() if name in depends]
        ordered = sorted(bound, key=lambda item: (len(shape(item[1])), not isinstance(item[1], int), item[0]))
        rows = [f"{side} = {show(value)}" for side, value in zip(("left ", "right"), values, strict=False)]
        place = ", ".join(f"{name} = {show(value, 6)}" for name, value in ordered)
        return Wrong(message, *rows, *([f"at {place}"] if place else []))

    def values(self, point: Point) -> list[Value]:
        """Return both sides' values."""
        side = "left"
        try:
            left, side = point.eval(self.step.sides[0]), "right"
            return [left, point.eval(self.step.sides[1])]
        except Undefined as error:
            raise self.wrong(f"can't be evaluated, the {side} side has no value: {error}", point) from None

    def compare(self, point: Point) -> None:
        """Evaluate and compare at one point, with more and more digits until two precisions agree."""
        levels: list[tuple[int, dict[tuple[int, ...], tuple[Value, Value]]]] = []
        for digits in self.ladder():
            with mp.workdps(digits):
                try:
                    levels.append((digits, self.pairs(point)))
                except Wrong:  # too few digits may leave nothing, under a logarithm or a fraction
                    if digits > FEW:
                        raise
                    continue
                histories = [[(used, *pairs[index]) for used, pairs in levels] for index in levels[-1][1]]
                signs = [self.sign(history) for history in histories]
                if all(sign is not None for sign in signs):
                    break
        else:
            hint = "the sides agree to some digits, then their difference is lost: change the domains"
            raise EqError(f"can't be decided here with {digits} digits: {hint}", self.step.pos)
        self.compared = True
        for (*_, (_, left, right)), sign in zip(histories, signs, strict=True):
            self.exact = self.exact and rational(left, right)
            if not (sign == 0 if self.step.relation == "≈" else related(self.step.relation, sign or 0)):
                raise self.wrong("is false", point, *self.values(point))

    def ladder(self) -> Iterator[int]:
        """Yield how many digits to evaluate with, more and more."""
        yield FEW
        yield from MORE_ROUGH if self.world.tolerance else MORE if self.compared else MORE_FIRST

    def pairs(self, point: Point) -> dict[tuple[int, ...], tuple[Value, Value]]:
        """Return the numbers that are compared at a point, by their indices."""
        left, right = self.values(point)
        a, b = (value if shape(value) else {(): value} for value in map(plain, (left, right)))
        if a.keys() != b.keys():
            a, b = _spread(a, b), _spread(b, a)
        if max(a) != max(b) or not (a.keys() <= b.keys() or b.keys() <= a.keys()):
            sizes = f"{shape(left)} and {shape(right)}; () is a number"
            raise self.wrong(f"compares different shapes: {sizes}", point, left, right)
        comparable = a.keys() == {()} or self.step.relation in ("=", "≈")
        require(comparable, "only = compares arrays: write the entries, with indices", self.step.pos)
        finite = all(rational(x) or mp.isfinite(x) for value in (a, b) for x in value.values())
        if not finite:
            raise self.wrong("is false, infinity can't be compared with a number", point, left, right)
        return {index: (a[index], b[index]) for index in a.keys() & b.keys()}

    def sign(self, history: list[tuple[int, Value, Value]]) -> int | None:
        """Return the sign of the sides' difference, or None if it can't be told from these precisions."""
        digits, a, b = history[-1]
        if self.step.relation == "≈":
            return int(abs(a - b) > self.margin(a, b))
        if rational(a, b):
            return int(a > b) - int(a < b)
        tolerance, within, final = self.tolerance()
        close = (tolerance or within) and abs(a - b) <= max(tolerance * max(abs(a), abs(b)), within)
        if close and (final or len(history) > 1):
            return 0
        if len(history) == 1:
            return None
        fewer, *before = history[-2]
        difference, size, size_before = a - b, max(abs(a), abs(b)), max(map(abs, before))
        if difference and abs(difference - (before[0] - before[1])) <= abs(difference) / 1000:
            return 1 if difference > 0 else -1
        with mp.workdps(fewer):
            agreed = size and abs(size - size_before) <= size / 10**9 and near(*before)
        agreed = agreed and abs(difference) <= size * mp.mpf(10) ** -SAME[digits]
        terms = max(1, *(max(abs(x), abs(y)) * mp.mpf(10) ** used for used, x, y in history[:-1]))
        vanished = digits >= MANY and size <= terms * mp.mpf(10) ** (20 - digits)
        strict = self.step.relation in ("<", ">", "!=") and digits < MANY  # then equality isn't believed early
        return 0 if vanished or (agreed and not strict) else None

    def tolerance(self) -> tuple[float, float, bool]:
        """Say how far values may be off, relative to them and in itself, and whether more digits are no use.

        Estimates are compared with others when they are made.
        """
        scope = self.world.scope
        code = [scope.bindings[name] for name in scope.depends(*self.step.sides) if scope.bindings[name].kind == "py"]
        relative = PYTHON_TOLERANCE if code else 0.0
        within = max((binding.within for binding in code), default=0.0)
        tolerance = max(self.world.tolerance, relative)
        return tolerance, within, tolerance > 0

    def margin(self, a: Value, b: Value) -> Value:
        r"""Say how far apart the sides of \approx may be: as `tight`, or half a unit of the last decimal."""
        for within, _ in self.tight():
            if within is not None:
                return within * max(abs(a), abs(b))
        written = re.split(r"\\(?:approx|simeq)", self.step.tex)[-1].replace("{,}", "").strip(" .,")
        match = re.fullmatch(
            r"-?\s*(\d+)(?:\.(\d+))?(?:\s*\\(?:cdot|times)\s*10\^(?:(-?\d)|\{\s*(-?\d+)\s*\}))?", written
        )
        hint = f"end with a decimal, or declare `tight {self.step.number} within 0.05: …`"
        require(match, rf"how near is \approx? {hint}", self.step.pos)
        _, decimals, digit, digits = match.groups() if match else ("",) * 4
        return mp.mpf("0.5000001") * mp.mpf(10) ** (int(digit or digits or 0) - len(decimals or ""))

    def near(self, point: Point) -> None:
        """Check a step about a limit: a ratio or a difference at ever smaller distances from the declared point."""
        limits = self.world.scope.limits
        names = sorted(set(limits) & self.world.scope.depends(*self.step.sides))
        hint = "where to? declare one limit, such as `x -> 0`; write an assignment with =, and w' for the new value"
        require(len(names) == 1, hint, self.step.pos)
        with mp.workdps(NEAR_DIGITS):
            limit = real(point.eval(limits[names[0]]))
            for side in approach(limit, FAR if mp.isinf(limit) else NEAR):
                frames = [point.inner({names[0]: place}, shifted=True) for place in side]
                try:
                    self.along(frames, point)
                except Undefined as error:
                    raise self.wrong(f"has no value on the way to the limit: {error}", point) from None

    def along(self, frames: list[Point], point: Point) -> None:
        """Check that what is compared stays bounded for O(·), and otherwise vanishes, on the way to a limit."""
        orders = [node.args[0] for node in self.step.nodes("order")]
        terms = [side.args if side.op == "add" else (side,) for side in self.step.sides]
        sums = [Node("add", tuple(term for term in side if term.op != "order")) for side in terms]
        pairs = [tuple(map(frame.real, sums)) for frame in frames]
        if orders:
            scale, what = [frame.real(orders[0]) for frame in frames], "the remainder divided by O(…)"
        elif self.step.relation == "~":
            scale, what = [b for _, b in pairs], "the ratio of the sides, less 1,"
        else:
            scale, what = [b or 1 for _, b in pairs], "the difference of the sides"
        hint = r"O(…) stands in an equality; what stands in it, or on the right of \sim, isn't 0"
        require(all(scale) and (not orders or self.step.relation == "="), hint, self.step.pos)
        gaps = [abs(a - b) if abs(a - b) > NOISE * max(abs(a), abs(b)) else 0 for a, b in pairs]
        sizes = [gap / abs(unit) for gap, unit in zip(gaps, scale, strict=True)]
        listed = ", ".join(show(size, 6) for size in sizes)
        if sizes[-1] > (1.5 if orders else 0.75) * sizes[-2]:
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
