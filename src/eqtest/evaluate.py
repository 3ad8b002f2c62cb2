"""The value of a node at a point. An `Env` is a frame of bound names on top of an outer one; definitions are evaluated
in the outermost frame that binds nothing they depend on, and remembered there. So a derivative, which binds a shifted
variable, re-evaluates exactly the definitions that depend on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from eqtest.bindings import Definition, Index, Python, Random, Size
from eqtest.calculus import derivative, gradient, integral, limit, series
from eqtest.declarations import Scope
from eqtest.functions import BUILT_IN
from eqtest.nodes import Node
from eqtest.numbers import (
    Array,
    Number,
    Undefined,
    Value,
    build,
    divide,
    each,
    exact,
    mp,
    multiply,
    negative,
    power,
    real,
    total,
    transpose,
)  # fmt: skip
from eqtest.oracle import World, from_python


class Env:
    """A frame: names bound here, the frame outside, and the definitions evaluated in this frame."""

    def __init__(
        self, scope: Scope, bound: Mapping[str, Value], world: World, outer: Env | None = None, *, shifted: bool = False
    ) -> None:
        self.scope, self.bound, self.world, self.outer = scope, dict(bound), world, outer
        self.shifted = shifted  # a derivative or a limit moves a variable
        self.memo: dict[Any, Value] = {}

    def inner(self, bound: Mapping[str, Value], *, shifted: bool = False) -> Env:
        """A frame inside this one."""
        return Env(self.scope, bound, self.world, self, shifted=shifted)

    def eval(self, node: Node) -> Value:
        """The node's value here.

        Raises:
            Undefined: It has none.
        """
        return _RULES[node.op](self, *node.args)

    def whole(self, node: Node, what: str) -> int:
        """A value that has to be an integer."""
        value = self.eval(node)
        if not isinstance(value, int):
            raise Undefined(f"{what} has to be an integer, not {value}")
        return value

    # Names

    def frames(self) -> Iterator[Env]:
        """This frame and those outside it, from the inside out."""
        frame: Env | None = self
        while frame:
            yield frame
            frame = frame.outer

    def name(self, name: str) -> Value:
        """The value of a symbol."""
        for frame in self.frames():
            if name in frame.bound:
                return frame.bound[name]
        binding = self.scope.bindings[name]
        home = self.home(name)
        if name not in home.memo:
            home.memo[name] = home.fresh(name, binding)
        return home.memo[name]

    def home(self, name: str) -> Env:
        """The outermost frame that binds nothing on which the name depends."""
        frame, depends = self, self.world.depends(self.scope, name)
        while frame.outer and depends.isdisjoint(frame.bound):
            frame = frame.outer
        return frame

    def fresh(self, name: str, binding: Any) -> Value:
        """The value of a definition, or of Python code, in this frame."""
        match binding:
            case Definition(Node() as body, ()):
                return self.eval(body)
            case Definition(Node(), _, ranges):
                return build(
                    [self.whole(high, "a size") for high in ranges], lambda index: self.entry(name, binding, index)
                )
            case Python():
                return self.python(name, binding, [])
            case Random() | Index() | Size():
                raise Undefined(f"{name} has no value here")
        raise Undefined(f"{name} is a function: write its argument in brackets")

    def entry(self, name: str, binding: Definition, index: tuple[int, ...]) -> Value:
        """One entry of an array that is defined by its entries."""
        if (name, index) not in self.memo:
            sizes = tuple(self.whole(high, "a size") for high in binding.ranges)
            Array(sizes, ()).offset(index)
            assert binding.body
            self.memo[name, index] = self.inner(dict(zip(binding.indices, index, strict=True))).eval(binding.body)
        return self.memo[name, index]

    def item(self, base: Node, *indices: Node) -> Value:
        """An array's entry; an array defined by its entries isn't evaluated as a whole for it."""
        index = tuple(self.whole(node, "an index") for node in indices)
        name = base.args[0] if base.op == "sym" else None
        if name and not any(name in frame.bound for frame in self.frames()):
            binding = self.scope.bindings[name]
            if isinstance(binding, Definition) and len(binding.indices) == len(index):
                return self.home(name).entry(name, binding, index)
        value = self.eval(base)
        if not isinstance(value, Array):
            raise Undefined(
                "a number has no entries: is the subscript part of the name? then declare it with its subscript"
            )
        return value[index]

    def python(self, name: str, binding: Python, arguments: list[Value]) -> Value:
        """Evaluate the page's own code."""
        if any(frame.shifted for frame in self.frames()):
            raise Undefined(f"{name} is Python code in float64: no derivatives or limits of it; define it in TeX")
        if binding.parameters is not None:
            if len(arguments) != len(binding.parameters):
                raise Undefined(f"{name} takes {len(binding.parameters)} arguments, not {len(arguments)}")
            return self.inner(dict(zip(binding.parameters, arguments, strict=True))).run(binding, [])
        return self.run(binding, arguments)

    def run(self, binding: Python, arguments: list[Value]) -> Value:
        """Run a declaration's expression; call the result if there are arguments."""
        world = self.world
        if world.namespace is None:
            raise Undefined("the page's own code is needed here, and no namespace was given")
        local = {python: world.to_python(self.name(symbol)) for python, symbol in binding.symbols}
        result = eval(binding.code, {**world.namespace, **local})  # the page's own code, as its snippets are
        if arguments:
            result = result(*(world.to_python(argument) for argument in arguments))
        return from_python(result)

    def call(self, name: str, primes: int, *arguments: Node) -> Value:
        """A declared function's value, or its derivative."""
        values = [self.eval(argument) for argument in arguments]
        binding = self.scope.bindings[name]
        if isinstance(binding, Python):
            if primes:
                raise Undefined(f"{name} is Python code in float64: no derivatives or limits of it; define it in TeX")
            return self.home(name).python(name, binding, values)
        assert isinstance(binding, Definition)
        overloads = {len(parameters): (parameters, value) for parameters, value in binding.overloads}
        if len(values) not in overloads:
            raise Undefined(f"{name} isn't declared with {len(values)} arguments")
        parameters, value = overloads[len(values)]
        body = value.body
        assert body

        def at(*point: Value, shifted: bool = False) -> Value:
            frame = self.inner(dict(zip(parameters, point, strict=True)), shifted=shifted)
            if not value.indices:
                return frame.eval(body)
            shape = [frame.whole(high, "a size") for high in value.ranges]
            return build(shape, lambda index: frame.inner(dict(zip(value.indices, index, strict=True))).eval(body))

        if primes:
            if len(values) != 1:
                raise Undefined(f"{name}' needs one argument")
            return mp.diff(lambda x: real(at(x, shifted=True)), real(values[0]), primes)
        return at(*values)

    def big(
        self,
        combine: Callable[[list[Value]], Value],
        name: str,
        low: Node,
        high: Node,
        condition: Node | None,
        body: Node,
    ) -> Value:
        """A sum, product, maximum or minimum over a range."""
        first = self.whole(low, "a lower bound")
        if high == _INFINITY:
            if combine is not _sum:
                raise Undefined("an infinite product or maximum isn't evaluated")
            return series(self, name, first, body)
        frames = (self.inner({name: index}) for index in range(first, self.whole(high, "an upper bound") + 1))
        return combine([frame.eval(body) for frame in frames if condition is None or frame.eval(condition)])

    def product(self, first: Node, *factors: Node) -> Value:
        """A product; an exact zero wins over an undefined factor after it, so that 0 log 0 = 0."""
        result = self.eval(first)
        for factor in factors:
            try:
                result = multiply(result, self.eval(factor))
            except Undefined:
                if not (exact(result) and result == 0):
                    raise
        return result

    def cases(self, *branches: tuple[Node, Node | None]) -> Value:
        """The first branch whose condition holds."""
        for value, condition in branches:
            if condition is None or self.eval(condition):
                self.world.reached.add(id(value))
                return self.eval(value)
        raise Undefined("no case applies here")

    def relation(self, sign: str, left: Node, right: Node) -> bool:
        """Whether a condition holds."""
        a, b = real_or_exact(self.eval(left)), real_or_exact(self.eval(right))
        if sign not in _COMPARE:
            raise Undefined(f"{sign} can't stand in a condition")
        return _COMPARE[sign](a, b)

    def dots(self, before: tuple[Node, ...], after: tuple[Node, ...], series: Node) -> Value:
        """What an ellipsis stands for, after checking every written term against the general one."""
        index, low, high, _, term = series.args
        first = self.whole(low, "a lower bound")
        places = [first + k for k in range(len(before))]
        if after:
            last = self.whole(high, "an upper bound")
            places += [last - len(after) + 1 + k for k in range(len(after))]
        for place, written in zip(places, before + after, strict=True):
            expected, found = real(self.inner({index: place}).eval(term)), real(self.eval(written))
            if abs(expected - found) > mp.mpf(10) ** -20 * max(1, abs(expected)):
                found, expected = mp.nstr(found, 10), mp.nstr(expected, 10)
                raise Undefined(f"the term written for {index} = {place} is {found}, the general term {expected}")
        return self.eval(series)

    def norm(self, value: Node, order: Node) -> Value:
        """A vector's norm, or a matrix' Frobenius norm for order 2 or F."""
        array, p = self.eval(value), self.eval(order)
        entries = [abs(item) for item in (array.items if isinstance(array, Array) else [array])]
        if p == mp.inf:
            return max(entries)
        return power(total(power(entry, p) for entry in entries), divide(1, p))


