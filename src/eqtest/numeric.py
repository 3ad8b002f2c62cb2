"""Series, integrals, extrema and expectations of functions that can only be evaluated: a value that stands, or none.

Each is computed in two ways, which have to agree to all but the last eight of the working digits; `Undefined` says that
they don't, or that there is no value.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import pairwise, product
from math import prod
from typing import Any

from mpmath import mp

from eqtest.values import Undefined, Value, need, real

Function = Callable[..., Value]
Rule = Sequence[tuple[Value, Value]]  # nodes and weights
FAR, FARTHEST = (1_000, 3_000, 10_000), 10**9  # where terms are looked at once more
MOST_VALUES = 400  # of a function, for each digit
MOST_PIECES = 10  # of an integral, for each digit
BLOCK = 12  # terms are extrapolated in blocks, so that signs or zeros with period 2, 3, 4, 6 or 12 make no difference


def series(term: Function, first: int, marks: Iterable[Value] = ()) -> Value:
    """Sum the terms from `first` on, until the rest is negligible; where they decay slowly, by extrapolation.

    Terms near the marks, which may be exceptions, are looked at even if they are far out.
    """
    width, tolerance, total, hint = mp.dps, _tolerance(), mp.zero, "sum to a size n instead"
    near_marks = {int(mark) + k for mark in marks if abs(mark) < FARTHEST for k in (-1, 0, 1)}

    def settled(value: Value) -> Value:
        far = [abs(real(term(k))) for k in {*FAR, *near_marks} if k >= first + len(terms)]
        need(max(far, default=0) <= tops[-1], "the terms of this series grow again: write a sum to n")
        return +value

    with mp.workdps(2 * mp.dps + 10):
        terms, tops = list[Value](), [mp.zero]
        while len(terms) < MOST_VALUES * width // 2:
            terms += [real(term(first + len(terms) + k)) for k in range(width)]
            tops.append(max(map(abs, terms[-width:])))
            total, ratio = total + mp.fsum(terms[-width:]), tops[-1] / (tops[-2] or tops[-1] or 1)
            if len(tops) > 4 and ratio < 1 and width * tops[-1] <= (1 - ratio) * tolerance * abs(total):
                need(
                    max(tops) * mp.eps <= tolerance * abs(total),
                    "the terms of this series nearly cancel: declare smaller values",
                )
                return settled(total)
            if len(tops) == 17:
                blocks = [terms[k : k + BLOCK] for k in range(0, len(terms) - BLOCK + 1, BLOCK)]
                sums, decay = [mp.fsum(block) for block in blocks], _slowness([max(map(abs, b)) for b in blocks])
                need(decay < 20, f"the series diverges, or its terms approach 0 too irregularly: {hint}")
                decay = _slowness(sums)
                need(decay < 0.97, f"the series diverges, or converges too slowly to tell: {hint}")
                need(all(sums), f"the error of this series can't be estimated: {hint}")
                values = [mp.levin(variant="u").update(part)[0] for part in (sums, sums[:-4])]
                if abs(values[0] - values[1]) <= tolerance * abs(values[0]):
                    return settled(values[0])
                need(decay < 0.1, f"the error of this series can't be estimated: {hint}")
    raise Undefined(f"the series converges too slowly: {hint}")


def _slowness(terms: Sequence[Value]) -> Value:
    """Return 1/p for terms that decay with the power -p of their number, wherever they begin; 0 for geometric ones."""
    a, b, c = map(abs, terms[-3:])
    return b / (b - c) - a / (a - b) if a > b > c else mp.inf


def _tolerance() -> Value:
    return mp.mpf(10) ** (8 - mp.dps)


@cache
def _lobatto(size: int, digits: int) -> Rule:
    """Return a rule for a mean from -1 to 1, ends included, which is exact for polynomials of degree 2 size - 3."""
    rule = []
    with mp.workdps(digits):
        for k in range(size):
            node, step = -mp.cos(mp.pi * k / (size - 1)), mp.one
            while abs(step) > mp.eps * 1000:
                below, value = mp.one, node
                for j in range(2, size):
                    below, value = value, ((2 * j - 1) * node * value - (j - 1) * below) / j
                step = (node * value - below) / (size * value)
                node -= step
            rule.append((node, 1 / (size * (size - 1) * value**2)))
    return rule


@dataclass(eq=False)
class _Piece:
    """A piece of an integral over a variable of our own, which `way` turns into the argument and its derivative."""

    f: Function
    way: Function
    low: Value
    high: Value
    ends: tuple[bool, bool] = (False, False)  # where the function may be singular
    depth: int = 0
    whole: tuple[Value, Value] | None = None
    close: bool = False  # to such an end

    def __post_init__(self) -> None:
        """Compare the whole with two parts, which aren't halves: on both sides of a pole, these could agree."""
        with mp.workdps(4 * mp.dps):
            self.middle = self.low + (self.high - self.low) * mp.mpf(0.45)
        size = min(max(24, 2 * mp.dps // 5), 3 + 2 * mp.dps // max(1, self.depth - 6))  # what is short is nearly a line
        self.whole = self.whole or self.apply(self.low, self.high, size)
        self.parts = [self.apply(*ends, size) for ends in pairwise([self.low, self.middle, self.high])]
        self.value, self.scale = map(sum, zip(*self.parts, strict=True))
        self.error = abs(self.value - self.whole[0])

    def apply(self, low: Value, high: Value, size: int) -> tuple[Value, Value]:
        """Integrate f and |f|; the nodes at the ends move inwards, and a pole there doesn't count for |f|."""
        most, rule = 1 - mp.mpf(10) ** (4 - mp.dps), _lobatto(size, mp.dps + 15)
        with mp.workdps(4 * mp.dps):
            rule = [(1 + min(max(x, -most), most), w * (high - low)) for x, w in rule]
            points = [(*self.way(low + (high - low) / 2 * x), w) for x, w in rule]
        with mp.workdps(4 * mp.dps if self.close else mp.dps + 15):
            terms = [real(self.f(x)) * slope * w for x, slope, w in points]
            return mp.fsum(terms), mp.fsum(map(abs, terms[1:-1]))

    def split(self) -> "list[_Piece]":
        """Return the parts; near an end, after some steps, a variable in which powers and logarithms are smooth."""
        if self.depth < 5 or not any(self.ends):
            cut = partial(replace, self, depth=self.depth + 1)
            left = cut(high=self.middle, ends=(self.ends[0], False), whole=self.parts[0])
            return [left, cut(low=self.middle, ends=(False, self.ends[1]), whole=self.parts[1])]
        end, width = (self.low, self.high - self.low) if self.ends[0] else (self.high, self.low - self.high)

        def way(v: Value) -> tuple[Value, Value]:
            step = width * mp.exp(-v)
            x, slope = self.way(end + step)
            return x, slope * abs(step)

        return [_Piece(self.f, way, mp.zero, mp.mpf(6 * mp.dps), close=True)]

    def rest(self) -> Value:
        """Estimate what is left out beside a singular end."""
        if not self.close or self.high < 6 * mp.dps:
            return mp.zero
        with mp.workdps(4 * mp.dps):
            x, slope = self.way(self.high)
            return 10 * abs(real(self.f(x)) * slope)


def integral(f: Function, low: Value, high: Value, marks: Iterable[Value] = ()) -> Value:
    """Integrate a function with any kinks and jumps, and singularities at the ends, which may be infinite.

    What is narrower than a thousandth of the interval may be missed, unless it stands at a mark, where the function
    isn't 0 beside it.
    """
    if high <= low:
        return -integral(f, high, low, marks) if high < low else mp.zero
    start = next((end for end in (low, high) if not mp.isinf(end)), 0)
    signs = [sign for sign, end in ((-1, low), (1, high)) if mp.isinf(end)]
    ways: list[Function] = [lambda u, sign=sign: (start + sign * (1 - u) / u, 1 / u**2) for sign in signs]
    narrow = [real(x) for x in marks if low < x < high and _narrow(f, x, 1 if signs else high - low)]
    low, high = (mp.zero, mp.one) if signs else (real(low), real(high))
    pieces = list[_Piece]()
    for way, sign in zip(ways or [lambda x: (x, 1)], signs or [0], strict=True):
        cuts = [1 / (1 + sign * (x - start)) if sign else x for x in narrow if not sign or sign * (x - start) > 0]
        places = sorted({low, (low + high) / 2, high, *cuts})
        pieces += [_Piece(f, way, *ends, (True, True)) for ends in pairwise(places)]
    while True:
        least = _tolerance() * mp.fsum(piece.scale for piece in pieces)
        # Where all is 0, something narrow may hide.
        bad = [piece for piece in pieces if piece.error > least / 100 or (least == 0 and len(pieces) < 16)]
        if not bad:
            break
        fine = len(pieces + bad) < MOST_PIECES * mp.dps and all(piece.depth < 4 * mp.dps for piece in bad)
        need(fine, "the error of this integral can't be estimated: write its parts between jumps or poles")
        pieces = [piece for piece in pieces if piece not in bad]
        pieces += [part for piece in bad for part in piece.split()]
    fine = all(piece.rest() <= least for piece in pieces)
    need(fine, "the integral diverges at an end, or converges too slowly: write another bound")
    total = mp.fsum(piece.value for piece in pieces)
    return total if abs(total) > least else mp.zero


def _narrow(f: Function, x: Value, width: Value) -> bool:
    """Tell whether a function does something at a point that it doesn't a thousandth of the width beside it."""
    try:
        left, value, right = (real(f(x + k * width / 1000)) for k in (-1, 0, 1))
    except Undefined:
        return True
    return bool(abs(left - 2 * value + right) > max(abs(left), abs(right), abs(value)) / 20)


def extremum(f: Function, low: Value, high: Value, largest: bool, marks: Iterable[Value] = ()) -> Value:
    """Find the largest or smallest value of a function over an interval, perhaps at a mark, or as a limit at an end."""
    digits, cells, sign = mp.dps, 64, 1 if largest else -1
    with mp.workdps(2 * digits + 10):
        low, high = real(low), real(high)

        @cache
        def value(x: Value) -> Value:
            try:
                return sign * real(f(x))
            except Undefined:
                if x in (low, high):
                    return -mp.inf
                raise

        def climb(left: Value, right: Value) -> tuple[Value, Value]:
            tops = list[Value]()
            for _ in range(7 * digits // 2):
                points = [left, *(left + (right - left) * k / 4 for k in (1, 2, 3)), right]
                tops.append(max(map(value, points)))
                k = [*map(value, points)].index(tops[-1])
                left, right = points[max(k - 1, 0)], points[min(k + 1, 4)]
            return tops[-1], tops[len(tops) // 2]

        even = [low, *(low + (high - low) * k / cells for k in range(1, cells)), high]
        points = sorted({*even, *(real(x) for x in marks if low < x < high)})
        near = [points[max(k - 1, 0) : k + 2] for k in range(len(points))]
        peaks = [(value(x), a[0], a[-1]) for x, a in zip(points, near, strict=True) if value(x) >= max(map(value, a))]
        best, before = max(climb(*ends) for _, *ends in sorted(peaks)[-3:])
        width = max(map(value, points[1:-1])) - min(map(value, points[1:-1]))
        fine = best - before <= width * mp.mpf(10) ** (-digits // 4)
        need(fine, "the function has no bound that can be found: declare a smaller interval")
        return sign * best if abs(best) > width * mp.mpf(10) ** (8 - digits) else mp.zero


def expectation(f: Function, laws: Sequence[tuple[Any, ...]], marks: Iterable[Value] = ()) -> Value:
    """Compute the expectation of a function of independent random numbers.

    Args:
        f: A function of as many numbers as there are laws.
        laws: For each, `("normal", mean, variance)`, `("uniform", low, high)`, `("exponential", rate)` or
            `("poisson", rate)`.
        marks: Where a function of one number may jump.
    """
    at = next((k for k, (kind, *_) in enumerate(laws) if kind in ("exponential", "poisson")), None)
    if at is None:
        return _expectation(f, laws, marks)
    (kind, rate), others = laws[at], [*laws[:at], *laws[at + 1 :]]

    def given(x: Value) -> Value:
        return real(expectation(lambda *values: f(*values[:at], x, *values[at:]), others) if others else f(x))

    if kind == "poisson":
        return series(lambda n: given(n) * mp.exp(-rate) * rate**n / mp.factorial(n), 0, marks)
    return integral(lambda x: given(x) * rate * mp.exp(-rate * x), 0, mp.inf, marks)


def _expectation(f: Function, laws: Sequence[tuple[Any, ...]], marks: Iterable[Value]) -> Value:
    """Compute an expectation over normal and uniform random numbers."""
    digits, tolerance = mp.dps, _tolerance()
    normal = [kind == "normal" for kind, *_ in laws]
    with mp.workdps(digits + 15):
        lines = [(a, mp.sqrt(b)) if kind == "normal" else ((a + b) / 2, (b - a) / 2) for kind, a, b in laws]

    def standard(*values: Value) -> Value:
        """Take f of numbers with a standard normal distribution, or from -1 to 1."""
        return real(f(*(a + b * x for (a, b), x in zip(lines, values, strict=True))))

    if len(laws) == 1:
        ((a, b),) = lines
        marks = [(x - a) / b for x in marks]
    if normal == [False]:
        return integral(standard, -1, 1, marks) / 2

    def mean(rules: Sequence[Rule]) -> tuple[Value, Value]:
        """Return the means of f and |f|; a mean that cancels is 0."""
        points = [[*zip(*nodes, strict=True)] for nodes in product(*rules)]
        terms = [standard(*values) * mp.fprod(weights) for values, weights in points]
        total, scale = mp.fsum(terms), mp.fsum(map(abs, terms))
        return total if abs(total) > tolerance * scale else mp.zero, scale

    with mp.workdps(digits + 15):
        need(len(laws) < 3, "over more than two continuous variables, only polynomials have an expectation here")
        before = mp.inf
        for size in (digits * k // 8 for k in (7, 9, 24, 34)):
            rules = [_dense(far, size, digits) for far in normal]
            if prod(map(len, rules)) > MOST_VALUES * digits:
                break
            total, scale = mean(rules)
            if abs(total - before) < tolerance * scale:
                return +total
            before = total
    need(len(laws) < 2, "over two continuous variables, only smooth functions have an expectation here")
    return integral(lambda z: standard(z) * _density(z), -mp.inf, mp.inf, marks)


def _density(z: Value) -> Value:
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


@cache
def _dense(normal: bool, size: int, digits: int) -> Rule:
    """Return a rule for a standard law that is good for smooth functions: for a normal one, even steps."""
    if not normal:
        return _lobatto(size, mp.dps)
    step = (mp.sqrt(5 * digits) + 1 + mp.mpf(size) / digits) / size
    return [(step * k, step * _density(step * k)) for k in range(-size, size + 1)]
