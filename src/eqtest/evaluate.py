"""The value of a node at a point.

An `Env` is a frame of bound names on top of an outer one. Definitions are evaluated in the outermost frame that binds
nothing they depend on, and remembered there. So a derivative, which binds a shifted variable, re-evaluates exactly the
definitions that depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eqtest.declarations import Definition, Function, Kronecker, Python, Scope
from eqtest.syntax import Node, free
from eqtest.values import (
    OPERATIONS,
    Array,
    Number,
    Undefined,
    Value,
    add,
    build,
    exact,
    mp,
    multiply,
    real,
    scalar,
    show,
    tidy,
)  # fmt: skip

SERIES_TERMS = 3000


@dataclass
class World:
    """What all frames of a check share: declarations, the page's own code, and what happened on the way."""

    scope: Scope
    namespace: Mapping[str, Any] | None = None
    to_native: Callable[[Any], Any] = lambda value: value
    reached: set[int] = field(default_factory=set)  # the cases
    tolerance: float = 0.0
    known: dict[str, frozenset[str]] = field(default_factory=dict)

    def depends(self, name: str) -> frozenset[str]:
        """All names on which a name depends, itself included."""
        if name not in self.known:
            self.known[name] = self.scope.depends(Node("sym", (name,)))
        return self.known[name]

    def to_python(self, value: Value) -> Any:
        """Ints stay ints; other numbers become floats and arrays nested lists, and go through `to_native`."""
        if isinstance(value, int):
            return value
        return self.to_native(value.nested(float) if isinstance(value, Array) else float(real(value)))


def from_python(result: Any) -> Value:
    """A result of the page's code as a number or an array."""
    if hasattr(result, "tolist"):
        result = result.tolist()
    if isinstance(result, (list, tuple)):
        rows = [from_python(item) for item in result]
        shapes = {row.shape if isinstance(row, Array) else () for row in rows}
        if len(shapes) != 1:
            raise Undefined("the Python value's rows differ in length, or there are none")
        items = [entry for row in rows for entry in (row.items if isinstance(row, Array) else [row])]
        return Array((len(rows), *shapes.pop()), tuple(items))
    if isinstance(result, int):
        return int(result)
    try:
        return tidy(mp.mpf(float(result)), "the Python value")
    except (TypeError, ValueError):
        raise Undefined(f"the Python value is a {type(result).__name__}, not a number or an array of numbers") from None


