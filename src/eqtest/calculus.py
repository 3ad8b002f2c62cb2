"""Infinite series, integrals, limits and derivatives: numerically, at the working precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from eqtest.nodes import Node, free
from eqtest.numbers import Array, Number, Undefined, Value, build, mp, real, tidy

if TYPE_CHECKING:
    from eqtest.evaluate import Env

SERIES_TERMS = 3000


def series(env: Env, name: str, first: int, body: Node) -> Value:
    """An infinite series: summed until a geometric bound on the rest is negligible, else extrapolated."""
    result, before = mp.mpf(0), mp.mpf(0)
    for index in range(first, first + SERIES_TERMS):
        term = real(env.inner({name: index}).eval(body))
        result += term
        ratio = abs(term / before) if before else mp.mpf(1)
        if index > first + 4 and (
            term == before == 0 or (ratio < 0.99 and abs(term) * ratio / (1 - ratio) < abs(result) * mp.eps)
        ):
            return result
        if index == first + 60 and ratio > 0.99:
            break
        before = term
    return tidy(mp.nsum(lambda k: real(env.inner({name: int(k)}).eval(body)), [first, mp.inf]), "the series")


def integral(env: Env, name: str, low: Node, high: Node, _: None, body: Node) -> Value:
    """A definite integral, by Gauss–Legendre or tanh–sinh quadrature."""
    ends = [real(env.eval(bound)) for bound in (low, high)]
    method = "tanh-sinh" if any(mp.isinf(end) for end in ends) else "gauss-legendre"
    return tidy(mp.quad(lambda x: real(env.inner({name: x}).eval(body)), ends, method=method), "the integral")


def limit(env: Env, name: str, point: Node, side: str, _: None, body: Node) -> Value:
    """A limit: the values very near the point, from both sides unless one is asked for, agree."""
    values = []
    with mp.workdps(4 * mp.dps):
        at = env.eval(point)
        for scale in (20, 30):
            for sign in {"+": (1,), "-": (-1,)}.get(side, (1, -1)):
                x = mp.mpf(10) ** scale if at == mp.inf else real(at) + sign * mp.mpf(10) ** -scale
                values.append(real(env.inner({name: x}, shifted=True).eval(body)))
    spread = max(values) - min(values)
    if spread > 1e-12 * max(1, abs(values[-1])):
        raise Undefined(f"no limit found: near the point the values differ by {mp.nstr(spread, 3)}")
    env.world.tolerance = 1e-9
    return values[-1]


def _shift(env: Env, target: Node) -> tuple[Value, Callable[[Number], Env]]:
    """A target's value, and the frame in which it has another one."""
    symbol = target if target.op == "sym" else target.args[0]
    if symbol.op != "sym":
        raise Undefined("differentiate with respect to a symbol or an entry of one")
    name = symbol.args[0]
    if target.op == "sym":
        return env.name(name), lambda x: env.inner({name: x}, shifted=True)
    array = env.name(name)
    if not isinstance(array, Array):
        raise Undefined(f"{name} is a number and has no entries to differentiate by")
    index = tuple(env.whole(node, "an index") for node in target.args[1:])
    return array[index], lambda x: env.inner({name: array.replaced(index, x)}, shifted=True)


def derivative(env: Env, body: Node, *targets: Node) -> Value:
    """A partial derivative; mixed ones from the outside in."""
    target, *rest = targets
    name = (target if target.op == "sym" else target.args[0]).args[0]
    if name not in env.scope.depends(body) | free(body):
        raise Undefined(f"the expression doesn't depend on {name}: define what is differentiated in terms of {name}")
    order = 1
    while rest and rest[0] == target:
        rest, order = rest[1:], order + 1
    point, shifted = _shift(env, target)

    def function(x: Number) -> Number:
        frame = shifted(x)
        return real(derivative(frame, body, *rest) if rest else frame.eval(body))

    return mp.diff(function, real(point), order)


def gradient(env: Env, body: Node, target: Node, order: int) -> Value:
    """The vector or matrix of derivatives by an array's entries; by a number, the derivative."""
    array = env.eval(target)
    if not isinstance(array, Array):
        return derivative(env, body, *(target for _ in range(order)))

    def by(*index: int) -> Node:
        return Node("item", (target, *(Node("num", (position,)) for position in index)))

    if order == 1:
        return build(array.shape, lambda index: derivative(env, body, by(*index)))
    if len(array.shape) > 1:
        raise Undefined("a Hessian by a vector only")
    return build(array.shape * 2, lambda index: derivative(env, body, by(index[0]), by(index[1])))
