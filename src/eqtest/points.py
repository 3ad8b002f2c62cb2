"""Where a step is checked: at every size and index, and at random values that satisfy the conditions."""

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction

from eqtest.evaluate import World
from eqtest.expectations import Point
from eqtest.scope import Binding
from eqtest.steps import Step
from eqtest.tex import require
from eqtest.tree import ONE, Node, free
from eqtest.values import Value, build, every

POINTS, POINTS_FOR_BOUNDS, POINTS_FOR_CASES, POINTS_FOR_INTEGRALS, POINTS_FOR_INTEGERS = 8, 24, 120, 3, 60
POINTS_FOR_LIMITS = 4
ATTEMPTS = 100
MOST_VALUES = 100  # of whole numbers, all of which are tried
MOST_COMBINATIONS = 20_000  # of sizes and indices
MOST_DISCARDED = 0.95  # of the points, by the conditions
WIDE = Fraction(100)  # how much farther some points of an inequality lie
RANDOM = ("real", "interval", "int", "simplex", "onehot")


class Points:
    """The points at which a step is checked: a frame for each at which the conditions hold."""

    def __init__(self, world: World, step: Step):
        scope, depends = world.scope, world.scope.depends(*step.sides)
        declared = [node for node, own in scope.where if own or scope.depends(node) <= depends]
        self.conditions = [*declared, *step.where]
        kinds = {name: scope.bindings[name] for name in sorted(depends | scope.depends(*self.conditions))}
        sizes = {name: kind.nodes for name, kind in kinds.items() if kind.kind == "size"}
        self.indices = {name: (ONE, *kind.nodes) for name, kind in kinds.items() if kind.kind == "index"}
        few = {name: kind.nodes for name, kind in kinds.items() if kind.kind == "int" and len(kind.nodes) == 2}
        if not free(*(node for nodes in few.values() for node in nodes)):  # few enough to try them all
            self.indices |= few if math.prod(map(len, _ranges(Point(world, {}), few))) <= MOST_VALUES else {}
        # What holds between random variables holds for all their values.
        outside = scope.random(*step.sides, *self.conditions)
        drawn = [*(name for name, kind in kinds.items() if kind.kind in RANDOM), *sorted(outside)]
        self.randoms = {name: kinds[name] for name in drawn if name not in self.indices}
        bound = step.relation in ("<", "<=", ">", ">=") and not step.asymptotic
        # The floats of Python would round to 0, and an estimate would take long.
        self.wide = bound and not scope.uses_python(*step.sides) and not any(map(step.nodes, ("int", "E")))
        self.frames = list(_all(Point(world, {}), sizes))
        combinations = sum(math.prod(map(len, _ranges(frame, self.indices))) for frame in self.frames)
        self.tried = self.kept = 0
        self.strict = bound and "=" not in step.relation
        laws = [kind.nodes[0] for name, kind in kinds.items() if kind.kind == "random" and name not in outside]
        laws += [law for node in step.nodes("E") for law in node.args[1] if law]
        finite = not any(law.op in ("normal", "uniform", "exponential", "poisson") for law in laws)
        self.draws = scope.samples or _draws(step, self.randoms, max(combinations, 1), finite)
        self.draws += 2 * self.strict

    def count(self, seed: str) -> int:
        """Count the points."""
        if self.conditions:
            return sum(1 for _ in self.drawn(seed, self.draws))
        return sum(1 for _ in self.drawn(seed, 1)) * (self.draws if self.randoms else 1)

    @property
    def discarded(self) -> float:
        """The share of the points so far at which a condition didn't hold."""
        return 1 - self.kept / self.tried if self.tried else 0.0

    def drawn(self, seed: str, draws: int) -> Iterator[Point]:
        """Yield the points with so many random draws for each size."""
        generator, found = random.Random(seed), False
        for frame in self.frames:
            accepted = 0
            for turn in range(ATTEMPTS * draws if self.conditions else draws):
                reach = WIDE ** (turn % 3 - 1) if self.wide else 1
                even = turn if self.strict and turn < 2 else None  # where strict inequalities fail
                drawn = frame.inner({})
                for name, kind in self.randoms.items():
                    drawn.bind(name, _draw(drawn, kind, generator, reach, even))
                tried = list(_all(drawn, self.indices))
                good = [point for point in tried if all(map(point.eval, self.conditions))]
                self.tried, self.kept = self.tried + len(tried), self.kept + len(good)
                yield from good
                accepted += bool(good)
                if accepted == draws or not self.randoms:
                    break
            found = found or accepted > 0
        require(found, "no sample satisfies the conditions, so nothing is checked: widen the domains or the `where`")
        few = f"the conditions discard {self.discarded:.1%} of the points, so only a corner is checked"
        require(self.discarded <= MOST_DISCARDED, f"{few}: declare domains that fit them")


