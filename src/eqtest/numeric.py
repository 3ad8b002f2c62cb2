"""Series, integrals, extrema and expectations of functions that can only be evaluated: a value that stands, or none.

Each is computed in two ways, which have to agree to all but the last eight of the working digits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from math import prod

from mpmath import mp

from eqtest.values import Undefined, Value, need, real

Function = Callable[..., Value]
Rule = Sequence[tuple[Value, Value]]  # nodes and weights
MOST_VALUES = 400  # of a function, for each digit
BLOCK = 12  # terms are extrapolated in blocks, so that signs or zeros with period 2, 3, 4, 6 or 12 make no difference


def series(term: Function, first: int) -> Value:
    """Sum the terms from `first` on, until the rest is negligible; where they are slow, by extrapolation.

    Args:
        term: A term from its number.
        first: The number of the first term.

    Raises:
        Undefined: The series diverges, or converges so slowly that this can't be told.
    """
    width, tolerance = mp.dps, _tolerance()
    with mp.workdps(2 * mp.dps + 10):
        terms, tops = list[Value](), [mp.zero]
        while len(terms) < MOST_VALUES * width:
            terms += [real(term(first + len(terms) + k)) for k in range(width)]
            tops.append(max(map(abs, terms[-width:])))
            total, ratio = mp.fsum(terms), tops[-1] / (tops[-2] or 1)
            if len(tops) > 4 and ratio < 1 and width * tops[-1] * ratio <= (1 - ratio) * tolerance * abs(total):
                need(max(tops) * mp.eps <= tolerance * abs(total), "the terms of this series cancel: write fewer")
                return +total
            if len(tops) == 17:
                blocks = [terms[k : k + BLOCK] for k in range(0, len(terms), BLOCK)][: len(terms) // BLOCK]
                slow = _slowness([max(map(abs, block)) for block in blocks])
                need(slow < 20, "the series diverges: its terms don't approach 0")
                sums = [mp.fsum(block) for block in blocks]
                slow = _slowness(sums)
                need(slow < 0.97, "the series diverges, or too slowly to tell: write a sum to n")
                total, other = (mp.levin(variant="u").update(part)[0] for part in (sums, sums[:-4]))
                if abs(total - other) <= tolerance * abs(total):
                    return +total
                need(slow < 0.1, "the error of this series can't be estimated: write a sum to n")
    raise Undefined("the series converges too slowly: write a sum to n")


def _slowness(terms: Sequence[Value]) -> Value:
    """Return 1/p for terms that decay with the power -p of their number, wherever they begin; 0 for geometric ones."""
    a, b, c = map(abs, terms[-3:])
    return b / (b - c) - a / (a - b) if a > b > c else mp.inf


def _tolerance() -> Value:
    return mp.mpf(10) ** (8 - mp.dps)


@cache
def _lobatto(size: int, digits: int) -> Rule:
    """Return a rule on [0, 1] with nodes at both ends, which is exact for polynomials of degree 2 size - 3."""
    rule = []
    with mp.workdps(digits):
        for k in range(size):
            node, step = mp.cos(mp.pi * k / (size - 1)), mp.one
            while abs(step) > mp.eps * 1000:
                below, value = mp.one, node
                for j in range(2, size):
                    below, value = value, ((2 * j - 1) * node * value - (j - 1) * below) / j
                step = (node * value - below) / (size * value)
                node -= step
            rule.append(((1 - node) / 2, 1 / (size * (size - 1) * value**2)))
    return rule


@dataclass
class _Piece:
    """A piece of an integral over a variable of our own, which `way` turns into the argument and its derivative."""

    way: Callable[[Value], tuple[Value, Value]]
    low: Value
    high: Value
    ends: tuple[bool, bool]  # where the function may be singular
    digits: int  # to evaluate it with
    depth: int = 0
    whole: tuple[Value, Value] | None = None

    def measure(self, f: Function) -> int:
        """Compare the whole with two parts, and count the values. Two halves could agree on both sides of a pole."""
        with mp.workdps(3 * mp.dps):
            self.middle = self.low + (self.high - self.low) * mp.mpf(0.45)
        size: int = 2 * mp.dps // max(5, self.depth - 6) + (
            3 if self.depth > 11 else 0
        )  # a short piece is nearly a line
        self.whole = self.whole or self.apply(f, self.low, self.high, size)
        self.parts = [self.apply(f, self.low, self.middle, size), self.apply(f, self.middle, self.high, size)]
        self.value, self.scale = map(sum, zip(*self.parts, strict=True))
        self.error = abs(self.value - self.whole[0])
        return 2 * size

    def apply(self, f: Function, low: Value, high: Value, size: int) -> tuple[Value, Value]:
        """Apply a rule to f and |f|; the nodes at the ends move inwards, and a pole there doesn't count for |f|."""
        edge = mp.mpf(10) ** (4 - mp.dps)
        with mp.workdps(3 * mp.dps):
            rule = [(min(max(x, edge), 1 - edge), w * (high - low)) for x, w in _lobatto(size, mp.dps)]
            points = [(*self.way(low + (high - low) * x), w) for x, w in rule]
        with mp.workdps(self.digits):
            terms = [real(f(x)) * slope * w for x, slope, w in points]
            return mp.fsum(terms), mp.fsum(map(abs, terms[1:-1]))

    def split(self) -> "list[_Piece]":
        """Return the parts; after some, at an end, a substitution that makes powers and logarithms smooth."""
        if self.depth < 5 or not any(self.ends):
            left = _Piece(
                self.way, self.low, self.middle, (self.ends[0], False), self.digits, self.depth + 1, self.parts[0]
            )
            return [
                left,
                _Piece(
                    self.way, self.middle, self.high, (False, self.ends[1]), self.digits, self.depth + 1, self.parts[1]
                ),
            ]
        end, width = (self.low, self.high - self.low) if self.ends[0] else (self.high, self.low - self.high)

        def way(v: Value) -> tuple[Value, Value]:
            step = width * mp.exp(-v)
            x, slope = self.way(end + step)
            return x, slope * abs(step)

        return [_Piece(way, mp.zero, mp.mpf(6 * mp.dps), (False, False), 3 * mp.dps)]


