"""The value of a node at a point.

A `Frame` holds bound names, on top of an outer frame. A definition is evaluated in the outermost frame that binds
nothing it depends on, and remembered there. So a derivative, which binds a shifted variable, re-evaluates exactly the
definitions that depend on it.
"""

import itertools
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from mpmath import mp

from eqtest.python import library, native
from eqtest.scope import Binding, Scope
from eqtest.tree import BINDERS, Node, free
from eqtest.values import (
    OPERATIONS,
    Undefined,
    Value,
    apply,
    approach,
    build,
    entry,
    from_python,
    holds,
    multiply,
    need,
    nested,
    number,
    shape,
    show,
)

SERIES_TERMS = 3000


@dataclass
class World:
    """What all frames of a check share: declarations, the page's own code, and what happened on the way."""

    scope: Scope
    namespace: Mapping[str, Any] | None = None
    libraries: dict[str, str] = field(default_factory=dict)  # whose arrays Python expressions take
    reached: set[tuple[int, Node]] = field(default_factory=set)  # the cases, and where each stands
    tolerance: float = 0.0
    known: dict[str, frozenset[str]] = field(default_factory=dict)  # what a name depends on


class Frame:
    """Names bound here and outside, the frame outside, and the definitions evaluated in this frame."""

    def __init__(self, world: World, bound: Mapping[str, Value], outer: Self | None = None, shifted: bool = False):
        self.world, self.bound, self.outer = world, dict(bound), outer
        self.names: ChainMap[str, Value] = ChainMap(self.bound, *(outer.names.maps if outer else []))
        # Whether a derivative or a limit moves a variable.
        self.shifted: bool = shifted or (outer is not None and outer.shifted)
        self.memo: dict[tuple[str, tuple[int, ...]], Value] = {}

    def inner(self, bound: Mapping[str, Value], *, shifted: bool = False) -> Self:
        """Return a frame inside this one."""
        return type(self)(self.world, bound, self, shifted)

    def real(self, node: Node) -> Value:
        """Evaluate a node that is a number, as a float."""
        return mp.mpf(number(self.eval(node)))

    def whole(self, *nodes: Node) -> tuple[int, ...]:
        """Evaluate nodes that are integers: bounds, sizes, indices."""
        values = [number(self.eval(node)) for node in nodes]
        need(all(map(mp.isint, values)), "a bound, a size or an index has to be an integer")
        return tuple(map(int, values))

    def eval(self, node: Node) -> Value:
        """Evaluate a node here; raise `Undefined` if it has no value."""
        if node.op in OPERATIONS and node.op not in BINDERS:
            return apply(node.op, [self.eval(argument) for argument in node.args])
        match node.op, *node.args:
            case "num", digits:
                return int(digits) if digits.isdigit() else mp.mpf(digits)
            case "rel", relation, left, right:
                return holds(relation, number(self.eval(left)), number(self.eval(right)))
            case "all", *conditions:
                return all(map(self.eval, conditions))
            case "sym", name, *indices:
                return self.symbol(name, self.whole(*indices))
            case "item", base, *indices:
                return entry(self.eval(base), self.whole(*indices))
            case "call", name, primes, *arguments:
                return self.call(name, primes, [self.eval(argument) for argument in arguments])
            case "sum" | "prod" | "largest" | "least", name, low, high, test, body:
                if high.op == "inf":
                    need(node.op == "sum", "an infinite product or maximum isn't evaluated")
                    return self.series(name, self.whole(low)[0], body)
                first, last = self.whole(low, high)
                frames = (self.inner({name: index}) for index in range(first, last + 1))
                return apply(node.op, [frame.eval(body) for frame in frames if test is None or frame.eval(test)])
            case "mul", *factors:
                return self.product(factors)
            case "matrix", rows, *cells:
                places = itertools.product(range(1, rows + 1), range(1, len(cells) // rows + 1))
                written = ((place, cell) for place, cell in zip(places, cells, strict=True) if cell.op != "ellipsis")
                return {place: number(self.eval(cell)) for place, cell in written}
            case "cases", *branches:
                return self.cases(branches)
            case "dots", series, gap, *written:
                return self.dots(series, gap, written)
            case "int", name, low, high, _, body:
                ends = [self.eval(low), self.eval(high)]
                method = "tanh-sinh" if any(map(mp.isinf, ends)) else "gauss-legendre"
                return number(mp.quad(lambda x: self.inner({name: x}).real(body), ends, method=method))
            case "lim", name, point, _, _, body:
                return self.limit(name, point, body)
            case "diff", body, *targets:
                return self.derivative(body, [(of.args[0], self.whole(*of.args[1:])) for of in targets])
            case "grad", body, target:
                name = target.args[0]
                return build(shape(self.eval(target)), lambda index: self.derivative(body, [(name, index)]))
        raise Undefined("an ellipsis stands between terms or in a matrix; O(…) on one side, with `x -> 0` declared")

    def symbol(self, name: str, index: tuple[int, ...]) -> Value:
        """Evaluate a symbol, or an entry of it; a definition is evaluated once in the frame where it belongs."""
        if name in self.names:
            return entry(self.names[name], index)
        known = self.world.known
        if name not in known:
            known[name] = self.world.scope.depends(Node("sym", (name,)))
        home = self
        while home.outer and known[name].isdisjoint(home.bound):
            home = home.outer
        if (name, index) not in home.memo:
            home.memo[name, index] = home.defined(name, index, self.world.scope.bindings[name])
        return home.memo[name, index]

    def defined(self, name: str, index: tuple[int, ...], binding: Binding) -> Value:
        """Evaluate what is declared for a name; an array that is defined by its entries, entry by entry."""
        if binding.kind == "kronecker":
            return int(len(index) == 2 and index[0] == index[1])
        if binding.kind == "array":
            sizes = self.whole(*binding.nodes[1:])
            if not index:
                return build(sizes, partial(self.symbol, name))
            entry(build(sizes, lambda _: 0), index)  # it exists
            return self.inner(dict(zip(binding.params, index, strict=True))).eval(binding.nodes[0])
        if index:
            return entry(self.symbol(name, ()), index)
        if binding.kind == "py":
            return self.python(name, binding, [])
        need(binding.kind == "value", f"{name} has no value here: write a function's arguments in brackets")
        return self.eval(binding.nodes[0])

    def call(self, name: str, primes: int, values: list[Value]) -> Value:
        """Evaluate a declared function, or its derivative."""
        binding = self.world.scope.bindings[name]
        if binding.kind == "py":
            return (self.inner({}, shifted=True) if primes else self).python(name, binding, values)
        need(not primes or len(values) == 1, f"a prime needs a function of one argument, not of {len(values)}")

        def function(*values: Value) -> Value:
            return self.inner(dict(zip(binding.params, values, strict=True)), shifted=primes > 0).eval(binding.nodes[0])

        return mp.diff(lambda x: number(function(x)), number(values[0]), primes) if primes else function(*values)

    def python(self, name: str, binding: Binding, arguments: list[Value]) -> Value:
        """Run a declaration's expression; call the result if it has no parameters for the arguments."""
        scope, namespace = self.world.scope, self.world.namespace
        need(not self.shifted, f"{name} is Python code in float64: no derivatives or limits of it; define it in TeX")
        need(namespace is not None, "this needs the page's own code, and no namespace was given")

        libraries = self.world.libraries
        if name not in libraries and binding.code:
            libraries[name] = library(binding.code, namespace or {})

        def out(value: Value) -> Any:
            return value if isinstance(value, int) else native(nested(value, float), libraries[name])

        frame = self.inner(dict(zip(binding.params, arguments, strict=True))) if binding.params else self
        local = {python: out(frame.symbol(symbol, ())) for python, symbol in scope.python_symbols(name).items()}
        result = eval(binding.code, {**(namespace or {}), **local})  # type: ignore[arg-type]  # the page's own code
        return from_python(result(*map(out, arguments)) if arguments and not binding.params else result)

    def series(self, name: str, first: int, body: Node) -> Value:
        """Evaluate an infinite series: add it up if its terms vanish soon, else extrapolate."""

        def term(index: Value) -> Value:
            return self.inner({name: int(index)}).real(body)

        half, last = (abs(term(first + SERIES_TERMS // k)) for k in (2, 1))
        need(last < half or last == 0, "the series diverges: its terms don't vanish")
        fast = last < mp.eps**2
        return number(mp.nsum(term, [first, mp.inf], **({"method": "d", "maxterms": SERIES_TERMS} if fast else {})))

    def product(self, factors: Sequence[Node]) -> Value:
        """Multiply; zero wins over an undefined factor after it, so that 0 log 0 = 0."""
        result: Value = 1
        for factor in factors:
            try:
                result = multiply(result, self.eval(factor))
            except Undefined:
                if shape(result) or result != 0:
                    raise
        return result

    def cases(self, branches: Sequence[Node]) -> Value:
        """Evaluate the branch whose condition holds; if several do, they must agree."""
        values: list[Value] = []
        for branch in branches:
            value, test = branch.args
            if self.eval(test) if test else not values:
                self.world.reached.add((branch.pos, branch))
                values.append(number(self.eval(value)))
        need(values, "no case applies here")
        agree = all(holds("=", value, values[0]) for value in values[1:])
        need(agree, f"two cases apply here, with the values {show(values[0])} and {show(values[-1])}")
        return values[0]

    def dots(self, series: Node, gap: int, written: Sequence[Node]) -> Value:
        """Evaluate what an ellipsis stands for, after checking every written term against the general one."""
        index, low, high, _, term = series.args
        after, (first,) = len(written) - gap, self.whole(low)
        last = self.whole(high)[0] if after else 0
        for k, node in zip([*range(first, first + gap), *range(last - after + 1, last + 1)], written, strict=True):
            expected, found = self.inner({index: k}).real(term), self.real(node)
            both = f"is {show(found)}, the general term {show(expected)}"
            need(holds("=", expected, found), f"the term written for {index} = {k} {both}")
        return self.eval(series)

    def limit(self, name: str, point: Node, body: Node) -> Value:
        """Evaluate a limit: the values very near the point, from both sides, must agree."""
        self.world.tolerance = 1e-9
        with mp.workdps(4 * mp.dps):
            near = [x for side in approach(self.eval(point), (20, 30)) for x in side]
            values = [self.inner({name: x}, shifted=True).real(body) for x in near]
        spread, hint = max(values) - min(values), "no limit found: near the point the values differ by"
        need(spread <= 1e-12 * max(1, abs(values[-1])), f"{hint} {show(spread, 3)}")
        return values[-1]

    def derivative(self, body: Node, targets: Sequence[tuple[str, tuple[int, ...]]]) -> Value:
        """Evaluate a partial derivative; mixed ones from the outside in."""
        if not targets:
            return self.eval(body)
        name, index = targets[0]
        order = next((k for k, target in enumerate(targets) if target != targets[0]), len(targets))
        depends = name in self.world.scope.depends(body) | free(body)
        need(depends, f"the expression doesn't depend on {name}: define what is differentiated by {name}")
        base = self.symbol(name, ())

        def function(x: Value) -> Value:
            frame = self.inner({name: {**base, index: x} if index else x}, shifted=True)
            return number(frame.derivative(body, targets[order:]))

        return mp.diff(function, number(entry(base, index)), order)
