"""The value of a node at a point: an int, a float of mpmath at the working precision, or an array of such.

An array is a dict whose keys are its indices, tuples that count from 1. A `Frame` holds bound names, on top of an outer
frame. A definition is evaluated in the outermost frame that binds nothing it depends on, and remembered there. So a
derivative, which binds a shifted variable, re-evaluates exactly the definitions that depend on it.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

from mpmath import mp

from eqtest.parser import BINDERS, Node, free
from eqtest.scope import Binding, Scope

Value = Any  # mpmath has no type stubs
EQUAL, ALMOST_ZERO = 1e-20, 1e-25  # relative and absolute
SERIES_TERMS = 3000


class Undefined(Exception):
    """An expression without a value at some point: a logarithm of a negative number, an index out of range."""


def need(fine: object, message: str) -> None:
    """Say that there is no value where this isn't fine."""
    if not fine:
        raise Undefined(message)


def shape(value: Value) -> tuple[int, ...]:
    """An array's sizes; nothing for a number."""
    return max(value) if isinstance(value, dict) else ()


def number(value: Value) -> Value:
    """The value, which has to be a finite real number."""
    need(not shape(value), f"a number is needed here, not an array of shape {shape(value)}")
    need(not isinstance(value, mp.mpc) and mp.isfinite(value), "not a finite real number")
    return value


def build(sizes: Sequence[int], function: Callable[[tuple[int, ...]], Value]) -> Value:
    """An array from a function of the index; a number if there are no sizes."""
    indices = itertools.product(*(range(1, size + 1) for size in sizes))
    return {index: function(index) for index in indices} if sizes else function(())


def entry(value: Value, index: tuple[int, ...]) -> Value:
    """The entry with this index; without an index, the value itself."""
    need(shape(value) or not index, f"a number has no entry {index}; is that part of the name? then declare it with it")
    named = ", ".join(map(str, index))
    need(not index or index in value, f"there is no entry {named} in an array of shape {shape(value)}")
    return value[index] if index else value


def each(function: Callable[..., Value], *values: Value) -> Value:
    """Apply to numbers, or entry by entry to arrays of one shape."""
    shapes = [shape(value) for value in values]
    need(len(set(shapes)) == 1, f"shapes don't match: {' and '.join(map(str, shapes))}; () is a number")
    if not shapes[0]:
        return function(*values)
    return {index: function(*(value[index] for value in values)) for index in values[0]}


def holds(relation: str, a: Value, b: Value, tolerance: float = 0.0) -> bool:
    """Whether a relation holds between two numbers: exactly for integers, else within the tolerance."""
    need(mp.isfinite(a) and mp.isfinite(b), "an infinity isn't equal to anything, nor less or greater")
    same = bool(a == b)
    if not (same or (isinstance(a, int) and isinstance(b, int))):
        same = bool(abs(a - b) <= max(tolerance, EQUAL) * max(abs(a), abs(b)) + max(tolerance / 1000, ALMOST_ZERO))
    less = not same and bool(a < b)
    more = not same and not less
    return {"=": same, "!=": not same, "<": less, ">": more, "<=": not more, ">=": not less}[relation]


def nested(value: Value, convert: Callable[[Value], Any]) -> Any:
    """Nested lists of converted entries; of a number, the converted number."""
    if not isinstance(value, dict):
        return convert(value)
    rows = ({index[1:]: below for index, below in value.items() if index[0] == k} for k in range(1, max(value)[0] + 1))
    return [nested(row.get((), row), convert) for row in rows]


def show(value: Value, digits: int = 10) -> str:
    """A value in a report."""
    if isinstance(value, dict):
        cells = build(shape(value), value.get)  # some of a matrix aren't written
        text = str(nested(cells, lambda item: "…" if item is None else show(item, 4))).replace("'", "")
        return text if len(text) < 160 else text[:150] + "…]"
    if abs(value) > 1e300:
        return "beyond 10^300" if value > 0 else "below -10^300"
    return str(value) if isinstance(value, int) else str(mp.nstr(value, digits))


