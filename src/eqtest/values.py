"""Values and their arithmetic: an int, a float of mpmath at the working precision, or an array of such.

An array is a dict whose keys are its indices, tuples that count from 1. An operation is a row of `OPERATIONS`.
"""

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

from mpmath import mp

Value = Any  # mpmath has no type stubs
EQUAL, ALMOST_ZERO = 1e-20, 1e-25  # relative and absolute


class Undefined(Exception):
    """An expression without a value at some point: a logarithm of a negative number, an index out of range."""


def need(fine: object, message: str) -> None:
    """Say that there is no value where this isn't fine."""
    if not fine:
        raise Undefined(message)


def shape(value: Value) -> tuple[int, ...]:
    """Return an array's sizes; nothing for a number."""
    return max(value) if isinstance(value, dict) else ()


def number(value: Value) -> Value:
    """Return the value, which has to be a finite real number."""
    need(not shape(value), f"a number is needed here, not an array of shape {shape(value)}")
    need(not isinstance(value, mp.mpc) and mp.isfinite(value), "not a finite real number")
    return value


def build(sizes: Sequence[int], function: Callable[[tuple[int, ...]], Value]) -> Value:
    """Make an array from a function of the index; a number if there are no sizes."""
    indices = itertools.product(*(range(1, size + 1) for size in sizes))
    return {index: function(index) for index in indices} if sizes else function(())


def entry(value: Value, index: tuple[int, ...]) -> Value:
    """Return the entry with this index; without an index, the value itself."""
    need(shape(value) or not index, f"a number has no entry {index}; if it is part of the name, declare the whole name")
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
    """Tell whether a relation holds between two numbers: exactly for integers, else within the tolerance."""
    need(mp.isfinite(a) and mp.isfinite(b), "infinity can't be compared with a number")
    same = bool(a == b)
    if not (same or (isinstance(a, int) and isinstance(b, int))):
        same = bool(abs(a - b) <= max(tolerance, EQUAL) * max(abs(a), abs(b)) + max(tolerance / 1000, ALMOST_ZERO))
    less = not same and bool(a < b)
    more = not same and not less
    return {"=": same, "!=": not same, "<": less, ">": more, "<=": not more, ">=": not less}[relation]


def approach(point: Value, distances: Sequence[int]) -> list[list[Value]]:
    """Approach a point from the right and the left, at distances 10^-d; for infinity, at 10^d."""
    if mp.isinf(point):
        return [[mp.sign(point) * mp.mpf(10) ** distance for distance in distances]]
    return [[point + sign * mp.mpf(10) ** -distance for distance in distances] for sign in (1, -1)]


def nested(value: Value, convert: Callable[[Value], Any]) -> Any:
    """Convert every entry, and return nested lists; of a number, return the converted number."""
    if not isinstance(value, dict):
        return convert(value)
    rows = ({index[1:]: below for index, below in value.items() if index[0] == k} for k in range(1, max(value)[0] + 1))
    return [nested(row.get((), row), convert) for row in rows]


def show(value: Value, digits: int = 10) -> str:
    """Write a value for a report."""
    if isinstance(value, dict):
        cells = build(shape(value), value.get)  # some of a matrix aren't written
        text = str(nested(cells, lambda item: "…" if item is None else show(item, 4))).replace("'", "")
        return text if len(text) < 160 else text[:150] + "…]"
    if abs(value) > 1e300:
        return "beyond 10^300" if value > 0 else "below -10^300"
    return str(value) if isinstance(value, int) else str(mp.nstr(value, digits))


def from_python(result: Any) -> Value:
    """Turn a result of the page's code into a number or an array."""
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


def add(*values: Value) -> Value:
    """Add numbers, or arrays of one shape."""
    return reduce(partial(each, operator.add), values) if values else 0


def multiply(a: Value, b: Value) -> Value:
    """Multiply numbers, a number and an array, or two arrays as matrices; a vector is a column."""
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
    """Divide by a number. Integers stay integers where it comes out even."""
    even = isinstance(a, int) and isinstance(b, int) and a % b == 0
    return a // b if even else each(lambda x: mp.mpf(x) / b, a)


def transpose(a: Value) -> Value:
    """Exchange rows for columns; a row becomes a vector, and a vector a row."""
    if len(shape(a)) == 2 and shape(a)[0] == 1:
        return {index[1:]: x for index, x in a.items()}
    return {((*index, 1)[1], index[0]): x for index, x in a.items()} if shape(a) else a


def softmax(z: dict[tuple[int, ...], Value]) -> Value:
    """Compute the softmax of a vector; of a matrix, row by row."""
    weights = {index: mp.exp(x) for index, x in z.items()}
    return {k: x / mp.fsum(y for other, y in weights.items() if other[:-1] == k[:-1]) for k, x in weights.items()}


def norm(value: Value, order: Value) -> Value:
    """Compute the norm of a vector; of a matrix, entry by entry."""
    entries = [abs(x) for x in (value.values() if shape(value) else [value])]
    return max(entries) if order == mp.inf else power(add(*(power(x, order) for x in entries)), divide(1, order))


def power(a: Value, b: Value) -> Value:
    """Raise a number to a power; exact for integers."""
    return a**b if isinstance(a, int) and isinstance(b, int) and 0 <= b <= 4096 else mp.power(a, b)


def rounded(round_off: Callable[[Value], Value], x: Value) -> int:
    """Take the floor or the ceiling; 30 digits of 3 · (1/3) may be a little less than 1."""
    near = mp.nint(x)
    return int(near if holds("=", near, x) else round_off(x))


def pick(choose: Callable[..., Value], *values: Value) -> Value:
    """Choose the largest or smallest of several numbers, or of an array's entries."""
    return choose(values[0].values() if len(values) == 1 and shape(values[0]) else map(number, values))


OPERATIONS: dict[str, Callable[..., Value]] = {
    **{name: getattr(mp, name) for name in ("log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf")},
    "arctan": mp.atan,
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
    """Evaluate an operation; the value is finite unless an infinity went in."""
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
