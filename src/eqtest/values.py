"""Values and their arithmetic: numbers that are exact while they can be, and arrays of numbers.

A number is an int, a Fraction, or a float of mpmath at the working precision. An array is a dict whose keys are its
indices, tuples that count from 1. An operation is a row of `OPERATIONS`.
"""

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial, reduce
from typing import Any

from mpmath import mp

from eqtest.polynomial import Polynomial, coefficients

Value = Any  # mpmath has no type stubs
LARGEST_ARRAY, LARGEST_POWER, LARGEST_FACTORIAL = 2_500, 100_000, 20_000  # entries, bits, argument
MOST_FACTORS = 20_000
LARGEST_EXPONENT = 4096  # bits of what stands in an exponential or a sine


class Undefined(Exception):
    """An expression without a value at some point: a logarithm of a negative number, an index out of range."""


class LogOfZero(Undefined):
    """The one value that a factor 0 before it makes 0, as in 0 log 0."""


class Row(dict[tuple[int, ...], Value]):
    """A vector that is transposed; only its product with a vector is a number."""


def need(fine: object, message: str) -> None:
    """Say that there is no value where this isn't fine."""
    if not fine:
        raise Undefined(message)


def rational(*values: Value) -> bool:
    """Tell whether numbers are exact."""
    return all(isinstance(value, (int, Fraction)) for value in values)


def shape(value: Value) -> tuple[int, ...]:
    """Return an array's sizes; nothing for a number."""
    return max(value) if isinstance(value, dict) else ()


def plain(value: Value) -> Value:
    """Return a column as a vector, and an array of one entry as a number."""
    while shape(value)[-1:] == (1,):
        value = value[1,] if len(shape(value)) == 1 else {index[:-1]: x for index, x in value.items()}
    return value


def number(value: Value) -> Value:
    """Return the value, which has to be a finite real number."""
    if isinstance(value, int):
        return value
    value = plain(value)
    need(not shape(value), f"a number is needed here, not an array of shape {shape(value)}")
    fine = isinstance(value, (int, Fraction, Polynomial)) or (not isinstance(value, mp.mpc) and mp.isfinite(value))
    need(fine, "not a finite real number")
    return value


def real(value: Value) -> Value:
    """Return a number as a float; a polynomial is left as it is."""
    if isinstance(value, Polynomial):
        return value
    return mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mp.mpf(value)


def build(sizes: Sequence[int], function: Callable[[tuple[int, ...]], Value]) -> Value:
    """Make an array from a function of the index; a number if there are no sizes."""
    need(math.prod(sizes) <= LARGEST_ARRAY, f"an array of shape {tuple(sizes)} is too large to try: declare less")
    return {index: function(index) for index in every(sizes)} if sizes else function(())