def from_python(result: Any) -> Value:
    """A result of the page's code as a number or an array."""
    result = result.tolist() if hasattr(result, "tolist") else result
    if isinstance(result, (list, tuple)) and result:
        rows = [from_python(row) for row in result]
        each(lambda *_: 0, *rows)  # of one shape
        parts = [row if isinstance(row, dict) else {(): row} for row in rows]
        return {(k, *index): value for k, part in enumerate(parts, 1) for index, value in part.items()}
    try:
        return int(result) if isinstance(result, int) else number(mp.mpf(float(result)))
    except (TypeError, ValueError):
        raise Undefined(f"the Python value is a {type(result).__name__}, not a number or an array of numbers") from None


# Operations


def add(*values: Value) -> Value:
    """The sum of numbers, or of arrays of one shape."""
    return reduce(partial(each, operator.add), values) if values else 0


def multiply(a: Value, b: Value) -> Value:
    """A product of numbers, of a number and an array, or the matrix product of two arrays; a vector is a column."""
    if not (isinstance(a, dict) and isinstance(b, dict)):
        a, b = (b, a) if isinstance(a, dict) else (a, b)
        return each(lambda x: a * x, b)
    left, right = ({(*index, 1)[:2]: x for index, x in value.items()} for value in (a, b))
    (rows, inner), (height, columns) = max(left), max(right)
    hint = r"write p^\top q, or p \odot q for entry by entry"
    need(inner == height, f"no product of shapes {shape(a)} and {shape(b)}: {hint}")
    product = build((rows, columns), lambda at: add(*(left[at[0], k] * right[k, at[1]] for k in range(1, inner + 1))))
    if len(product) == 1 and len(shape(a)) == 2:
        return product[1, 1]
    return product if len(shape(b)) == 2 else {index[:1]: x for index, x in product.items()}


def divide(a: Value, b: Value) -> Value:
    """A quotient; the divisor is a number. Integers stay integers where it comes out even."""
    even = isinstance(a, int) and isinstance(b, int) and a % b == 0
    return a // b if even else each(lambda x: mp.mpf(x) / b, a)


def transpose(a: Value) -> Value:
    """Rows for columns; a row becomes a vector, and a vector a row."""
    if len(shape(a)) == 2 and shape(a)[0] == 1:
        return {index[1:]: x for index, x in a.items()}
    return {((*index, 1)[1], index[0]): x for index, x in a.items()} if shape(a) else a


def softmax(z: dict[tuple[int, ...], Value]) -> Value:
    """Of a vector; of a matrix, row by row."""
    weights = {index: mp.exp(x) for index, x in z.items()}
    return {k: x / mp.fsum(y for other, y in weights.items() if other[:-1] == k[:-1]) for k, x in weights.items()}


def norm(value: Value, order: Value) -> Value:
    """Of a vector; of a matrix, entry by entry."""
    entries = [abs(x) for x in (value.values() if shape(value) else [value])]
    return max(entries) if order == mp.inf else power(add(*(power(x, order) for x in entries)), divide(1, order))


def power(a: Value, b: Value) -> Value:
    """A power of a number; exact for integers."""
    return a**b if isinstance(a, int) and isinstance(b, int) and 0 <= b <= 4096 else mp.power(a, b)


def rounded(round_off: Callable[[Value], Value], x: Value) -> int:
    """A floor or a ceiling; 30 digits of 3 · (1/3) may be a little less than 1."""
    near = mp.nint(x)
    return int(near if holds("=", near, x) else round_off(x))


def pick(choose: Callable[..., Value], *values: Value) -> Value:
    """The largest or smallest of several numbers, or of an array's entries."""
    return choose(values[0].values() if len(values) == 1 and shape(values[0]) else map(number, values))