def integral(f: Function, low: Value, high: Value) -> Value:
    """Integrate a function with any kinks and jumps, and singularities at the ends, which may be infinite.

    Raises:
        Undefined: The integral diverges, or its error can't be estimated.
    """
    if high < low:
        return -integral(f, high, low)
    start = next((end for end in (low, high) if not mp.isinf(end)), 0)
    signs = [sign for sign, end in ((-1, low), (1, high)) if mp.isinf(end)]

    def outwards(sign: int, u: Value) -> tuple[Value, Value]:
        return start + sign * (1 - u) / u, 1 / u**2

    ways: list[Callable[[Value], tuple[Value, Value]]] = [partial(outwards, sign) for sign in signs]
    ways = ways or [lambda x: (x, 1)]
    low, high = (mp.zero, mp.one) if signs else (real(low), real(high))
    halves = [(low, (low + high) / 2), ((low + high) / 2, high)]
    new = [_Piece(way, *half, (True, True), mp.dps + 15) for way in ways for half in halves]
    pieces, used = list[_Piece](), 0
    while new:
        used += sum(piece.measure(f) for piece in new)
        pieces += new
        least = _tolerance() * mp.fsum(piece.scale for piece in pieces)
        bad = [piece for piece in pieces if piece.error > least / 100]
        fine = used < MOST_VALUES * mp.dps and all(piece.depth < 4 * mp.dps for piece in bad)
        need(fine, "the error of this integral can't be estimated: write its parts, from one jump or pole to the next")
        new = [part for piece in bad for part in piece.split()]
        pieces = [piece for piece in pieces if piece.error <= least / 100]
    for piece in pieces:
        if piece.digits == 3 * mp.dps and piece.high == 6 * mp.dps:
            with mp.workdps(piece.digits):
                x, slope = piece.way(piece.high)
                rest = 10 * abs(real(f(x)) * slope)
            need(rest <= least, "the integral diverges at an end, or converges too slowly: write another bound")
    total = mp.fsum(piece.value for piece in pieces)
    return total if abs(total) > least else mp.zero