def every(sizes: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """Count through the indices of an array; a number has the empty one."""
    return itertools.product(*(range(1, size + 1) for size in sizes))


def entry(value: Value, index: tuple[int, ...]) -> Value:
    """Return the entry with this index; without an index, the value itself."""
    if not index:
        return value
    if len(index) < len(shape(value)):  # a row
        rows = {at[len(index) :]: x for at, x in value.items() if at[: len(index)] == index}
        need(rows, f"there is no row {', '.join(map(str, index))} in an array of shape {shape(value)}")
        return rows
    need(shape(value), f"a number has no entry {index}; if it is part of the name, declare the whole name")
    named = ", ".join(map(str, index))
    need(index in value, f"there is no entry {named} in an array of shape {shape(value)}")
    return value[index]


def each(function: Callable[..., Value], *values: Value) -> Value:
    """Apply to numbers, or entry by entry to arrays of one shape."""
    for value in values:
        if isinstance(value, dict):
            break
    else:
        return function(*values)
    values = values if len({*map(shape, values)}) == 1 else tuple(map(plain, values))
    shapes = [shape(value) for value in values]
    hint = r"() is a number; to add it to each entry, write c \mathbf{1} with `\mathbf{1}_i := 1`, or write entries"
    need(len(set(shapes)) == 1, f"shapes don't match: {' and '.join(map(str, shapes))}; {hint}")
    if not shapes[0]:
        return function(*values)
    return type(values[0])((index, function(*(value[index] for value in values))) for index in values[0])


def near(a: Value, b: Value, size: Value = 0) -> bool:
    """Tell whether two numbers agree to two thirds of the working digits, relative to themselves or to a size."""
    return bool(abs(a - b) <= mp.mpf(10) ** (-2 * mp.dps // 3) * max(abs(a), abs(b), size))


def same(a: Value, b: Value) -> bool:
    """Tell whether two numbers, or polynomials, are equal: exactly where they are exact."""
    if isinstance(a, Polynomial) or isinstance(b, Polynomial):
        return all(same(x, y) for x, y in coefficients(a, b))
    return a == b if rational(a, b) else near(a, b)


def holds(relation: str, a: Value, b: Value) -> bool:
    """Tell whether a relation holds between two numbers."""
    return related(relation, 0 if same(a, b) else 1 if a > b else -1)


def related(relation: str, sign: int) -> bool:
    """Tell whether a relation holds between numbers whose difference has this sign."""
    return {"=": sign == 0, "!=": sign != 0, "<": sign < 0, ">": sign > 0, "<=": sign <= 0, ">=": sign >= 0}[relation]


def approach(point: Value, distances: Sequence[int], side: int = 0) -> list[list[Value]]:
    """Approach a point from the right (1), the left (-1) or both, at distances 10^-d; for infinity, at 10^d."""
    if not rational(point) and mp.isinf(point):
        return [[mp.sign(point) * mp.mpf(10) ** distance for distance in distances]]
    sides = [side] if side else [1, -1]
    return [[point + sign * mp.mpf(10) ** -distance for distance in distances] for sign in sides]


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
    return str(value) if isinstance(value, int) and abs(value) < 10**20 else str(mp.nstr(real(value), digits))


def from_python(result: Any) -> Value:
    """Turn a result of the page's code into a number or an array."""
    result = result.tolist() if hasattr(result, "tolist") else result
    if isinstance(result, (list, tuple)) and result:
        rows = [from_python(row) for row in result]
        need(len({*map(shape, rows)}) == 1, "the Python value's rows differ in shape")
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
    if not isinstance(a, dict):
        return each(lambda x: a * x, b) if isinstance(b, dict) else a * b
    if not isinstance(b, dict):
        return each(lambda x: b * x, a)
    left, right = ({(*index, 1)[:2]: x for index, x in value.items()} for value in (a, b))
    (rows, inner), (height, columns) = max(left), max(right)
    if inner != height and 1 in (len(a), len(b)):
        return multiply(plain(a), plain(b))
    hint = r"write p^\top q, or p \odot q for entry by entry"
    need(inner == height, f"no product of shapes {shape(a)} and {shape(b)}: {hint}")
    product = build((rows, columns), lambda at: add(*(left[at[0], k] * right[k, at[1]] for k in range(1, inner + 1))))
    if len(shape(b)) == 2:
        return Row(product) if isinstance(a, Row) else product
    return product[1, 1] if isinstance(a, Row) else {index[:1]: x for index, x in product.items()}


def divide(a: Value, b: Value) -> Value:
    """Divide by a number."""
    b = number(b)
    return each(lambda x: Fraction(x) / b if rational(x, b) else real(x) / b, a)


def product(*values: Value) -> Value:
    """Multiply any number of values."""
    need(len(values) <= MOST_FACTORS, f"{len(values)} factors: {MOST_FACTORS} are multiplied, declare less")
    return reduce(multiply, values, 1)


def transpose(a: Value) -> Value:
    """Exchange rows for columns; a vector becomes a row."""
    if len(shape(a)) == 1:
        return Row(((1, k), x) for (k,), x in a.items())
    return {(j, i): x for (i, j), x in a.items()} if shape(a) else a


def kronecker(a: Value, b: Value) -> Value:
    """Multiply every entry of a matrix by another matrix; a vector is a column."""
    need(2 in (len(shape(a)), len(shape(b))), r"of two vectors, \otimes has two meanings: write a b^\top, or indices")
    left, right = ({(*index, 1)[:2]: x for index, x in value.items()} for value in (a, b))
    high, wide = max(right)
    pairs = itertools.product(left.items(), right.items())
    return {((i - 1) * high + k, (j - 1) * wide + m): x * y for ((i, j), x), ((k, m), y) in pairs}


def matrix(a: Value) -> Any:
    """Return a square matrix as mpmath's."""
    sizes = shape(a)
    need(len(sizes) == 2 and sizes[0] == sizes[1], f"a square matrix is needed, not shape {sizes}")
    return mp.matrix(nested(a, real))


def softmax(z: dict[tuple[int, ...], Value]) -> Value:
    """Compute the softmax of a vector; of a matrix, row by row."""
    weights = {index: limited(mp.exp, x) for index, x in z.items()}
    sums = dict.fromkeys((index[:-1] for index in z), mp.zero)
    for index, weight in weights.items():
        sums[index[:-1]] += weight
    return {index: weight / sums[index[:-1]] for index, weight in weights.items()}


def norm(value: Value, order: Value) -> Value:
    """Compute the norm of a vector; of a matrix, entry by entry."""
    need(not shape(order), r"a norm by a matrix isn't read: write \sqrt{x^\top Q x}, or its square without the root")
    entries = [abs(x) for x in (value.values() if shape(value) else [value])]
    return max(entries) if order == mp.inf else power(add(*(power(x, order) for x in entries)), divide(1, order))


def power(a: Value, b: Value) -> Value:
    """Raise to a power; exact for exact numbers and whole exponents. Of a square matrix, its inverse."""
    if shape(a):
        twice = "A A" if len(shape(a)) == 2 else r"h \odot h"
        hint = f"an array has only the power -1, if it is a square matrix: write {twice}, or entries with indices"
        need(b == -1 and len(shape(a)) == 2, hint)
        inverse = matrix(a) ** -1
        return build(shape(a), lambda at: inverse[at[0] - 1, at[1] - 1])
    if isinstance(a, Polynomial):
        return a**b
    if rational(a, b) and Fraction(b).denominator == 1:
        a, b = Fraction(a), int(b)
        if abs(b) * max(a.numerator.bit_length(), a.denominator.bit_length()) <= LARGEST_POWER:
            return a**b
    size = mp.mag(real(b)) + mp.mag(mp.mag(real(a)) or 1) if a and b else 0
    need(size < LARGEST_EXPONENT, "a power beyond 2^(2^4096)")
    return mp.power(real(a), real(b))


def limited(function: Callable[[Value], Value], x: Value) -> Value:
    """Compute a function of a number that isn't so large that it would take forever."""
    need(mp.mag(real(x)) < LARGEST_EXPONENT, "a function of a number beyond 2^4096")
    return function(real(x))


def factorial(n: Value) -> Value:
    """Multiply the whole numbers from 1 to n."""
    need(rational(n) and Fraction(n).denominator == 1 and n >= 0, "a factorial needs a whole number, 0 or more")
    need(n <= LARGEST_FACTORIAL, f"factorials are computed up to {LARGEST_FACTORIAL}")
    return math.factorial(int(n))


def binomial(n: Value, k: Value) -> Value:
    """Count the choices of k of n."""
    return factorial(n) // (factorial(k) * factorial(n - k)) if k <= n else 0


def floor(x: Value) -> int:
    """Round down; 30 digits of log 8 / log 2 may be a little less than 3."""
    if rational(x):
        return int(x // 1)
    need(mp.mag(x) < LARGEST_POWER, "a number too large to round")
    return int(mp.nint(x) if near(mp.nint(x), x, 1) else mp.floor(x))


def pick(choose: Callable[..., Value], *values: Value) -> Value:
    """Choose the largest or smallest of several numbers, or of an array's entries."""
    return choose(values[0].values() if len(values) == 1 and shape(values[0]) else map(number, values))


def by_entry(function: Callable[[Value], Value], x: Value) -> Value:
    """Take a function of a number, or of each entry of a vector."""
    need(
        len(shape(x)) < 2,
        "a function of a matrix has two meanings: declare one as `f(x) := …`, which goes entry by entry",
    )
    return each(lambda item: function(real(item)), x)


def event(x: Value) -> Value:
    """Return whether an event occurs."""
    need(x in (0, 1), "an event is 1 or 0: declare it as `A ~ bernoulli(p)`, or write P(X = 1)")
    return x


def logarithm(x: Value) -> Value:
    """Compute a logarithm."""
    if x == 0:
        raise LogOfZero("the logarithm of 0")
    return mp.log(x)


FUNCTIONS = ("sin", "cos", "tan", "exp", "sinh", "cosh", "tanh", "erf")
OPERATIONS: dict[str, Callable[..., Value]] = {
    **{name: partial(by_entry, partial(limited, getattr(mp, name))) for name in FUNCTIONS},
    "log": partial(by_entry, logarithm),
    "arctan": partial(by_entry, mp.atan),
    "add": add,
    "neg": partial(each, operator.neg),
    "div": divide,
    "pow": power,
    "hadamard": partial(each, operator.mul),
    "kron": kronecker,
    "dot": lambda a, b: number(multiply(transpose(a), b)),
    "transpose": transpose,
    "abs": lambda x: mp.det(matrix(x)) if len(shape(plain(x))) == 2 else abs(number(x)),
    "floor": floor,
    "mod": lambda a, b: a - b * floor(divide(a, b)),
    "ceil": lambda x: -floor(-x),
    "norm": norm,
    "factorial": factorial,
    "binom": binomial,
    "softmax": softmax,
    "diag": lambda a: build(shape(a) * 2, lambda index: a[index[:1]] if index[0] == index[1] else 0),
    "tr": lambda a: add(*(x for index, x in a.items() if index[0] == index[1])) if shape(a) else a,
    "det": lambda a: mp.det(matrix(a)) if shape(a) else a,
    "sgn": lambda x: int(x > 0) - int(x < 0),
    "event": lambda x: event(number(x)),
    "complement": lambda x: 1 - event(number(x)),
    "max": partial(pick, max),
    "min": partial(pick, min),
    "e": lambda: +mp.e,
    "pi": lambda: +mp.pi,
    "inf": lambda: mp.inf,
    "sum": add,
    "prod": product,
    "largest": partial(pick, max),
    "least": partial(pick, min),
}


def apply(op: str, values: Sequence[Value]) -> Value:
    """Evaluate an operation; the value is finite unless an infinity went in."""
    try:
        result = OPERATIONS[op](*values)
    except ZeroDivisionError:
        raise Undefined("division by zero") from None
    except (TypeError, AttributeError, ValueError, OverflowError, IndexError):
        raise Undefined(f"{op} doesn't apply to {', '.join(map(show, values)) or 'nothing'}") from None
    if isinstance(result, int) or (isinstance(result, mp.mpf) and mp.isfinite(result)):
        return result
    if isinstance(result, Fraction):
        return result.numerator if result.denominator == 1 else result
    numbers = result.values() if isinstance(result, dict) else [result]
    odd = [x for x in numbers if isinstance(x, mp.mpc) or (isinstance(x, mp.mpf) and not mp.isfinite(x))]
    if (
        odd
        and (isinstance(odd[0], mp.mpc) or not any(isinstance(x, mp.mpf) and mp.isinf(x) for x in values))
        and values
    ):
        raise Undefined(f"{op}({', '.join(show(value, 6) for value in values)}) isn't a finite real number")
    return result