OPERATIONS: dict[str, Callable[..., Value]] = {
    **{name: getattr(mp, name) for name in ("log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf")},
    **{f"arc{name}": getattr(mp, f"a{name}") for name in ("sin", "cos", "tan")},
    "add": add,
    "neg": partial(each, operator.neg),
    "div": divide,
    "pow": power,
    "hadamard": partial(each, operator.mul),
    "transpose": transpose,
    "abs": abs,
    "floor": partial(rounded, mp.floor),
    "ceil": partial(rounded, mp.ceil),
    "norm": norm,
    "factorial": math.factorial,
    "softmax": softmax,
    "diag": lambda a: build(shape(a) * 2, lambda index: a[index[:1]] if index[0] == index[1] else 0),
    "tr": lambda a: add(*(x for index, x in a.items() if index[0] == index[1])),
    "det": lambda a: mp.det(mp.matrix(nested(a, mp.mpf))),
    "sgn": mp.sign,
    "max": partial(pick, max),
    "min": partial(pick, min),
    "e": lambda: +mp.e,
    "pi": lambda: +mp.pi,
    "inf": lambda: mp.inf,
    "sum": add,
    "prod": lambda *values: reduce(multiply, values, 1),
    "largest": partial(pick, max),
    "least": partial(pick, min),
}


def apply(op: str, values: Sequence[Value]) -> Value:
    """The value of an operation, finite unless an infinity went in."""
    try:
        if op in ("exp", "sinh", "cosh"):
            need(abs(values[0]) < 1e100, f"{op} of a number beyond 10^100")
        result = OPERATIONS[op](*values)
    except ZeroDivisionError:
        raise Undefined("division by zero") from None
    except (TypeError, AttributeError, ValueError):
        raise Undefined(f"{op} doesn't apply to {', '.join(map(show, values)) or 'nothing'}") from None
    infinite = isinstance(result, mp.mpf) and mp.isinf(result) and values and not any(map(mp.isinf, values))
    if isinstance(result, mp.mpc) or infinite:
        raise Undefined(f"{op}({', '.join(show(value, 6) for value in values)}) isn't a finite real number")
    return result


# Evaluation


@dataclass
class World:
    """What all frames of a check share: declarations, the page's own code, and what happened on the way."""

    scope: Scope
    namespace: Mapping[str, Any] | None = None
    to_native: Callable[[Any], Any] = lambda value: value
    reached: set[int] = field(default_factory=set)  # the cases
    tolerance: float = 0.0
    known: dict[str, frozenset[str]] = field(default_factory=dict)  # what a name depends on


