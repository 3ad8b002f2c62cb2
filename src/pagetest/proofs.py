"""Proofs by computer algebra: a formula evaluated with SymPy's symbols where a check draws random numbers.

Values that a condition leaves out are covered too, so not all that is true is proved. SymPy takes half a second to
import: import this module only where something is to be proved.
"""

import math
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import sympy

from eqtest.equation import Equation
from eqtest.evaluate import World
from eqtest.expectations import Point
from eqtest.points import RANDOM
from eqtest.scope import Binding, Scope
from eqtest.steps import Step
from eqtest.tree import Node
from eqtest.values import OPERATIONS, Value, build, each, entry, need, plain, shape

_ALL = ((-2, 2), (sympy.Rational(1, 10), 3))  # the ends that stand for all numbers, and for all positive ones
_OPEN = (sympy.Sum, sympy.Product, sympy.Integral, sympy.Piecewise, sympy.Derivative, sympy.Subs, sympy.Heaviside)
_NO_PROOF = (*_OPEN, sympy.DiracDelta, sympy.sign, sympy.zoo, sympy.nan, sympy.oo, sympy.I, sympy.Float)
_SIGNS = {"<": "negative", "<=": "nonpositive", ">": "positive", ">=": "nonnegative", "=": "zero", "!=": "nonzero"}


class _TimeUp(BaseException):
    """The time is up; an `Exception` might be caught by SymPy."""


def proof(equation: Equation, seconds: float = 5) -> str:
    """Prove all steps of a formula that has passed its check, for the values at which both sides are defined.

    A signal ends what takes too much of the processor's time, so this needs the main thread, and isn't for Windows. A
    child process would have to import SymPy and read the page again for every formula.

    Returns:
        "general" if it is proved for all sizes or has none, "sizes" if for the declared ones, or nothing.
    """

    def stop(*_: object) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        for way in ("general", "sizes") if equation.sizes else ("general",):
            if equation.steps and all(_proved(step, equation.scope, way) for step in equation.steps):
                return way
    except _TimeUp:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return ""


def _proved(step: Step, scope: Scope, way: str) -> bool:
    """Try to prove a step: for whole domains, within intervals, and for parts of domains one by one."""
    for domain in ("whole", "interval", "parts") if step.relation == "=" and not step.asymptotic else ():
        with suppress(Exception):  # SymPy may raise anything
            frames = _frames(Symbolic(World(scope, deadline=math.inf), {}), step, way, domain)
            if all(_same(*map(frame.eval, step.sides)) for frame in frames):
                return True
    return False


def _same(left: Value, right: Value) -> bool:
    """Tell whether numbers or arrays are the same, as fractions of symbols, exponentials, logarithms and roots."""
    a, b = (value if shape(value) else {(): value} for value in map(plain, (left, right)))
    for x, y in (map(sympy.sympify, (a[index], b[index])) for index in a):
        logs = (x - y).rewrite([sympy.sinh, sympy.cosh, sympy.tanh], sympy.exp).replace(sympy.log, _log)
        if x.has(*_NO_PROOF) or y.has(*_NO_PROOF) or sympy.cancel(sympy.expand_power_exp(logs)) != 0:
            return False
    return a.keys() == b.keys()


def _log(x: Any) -> Any:
    """Write a logarithm as a sum, as far as its factors are known to be positive."""
    return sympy.expand_log(sympy.log(sympy.factor(sympy.together(x))))


def _frames(frame: "Symbolic", step: Step, way: str, domain: str) -> list["Symbolic"]:
    """Return frames that together cover all values of what a step depends on, the sizes first."""
    kinds = {name: frame.world.scope.bindings[name] for name in frame.world.scope.depends(*step.sides)}
    frames = [frame]
    for name, kind in sorted(kinds.items(), key=lambda item: (item[1].kind != "size", item[0])):
        if kind.kind in ("size", "index", *RANDOM):
            frames = [outer.inner({name: x}) for outer in frames for x in _values(outer, name, kind, way, domain)]
    return frames


def _values(frame: "Symbolic", name: str, kind: Binding, way: str, domain: str) -> Iterable[Value]:
    """Return values that together stand for all that a name can have."""
    low, high, *rest = [1] * (kind.kind == "index") + [sympy.sympify(frame.eval(node)) for node in kind.nodes]
    sizes, few = [*map(int, rest)], domain == "parts" and not rest

    def symbols(**assumed: bool | None) -> Value:
        return build(sizes, lambda at: sympy.Symbol(f"{name}{at or ''}", **assumed))

    match kind.kind:
        case "size" if way == "general":
            return [sympy.Symbol(name, integer=True, positive=True) + low - 1]
        case "size" | "index":
            return range(int(low), int(high) + 1)
        case "onehot":
            places = range(1, sizes[0] + 1)
            return [{(at,): int(at == hot) for at in places} for hot in places]
        case "simplex":
            parts = symbols(positive=True) | {(sizes[0],): 1}
            total = sum(parts.values())
            return [parts | {(sizes[0],): 2 - total} if domain == "whole" else each(lambda part: part / total, parts)]
        case "int":
            return range(int(low), int(high) + 1) if few and high - low < 8 else [symbols(integer=True)]
        case _ if domain == "interval" and (low, high) not in _ALL:  # a positive number for one between the ends
            return [each(lambda t: (low + high * t) / (1 + t), symbols(positive=True))]
        case _ if few and low < 0 < high:
            return [symbols(positive=True), -symbols(positive=True), 0]
    return [symbols(real=True, positive=bool(low >= 0) or None)]


