"""The value of a node at a point.

A `Frame` holds bound names, on top of an outer frame. A definition is evaluated in the outermost frame that binds
nothing it depends on, and remembered there. So a derivative, which binds a shifted variable, re-evaluates exactly the
definitions that depend on it.
"""

import itertools
import time
from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, Self

from mpmath import mp

from eqtest.python import library, native
from eqtest.scope import Binding, Scope
from eqtest.tex import EqError
from eqtest.tree import BINDERS, Node, renamed
from eqtest.values import (
    OPERATIONS,
    LogOfZero,
    Undefined,
    Value,
    apply,
    build,
    each,
    entry,
    every,
    from_python,
    holds,
    multiply,
    need,
    nested,
    number,
    real,
    same,
    shape,
    show,
    transpose,
)

SECONDS = 10  # of processor time, for one formula
MOST_TERMS = 100_000
LARGEST_WHOLE = 2**63  # of a bound, a size or an index
PLAIN = OPERATIONS.keys() - BINDERS
EVERYWHERE = (Node("neg", (Node("inf"),)), Node("inf"))


@dataclass
class World:
    """What all frames of a check share: declarations, the page's own code, and what happened on the way."""

    scope: Scope
    namespace: Mapping[str, Any] | None = None
    libraries: dict[str, str] = field(default_factory=dict)  # whose arrays Python expressions take
    reached: set[tuple[int, Node]] = field(default_factory=set)  # the cases, and where each stands
    tolerance: float = 0.0
    deadline: float = field(default_factory=lambda: time.process_time() + SECONDS)
    touched: set[tuple[str, tuple[int, ...]]] | None = None  # the entries that are read, while somebody wants to know
    known: dict[str, frozenset[str]] = field(default_factory=dict)  # what a name depends on