def real_or_exact(value: Value) -> Number:
    """A number to compare."""
    return value if exact(value) else real(value)


def _sum(values: list[Value]) -> Value:
    return total(values)


def _product(values: list[Value]) -> Value:
    result: Value = 1
    for value in values:
        result = multiply(result, value)
    return result


def _largest(choose: Callable[..., Number]) -> Callable[[list[Value]], Value]:
    def pick(values: list[Value]) -> Value:
        if not values:
            raise Undefined("a maximum or minimum over nothing")
        return choose(real_or_exact(value) for value in values)

    return pick


def _array(shape: tuple[int, ...], items: Iterable[Value]) -> Array:
    return Array(shape, tuple(real_or_exact(item) for item in items))


_INFINITY = Node("const", ("inf",))
_COMPARE: dict[str, Callable[[Number, Number], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}
_CONSTANTS = {"e": lambda: +mp.e, "pi": lambda: +mp.pi, "inf": lambda: mp.inf}


def _factorial(env: Env, node: Node) -> Value:
    value = env.eval(node)
    if not isinstance(value, int) or value < 0:
        raise Undefined("a factorial of something else than 0, 1, 2, …")
    return int(mp.factorial(value)) if value < 25 else _product(list(range(1, value + 1)))


def _no_order(env: Env, *_: Any) -> Value:
    raise Undefined("O(…) stands as a term of one side only, with the point declared as `x -> 0`")


_LARGEST = {"max": _largest(max), "min": _largest(min)}
_RULES: dict[str, Callable[..., Any]] = {
    "num": lambda env, value: value,
    "const": lambda env, name: _CONSTANTS[name](),
    "sym": Env.name,
    "item": Env.item,
    "call": Env.call,
    "fn": lambda env, name, *args: BUILT_IN[name](*(env.eval(arg) for arg in args if arg != "bare")),
    "add": lambda env, *terms: total(env.eval(term) for term in terms),
    "neg": lambda env, node: negative(env.eval(node)),
    "mul": Env.product,
    "hadamard": lambda env, a, b: each(multiply, env.eval(a), env.eval(b)),
    "div": lambda env, a, b: divide(env.eval(a), env.eval(b)),
    "pow": lambda env, a, b: power(env.eval(a), env.eval(b)),
    "abs": lambda env, node: abs(real_or_exact(env.eval(node))),
    "floor": lambda env, node: int(mp.floor(real(v))) if not exact(v := env.eval(node)) else v // 1,
    "ceil": lambda env, node: int(mp.ceil(real(v))) if not exact(v := env.eval(node)) else -(-v // 1),
    "transpose": lambda env, node: transpose(env.eval(node)),
    "factorial": _factorial,
    "binom": lambda env, n, k: int(mp.binomial(env.eval(n), env.eval(k))),
    "kronecker": lambda env, i, j: int(env.eval(i) == env.eval(j)),
    "norm": Env.norm,
    "sum": lambda env, *args: env.big(_sum, *args),
    "prod": lambda env, *args: env.big(_product, *args),
    "max": lambda env, *args: env.big(_LARGEST["max"], *args),
    "min": lambda env, *args: env.big(_LARGEST["min"], *args),
    "int": integral,
    "lim": limit,
    "diff": derivative,
    "grad": gradient,
    "rel": Env.relation,
    "and": lambda env, *nodes: all(env.eval(node) for node in nodes),
    "or": lambda env, *nodes: any(env.eval(node) for node in nodes),
    "iverson": lambda env, node: int(env.eval(node)),
    "cases": Env.cases,
    "vector": lambda env, *items: _array((len(items),), (env.eval(item) for item in items)),
    "matrix": lambda env, *rows: _array((len(rows), len(rows[0])), (env.eval(cell) for row in rows for cell in row)),
    "dots": Env.dots,
    "order": _no_order,
}
