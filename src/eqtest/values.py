"""Numbers and arrays, exact as long as that is possible, else mpmath at the working precision; TeX's functions."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from mpmath import mp as mp  # type: ignore[import-untyped]  # it has no stubs

Number = Any  # int, Fraction or mpmath's mpf, which has no type stubs


class Undefined(Exception):
    """An expression without a value at some point: a logarithm of a negative number, an index out of range."""


@dataclass(frozen=True)
class Array:
    """Entries in row-major order. A vector has one axis and acts as a column; its transpose has shape (1, n)."""

    shape: tuple[int, ...]
    items: tuple[Number, ...]

    def offset(self, index: Sequence[int]) -> int:
        """The place among the items of an index that counts from 1."""
        if len(index) != len(self.shape):
            raise Undefined(f"{len(index)} indices for an array with {len(self.shape)} axes")
        place = 0
        for position, size in zip(index, self.shape, strict=True):
            if not isinstance(position, int) or not 1 <= position <= size:
                raise Undefined(f"index {position} is outside 1..{size}")
            place = place * size + position - 1
        return place

    def replaced(self, index: Sequence[int], value: Number) -> Array:
        """A copy with one entry changed."""
        place = self.offset(index)
        return Array(self.shape, (*self.items[:place], value, *self.items[place + 1 :]))

    def nested(self, convert: Callable[[Number], Any]) -> Any:
        """Nested lists of converted entries."""
        flat: list[Any] = [convert(item) for item in self.items]
        for size in reversed(self.shape[1:]):
            flat = [flat[i : i + size] for i in range(0, len(flat), size)]
        return flat


Value = Number | Array


def build(shape: Sequence[int], entry: Callable[[tuple[int, ...]], Number]) -> Array:
    """An array from a function of the index."""
    indices = itertools.product(*(range(1, size + 1) for size in shape))
    return Array(tuple(shape), tuple(entry(index) for index in indices))


def exact(value: Value) -> bool:
    """Whether a number is an int or a Fraction."""
    return isinstance(value, (int, Fraction))


def real(value: Value) -> Number:
    """The number for mpmath's functions."""
    if isinstance(value, Array) or value is None:
        what = "an ellipsis" if value is None else f"an array of shape {value.shape}"
        raise Undefined(f"a number is needed here, not {what}")
    return mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mp.mpf(value)


def scalar(value: Value) -> Number:
    """The number, exact if it is."""
    return value if exact(value) else real(value)