class Symbolic(Point):
    """A frame whose numbers are SymPy's."""

    def apply(self, op: str, values: Sequence[Value]) -> Value:
        """Evaluate an operation."""
        return _OPERATIONS[op](*values)

    def whole(self, *nodes: Node) -> tuple[int, ...]:
        """Evaluate nodes that are integers, and no symbols."""
        return tuple(int(plain(self.eval(node))) for node in nodes)

    def eval(self, node: Node) -> Value:
        """Evaluate a node; a condition has to be decided by what is known of the symbols."""
        match node.op, *node.args:
            case "num", digits:
                return sympy.Rational(digits)
            case "rel", relation, left, right:
                fact = getattr(sympy.sympify(self.eval(left) - self.eval(right)), f"is_{_SIGNS[relation]}")
                need(fact is not None, "undecided")
                return fact
            case "int", name, low, high, _, body:
                ends = [sympy.sympify(self.eval(end)) for end in (low, high)]
                x = sympy.Dummy(real=True, positive=all(end.is_nonnegative for end in ends) or None)
                return sympy.integrate(self.inner({name: x}).eval(body), (x, *ends))
        return super().eval(node)

    def cases(self, branches: Sequence[Node]) -> Value:
        """Evaluate the branches whose conditions hold, which must agree."""
        values: list[Value] = []
        for value, test in (branch.args for branch in branches):
            if self.eval(test) if test else not values:
                values.append(self.eval(value))
        need(values and all(_same(value, values[0]) for value in values[1:]), "no one value")
        return values[0]

    def big(self, op: str, name: str, ends: tuple[Node, Node], test: Node | None, body: Node) -> Value:
        """Evaluate a sum or a product; below 0 terms, SymPy gives it another meaning."""
        low, high = (sympy.sympify(self.eval(end)) for end in ends)
        if low.is_Integer and high.is_Integer:
            return super().big(op, name, ends, test, body)
        need(op in ("sum", "prod") and not test and (high - low + 1).is_extended_nonnegative, "no symbolic form")
        k = sympy.Dummy(integer=True, nonnegative=low.is_nonnegative or None)
        return (sympy.summation if op == "sum" else sympy.product)(self.inner({name: k}).eval(body), (k, low, high))

    def call(self, name: str, primes: int, values: list[Value]) -> Value:
        """Evaluate a declared function, or its derivative."""
        function = partial(super().call, name, 0)
        return self.slope(lambda x: function([x]), values[0], primes) if primes else function(values)

    def derivative(self, body: Node, targets: Sequence[tuple[str, tuple[int, ...]]]) -> Value:
        """Evaluate a partial derivative; mixed ones from the outside in."""
        if not targets:
            return self.eval(body)
        name, index = targets[0]
        base = self.symbol(name, ())

        def function(x: Value) -> Value:
            return self.inner({name: {**base, index: x} if index else x}).derivative(body, targets[1:])

        return self.slope(function, entry(base, index))

    def slope(self, function: Callable[[Value], Value], at: Value, order: int = 1) -> Value:
        """Differentiate a function of a number, at a value whose neighbours have its sign."""
        at = sympy.sympify(at)
        x = sympy.Dummy(real=True, positive=at.is_positive or None, negative=at.is_negative or None)
        result = sympy.diff(plain(function(x)), x, order)
        need(not result.has(*_NO_PROOF), "no derivative everywhere")
        return result.subs(x, at)


def _pick(choose: Callable[..., Value], *values: Value) -> Value:
    return choose(*(values[0].values() if len(values) == 1 and shape(values[0]) else map(plain, values)))


_SAME = ["add", "neg", "hadamard", "kron", "transpose", "diag", "tr", "sum", "prod"]  # whatever the numbers are
_NAMES = ["exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "floor", "factorial"]
_OTHERS = {"arctan": sympy.atan, "ceil": sympy.ceiling, "abs": sympy.Abs}
_OPERATIONS: dict[str, Callable[..., Value]] = {
    **{name: OPERATIONS[name] for name in _SAME},
    **{name: partial(each, function) for name, function in _OTHERS.items()},
    **{name: partial(each, getattr(sympy, name)) for name in _NAMES},
    **{name: partial(_pick, sympy.Max) for name in ("max", "largest")},
    **{name: partial(_pick, sympy.Min) for name in ("min", "least")},
    "div": lambda a, b: each(lambda x: sympy.sympify(x) / b, a),
    "pow": lambda a, b: OPERATIONS["pow"](a, int(b)) if shape(a) else sympy.Pow(a, b),
    "softmax": lambda z: {(k,): sympy.exp(x) / sum(map(sympy.exp, z.values())) for (k,), x in z.items()},
    "e": lambda: sympy.E,
    "pi": lambda: sympy.pi,
    "inf": lambda: sympy.oo,
}
