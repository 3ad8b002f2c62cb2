"""Points at which a relation is checked: every size, every index, and random values for the rest."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

from eqtest.bindings import Index, Random, Size
from eqtest.declarations import Scope
from eqtest.evaluate import Env
from eqtest.nodes import Node
from eqtest.numbers import Array, Number, Undefined, Value, build, mp, real
from eqtest.oracle import World
from eqtest.tokens import EqError

GRID = 2**20
ATTEMPTS = 300


class Wrong(Exception):
    """A step that is false at a point: what was found there."""

    def __init__(self, message: str, left: str = "", right: str = "", point: str = "") -> None:
        super().__init__(message)
        self.message, self.left, self.right, self.point = message, left, right, point


def points(
    scope: Scope, nodes: Sequence[Node], conditions: Sequence[Node], seed: str, wanted: int, world: World
) -> Iterator[Env]:
    """Yield a frame for each point, `wanted` or more, at which the conditions hold.

    Raises:
        EqError: No sample satisfies the conditions, or a symbol can't be sampled.
    """
    depends = scope.depends(*nodes)
    inherited = [node for node, own in scope.where if not own and scope.depends(node) <= depends]
    conditions = [*conditions, *inherited, *(node for node, own in scope.where if own)]
    names = sorted(depends | scope.depends(*conditions))
    kinds = {name: scope.bindings[name] for name in names}
    sizes = {name: range(kind.low, kind.high + 1) for name, kind in kinds.items() if isinstance(kind, Size)}
    indices = {name: kind.high for name, kind in kinds.items() if isinstance(kind, Index)}
    random_names = [name for name, kind in kinds.items() if isinstance(kind, Random)]
    discrete = random_names and all(kinds[name].kind == "int" for name in random_names)  # type: ignore[union-attr]  # Random
    generator = random.Random(seed)
    frames = [Env(scope, dict(zip(sizes, choice, strict=True)), world) for choice in itertools.product(*sizes.values())]
    each = sum(len(list(_indexed(frame, indices))) for frame in frames)
    draws = scope.samples or (60 if discrete else max(1, -(-wanted // max(each, 1))))
    found = False
    for frame in frames:
        accepted = 0
        for _ in range(ATTEMPTS * draws if conditions else draws):
            drawn = frame.inner({})
            for name in random_names:
                if name not in drawn.bound:
                    drawn.bound[name] = _draw(drawn, kinds[name], generator)  # type: ignore[arg-type]  # Random
            good = [
                point for point in _indexed(drawn, indices) if all(point.eval(condition) for condition in conditions)
            ]
            yield from good
            accepted += bool(good)
            found = found or bool(good)
            if accepted == draws or not random_names:
                break
    if not found:
        raise EqError("no sample satisfies the conditions, so nothing is checked: widen the domains or the `where`")


def _indexed(frame: Env, indices: dict[str, Node]) -> Iterator[Env]:
    """A frame for every value of the free indices."""
    if not indices:
        yield frame
        return
    ranges = [range(1, frame.whole(high, "a size") + 1) for high in indices.values()]
    for choice in itertools.product(*ranges):
        yield frame.inner(dict(zip(indices, choice, strict=True)))


def _draw(frame: Env, kind: Random, generator: random.Random) -> Value:
    """A random value of a domain; other random symbols in its bounds or shape aren't allowed."""
    shape = tuple(frame.whole(size, "a size") for size in kind.shape)
    if kind.kind == "simplex":
        weights = [generator.randint(100, 1000) for _ in range(shape[0])]
        return Array(shape, tuple(Fraction(weight, sum(weights)) for weight in weights))
    if kind.kind == "onehot":
        hot = generator.randint(1, shape[0])
        return build(shape, lambda index: int(index[0] == hot))
    low, high = (frame.eval(bound) if bound else None for bound in (kind.low, kind.high))

    def number(_: object = None) -> Number:
        if kind.kind == "int":
            if not isinstance(low, int) or not isinstance(high, int) or low > high:
                raise Undefined(f"no integers between {low} and {high}")
            return generator.randint(low, high)
        a, b = {"real": (-2, 2), "pos": (Fraction(1, 10), 3)}.get(kind.kind, (low, high))
        share = mp.mpf(generator.randrange(1, GRID)) / GRID
        return real(a) + (real(b) - real(a)) * share

    return build(shape, number) if shape else number()


def describe(point: Env, names: Sequence[str]) -> str:
    """The point in a report: sizes and indices first, then the values."""
    values: dict[str, Value] = {}
    for frame in point.frames():
        values = {**{name: value for name, value in frame.bound.items() if name in names}, **values}
    ordered = sorted(
        values.items(), key=lambda item: (isinstance(item[1], Array), not isinstance(item[1], int), item[0])
    )
    return ", ".join(f"{name} = {show(value, 6)}" for name, value in ordered)


def show(value: Value, digits: int = 10) -> str:
    """A value in a report."""
    if isinstance(value, Array):
        text = str(value.nested(lambda item: show(item, 4))).replace("'", "")
        return text if len(text) < 160 else text[:150] + "…]"
    if abs(value) > 1e300:
        return "beyond 10^300" if value > 0 else "below -10^300"
    if (isinstance(value, Fraction) and value.denominator > 9999) or isinstance(value, mp.mpf):
        return str(mp.nstr(real(value), digits))
    return str(value)
