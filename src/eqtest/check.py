"""What a formula states, step by step, and whether a step holds: at every size and index, and at random values."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mpmath import mp

from eqtest.evaluate import Frame, Undefined, Value, World, approach, build, holds, number, shape, show
from eqtest.parser import BINDERS, ONE, Node, Parser, free
from eqtest.scope import Binding, Scope
from eqtest.tex import Token, require, statements

PYTHON_TOLERANCE = 1e-9
POINTS, POINTS_FOR_BOUNDS, POINTS_FOR_CASES, POINTS_FOR_INTEGRALS, POINTS_FOR_INTEGERS = 8, 24, 120, 3, 60
ATTEMPTS = 300
# Each distance is the square of the one before, so that even a logarithm doubles from one to the next.
NEAR, FAR, NEAR_DIGITS, NEAR_POINTS = (4, 8, 16, 32), (2, 4, 8, 16), 500, 4


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
        """All nodes of a kind on both sides."""
        return [node for side in self.sides for node in side.walk() if node.op == op]


def read_steps(tex: str, tokens: Sequence[Token], scope: Scope) -> list[Step]:
    """Every relation of every chain, in order; what can't be read, and what can't fail, is refused."""
    steps: list[Step] = []
    for chain, piece in enumerate(statements(tokens)):
        links = Parser(piece, scope).all(Parser.chain)
        start = links[0][2]
        require(len(links) > 1, "an expression states nothing: a display needs a relation such as =", start)
        sides = [node for _, node, _, _ in links]
        leaks = {node.args[0] for side in sides for node in side.walk() if node.op in BINDERS} & free(*sides)
        hint = "a sum ends at the next + or −; bracket it, or use another letter"
        what = "is bound by a sum, product or integral and also stands outside it"
        require(not leaks, f"{', '.join(leaks)} {what}: {hint}", start)
        for (_, left, start, _), (relation, right, _, end) in pairwise(links):
            source = " ".join(re.sub(r"\\\\|&|\\(left|right|[bB]igg?[lr]?)(?![A-Za-z])", "", tex[start:end]).split())
            steps.append(Step(len(steps) + 1, relation, (left, right), source, start, chain))
    require(steps, "an empty display", 0)
    weak = [scope.written_out(step.sides[0], {}) == scope.written_out(step.sides[1], {}) for step in steps]
    hint = "instead of declaring it, say `eq-define`, or give the symbol a Python oracle (`… := py …`)"
    for step, restated in zip(steps, weak, strict=True):
        fine = not restated or step.relation in ("<", ">", "!=")
        require(fine or step.sides[0] != step.sides[1], "both sides are the same, so this can't fail", step.pos)
        others = [again for other, again in zip(steps, weak, strict=True) if other.chain == step.chain]
        require(fine or not all(others), f"this restates a definition, so it can't fail: {hint}", step.pos)
    return steps


class Wrong(Exception):
    """A step that is false at a point: what is wrong, then rows that show it."""


@dataclass
class Check:
    """A step with all that its evaluation needs. `Wrong` and `EqError` say why it doesn't pass."""

    step: Step
    world: World
    seed: str

    def run(self) -> int:
        """Evaluate the step; return the number of points."""
        points = 0
        for point in self.points(self.world):
            points += 1
            (self.near if self.asymptotic() else self.compare)(point)
        for case in self.step.nodes("case"):
            reached = id(case.args[0]) in self.world.reached
            require(reached, "no sample reached this case: widen the domains, or raise `samples:`", case.pos)
        for within, assigned in self.tight():
            if within is not None and self.step.relation != "≈":
                scope = self.world.scope.child()
                scope.bindings |= assigned
                for point in self.points(replace(self.world, scope=scope, known={})):
                    left, right = map(number, self.values(point))
                    scale = max(abs(left), abs(right)) if left and right else 1  # relative, unless one side is 0
                    if abs(left - right) > within * scale + 1e-20:
                        message = f"isn't within {within:g} of an equality where it should be tight"
                        raise self.wrong(message, point, left, right)
        return points

    def tight(self) -> list[tuple[float | None, dict[str, Binding]]]:
        """How nearly the step is an equality, and where, as declared."""
        declared = self.world.scope.tight
        return [(within, assigned) for number, within, assigned in declared if number == self.step.number]

    def asymptotic(self) -> bool:
        r"""Whether the step is about a limit: O(·), \sim or \to."""
        return self.step.relation in ("~", "→") or bool(self.step.nodes("order"))

    def points(self, world: World) -> Iterator[Frame]:
        """A frame for each point at which the conditions hold."""
        scope, depends = world.scope, world.scope.depends(*self.step.sides)
        conditions = [node for node, own in scope.where if own or scope.depends(node) <= depends]
        kinds = {name: scope.bindings[name] for name in sorted(depends | scope.depends(*conditions))}
        sizes = {name: kind.nodes for name, kind in kinds.items() if kind.kind == "size"}
        indices = {name: (ONE, *kind.nodes) for name, kind in kinds.items() if kind.kind == "index"}
        randoms = {name: kind for name, kind in kinds.items() if kind.kind in ("real", "int", "simplex", "onehot")}
        frames = list(_all(Frame(world, {}), sizes))
        integers = bool(randoms) and all(kind.kind == "int" for kind in randoms.values())
        combinations = max(sum(1 for frame in frames for _ in _all(frame, indices)), 1)
        draws = scope.samples or (POINTS_FOR_INTEGERS if integers else -(-self.wanted() // combinations))
        generator, found = random.Random(self.seed), False
        for frame in frames:
            accepted = 0
            for _ in range(ATTEMPTS * draws if conditions else draws):
                drawn = frame.inner({})
                for name, kind in randoms.items():
                    drawn.bound[name] = _draw(drawn, kind, generator)
                good = [point for point in _all(drawn, indices) if all(map(point.eval, conditions))]
                yield from good
                accepted += bool(good)
                if accepted == draws or not randoms:
                    break
            found = found or accepted > 0
        require(found, "no sample satisfies the conditions, so nothing is checked: widen the domains or the `where`")

    def wanted(self) -> int:
        """How many points, at least."""
        if self.asymptotic():
            return NEAR_POINTS
        if self.step.nodes("int"):
            return POINTS_FOR_INTEGRALS
        if self.step.nodes("case"):  # so many that rare ones are reached too
            return POINTS_FOR_CASES
        return POINTS if self.step.relation in ("=", "≈") else POINTS_FOR_BOUNDS

    def wrong(self, message: str, point: Frame, *values: Value) -> Wrong:
        """What to raise about a point."""
        depends = point.world.scope.depends(*self.step.sides)
        bound = [(name, value) for name, value in point.names.items() if name in depends]
        ordered = sorted(bound, key=lambda item: (len(shape(item[1])), not isinstance(item[1], int), item[0]))
        rows = [f"{side} = {show(value)}" for side, value in zip(("left ", "right"), values, strict=False)]
        place = ", ".join(f"{name} = {show(value, 6)}" for name, value in ordered)
        return Wrong(message, *rows, *([f"at {place}"] if place else []))

    def values(self, point: Frame) -> list[Value]:
        """Both sides' values."""
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
        require(comparable, "arrays are compared by = only: write the entries, with indices", self.step.pos)
        if not all(self.holds(a[index], b[index]) for index in a.keys() & b.keys()):
            raise self.wrong("is false", point, left, right)

    def holds(self, a: Value, b: Value) -> bool:
        r"""Whether the relation holds; \approx up to half a unit of the last decimal, or as `tight`."""
        if self.step.relation != "≈":
            python = PYTHON_TOLERANCE if self.world.scope.uses_python(*self.step.sides) else 0.0
            return holds(self.step.relation, a, b, max(self.world.tolerance, python))
        for within, _ in self.tight():
            if within is not None:
                return bool(abs(a - b) <= within * max(abs(a), abs(b)))
        digits = self.step.tex.rpartition(r"\approx")[2].strip(" -+").replace("{,}", "")
        hint = f"end with a decimal, or declare `tight {self.step.number} within 0.05: …`"
        require(digits.replace(".", "", 1).isdigit(), rf"how near is \approx? {hint}", self.step.pos)
        return bool(abs(a - b) <= mp.mpf("0.5000001") * mp.mpf(10) ** -len(digits.partition(".")[2]))

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
        """What is compared has to stay bounded for O(·), and else to vanish, on the way to a limit."""
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
            raise self.wrong(f"is false, {what} {'grows' if orders else 'does not tend to 0'}: {listed}", point)
        if orders and self.tight() and sizes[-1] < 0.6 * sizes[-2]:
            raise self.wrong(f"isn't tight, {what} tends to 0: {listed}", point)


def _all(frame: Frame, ends: Mapping[str, tuple[Node, ...]]) -> Iterator[Frame]:
    """A frame for every combination of values between these ends."""
    ranges = (range(low, high + 1) for low, high in (frame.whole(*nodes) for nodes in ends.values()))
    return (frame.inner(dict(zip(ends, choice, strict=True))) for choice in itertools.product(*ranges))


def _draw(frame: Frame, kind: Binding, generator: random.Random) -> Value:
    """A random value of a domain."""
    low, high, *sizes = (frame.eval(node) for node in kind.nodes)
    cuts = [0, 2**16, *(generator.sample(range(1, 2**16), sizes[0] - 1) if kind.kind == "simplex" else [])]
    hot = generator.randint(1, sizes[0]) if kind.kind == "onehot" else 0
    cuts.sort()
    entries = {
        "simplex": lambda index: mp.mpf(cuts[index[0]] - cuts[index[0] - 1]) / 2**16,  # the sum is exactly 1
        "onehot": lambda index: int(index[0] == hot),
        "int": lambda _: generator.randint(int(low), int(high)),
        "real": lambda _: low + (high - low) * mp.mpf(generator.randrange(1, 2**20)) / 2**20,
    }
    return build(sizes, entries[kind.kind])


def _spread(cells: Value, full: Value) -> Value:
    """A matrix with ellipses at the size of another: its cells count from the first or from the last row and column."""
    sizes, moves = max(cells), [wide - size for wide, size in zip(max(full), max(cells), strict=False)]
    if len(sizes) != 2 or len(moves) != 2 or len(cells) == sizes[0] * sizes[1]:
        return cells
    gaps = [min({*range(1, size + 2)} - {index[axis] for index in cells}) for axis, size in enumerate(sizes)]

    def moved(k: int, axis: int) -> int:
        return k if k < gaps[axis] else k + moves[axis]

    return {(moved(i, 0), moved(j, 1)): value for (i, j), value in cells.items()}