class Env:
    """A frame: names bound here, the frame outside, and the definitions evaluated in this frame."""

    def __init__(self, world: World, bound: Mapping[str, Value], outer: Env | None = None, *, shifted: bool = False):
        self.world, self.bound, self.outer = world, dict(bound), outer
        self.shifted = shifted  # a derivative or a limit moves a variable
        self.memo: dict[Any, Value] = {}

    def inner(self, bound: Mapping[str, Value], *, shifted: bool = False) -> Env:
        """A frame inside this one."""
        return Env(self.world, bound, self, shifted=shifted)

    def eval(self, node: Node) -> Value:
        """The node's value here.

        Raises:
            Undefined: It has none.
        """
        if node.op in BIG:
            return self.big(BIG[node.op], *node.args)
        if rule := getattr(self, f"on_{node.op}", None):
            return rule(*node.args)
        return OPERATIONS[node.op](*(self.eval(argument) for argument in node.args))

    def on_num(self, value: Number) -> Number:
        """A number."""
        return value

    def on_all(self, *conditions: Node) -> bool:
        """Whether all conditions hold."""
        return all(map(self.eval, conditions))

    def on_order(self, _: Node) -> Value:
        """A term O(…) outside its place."""
        raise Undefined("O(…) stands as a term of one side only, with the point declared as `x -> 0`")

    def whole(self, node: Node) -> int:
        """The value of a bound, a size or an index."""
        value = self.eval(node)
        if not isinstance(value, int):
            raise Undefined(f"a bound, a size or an index has to be an integer, not {show(value)}")
        return value

    # Names

    def frames(self) -> Iterator[Env]:
        """This frame and those outside it, from the inside out."""
        frame: Env | None = self
        while frame:
            yield frame
            frame = frame.outer

    def on_sym(self, name: str) -> Value:
        """The value of a symbol."""
        for frame in self.frames():
            if name in frame.bound:
                return frame.bound[name]
        home = self.home(name)
        if name not in home.memo:
            home.memo[name] = home.fresh(name)
        return home.memo[name]

    def home(self, name: str) -> Env:
        """The outermost frame that binds nothing on which the name depends."""
        frame, depends = self, self.world.depends(name)
        while frame.outer and depends.isdisjoint(frame.bound):
            frame = frame.outer
        return frame

    def fresh(self, name: str) -> Value:
        """The value of a definition, or of Python code, in this frame."""
        match self.world.scope.bindings[name]:
            case Definition(body, ()):
                return self.eval(body)
            case Definition(_, _, ranges) as binding:
                return build([self.whole(high) for high in ranges], lambda index: self.entry(name, binding, index))
            case Python() as code:
                return self.python(name, code, [])
            case Function():
                raise Undefined(f"{name} is a function: write its argument in brackets")
        raise Undefined(f"{name} has no value here")

    def entry(self, name: str, binding: Definition, index: tuple[int, ...]) -> Value:
        """One entry of an array that is defined by its entries."""
        if (name, index) not in self.memo:
            Array(tuple(self.whole(high) for high in binding.ranges), ()).offset(index)
            self.memo[name, index] = self.inner(dict(zip(binding.indices, index, strict=True))).eval(binding.body)
        return self.memo[name, index]

    def on_item(self, base: Node, *indices: Node) -> Value:
        """An array's entry; an array defined by its entries isn't evaluated as a whole for it."""
        index = tuple(self.whole(node) for node in indices)
        if base.op == "sym" and not any(base.args[0] in frame.bound for frame in self.frames()):
            (name,) = base.args
            match self.world.scope.bindings[name]:
                case Kronecker():
                    return int(len(index) == 2 and index[0] == index[1])
                case Definition(_, names) as binding if len(names) == len(index):
                    return self.home(name).entry(name, binding, index)
        value = self.eval(base)
        if not isinstance(value, Array):
            raise Undefined(
                f"a number has no entry {index}: is the subscript part of the name? then declare it with it"
            )
        return value.items[value.offset(index)]

    # Functions and the page's own code

    def on_call(self, name: str, primes: int, *arguments: Node) -> Value:
        """A declared function's value, or its derivative."""
        values = [self.eval(argument) for argument in arguments]
        binding = self.world.scope.bindings[name]
        if isinstance(binding, Python):
            frame = self.inner({}, shifted=True) if primes else self.home(name)
            return frame.python(name, binding, values)
        assert isinstance(binding, Function)
        if len(values) not in binding.overloads:
            raise Undefined(f"{name} isn't declared with {len(values)} arguments")
        parameters, body = binding.overloads[len(values)]
        if not primes:
            return self.inner(dict(zip(parameters, values, strict=True))).eval(body)
        if len(values) != 1:
            raise Undefined(f"{name}' needs one argument")
        return mp.diff(lambda x: real(self.inner({parameters[0]: x}, shifted=True).eval(body)), real(values[0]), primes)

    def python(self, name: str, binding: Python, arguments: list[Value]) -> Value:
        """Run a declaration's expression; call the result if there are arguments."""
        world, frame = self.world, self
        if any(frame.shifted for frame in self.frames()):
            raise Undefined(f"{name} is Python code in float64: no derivatives or limits of it; define it in TeX")
        if world.namespace is None:
            raise Undefined("the page's own code is needed here, and no namespace was given")
        if binding.parameters is not None:
            if len(arguments) != len(binding.parameters):
                raise Undefined(f"{name} takes {len(binding.parameters)} arguments, not {len(arguments)}")
            frame, arguments = self.inner(dict(zip(binding.parameters, arguments, strict=True))), []
        local = {python: world.to_python(frame.on_sym(symbol)) for python, symbol in binding.symbols}
        result = eval(binding.code, {**world.namespace, **local})  # the page's own code, as its snippets are
        return from_python(result(*map(world.to_python, arguments)) if arguments else result)

    # Sums, products, cases, ellipses

    def big(
        self, combine: Callable[..., Value], name: str, low: Node, high: Node, test: Node | None, body: Node
    ) -> Value:
        """A sum, product, maximum or minimum over a range."""
        first = self.whole(low)
        if high.op == "inf":
            if combine is not add:
                raise Undefined("an infinite product or maximum isn't evaluated")
            return self.series(name, first, body)
        frames = (self.inner({name: index}) for index in range(first, self.whole(high) + 1))
        return combine(*(frame.eval(body) for frame in frames if test is None or frame.eval(test)))

    def series(self, name: str, first: int, body: Node) -> Value:
        """An infinite series: summed until a geometric bound on the rest is negligible, else extrapolated."""
        result, before = mp.mpf(0), mp.mpf(0)
        for index in range(first, first + SERIES_TERMS):
            term = real(self.inner({name: index}).eval(body))
            result += term
            ratio = abs(term / before) if before else mp.mpf(1)
            converged = ratio < 0.99 and abs(term) * ratio / (1 - ratio) < abs(result) * mp.eps
            if index > first + 4 and (term == before == 0 or converged):
                return result
            if index == first + 60 and ratio > 0.99:
                break
            before = term
        return tidy(mp.nsum(lambda k: real(self.inner({name: int(k)}).eval(body)), [first, mp.inf]), "the series")

    def on_mul(self, *factors: Node) -> Value:
        """A product; an exact zero wins over an undefined factor after it, so that 0 log 0 = 0."""
        result: Value = 1
        for factor in factors:
            try:
                result = multiply(result, self.eval(factor))
            except Undefined:
                if not (exact(result) and result == 0):
                    raise
        return result

    def on_cases(self, *branches: tuple[Node, Node | None]) -> Value:
        """The first branch whose condition holds."""
        for value, condition in branches:
            if condition is None or self.eval(condition):
                self.world.reached.add(id(value))
                return self.eval(value)
        raise Undefined("no case applies here")

    def on_rel(self, sign: str, left: Node, right: Node) -> bool:
        """Whether a condition holds."""
        a, b = scalar(self.eval(left)), scalar(self.eval(right))
        return bool({"=": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[sign])

    def on_dots(self, before: tuple[Node, ...], after: tuple[Node, ...], series: Node) -> Value:
        """What an ellipsis stands for, after checking every written term against the general one."""
        index, low, high, _, term = series.args
        first = self.whole(low)
        last = self.whole(high) if after else 0
        places = [*range(first, first + len(before)), *range(last - len(after) + 1, last + 1)]
        for place, written in zip(places, before + after, strict=True):
            expected, found = real(self.inner({index: place}).eval(term)), real(self.eval(written))
            if abs(expected - found) > 1e-20 * max(1, abs(expected)):
                both = f"is {show(found)}, the general term {show(expected)}"
                raise Undefined(f"the term written for {index} = {place} {both}")
        return self.eval(series)

    def on_matrix(self, *rows: tuple[Node | None, ...]) -> Value:
        """The entries; None for an ellipsis."""
        cells = (None if cell is None else scalar(self.eval(cell)) for row in rows for cell in row)
        return Array((len(rows), len(rows[0])), tuple(cells))

    # Calculus

    def on_int(self, name: str, low: Node, high: Node, _: None, body: Node) -> Value:
        """A definite integral, by Gauss–Legendre or tanh–sinh quadrature."""
        ends = [real(self.eval(bound)) for bound in (low, high)]
        method = "tanh-sinh" if any(map(mp.isinf, ends)) else "gauss-legendre"
        return tidy(mp.quad(lambda x: real(self.inner({name: x}).eval(body)), ends, method=method), "the integral")

    def on_lim(self, name: str, point: Node, _: None, __: None, body: Node) -> Value:
        """A limit: the values very near the point, from both sides, agree."""
        self.world.tolerance = 1e-9
        with mp.workdps(4 * mp.dps):
            near = approach(self.eval(point), (20, 30))
            values = [real(self.inner({name: x}, shifted=True).eval(body)) for x in near]
        spread = max(values) - min(values)
        if spread > 1e-12 * max(1, abs(values[-1])):
            raise Undefined(f"no limit found: near the point the values differ by {show(spread, 3)}")
        return values[-1]

    def on_diff(self, body: Node, *targets: Node) -> Value:
        """A partial derivative; mixed ones from the outside in."""
        target, *rest = targets
        symbol = target if target.op == "sym" else target.args[0]
        (name,) = symbol.args
        if name not in self.world.scope.depends(body) | free(body):
            raise Undefined(f"the expression doesn't depend on {name}: define what is differentiated by {name}")
        order = 1
        while rest and rest[0] == target:
            rest, order = rest[1:], order + 1
        base, index = self.on_sym(name), [self.whole(node) for node in target.args[1:]]
        if index and not isinstance(base, Array):
            raise Undefined(f"{name} is a number and has no entries to differentiate by")

        def function(x: Number) -> Number:
            frame = self.inner({name: base.replaced(index, x) if index else x}, shifted=True)
            return real(frame.on_diff(body, *rest) if rest else frame.eval(body))

        return mp.diff(function, real(base.items[base.offset(index)] if index else base), order)

    def on_grad(self, body: Node, target: Node) -> Value:
        """The derivatives by an array's entries; by a number, the derivative."""
        array = self.eval(target)
        if not isinstance(array, Array):
            return self.on_diff(body, target)

        def entry(index: tuple[int, ...]) -> Value:
            return self.on_diff(body, Node("item", (target, *(Node("num", (place,)) for place in index))))

        return build(array.shape, entry)


def approach(point: Value, distances: tuple[int, ...]) -> list[Number]:
    """Points nearer and nearer, at distances 10^-d from both sides in turn; for infinity, 10^d."""
    if mp.isinf(real(point)):
        return [mp.sign(point) * mp.mpf(10) ** distance for distance in distances]
    return [real(point) + sign * mp.mpf(10) ** -distance for distance in distances for sign in (1, -1)]


BIG = {"sum": add, "prod": multiply, "largest": OPERATIONS["max"], "least": OPERATIONS["min"]}
