"""Numbers and arrays: exact ints and Fractions as long as that is possible, else mpmath at the working precision."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
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

    def __getitem__(self, index: Sequence[int]) -> Number:
        """The entry at an index that counts from 1."""
        if len(index) != len(self.shape):
            raise Undefined(f"{len(index)} indices for an array with {len(self.shape)} axes")
        return self.items[self.offset(index)]

    def offset(self, index: Sequence[int]) -> int:
        """The place of an entry among the items."""
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
    if isinstance(value, Array):
        raise Undefined(f"a number is needed here, not an array of shape {value.shape}")
    return mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mp.mpf(value)


def tidy(value: Number, what: str = "") -> Number:
    """The number itself, an int where it is whole and exact; complex and infinite values are refused."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else value
    if isinstance(value, mp.mpc) or (isinstance(value, mp.mpf) and not mp.isfinite(value)):
        raise Undefined(f"{what or 'this'} isn't a finite real number here")
    return value


def each(function: Callable[..., Number], *values: Value) -> Value:
    """Apply to numbers, or entry by entry to arrays of one shape."""
    shapes = {value.shape for value in values if isinstance(value, Array)}
    if not shapes:
        return function(*values)
    if len(shapes) > 1 or not all(isinstance(value, Array) for value in values):
        raise Undefined(
            f"shapes don't match: {' and '.join(str(getattr(value, 'shape', 'a number')) for value in values)}"
        )
    return Array(
        shapes.pop(), tuple(function(*entries) for entries in zip(*(value.items for value in values), strict=True))
    )


def add(a: Value, b: Value) -> Value:
    """The sum of two numbers or of two arrays of one shape."""
    if isinstance(a, Array) or isinstance(b, Array):
        return each(add, a, b)
    if exact(a) == exact(b):
        return tidy(a + b)
    return real(a) + real(b)


def negative(a: Value) -> Value:
    """The value with the other sign."""
    return each(lambda x: -x, a)


def multiply(a: Value, b: Value) -> Value:
    """A product of numbers, of a number and an array, or the matrix product of two arrays."""
    if isinstance(a, Array) and isinstance(b, Array):
        return _matmul(a, b)
    if isinstance(a, Array):
        return each(lambda x: multiply(x, b), a)
    if isinstance(b, Array):
        return each(lambda x: multiply(a, x), b)
    if exact(a) == exact(b):
        return tidy(a * b)
    return real(a) * real(b)


def divide(a: Value, b: Value) -> Value:
    """A quotient; the divisor is a number."""
    if isinstance(b, Array):
        raise Undefined("division by an array")
    if b == 0:
        raise Undefined("division by zero")
    if isinstance(a, Array):
        return each(lambda x: divide(x, b), a)
    return tidy(Fraction(a) / b) if exact(a) and exact(b) else real(a) / real(b)


def power(a: Value, b: Value) -> Value:
    """A power of a number."""
    if isinstance(a, Array) or isinstance(b, Array):
        raise Undefined(r"a power of an array: write the product, or use ^\top for the transpose")
    if a == 0 and b < 0:
        raise Undefined("division by zero")
    if exact(a) and isinstance(b, int) and abs(b) <= 4096:
        return tidy(Fraction(a) ** b)
    return tidy(mp.power(real(a), b if isinstance(b, int) else real(b)), "a power of a negative number")


def total(values: Iterable[Value]) -> Value:
    """The sum of values."""
    result: Value = 0
    for index, value in enumerate(values):
        result = add(result, value) if index else value
    return result


def transpose(a: Value) -> Value:
    """Rows for columns."""
    if not isinstance(a, Array):
        return a
    rows, columns = a.shape if len(a.shape) == 2 else (a.shape[0], 1)
    items = tuple(a.items[i * columns + j] for j in range(columns) for i in range(rows))
    return Array((rows,), items) if columns != 1 and rows == 1 else Array((columns, rows), items)


def _matmul(a: Array, b: Array) -> Value:
    rows, inner = a.shape if len(a.shape) == 2 else (a.shape[0], 1)
    height, columns = b.shape if len(b.shape) == 2 else (b.shape[0], 1)
    if inner != height:
        raise Undefined(
            rf"no product of shapes {a.shape} and {b.shape}: write p^\top q, or p \odot q for entry by entry"
        )
    items = tuple(
        total(multiply(a.items[i * inner + k], b.items[k * columns + j]) for k in range(inner))
        for i in range(rows)
        for j in range(columns)
    )
    if len(items) == 1 and len(a.shape) == 2 and (len(b.shape) == 1 or a.shape[0] == 1):
        return items[0]
    return Array((rows,) if len(b.shape) == 1 else (rows, columns), items)