def _draws(step: Step, randoms: Mapping[str, Binding], combinations: int, finite: bool) -> int:
    """Say how often random values are drawn, each for all combinations of sizes and indices."""
    whole = [kind.kind == "int" for kind in randoms.values()]
    if whole and all(whole):
        return POINTS_FOR_INTEGERS
    if step.asymptotic:
        wanted = POINTS_FOR_LIMITS
    elif any(map(step.nodes, ("int", "inf"))) or not finite:
        wanted = POINTS_FOR_INTEGRALS
    elif step.nodes("case"):  # so many that rare ones are reached too
        wanted = POINTS_FOR_CASES
    else:
        wanted = POINTS_FOR_INTEGERS if any(whole) else POINTS if step.relation in ("=", "≈") else POINTS_FOR_BOUNDS
    return -(-wanted // combinations)


def _all(frame: Point, ends: Mapping[str, tuple[Node, ...]]) -> Iterator[Point]:
    """Return a frame for every combination of values between these ends."""
    ranges = _ranges(frame, ends)
    few = math.prod(map(len, ranges)) <= MOST_COMBINATIONS
    require(few, f"more than {MOST_COMBINATIONS} combinations of sizes or of indices: declare less")
    return (frame.inner(dict(zip(ends, choice, strict=True))) for choice in itertools.product(*ranges))


def _ranges(frame: Point, ends: Mapping[str, tuple[Node, ...]]) -> list[range]:
    """Return the values between these ends."""
    return [range(low, high + 1) for low, high in (frame.whole(*nodes) for nodes in ends.values())]


def _simplex(kind: str, size: int, generator: random.Random) -> list[Value]:
    """Draw numbers that sum to 1; a single 1 where they are "onehot"."""
    if kind == "onehot":
        return generator.sample([1] + [0] * (size - 1), size)
    cuts = [0, *sorted(generator.sample(range(1, 2**16), min(size, 2**15) - 1)), 2**16]
    return [Fraction(b - a, 2**16) for a, b in itertools.pairwise(cuts)]


def _draw(
    frame: Point, kind: Binding, generator: random.Random, reach: Fraction | int, even: int | None = None
) -> Value:
    """Draw a random value of a domain; without ends, so many times as far from 0 as usual; or this one, if it's in."""
    if kind.kind == "random":
        return _draw_of_law(frame, kind, generator, reach)
    low, high, *sizes = (frame.eval(node) for node in kind.nodes)
    match kind.kind:
        case "simplex" | "onehot":
            build(sizes, lambda _: 0)  # not too large
            rows = {row: _simplex(kind.kind, sizes[-1], generator) for row in every(sizes[:-1])}
            return build(sizes, lambda index: rows[index[:-1]][index[-1] - 1])
        case "int":
            ends = frame.whole(*kind.nodes[:2])
            return build(sizes, lambda _: generator.randint(*ends))
        case "real" | "interval" if even is not None:
            return build(sizes, lambda _: even if low < even < high else (low + high) / 2)
        case "real":
            return build(sizes, lambda _: reach * (low + (high - low) * Fraction(generator.randrange(1, 2**20), 2**20)))
        case _:
            return build(sizes, lambda _: low + (high - low) * Fraction(generator.randrange(1, 2**20), 2**20))


def _draw_of_law(frame: Point, kind: Binding, generator: random.Random, reach: Fraction | int) -> Value:
    """Draw random values that a law allows, whatever their probabilities."""
    outcomes, sizes = frame.outcomes(kind.nodes[0]), frame.whole(*kind.nodes[1:])

    def value() -> Value:
        step = Fraction(generator.randrange(1, 2**20), 2**20)
        match outcomes:
            case "normal", mean, _:
                return mean + reach * (4 * step - 2)
            case "uniform", low, high:
                return low + (high - low) * step
            case "exponential", _:
                return 3 * reach * step
            case "poisson", _:
                return generator.randint(0, 99 if reach > 1 else 9)
        return generator.choice([value for value, chance in outcomes if chance > 0])

    return build(sizes, lambda _: value())