class Frame:
    """Names bound here and outside, the frame outside, and the definitions evaluated in this frame."""

    def __init__(self, world: World, bound: Mapping[str, Value], outer: Self | None = None, shifted: bool = False):
        self.world, self.bound, self.outer = world, dict(bound), outer
        self.names: dict[str, Value] = {**outer.names, **bound} if outer else dict(bound)
        self.depth: int = outer.depth + 1 if outer else 0
        # Whether a derivative or a limit moves a variable.
        self.shifted: bool = shifted or (outer is not None and outer.shifted)
        self.memo: dict[Hashable, Value] = {}
        if time.process_time() > world.deadline:
            raise EqError(f"this takes longer than {SECONDS} s: declare smaller sizes, or fewer `samples:`")

    def bind(self, name: str, value: Value) -> None:
        """Bind one more name."""
        self.bound[name] = self.names[name] = value

    def inner(self, bound: Mapping[str, Value], *, shifted: bool = False) -> Self:
        """Return a frame inside this one."""
        return type(self)(self.world, bound, self, shifted)

    def real(self, node: Node) -> Value:
        """Evaluate a node that is a number, as a float."""
        return real(number(self.eval(node)))

    def rough(self, tolerance: float = 1e-18) -> None:
        """Note that a value is estimated, to so many digits."""
        self.world.tolerance = max(self.world.tolerance, tolerance)

    def apply(self, op: str, values: Sequence[Value]) -> Value:
        """Evaluate an operation."""
        return apply(op, values)

    def whole(self, *nodes: Node) -> tuple[int, ...]:
        """Evaluate nodes that are integers: bounds, sizes, indices."""
        if not nodes:
            return ()
        values = [number(self.eval(node)) for node in nodes]
        fine = all(abs(value) <= LARGEST_WHOLE and value == int(value) for value in values)
        need(fine, "a bound, a size or an index has to be an integer, up to 2^63")
        return tuple(map(int, values))

    def eval(self, node: Node) -> Value:
        """Evaluate a node here; raise `Undefined` if it has no value."""
        if node.op == "sym":
            return self.symbol(node.args[0], self.whole(*node.args[1:]))
        if node.op in PLAIN:
            return self.apply(node.op, [self.eval(argument) for argument in node.args])
        match node.op, *node.args:
            case "num", digits:
                return int(digits) if digits.isdigit() else Fraction(digits)
            case "rel", relation, left, right:
                return holds(relation, number(self.eval(left)), number(self.eval(right)))
            case "all", *conditions:
                known = map(self.eval, conditions)
                return all(known if self.world.touched is None else [*known])
            case "item", base, *indices:
                value, at = self.eval(base), self.whole(*indices)
                return value if not shape(value) and {*at} == {1} else entry(value, at)
            case "call", name, primes, *arguments:
                binding = self.world.scope.bindings[name]
                if binding.kind == "value" and arguments and all(map(self.random, arguments)):  # H(X)
                    names = {param: of.args[0] for param, of in zip(binding.params, arguments, strict=True)}
                    return self.eval(renamed(binding.nodes[0], names))
                return self.call(name, primes, [self.eval(argument) for argument in arguments])
            case "length", axis, array:
                sizes = shape(self.eval(array))
                need(axis < len(sizes), f"an array is needed here, with {axis + 1} indices")
                return sizes[axis]
            case "same", *lengths:
                values = {*self.whole(*lengths)}
                need(
                    len(values) == 1, f"an index stands at arrays of different lengths, {sorted(values)}: write bounds"
                )
                return values.pop()
            case "indicator", Node("all", (Node("rel", (relation, left, right)),)):  # of arrays, entry by entry
                sides = self.eval(left), self.eval(right)
                form = max(map(shape, sides), key=len)
                full = (side if shape(side) else dict.fromkeys(every(form), side) if form else side for side in sides)
                return each(lambda a, b: int(holds(relation, number(a), number(b))), *full)
            case "indicator", condition:
                return int(self.eval(condition))
            case "sum" | "prod" | "largest" | "least" | "argmax" | "argmin", name, low, high, test, body:
                return self.big(node.op, name, (low, high), test, body)
            case "entries", name, low, high, _, body:
                first, last = self.whole(low, high)
                parts = {index: self.inner({name: index}).eval(body) for index in range(first, last + 1)}
                rows = {index: part if shape(part) else {(): part} for index, part in parts.items()}
                return {(index, *at): value for index, row in rows.items() for at, value in row.items()}
            case "mul", *factors:
                return self.product(factors)
            case "matrix", rows, *cells:
                places = itertools.product(range(1, rows + 1), range(1, len(cells) // rows + 1))
                written = ((place, cell) for place, cell in zip(places, cells, strict=True) if cell.op != "ellipsis")
                return {place: number(self.eval(cell)) for place, cell in written}
            case "dotted", factor:
                return self.eval(factor)
            case "cases", *branches:
                return self.cases(branches)
            case "dots", series, gap, *written:
                return self.dots(series, gap, written)
        return self.beyond(node)

    def beyond(self, node: Node) -> Value:
        """Evaluate what isn't evaluated at the values of this frame alone."""
        raise Undefined("an ellipsis stands between terms or in a matrix; O(…) on one side, with `x -> 0` declared")

    def random(self, node: Node) -> bool:
        """Tell whether a node is the name of what is random and has no value here."""
        if node.op != "sym" or len(node.args) > 1 or node.args[0] in self.names:
            return False
        names = self.world.scope.random(node)
        return bool(names) and names.isdisjoint(self.names)

    def symbol(self, name: str, index: tuple[int, ...]) -> Value:
        """Evaluate a symbol, or an entry of it; a definition is evaluated once in the frame where it belongs."""
        if self.world.touched is not None:
            self.world.touched.add((name, index))
        if name in self.names:
            return self.entry(name, self.names[name], index)
        known = self.world.known
        if name not in known:
            known[name] = self.world.scope.depends(Node("sym", (name,)))
        binding = self.world.scope.bindings[name]
        python = binding.kind == "py"
        return self.remembered((name, index), known[name], lambda home: home.defined(name, index, binding), python)

    def remembered(
        self, what: Hashable, names: Set[str], value: Callable[[Self], Value], python: bool = False
    ) -> Value:
        """Return a value that depends on names; it is evaluated once, in the outermost frame that has these names."""
        home = self
        while home.outer and names.isdisjoint(home.bound):
            home = home.outer
        key = what, 0 if python else mp.prec
        if key not in home.memo:
            home.memo[key] = value(home)
        return home.memo[key]

    def entry(self, name: str, value: Value, index: tuple[int, ...]) -> Value:
        """Return an entry of a named array; beyond its ends, 0 where that is declared."""
        outside = name in self.world.scope.padded and index and len(index) == len(shape(value))
        return value.get(index, 0) if outside else entry(value, index)

    def defined(self, name: str, index: tuple[int, ...], binding: Binding) -> Value:
        """Evaluate what is declared for a name; an array that is defined by its entries, entry by entry."""
        if binding.kind == "kronecker":
            return int(len(index) == 2 and index[0] == index[1])
        if binding.kind == "array":
            sizes = self.whole(*binding.nodes[1:])
            if len(index) < len(sizes):
                return entry(build(sizes, partial(self.symbol, name)), index)
            zero = self.entry(name, build(sizes, lambda _: 1), index)  # it exists
            return 0 if zero == 0 else self.inner(dict(zip(binding.params, index, strict=True))).eval(binding.nodes[0])
        if index:
            return self.entry(name, self.symbol(name, ()), index)
        if binding.kind == "py":
            return self.python(name, binding, [])
        need(
            binding.kind != "random",
            f"{name} is random, and laws take numbers: write Y := X + Z, with Z ~ normal(0, 1)",
        )
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

        array = values[0] if len(values) == 1 and shape(values[0]) else {}
        if primes:
            fine = not array or self.entrywise(function, array, binding)
            need(fine, "a prime here would be a derivative by a vector: write \\nabla f(x)")
            return each(lambda at: self.slope(lambda x: number(function(x)), at, primes), values[0])

        def by_entry() -> Value:
            return build(shape(array), lambda index: number(function(array[index])))

        if len(array) == 1 and self.entrywise(function, array, binding):  # its value would look like a number
            return by_entry()
        try:
            return function(*values)
        except Undefined:
            if not array or not self.entrywise(function, array, binding):
                raise
            return by_entry()

    def entrywise(self, function: Callable[..., Value], array: Value, binding: Binding) -> bool:
        """Tell whether the values of a function of arrays are arrays, by an array of two entries."""
        x = next(iter(array.values()))
        try:
            return binding.nodes[0].op != "entries" and bool(shape(function({(1,): x, (2,): x})))
        except Undefined:
            return not any(map(self.world.scope.sizes, self.world.scope.depends(binding.nodes[0])))

    def python(self, name: str, binding: Binding, arguments: list[Value]) -> Value:
        """Run a declaration's expression; call the result if it has no parameters for the arguments."""
        scope, namespace = self.world.scope, self.world.namespace
        shown = name.partition("(")[0]
        need(not self.shifted, f"{shown} is Python code in float64: no derivatives or limits of it; define it in TeX")
        need(namespace is not None, "this needs the page's own code, and no namespace was given")

        libraries = self.world.libraries
        if name not in libraries and binding.code:
            libraries[name] = library(binding.code, namespace or {})

        def out(value: Value) -> Any:
            return value if isinstance(value, int) else native(nested(value, float), libraries[name])

        frame = self.inner(dict(zip(binding.params, arguments, strict=True))) if binding.params else self
        local = {python: out(frame.symbol(symbol, ())) for python, symbol in scope.python_symbols(name).items()}
        result = eval(binding.code, {**(namespace or {}), **local})  # type: ignore[arg-type]  # the page's own code
        if not arguments or binding.params:
            return from_python(result)
        need(callable(result), f"{shown} is no function of the page, but a value: write \\cdot before its bracket")
        return from_python(result(*map(out, arguments)))

    def big(self, op: str, name: str, ends: tuple[Node, Node], test: Node | None, body: Node) -> Value:
        """Evaluate a sum, a product, a maximum or where it is reached."""
        first, last = self.support(body) if ends == EVERYWHERE else self.whole(*ends)
        need(last - first < MOST_TERMS, f"more than {MOST_TERMS} terms: declare a smaller size")
        values: dict[int, Value] = {}
        for index in range(first, last + 1):
            frame = self.inner({name: index})
            if test is None or frame.eval(test):
                values[index] = frame.eval(body)
        if op in ("argmax", "argmin"):
            best = self.apply("largest" if op == "argmax" else "least", [*map(number, values.values())])
            reached = [index for index, value in values.items() if holds("=", value, best)]
            need(len(reached) == 1, f"the extremum is reached at {reached}: declare values that differ")
            return reached[0]
        if op == "sum" and not values and test is None:  # nothing, in the shape of the terms
            try:
                return multiply(0, self.inner({name: first}).eval(body))
            except Undefined:
                return 0
        return self.apply(op, [*values.values()])

    def support(self, body: Node) -> tuple[int, int]:
        """Say from where to where a sum over all integers has terms that aren't 0, for arrays that end in zeros."""
        arrays = self.world.scope.depends(body) & self.world.scope.padded
        need(arrays, "a sum over all integers needs arrays that are declared `zero outside: …`")
        reach = 2 + 2 * sum(sum(shape(self.symbol(name, ()))) for name in arrays)
        return -reach, reach

    def product(self, factors: Sequence[Node]) -> Value:
        """Multiply; zero wins over an undefined factor after it, so that 0 log 0 = 0."""
        result: Value = 1
        for factor in factors:
            try:
                if factor.op == "dotted":
                    value = self.eval(factor.args[0])
                    vectors = len(shape(result)) == len(shape(value)) == 1
                    result = multiply(transpose(result) if vectors else result, value)
                else:
                    result = multiply(result, self.eval(factor))
            except LogOfZero:
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
        """Evaluate what an ellipsis stands for, after checking every written term against the general one.

        What stands before the first terms, or after the last ones, such as a remainder, is added as it is.
        """
        index, low, high, _, term = series.args
        after, first = written[gap:], self.whole(low)[0]
        last = self.whole(high)[0] if after and high.op != "inf" else 0

        def differs(k: int, node: Node) -> str:
            expected, found = number(self.inner({index: k}).eval(term)), number(self.eval(node))
            both = f"is {show(found)}, the general term {show(expected)}"
            return "" if same(expected, found) else f"the term written for {index} = {k} {both}"

        counts = range(min(len(after), last - first + 1), 0, -1)
        ends = [[*zip(range(last - count + 1, last + 1), after, strict=False)] for count in counts]
        fit = next((end for end in ends if not any(differs(*pair) for pair in end)), [])
        starts = [[*enumerate(written[start:gap], first)] for start in range(gap)]
        begin = next((start for start in starts if not any(differs(*pair) for pair in start)), [])
        wrong = [differs(*pair) for pair in starts[0]] if not begin else []
        wrong += [differs(*pair) for pair in ends[0]] if ends and not fit and high.op != "inf" else []
        need(not any(wrong), next(filter(None, wrong), ""))
        rest = [self.eval(node) for node in (*written[: gap - len(begin)], *after[len(fit) :])]
        return self.apply("add" if series.op == "sum" else "prod", [self.eval(series), *rest])

    def slope(self, function: Callable[[Value], Value], at: Value, order: int) -> Value:
        """Differentiate a function; where it has a kink, at a number that is written, there is no derivative."""

        def value(x: Value) -> Value:
            return real(function(x))

        found = mp.diff(value, real(at), order)
        if isinstance(at, int):
            sides = [mp.diff(value, real(at), order, direction=side) for side in (1, -1)]
            need(
                abs(sides[0] - sides[1]) <= mp.mpf(10) ** (-mp.dps // 3) * max(1, *map(abs, sides)),
                "a kink: no derivative here",
            )
        return found
