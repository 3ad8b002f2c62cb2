r"""O(·), o(·), \sim and \to: a ratio or a difference at distances 10^-4, 10^-8, 10^-16, 10^-32 from the declared point.
Each distance is the square of the one before, so that even a logarithm doubles from one to the next."""

from __future__ import annotations

from eqtest.declarations import Scope
from eqtest.evaluate import Env
from eqtest.layout import Step
from eqtest.nodes import Node
from eqtest.numbers import Number, Undefined, mp, real
from eqtest.oracle import World
from eqtest.sampling import Wrong, describe, points, show
from eqtest.tokens import EqError

NEAR, FAR = (4, 8, 16, 32), (2, 4, 8, 16)
DIGITS = 500
POINTS = 4


def is_asymptotic(step: Step) -> bool:
    r"""Whether the step is about a limit: O(·), o(·), \sim or \to."""
    return step.relation in ("~", "→") or any(_orders(side)[1] for side in (step.left, step.right))


def check_asymptotics(step: Step, scope: Scope, world: World, seed: str, *, sharp: bool) -> int:
    """Check a step at a few values of the other symbols, from each side that the declaration allows.

    Args:
        step: The step.
        scope: The declarations; one limit such as `x -> 0` among them.
        world: The page's namespace.
        seed: For the other symbols' values.
        sharp: Whether the remainder has to be exactly of the order that O(…) says.

    Returns:
        The number of points.

    Raises:
        Wrong: It doesn't hold.
        EqError: It can't be checked as declared.
    """
    names = sorted(set(scope.limits) & scope.depends(step.left, step.right))
    if len(names) != 1:
        raise EqError("where to? declare one limit, such as `x -> 0`", step.pos)
    (name,) = names
    count = 0
    for frame in points(scope, (step.left, step.right), step.conditions, seed, POINTS, world):
        count += 1
        with mp.workdps(DIGITS):
            for approach in _approaches(frame, *scope.limits[name]):
                frames = [frame.inner({name: x}, shifted=True) for x in approach]
                if message := _along(step, frames, name, sharp):
                    others = [other for other in scope.depends(step.left, step.right) if other != name]
                    raise Wrong(message, point=describe(frame, others))
    return count


def _orders(side: Node) -> tuple[Node, list[Node]]:
    """A side without its O-terms, and those."""
    terms = side.args if side.op == "add" else (side,)
    kept = tuple(term for term in terms if _order(term).op != "order")
    rest = Node("add", kept, side.pos) if len(kept) > 1 else kept[0] if kept else Node("num", (0,), side.pos)
    return rest, [_order(term) for term in terms if term not in kept]


def _order(term: Node) -> Node:
    inner: Node = term.args[0] if term.op == "neg" else term
    return inner if inner.op == "order" else term


def _approaches(frame: Env, point: Node, side: str) -> list[list[Number]]:
    """Sequences that tend to the point."""
    target = real(frame.eval(point))
    if mp.isinf(target):
        return [[mp.sign(target) * mp.mpf(10) ** scale for scale in FAR]]
    signs = {"+": (1,), "-": (-1,)}.get(side, (1, -1))
    return [[target + sign * mp.mpf(10) ** -scale for scale in NEAR] for sign in signs]


def _along(step: Step, frames: list[Env], name: str, sharp: bool) -> str:
    """What is wrong along one sequence; empty if nothing is."""
    (left, left_orders), (right, right_orders) = _orders(step.left), _orders(step.right)
    orders = left_orders + right_orders
    try:
        a, b = ([real(frame.eval(side)) for frame in frames] for side in (left, right))
        scale = [sum((abs(real(frame.eval(order.args[1]))) for order in orders), mp.mpf(0)) for frame in frames]
    except Undefined as error:
        nearest = show(frames[-1].bound[name])
        return f"has no value at {name} = {nearest}: {error} (from one side only? declare `{name} -> …+`)"

    def table(what: str, values: list[Number]) -> str:
        return f"{what}: on the way to the point it is {', '.join(mp.nstr(value, 6) for value in values)}"

    gap = [abs(x - y) for x, y in zip(a, b, strict=True)]
    if orders:
        if step.relation != "=" or not all(scale):
            raise EqError("an O(…) stands in an equality, and isn't zero near the point", step.pos)
        ratio = [difference / size for difference, size in zip(gap, scale, strict=True)]
        if all(order.args[0] == "o" for order in orders):
            return "" if _vanishes(ratio) else table("is false, the remainder divided by o(…) doesn't tend to 0", ratio)
        if ratio[-1] > 1.5 * ratio[-2] and ratio[-1] > 1e-12:
            return table("is false, the remainder divided by O(…) grows", ratio)
        if sharp and ratio[-1] < 0.6 * ratio[-2]:
            return table("isn't tight, the remainder divided by O(…) tends to 0", ratio)
        return ""
    if step.relation == "→":
        return "" if _vanishes(gap) else table("is false, the left side doesn't tend to the right one", a)
    if not all(b):
        raise EqError(r"nothing but 0 is \sim 0: write \to 0", step.pos)
    quotient = [x / y for x, y in zip(a, b, strict=True)]
    if _vanishes([abs(value - 1) for value in quotient]):
        return ""
    return table("is false, the ratio of the sides doesn't tend to 1", quotient)


def _vanishes(values: list[Number]) -> bool:
    return bool(values[-1] <= 1e-12 or values[-1] <= 0.75 * values[-2])
