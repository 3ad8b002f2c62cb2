"""Whether a step holds at its points: every size, every index, random values for the rest."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from eqtest.declarations import Index, Random, Size, Tight
from eqtest.evaluate import Env, World, approach
from eqtest.layout import Step
from eqtest.syntax import Node, walk
from eqtest.tokens import EqError
from eqtest.values import Array, Number, Undefined, Value, build, exact, mp, real, scalar, shapes_of, show

DIGITS = 30
RELATIVE, ABSOLUTE = 1e-20, 1e-25
PYTHON_TOLERANCE = 1e-9
POINTS, POINTS_FOR_BOUNDS, POINTS_FOR_CASES, POINTS_FOR_INTEGRALS, POINTS_FOR_INTEGERS = 8, 24, 120, 3, 60
ATTEMPTS = 300
# Each distance is the square of the one before, so that even a logarithm doubles from one to the next.
NEAR, FAR, NEAR_DIGITS, NEAR_POINTS = (4, 8, 16, 32), (2, 4, 8, 16), 500, 4


class Wrong(Exception):
    """A step that is false at a point: what was found there."""

    def __init__(self, message: str, point: str = "", left: Any = None, right: Any = None) -> None:
        super().__init__(message)
        self.message, self.left, self.right, self.point = message, left, right, point


@dataclass
class Check:
    """A step with all that its evaluation needs; the number counts the display's steps from 1."""

    step: Step
    number: int
    world: World
    seed: str

    def run(self) -> int:
        """Evaluate the step; return the number of points.

        Raises:
            Wrong: The step is false at a point, or undefined there.
            EqError: It can't be checked as declared.
        """
        count = 0
        for point in self.points():
            count += 1
            if self.asymptotic:
                self.near(point)
            else:
                self.at(point)
        for value, _ in self.branches:
            if id(value) not in self.world.reached:
                raise EqError("no sample reached this case: widen the domains, or raise `samples:`", value.pos)
        for tight in self.tight:
            if tight.within is not None and self.step.relation != "≈":
                self.nearly_equal(tight, tight.within)
        return count

    @property
    def tight(self) -> list[Tight]:
        """The declarations that this step is nearly an equality somewhere."""
        return [tight for tight in self.world.scope.tight if tight.relation == self.number]

    @property
    def asymptotic(self) -> bool:
        r"""Whether the step is about a limit: O(·), \sim or \to."""
        return self.step.relation in ("~", "→") or any(_order(side)[1] for side in self.step.sides)

    @property
    def branches(self) -> list[tuple[Node, Node | None]]:
        """All cases of the step."""
        return [branch for side in self.step.sides for node in walk(side) if node.op == "cases" for branch in node.args]

    def points(self, world: World | None = None) -> Iterator[Env]:
        """Yield a frame for each point at which the conditions hold.

        Raises:
            EqError: No sample satisfies the conditions.
        """
        world = world or self.world
        scope, depends = world.scope, world.scope.depends(*self.step.sides)
        conditions = [node for node, own in scope.where if own or scope.depends(node) <= depends]
        kinds = {name: scope.bindings[name] for name in sorted(depends | scope.depends(*conditions))}
        sizes = {name: range(kind.low, kind.high + 1) for name, kind in kinds.items() if isinstance(kind, Size)}
        indices = {name: kind.high for name, kind in kinds.items() if isinstance(kind, Index)}
        randoms = {name: kind for name, kind in kinds.items() if isinstance(kind, Random)}
        integers = bool(randoms) and all(kind.kind == "int" for kind in randoms.values())
        frames = [Env(world, dict(zip(sizes, choice, strict=True))) for choice in itertools.product(*sizes.values())]
        each = sum(1 for frame in frames for _ in _indexed(frame, indices))
        draws = scope.samples or (POINTS_FOR_INTEGERS if integers else -(-self.wanted() // max(each, 1)))
        generator, found = random.Random(self.seed), False
        for frame in frames:
            accepted = 0
            for _ in range(ATTEMPTS * draws if conditions else draws):
                drawn = frame.inner({})
                for name, kind in randoms.items():
                    drawn.bound[name] = _draw(drawn, kind, generator)
                good = [point for point in _indexed(drawn, indices) if all(map(point.eval, conditions))]
                yield from good
                accepted += bool(good)
                if accepted == draws or not randoms:
                    break
            found = found or accepted > 0
        if not found:
            raise EqError("no sample satisfies the conditions, so nothing is checked: widen the domains or the `where`")

    def wanted(self) -> int:
        """How many points, at least."""
        if self.asymptotic:
            return NEAR_POINTS
        if any(node.op == "int" for side in self.step.sides for node in walk(side)):
            return POINTS_FOR_INTEGRALS
        if self.branches:  # so many that rare ones are reached too
            return POINTS_FOR_CASES
        return POINTS if self.step.relation in ("=", "≈") else POINTS_FOR_BOUNDS

    def wrong(self, message: str, point: Env, *values: Value) -> Wrong:
        """What to raise about a point."""
        depends, bound = point.world.scope.depends(*self.step.sides), dict[str, Value]()
        for frame in point.frames():
            bound = {name: value for name, value in frame.bound.items() if name in depends} | bound
        ordered = sorted(bound.items(), key=lambda item: (isinstance(item[1], Array), not exact(item[1]), item[0]))
        return Wrong(message, ", ".join(f"{name} = {show(value, 6)}" for name, value in ordered), *values)

    def values(self, point: Env) -> list[Value]:
        """Both sides' values."""
        found = []
        for side, node in zip(("left", "right"), self.step.sides, strict=True):
            try:
                found.append(point.eval(node))
            except Undefined as error:
                raise self.wrong(f"can't be evaluated, the {side} side has no value: {error}", point) from None
        return found

    def at(self, point: Env) -> None:
        """Evaluate and compare at one point."""
        left, right = self.values(point)
        pairs = [(left, right)]
        if isinstance(left, Array) or isinstance(right, Array):
            a, b = _spread(left, right), _spread(right, left)
            if not isinstance(a, Array) or not isinstance(b, Array) or a.shape != b.shape:
                raise self.wrong(f"compares different shapes: {shapes_of(left, right)}", point, left, right)
            if self.step.relation not in ("=", "≈"):
                raise EqError("arrays are compared by = only: write the entries, with indices", self.step.pos)
            pairs = [(x, y) for x, y in zip(a.items, b.items, strict=True) if x is not None and y is not None]
        if not all(self.holds(x, y) for x, y in pairs):
            raise self.wrong("is false", point, left, right)

    def holds(self, a: Number, b: Number) -> bool:
        """Whether the relation holds between two numbers."""
        a, b = (a, b) if exact(a) and exact(b) else (real(a), real(b))
        gap = abs(a - b)
        if self.step.relation == "≈":
            return bool(gap <= self.rounding(a, b))
        equal = bool(gap == 0)
        if not exact(gap):
            python = PYTHON_TOLERANCE if self.world.scope.uses_python(*self.step.sides) else 0.0
            tolerance = max(self.world.tolerance, python)
            equal = gap <= max(tolerance, RELATIVE) * max(abs(a), abs(b)) + max(tolerance / 1000, ABSOLUTE)
        match self.step.relation:
            case "=" | "!=" as relation:
                return bool(equal == (relation == "="))
            case "<" | ">" as relation:
                return bool(not equal and (a < b) == (relation == "<"))
            case relation:
                return bool(equal or (a < b) == (relation == "<="))

    def rounding(self, a: Number, b: Number) -> Number:
        r"""How far the sides of \approx may be apart: half a unit of the last decimal shown, or as `tight` says."""
        for tight in self.tight:
            if tight.within is not None:
                return tight.within * max(abs(a), abs(b))
        digits = self.step.tex.rpartition(r"\approx")[2].strip(" -+").replace("{,}", "")
        if not digits.replace(".", "", 1).isdigit():
            hint = f"end with a decimal, or declare `tight {self.number} within 0.05: …`"
            raise EqError(rf"how near is \approx? {hint}", self.step.pos)
        return mp.mpf("0.5000001") * mp.mpf(10) ** -len(digits.partition(".")[2])

    def nearly_equal(self, tight: Tight, within: float) -> None:
        """The sides are nearly equal where the declaration says so."""
        scope = self.world.scope.child()
        scope.bindings |= tight.assigned
        for point in self.points(World(scope, self.world.namespace, self.world.to_native)):
            left, right = (scalar(value) for value in self.values(point))
            scale = max(abs(left), abs(right)) if left and right else 1  # relative, unless one side is 0
            if abs(left - right) > within * scale + RELATIVE:
                message = f"isn't within {within:g} of an equality where it should be tight"
                raise self.wrong(message, point, left, right)

    def near(self, point: Env) -> None:
        """Check a step about a limit: a ratio or a difference at ever smaller distances from the declared point."""
        scope = self.world.scope
        names = sorted(set(scope.limits) & scope.depends(*self.step.sides))
        if len(names) != 1:
            raise EqError("where to? declare one limit, such as `x -> 0`", self.step.pos)
        with mp.workdps(NEAR_DIGITS):
            limit = point.eval(scope.limits[names[0]])
            places = approach(limit, FAR if mp.isinf(real(limit)) else NEAR)
            for side in [places] if len(places) == len(FAR) else [places[::2], places[1::2]]:
                frames = [point.inner({names[0]: place}, shifted=True) for place in side]
                if message := self.along(frames):
                    raise self.wrong(message, point)

    def along(self, frames: list[Env]) -> str:
        """What is wrong on the way to a limit; empty if nothing is."""
        (left, left_order), (right, right_order) = map(_order, self.step.sides)
        order = left_order or right_order
        try:
            a, b = ([real(frame.eval(side)) for frame in frames] for side in (left, right))
            size = [abs(real(frame.eval(order))) for frame in frames] if order else []
        except Undefined as error:
            return f"has no value on the way to the limit: {error}"
        gaps = [abs(x - y) for x, y in zip(a, b, strict=True)]
        if order:
            if self.step.relation != "=" or not all(size):
                raise EqError("an O(…) stands in an equality, and isn't zero near the point", self.step.pos)
            ratio = [gap / large for gap, large in zip(gaps, size, strict=True)]
            if ratio[-1] > 1.5 * ratio[-2] and ratio[-1] > 1e-12:
                return f"is false, the remainder divided by O(…) grows: {_list(ratio)}"
            if self.tight and ratio[-1] < 0.6 * ratio[-2]:
                return f"isn't tight, the remainder divided by O(…) tends to 0: {_list(ratio)}"
            return ""
        if self.step.relation == "→":
            return "" if _vanishes(gaps) else f"is false, the left side doesn't tend to the right one: {_list(a)}"
        if not all(b):
            raise EqError(r"nothing but 0 is \sim 0: write \to 0", self.step.pos)
        quotient = [x / y for x, y in zip(a, b, strict=True)]
        close = _vanishes([abs(value - 1) for value in quotient])
        return "" if close else f"is false, the ratio of the sides doesn't tend to 1: {_list(quotient)}"


def _indexed(frame: Env, indices: dict[str, Node]) -> Iterator[Env]:
    """A frame for every value of the free indices."""
    ranges = [range(1, frame.whole(high) + 1) for high in indices.values()]
    for choice in itertools.product(*ranges):
        yield frame.inner(dict(zip(indices, choice, strict=True))) if indices else frame


def _draw(frame: Env, kind: Random, generator: random.Random) -> Value:
    """A random value of a domain."""
    shape = tuple(map(frame.whole, kind.shape))
    if kind.kind == "simplex":
        weights = [generator.randint(100, 1000) for _ in range(shape[0])]
        return Array(shape, tuple(Fraction(weight, sum(weights)) for weight in weights))
    if kind.kind == "onehot":
        hot = generator.randint(1, shape[0])
        return build(shape, lambda index: int(index[0] == hot))
    low, high = scalar(frame.eval(kind.low)), scalar(frame.eval(kind.high))

    def number(_: object = None) -> Number:
        if kind.kind == "int":
            return generator.randint(int(low), int(high))
        return real(low) + (real(high) - real(low)) * generator.randrange(1, 2**20) / 2**20

    return build(shape, number) if shape else number()


def _spread(cells: Value, full: Value) -> Value:
    """A matrix with ellipses at the size of another: its cells count from the first or from the last row and column."""
    if not isinstance(cells, Array) or None not in cells.items or not isinstance(full, Array) or len(full.shape) != 2:
        return cells
    lines = cells.nested(lambda item: item)
    rows = _places([set(line) == {None} for line in lines], full.shape[0])
    columns = _places([set(column) == {None} for column in zip(*lines, strict=True)], full.shape[1])
    return Array((len(rows), len(columns)), tuple(lines[i][j] for i in rows for j in columns))


def _places(dotted: list[bool], size: int) -> list[int]:
    """Which written row stands for each of `size` rows, one of the written ones being an ellipsis."""
    written = list(range(len(dotted)))
    if True not in dotted:
        return written
    middle = dotted.index(True)
    return written[:middle] + [middle] * (size - len(dotted) + 1) + written[middle + 1 :]


def _order(side: Node) -> tuple[Node, Node | None]:
    """A side without its O-term, and what that holds."""
    terms = side.args if side.op == "add" else (side,)
    orders = [term.args[0] for term in terms if term.op == "order"]
    return Node("add", tuple(term for term in terms if term.op != "order"), side.pos), orders[0] if orders else None


def _vanishes(values: list[Number]) -> bool:
    return bool(values[-1] <= 1e-12 or values[-1] <= 0.75 * values[-2])


def _list(values: list[Number]) -> str:
    return ", ".join(show(value, 6) for value in values)