class Frame:
    """Names bound here and outside, the frame outside, and the definitions evaluated in this frame."""

    def __init__(self, world: World, bound: Mapping[str, Value], outer: Frame | None = None, shifted: bool = False):
        self.world, self.bound, self.outer = world, dict(bound), outer
        self.names: ChainMap[str, Value] = ChainMap(self.bound, *(outer.names.maps if outer else []))
        # Whether a derivative or a limit moves a variable.
        self.shifted: bool = shifted or (outer is not None and outer.shifted)
        self.memo: dict[tuple[str, tuple[int, ...]], Value] = {}

    def inner(self, bound: Mapping[str, Value], *, shifted: bool = False) -> Frame:
        """A frame inside this one."""
        return Frame(self.world, bound, self, shifted)

    def real(self, node: Node) -> Value:
        """The value of a node that is a number, as a float."""
        return mp.mpf(number(self.eval(node)))

    def whole(self, *nodes: Node) -> tuple[int, ...]:
        """The values of nodes that are integers: bounds, sizes, indices."""
        values = [number(self.eval(node)) for node in nodes]
        need(all(map(mp.isint, values)), "a bound, a size or an index has to be an integer")
        return tuple(map(int, values))

    def eval(self, node: Node) -> Value:
        """The node's value here; `Undefined` is raised if it has none."""
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
        """The value of a symbol, or an entry of it; a definition is evaluated once in the frame where it belongs."""
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
        """What is declared for a name; an array that is defined by its entries is evaluated entry by entry."""
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
        """A declared function's value, or its derivative."""
        binding = self.world.scope.bindings[name]
        if binding.kind == "py":
            return (self.inner({}, shifted=True) if primes else self).python(name, binding, values)
        need(not primes or len(values) == 1, f"a primed function of {len(values)} arguments")

        def function(*values: Value) -> Value:
            return self.inner(dict(zip(binding.params, values, strict=True)), shifted=primes > 0).eval(binding.nodes[0])

        return mp.diff(lambda x: number(function(x)), number(values[0]), primes) if primes else function(*values)

    def python(self, name: str, binding: Binding, arguments: list[Value]) -> Value:
        """Run a declaration's expression; call the result if it has no parameters for the arguments."""
        scope, namespace = self.world.scope, self.world.namespace
        need(not self.shifted, f"{name} is Python code in float64: no derivatives or limits of it; define it in TeX")
        need(namespace is not None, "the page's own code is needed here, and no namespace was given")

        def out(value: Value) -> Any:
            return value if isinstance(value, int) else self.world.to_native(nested(value, float))

        frame = self.inner(dict(zip(binding.params, arguments, strict=True))) if binding.params else self
        local = {python: out(frame.symbol(symbol, ())) for python, symbol in scope.python_symbols(name).items()}
        result = eval(binding.code, {**(namespace or {}), **local})  # type: ignore[arg-type]  # the page's own code
        return from_python(result(*map(out, arguments)) if arguments and not binding.params else result)

    def series(self, name: str, first: int, body: Node) -> Value:
        """An infinite series: added up if its terms vanish soon, else extrapolated."""

        def term(index: Value) -> Value:
            return self.inner({name: int(index)}).real(body)

        half, last = (abs(term(first + SERIES_TERMS // k)) for k in (2, 1))
        need(last < half or last == 0, "the series diverges: its terms don't vanish")
        fast = last < mp.eps**2
        return number(mp.nsum(term, [first, mp.inf], **({"method": "d", "maxterms": SERIES_TERMS} if fast else {})))

    def product(self, factors: Sequence[Node]) -> Value:
        """A product; zero wins over an undefined factor after it, so that 0 log 0 = 0."""
        result: Value = 1
        for factor in factors:
            try:
                result = multiply(result, self.eval(factor))
            except Undefined:
                if shape(result) or result != 0:
                    raise
        return result

    def cases(self, branches: Sequence[Node]) -> Value:
        """The branch whose condition holds; if several do, they agree."""
        values: list[Value] = []
        for value, test in (branch.args for branch in branches):
            if self.eval(test) if test else not values:
                self.world.reached.add(id(value))
                values.append(number(self.eval(value)))
        need(values, "no case applies here")
        agree = all(holds("=", value, values[0]) for value in values[1:])
        need(agree, f"two cases apply here, with the values {show(values[0])} and {show(values[-1])}")
        return values[0]

    def dots(self, series: Node, gap: int, written: Sequence[Node]) -> Value:
        """What an ellipsis stands for, after checking every written term against the general one."""
        index, low, high, _, term = series.args
        after, (first,) = len(written) - gap, self.whole(low)
        last = self.whole(high)[0] if after else 0
        for k, node in zip([*range(first, first + gap), *range(last - after + 1, last + 1)], written, strict=True):
            expected, found = self.inner({index: k}).real(term), self.real(node)
            both = f"is {show(found)}, the general term {show(expected)}"
            need(holds("=", expected, found), f"the term written for {index} = {k} {both}")
        return self.eval(series)

    def limit(self, name: str, point: Node, body: Node) -> Value:
        """A limit: the values very near the point, from both sides, agree."""
        self.world.tolerance = 1e-9
        with mp.workdps(4 * mp.dps):
            near = [x for side in approach(self.eval(point), (20, 30)) for x in side]
            values = [self.inner({name: x}, shifted=True).real(body) for x in near]
        spread, hint = max(values) - min(values), "no limit found: near the point the values differ by"
        need(spread <= 1e-12 * max(1, abs(values[-1])), f"{hint} {show(spread, 3)}")
        return values[-1]

    def derivative(self, body: Node, targets: Sequence[tuple[str, tuple[int, ...]]]) -> Value:
        """A partial derivative; mixed ones from the outside in."""
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


def approach(point: Value, distances: Sequence[int]) -> list[list[Value]]:
    """Points nearer and nearer, at distances 10^-d, from the right and from the left; for infinity, 10^d."""
    if mp.isinf(point):
        return [[mp.sign(point) * mp.mpf(10) ** distance for distance in distances]]
    return [[point + sign * mp.mpf(10) ** -distance for distance in distances] for sign in (1, -1)]