def tidy(value: Number, what: str = "this") -> Number:
    """The number itself, an int where it is whole and exact; complex and infinite values are refused."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value
    if isinstance(value, mp.mpc) or (isinstance(value, mp.mpf) and not mp.isfinite(value)):
        raise Undefined(f"{what} isn't a finite real number here")
    return value


def each(function: Callable[..., Number], *values: Value) -> Value:
    """Apply to numbers, or entry by entry to arrays of one shape."""
    shapes = {value.shape if isinstance(value, Array) else () for value in values}
    if len(shapes) > 1:
        raise Undefined(f"shapes don't match: {shapes_of(*values)}")
    if shapes == {()}:
        return function(*values)
    entries = zip(*(value.items for value in values), strict=True)
    return Array(shapes.pop(), tuple(function(*entry) for entry in entries))


def shapes_of(*values: Value) -> str:
    """The shapes, for a message."""
    return " and ".join(str(value.shape) if isinstance(value, Array) else "a number" for value in values)


def _exactly(function: Callable[[Number, Number], Number], a: Number, b: Number) -> Number:
    return tidy(function(a, b)) if exact(a) and exact(b) else function(real(a), real(b))


def add(*values: Value) -> Value:
    """The sum of numbers, or of arrays of one shape."""
    return reduce(lambda a, b: each(lambda x, y: _exactly(operator.add, x, y), a, b), values) if values else 0


def multiply(*values: Value) -> Value:
    """A product of numbers, of a number and an array, or the matrix product of two arrays."""
    return reduce(_times, values) if values else 1


def _times(a: Value, b: Value) -> Value:
    if isinstance(a, Array) and isinstance(b, Array):
        return _matmul(a, b)
    if isinstance(a, Array):
        a, b = b, a
    return each(lambda x: _exactly(operator.mul, a, x), b)


def divide(a: Value, b: Value) -> Value:
    """A quotient; the divisor is a number."""
    if scalar(b) == 0:
        raise Undefined("division by zero")
    return each(lambda x: _exactly(lambda p, q: Fraction(p) / q if exact(p) else p / q, x, b), a)


def power(a: Value, b: Value) -> Value:
    """A power of a number."""
    if isinstance(a, Array) or isinstance(b, Array):
        raise Undefined(r"a power of an array: write the product, or use ^\top for the transpose")
    if a == 0 and b < 0:
        raise Undefined("division by zero")
    if exact(a) and isinstance(b, int) and abs(b) <= 4096:
        return tidy(Fraction(a) ** b)
    return tidy(mp.power(real(a), b if isinstance(b, int) else real(b)), "a power of a negative number")


def transpose(a: Value) -> Value:
    """Rows for columns."""
    if not isinstance(a, Array):
        return a
    rows, columns = a.shape if len(a.shape) == 2 else (a.shape[0], 1)
    items = tuple(a.items[i * columns + j] for j in range(columns) for i in range(rows))
    return Array((columns,), items) if a.shape[:1] == (1,) and len(a.shape) == 2 else Array((columns, rows), items)


def _matmul(a: Array, b: Array) -> Value:
    rows, inner = a.shape if len(a.shape) == 2 else (a.shape[0], 1)
    height, columns = b.shape if len(b.shape) == 2 else (b.shape[0], 1)
    if inner != height:
        raise Undefined(
            rf"no product of shapes {a.shape} and {b.shape}: write p^\top q, or p \odot q for entry by entry"
        )
    items = tuple(
        add(*(multiply(a.items[i * inner + k], b.items[k * columns + j]) for k in range(inner)))
        for i in range(rows)
        for j in range(columns)
    )
    if len(items) == 1 and len(a.shape) == 2:
        return items[0]
    return Array((rows,) if len(b.shape) == 1 else (rows, columns), items)


def _smooth(function: Callable[[Number], Number], name: str) -> Callable[[Value], Value]:
    def apply(value: Value) -> Value:
        x = real(value)
        if name in ("exp", "sinh", "cosh") and abs(x) > 1e100:
            raise Undefined(f"{name} of a number beyond 10^100")
        result = function(x)
        fine = isinstance(result, mp.mpf) and mp.isfinite(result)
        return result if fine else tidy(result, f"{name}({mp.nstr(x, 6)})")

    return apply


def _softmax(z: Value) -> Value:
    """Of a vector; of a matrix, row by row."""
    if len(z.shape) == 2:
        columns = z.shape[1]
        rows = (z.items[i : i + columns] for i in range(0, len(z.items), columns))
        return Array(z.shape, tuple(p for row in rows for p in _softmax(Array((columns,), row)).items))
    weights = each(lambda x: mp.exp(real(x)), z)
    return divide(weights, add(*weights.items))


def _diag(p: Value) -> Value:
    return build(p.shape * 2, lambda index: p.items[index[0] - 1] if index[0] == index[1] else 0)


def _factorial(n: Value) -> Value:
    if not isinstance(n, int) or n < 0:
        raise Undefined("a factorial of something else than 0, 1, 2, …")
    return int(mp.factorial(n)) if n < 25 else reduce(operator.mul, range(1, n + 1))


def _norm(value: Value, order: Value) -> Value:
    """A vector's norm, or a matrix' entrywise one."""
    entries = [abs(item) for item in (value.items if isinstance(value, Array) else [value])]
    return max(entries) if order == mp.inf else power(add(*(power(x, order) for x in entries)), divide(1, order))


_NAMES = "log exp sin cos tan sinh cosh tanh erf"
_ARCS = {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}
_SMOOTH = {name: getattr(mp, other) for name, other in [*((name, name) for name in _NAMES.split()), *_ARCS.items()]}
OPERATIONS: dict[str, Callable[..., Value]] = {
    **{name: _smooth(function, name) for name, function in _SMOOTH.items()},
    "add": add,
    "neg": lambda a: each(operator.neg, a),
    "div": divide,
    "pow": power,
    "hadamard": lambda a, b: each(multiply, a, b),
    "transpose": transpose,
    "abs": lambda a: abs(scalar(a)),
    "floor": lambda a: a // 1 if exact(a) else int(mp.floor(real(a))),
    "ceil": lambda a: -(-a // 1) if exact(a) else int(mp.ceil(real(a))),
    "norm": _norm,
    "factorial": _factorial,
    "softmax": _softmax,
    "diag": _diag,
    "tr": lambda a: add(*(a.items[a.offset((i, i))] for i in range(1, a.shape[0] + 1))),
    "det": lambda a: tidy(mp.det(mp.matrix(a.nested(real)))),
    "sgn": lambda x: (x > 0) - (x < 0),
    "max": lambda *values: max(scalar(value) for value in _entries(values)),
    "min": lambda *values: min(scalar(value) for value in _entries(values)),
    "e": lambda: +mp.e,
    "pi": lambda: +mp.pi,
    "inf": lambda: mp.inf,
}  # fmt: skip


def _entries(values: Sequence[Value]) -> Iterable[Value]:
    found = values[0].items if len(values) == 1 and isinstance(values[0], Array) else values
    if not found:
        raise Undefined("a maximum or minimum over nothing")
    return found


def show(value: Value, digits: int = 10) -> str:
    """A value in a report."""
    if isinstance(value, Array):
        text = str(value.nested(lambda item: show(item, 4))).replace("'", "")
        return text if len(text) < 160 else text[:150] + "…]"
    if value is not None and abs(value) > 1e300:
        return "beyond 10^300" if value > 0 else "below -10^300"
    if (isinstance(value, Fraction) and value.denominator > 9999) or isinstance(value, mp.mpf):
        return str(mp.nstr(real(value), digits))
    return str(value)