def extremum(f: Function, low: Value, high: Value, largest: bool) -> Value:
    """Find the largest or smallest value of a function over an interval; at an end, it may be a limit.

    Raises:
        Undefined: The function is undefined within, or seems to have no bound.
    """
    digits, cells, sign = mp.dps, 64, 1 if largest else -1
    with mp.workdps(2 * digits + 10):
        golden, width = (mp.sqrt(5) - 1) / 2, (real(high) - low) / cells
        points = [low + width * k for k in range(cells + 1)]

        def value(x: Value) -> Value:
            return sign * real(f(x))

        def approach(end: Value, step: Value) -> tuple[Value, Value]:
            try:
                return value(end), value(end)
            except Undefined:
                return value(end + step * mp.mpf(10) ** (-digits // 2)), value(end + step * mp.mpf(10) ** -digits)

        def climb(low: Value, high: Value) -> tuple[Value, Value]:
            left, right, tops = high - golden * (high - low), low + golden * (high - low), list[Value]()
            before, after = value(left), value(right)
            for _ in range(5 * digits):
                tops.append(max(before, after))
                if before < after:
                    low, left, before = left, right, after
                    right = low + golden * (high - low)
                    after = value(right)
                else:
                    high, right, after = right, left, before
                    left = high - golden * (high - low)
                    before = value(left)
            return tops[len(tops) // 2], tops[-1]

        values = [-mp.inf, *map(value, points[1:-1]), -mp.inf]
        peaks = [k for k in range(1, cells) if values[k - 1] <= values[k] >= values[k + 1]]
        found = [climb(points[k - 1], points[k + 1]) for k in sorted(peaks, key=lambda k: -values[k])[:3]]
        found += [approach(points[0], width), approach(points[-1], -width)]
        before, best = max(found, key=lambda pair: pair[1])
        rough = (max(values) - min(values[1:-1])) * mp.mpf(10) ** (-digits // 4)
        need(best - before <= rough, "no bound is found: write an interval on which there is one")
    return sign * best


@cache
def _hermite(size: int, digits: int) -> Rule:
    """Return a rule for the standard normal distribution, which is exact for polynomials of degree 2 size - 1."""
    with mp.workdps(digits):
        rule = zip(*mp.gauss_quadrature(size, "hermite"), strict=True)
        return [(x * mp.sqrt(2), w / mp.sqrt(mp.pi)) for x, w in rule]


def _density(z: Value) -> Value:
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def _rule(kind: str, first: Value, second: Value, size: int, spread: int) -> Rule:
    """Return a rule for a law: Lobatto's; Hermite's, spread out; without a spread, steps as far as the digits reach."""
    if kind == "uniform":
        return [(first + (second - first) * x, w) for x, w in _lobatto(size + 1, mp.dps)]
    if spread:
        return [(first + mp.sqrt(second) * spread * x, w) for x, w in _hermite(size, mp.dps)]
    reach = mp.sqrt(4.7 * mp.dps) + mp.mpf(size) / 10
    step = reach / size
    return [(first + mp.sqrt(second) * step * k, step * _density(step * k)) for k in range(-size, size + 1)]


def expectation(f: Function, laws: Sequence[tuple[str, Value, Value]]) -> Value:
    """Compute the expectation of a function of independent random variables.

    Args:
        f: A function of as many numbers as there are laws.
        laws: For each, `("normal", mean, variance)` or `("uniform", low, high)`.

    Raises:
        Undefined: There are more than two and no polynomial, or two and no smooth function.
    """
    tolerance, most, count = _tolerance(), MOST_VALUES * mp.dps, len(laws)

    def settled(sizes: Sequence[int], spread: int) -> Value | None:
        """Return a mean that rules of two sizes agree on; not if they see a constant, as of an event far out."""
        before = mp.inf
        for size in sizes:
            rules = [_rule(*law, size, spread) for law in laws]
            if prod(map(len, rules)) > most:
                break
            values, weights = [], []
            for nodes in product(*rules):
                values.append(real(f(*(x for x, _ in nodes))))
                weights.append(mp.fprod(w for _, w in nodes))
            mean, scale = (mp.fdot(weights, column) for column in (values, map(abs, values)))
            if abs(mean - before) <= tolerance * scale and len({*values}) > 1:
                return mean if abs(mean) > tolerance * scale else mp.zero
            before = mean
        return None

    if count == 1 and laws[0][0] == "uniform":
        _, low, high = laws[0]
        return integral(f, low, high) / (high - low)
    digits = mp.dps
    with mp.workdps(digits + 15):
        # A polynomial is one however far its variables spread.
        if count > 1 and settled(range(2, 8), 7) is not None:
            mean = settled(range(2, 8), 1)
            if mean is not None:
                return +mean
        if count < 3:
            mean = settled([digits * k // 8 for k in (7, 9, 12, 16)], 0)
            if mean is not None:
                return +mean
    need(
        count == 1, "an expectation over several continuous variables: only polynomials, and over two, smooth functions"
    )
    _, center, variance = laws[0]
    return integral(lambda z: f(center + mp.sqrt(variance) * z) * _density(z), -mp.inf, mp.inf)
