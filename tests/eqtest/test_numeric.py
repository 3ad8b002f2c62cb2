"""Series, integrals, extrema and expectations against closed forms, at 30 and 60 digits; what has no value is refused.

Costs are counted in values of the function, since these take nearly all of the time.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from mpmath import mp

from eqtest.numeric import expectation, extremum, integral, series
from eqtest.values import Undefined

Function = Callable[..., Any]
AT_30 = pytest.mark.parametrize("digits", [30], indirect=True)  # what is refused takes long


@pytest.fixture(params=[30, 60], autouse=True)
def digits(request: pytest.FixtureRequest) -> Iterator[int]:
    with mp.workdps(request.param):
        yield request.param


class Counted:
    """A function of numbers, which counts its values, and has none where it divides by zero or isn't real."""

    def __init__(self, function: Function):
        self.function, self.values = function, 0

    def __call__(self, *arguments: Any) -> Any:
        self.values += 1
        try:
            value = self.function(*arguments)
        except ZeroDivisionError:
            raise Undefined("division by zero") from None
        if isinstance(value, mp.mpc) or not mp.isfinite(
            mp.mpf(value.numerator) if isinstance(value, Fraction) else value
        ):
            raise Undefined("not a finite real number")
        return value


def number(text: str | int) -> Any:
    return mp.inf * (-1 if text[0] == "-" else 1) if isinstance(text, str) and "inf" in text else mp.mpf(text)


def check(value: Any, expected: Any, counted: Counted, most: int) -> None:
    """Compare to all but eight digits, and count: at 60 digits, a function may be asked four times as often."""
    assert abs(value - expected) <= abs(expected) * mp.mpf(10) ** (8 - mp.dps)
    assert counted.values <= most * (1 if mp.dps == 30 else 4)


@pytest.mark.parametrize(
    ("term", "first", "total", "most"),
    [
        (lambda k: Fraction(1, 2**k), 0, lambda: 2, 123),
        (lambda k: Fraction(1 + (-1) ** k, 2 ** (k + 1)), 0, lambda: mp.mpf(4) / 3, 123),
        (lambda k: 0, 0, lambda: 0, 123),
        (lambda k: int(k < 20), 1, lambda: 19, 123),
        (lambda k: int(k == 100), 1, lambda: 1, 240),
        (lambda k: mp.mpf(3) ** k / mp.factorial(k), 0, lambda: mp.exp(3), 123),
        (lambda k: mp.mpf(-50) ** k / mp.factorial(k), 0, lambda: mp.exp(-50), 273),
        (lambda k: mp.mpf(0.75) ** k / k, 1, lambda: mp.log(4), 240),
        (lambda k: (1 + mp.mpf(0.5) / k) * mp.mpf(0.9375) ** k, 1, lambda: 15 + mp.log(16) / 2, 490),
        (lambda k: mp.mpf("0.99") ** k / k, 1, lambda: mp.log(100), 5000),
        (lambda k: mp.mpf("-0.99") ** k / k, 1, lambda: -mp.log("1.99"), 490),
        (lambda k: k**3 * mp.mpf("0.9") ** k, 1, lambda: 48690, 490),
        (lambda k: Fraction(1, k**2), 1, lambda: mp.pi**2 / 6, 490),
        (lambda k: Fraction(1, k**2), 10, lambda: mp.zeta(2, 10), 490),
        (lambda k: 1 / mp.mpf(k) ** 1.5, 1, lambda: mp.zeta(1.5), 490),
        (lambda k: Fraction(1, k * (k + 1)), 1, lambda: 1, 490),
        (lambda k: Fraction(1, k * k + 1), 0, lambda: (1 + mp.pi * mp.coth(mp.pi)) / 2, 490),
        (lambda k: Fraction((-1) ** k, k), 1, lambda: -mp.log(2), 490),
        (lambda k: (-1) ** k / mp.sqrt(k), 1, lambda: -mp.altzeta(0.5), 490),
        (lambda k: Fraction((-1) ** k, 2 * k + 1), 0, lambda: mp.pi / 4, 490),
        (lambda k: Fraction((1, 0, -1, 0)[k % 4], k), 1, lambda: -mp.log(2) / 2, 490),
        (lambda k: Fraction(1 - (-1) ** k, 2 * k**2), 1, lambda: mp.pi**2 / 8, 490),
    ],
)
def test_a_series_has_its_sum(term: Function, first: int, total: Function, most: int) -> None:
    counted = Counted(term)
    check(series(counted, first), total(), counted, most)


@AT_30
@pytest.mark.parametrize(
    ("term", "message"),
    [
        (lambda k: Fraction(1, k), "the series diverges, or converges too slowly to tell: sum to a size n instead"),
        (lambda k: Fraction(1, k + 10**6), "the series diverges, or converges too slowly"),
        (lambda k: 1 / mp.sqrt(k), "the series diverges, or converges too slowly"),
        (lambda k: mp.mpf(k) ** mp.mpf("-1.001"), "the series diverges, or converges too slowly"),
        (lambda k: 1 / mp.log(k + 1) / (k + 1), "the error of this series can't be estimated: sum to a size n instead"),
        (lambda k: 1 / mp.log(k + 1) ** 2 / (k + 1), "the error of this series can't be estimated"),
        (lambda k: (-1) ** k / mp.log(k + 1), "the error of this series can't be estimated"),
        (lambda k: mp.sin(k) / k, "the series converges too slowly: sum to a size n instead"),
        (lambda k: 1, "the series diverges, or its terms approach 0 too irregularly"),
        (lambda k: 2**k, "the series diverges, or its terms approach 0 too irregularly"),
        (lambda k: (-2) ** k, "the series diverges, or its terms approach 0 too irregularly"),
        (lambda k: (-1) ** k, "the series diverges, or its terms approach 0 too irregularly"),
        (lambda k: (-1) ** k * (1 + Fraction(1, k)), "the series diverges, or its terms approach 0 too irregularly"),
        (lambda k: (-1) ** k * mp.factorial(k), "the series diverges, or its terms approach 0 too irregularly"),
        (lambda k: Fraction(1, 2**k) + Fraction(1, 10**20 * k), "the series diverges, or converges too slowly"),
        (lambda k: mp.mpf("0.9999") ** k / k, "the error of this series"),
        (lambda k: mp.mpf(-300) ** k / mp.factorial(k), "the terms of this series nearly cancel"),
        (lambda k: int(k == 1) + int(k > 100) * Fraction(1, 10**13 * k**2), "the error of this series"),
        (lambda k: Fraction(1, k - 3), "division by zero"),
    ],
)
def test_a_series_without_a_sum_is_refused(term: Function, message: str) -> None:
    counted = Counted(term)
    with pytest.raises(Undefined, match=message):
        series(counted, 1)
    assert counted.values <= 200 * mp.dps


def gauss(center: float, width: float) -> Function:
    return lambda t: mp.exp(-(((t - mp.mpf(center)) / mp.mpf(width)) ** 2) / 2)


@pytest.mark.parametrize(
    ("f", "low", "high", "expected", "most"),
    [
        (lambda t: t**2, 0, 1, lambda: mp.mpf(1) / 3, 144),
        (lambda t: Fraction(1, 3), 0, 1, lambda: mp.mpf(1) / 3, 144),
        (lambda t: t**3, -1, 1, lambda: 0, 144),
        (lambda t: t**2, 1, 0, lambda: -mp.mpf(1) / 3, 144),
        (lambda t: 0, 0, 1, lambda: 0, 1600),
        # those of the site
        (lambda t: mp.exp(-t * t), 0, "0.75", lambda: mp.sqrt(mp.pi) / 2 * mp.erf(0.75), 144),
        (lambda t: 1 / mp.cosh(t), 0, 2, lambda: 2 * mp.atan(mp.tanh(1)), 200),
        (lambda s: s**4 / (1 + s), 0, "0.75", lambda: mp.log(1.75) - mp.mpf(543) / 1024, 144),
        (lambda s: (1 - s) ** 2 / s, "0.0625", 1, lambda: mp.log(16) - 15 / mp.mpf(8) + mp.mpf(255) / 512, 1000),
        (lambda x: x**2 / mp.mpf("1.5"), "-0.75", "0.75", lambda: mp.mpf("0.1875"), 144),
        # kinks, jumps, peaks, waves
        (lambda t: max(0, t), -1, 1, lambda: mp.mpf(0.5), 144),
        (lambda t: max(0, t), -1, 2, lambda: 2, 2000),
        (lambda t: abs(t - mp.mpf(1) / 3), 0, 1, lambda: mp.mpf(5) / 18, 2000),
        (lambda t: int(mp.floor(3 * t)), 0, 1, lambda: 1, 5000),
        (lambda t: int(t > mp.mpf("0.001")), 0, 1, lambda: mp.mpf("0.999"), 3000),
        (lambda t: int(t > mp.mpf("0.5001")), 0, 1, lambda: mp.mpf("0.4999"), 3000),
        (lambda t: int(abs(t - mp.mpf("0.3001")) < mp.mpf("0.002")), 0, 1, lambda: mp.mpf("0.004"), 6000),
        (lambda t: 1 + gauss(0.3217, 1e-3)(t), 0, 1, lambda: 1 + mp.sqrt(2 * mp.pi) * mp.mpf(1e-3), 1500),
        (gauss(0.3217, 1e-3), 0, 1, lambda: mp.sqrt(2 * mp.pi) * mp.mpf(1e-3), 1500),
        (lambda t: 1 / ((t - mp.mpf(0.3)) ** 2 + 1e-6), 0, 1, lambda: lorentz(0.3, 1e-6), 3000),
        (lambda t: mp.sin(t) ** 2, 0, 100, lambda: 50 - mp.sin(200) / 4, 6000),
        # singular ends
        (lambda t: 1 / mp.sqrt(t), 0, 1, lambda: 2, 1500),
        (lambda t: 1 / mp.sqrt(1 - t), 0, 1, lambda: 2, 1500),
        (lambda t: 1 / mp.sqrt(1 - t * t), -1, 1, lambda: mp.pi, 3000),
        (lambda t: mp.sqrt(1 - t * t), 0, 1, lambda: mp.pi / 4, 1500),
        (lambda t: 1 / mp.sqrt(abs(t)), -1, 1, lambda: 4, 3000),
        (lambda t: mp.log(t), 0, 1, lambda: -1, 1500),
        (lambda t: mp.sin(t) / t, 0, 1, lambda: mp.si(1), 144),
        (lambda t: (1 - mp.cos(t)) / t**2, -1, 1, lambda: 2 * (mp.si(1) - 1 + mp.cos(1)), 2500),
        # far
        (gauss(0, 1), "-inf", "inf", lambda: mp.sqrt(2 * mp.pi), 1600),
        (gauss(50, 0.125), "-inf", "inf", lambda: mp.sqrt(2 * mp.pi) / 8, 2000),
        (lambda t: t * mp.exp(-t * t), "-inf", "inf", lambda: 0, 2000),
        (lambda t: 1 / (1 + t * t), "-inf", "inf", lambda: mp.pi, 800),
        (lambda t: mp.exp(-t) * t**2.5, 0, "inf", lambda: mp.gamma(3.5), 2000),
        (lambda t: mp.exp(-t) / mp.sqrt(t), 0, "inf", lambda: mp.sqrt(mp.pi), 2000),
        (lambda t: mp.exp(t), "-inf", 1, lambda: mp.e, 1000),
        (lambda t: 1 / t**2, 1, "inf", lambda: 1, 144),
        (lambda t: t**-1.5, 1, "inf", lambda: 2, 1500),
    ],
)
def test_an_integral_has_its_value(f: Function, low: Any, high: Any, expected: Function, most: int) -> None:
    counted = Counted(f)
    check(integral(counted, number(low), number(high)), expected(), counted, most)


def lorentz(center: float, square: float) -> Any:
    width = mp.sqrt(square)
    return (mp.atan((1 - mp.mpf(center)) / width) + mp.atan(mp.mpf(center) / width)) / width


@AT_30
@pytest.mark.parametrize(
    ("f", "low", "high", "message"),
    [
        (lambda t: 1 / t, 0, 1, "the integral diverges at an end, or converges too slowly: write another bound"),
        (lambda t: 1 / t, 1, "inf", "the integral diverges at an end"),
        (lambda t: 1 / t, -1, 1, "the integral diverges at an end"),
        (lambda t: 1 / t**2, 0, 1, "the integral diverges at an end"),
        (lambda t: 1 / (1 - t), 0, 1, "the integral diverges at an end"),
        (lambda t: 1, 0, "inf", "the integral diverges at an end"),
        (lambda t: 1 / (t * mp.log(t) ** 2), 2, "inf", "the integral diverges at an end, or converges too slowly"),
        (lambda t: t ** -mp.mpf("0.9"), 0, 1, "the integral diverges at an end, or converges too slowly"),
        (lambda t: 1 / (t - mp.mpf(0.5)), -1, 1, "the error of this integral can't be estimated: write its parts"),
        (lambda t: 100 + 1 / (t - mp.mpf(0.5)), -1, 1, "the error of this integral can't be estimated"),
        (lambda t: 1 / (t - mp.mpf(1) / 3) ** 2, 0, 1, "the error of this integral can't be estimated"),
        (mp.tan, 0, 3, "the error of this integral can't be estimated"),
        (lambda t: mp.sin(1 / t), 0, 1, "the error of this integral can't be estimated"),
        (lambda t: mp.mpf(float(t)) ** 3, 0, 1, "the error of this integral can't be estimated"),
        (lambda t: mp.sqrt(t), -1, 1, "not a finite real number"),
    ],
)
def test_an_integral_without_a_sure_value_is_refused(f: Function, low: Any, high: Any, message: str) -> None:
    counted = Counted(f)
    with pytest.raises(Undefined, match=message):
        integral(counted, number(low), number(high))
    assert counted.values <= 1200 * mp.dps


def test_a_double_integral_is_one_of_an_integral() -> None:
    inner = Counted(lambda s, t: s * t)
    value = integral(lambda s: integral(lambda t: inner(s, t), mp.zero, s), mp.zero, mp.one)
    check(value, mp.mpf(1) / 8, inner, 21000)


@pytest.mark.parametrize(
    ("f", "low", "high", "largest", "expected"),
    [
        (lambda x: x * (1 - x), 0, 1, True, lambda: 0.25),
        (mp.sin, 0, 3, True, lambda: 1),
        (lambda x: (x - mp.mpf(1) / 3) ** 2 + 1, 0, 1, False, lambda: 1),
        (lambda x: 1 - abs(x - mp.mpf(1) / 3), 0, 1, True, lambda: 1),
        (lambda x: abs(x - mp.mpf(1) / 3), 0, 1, False, lambda: 0),
        (lambda x: x * mp.log(x), 0, 1, False, lambda: -1 / mp.e),
        (lambda x: x**2, 0, 2, True, lambda: 4),
        (lambda x: mp.sin(x) / x, 0, 2, True, lambda: 1),
        (lambda x: -((x - mp.mpf("0.003")) ** 2) - 1, 0, 1, True, lambda: -1),
        (lambda x: mp.cos(20 * x) - x / 100, 1, 3, True, lambda: wave()),
        (lambda x: Fraction(5), 0, 1, True, lambda: 5),
        # two peaks: the higher one between two points of the grid, the lower one at a point
        (lambda x: max(1 - (70 * x - 70 * mp.mpf(21) / 128) ** 2, 0.9 - (70 * x - 43.75) ** 2), 0, 1, True, lambda: 1),
        (lambda x: x - int(mp.floor(x)), 0, 2, True, lambda: 1),
    ],
)
def test_an_extremum_is_found(f: Function, low: int, high: int, largest: bool, expected: Function) -> None:
    counted = Counted(f)
    check(extremum(counted, mp.mpf(low), mp.mpf(high), largest), expected(), counted, 1100)


def wave() -> Any:
    top = (8 * mp.pi - mp.asin(mp.mpf(1) / 2000)) / 20
    return mp.cos(20 * top) - top / 100


@AT_30
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: 1 / (x - mp.mpf("0.3")), "the function has no bound that can be found: declare a smaller interval"),
        (lambda x: -mp.log(abs(x - mp.mpf("0.3"))), "the function has no bound"),
        (lambda x: -mp.log(x), "the function has no bound"),
        (lambda x: 1 / x, "the function has no bound"),
        (lambda x: mp.sqrt(x - mp.mpf(0.25)), "not a finite real number"),
    ],
)
def test_an_extremum_that_is_none_is_refused(f: Function, message: str) -> None:
    with pytest.raises(Undefined, match=message):
        extremum(Counted(f), mp.zero, mp.one, largest=True)


NORMAL, UNIFORM = ("normal", 0, 1), ("uniform", 0, 1)


@pytest.mark.parametrize(
    ("f", "laws", "expected", "most"),
    [
        (lambda x: x, [NORMAL], lambda: 0, 150),
        (lambda x: x**2, [("normal", 2, 3)], lambda: 7, 150),
        (lambda x: 3, [NORMAL], lambda: 3, 300),
        (mp.exp, [NORMAL], lambda: mp.exp(0.5), 300),
        (lambda x: 1 / (1 + mp.exp(-x)), [NORMAL], lambda: 0.5, 300),
        (lambda x: max(0, x), [NORMAL], lambda: 1 / mp.sqrt(2 * mp.pi), 1500),
        (lambda x: int(x <= 0.75), [NORMAL], lambda: mp.ncdf(0.75), 3500),
        (lambda x: int(x <= 50.25), [("normal", 50, 0.0625)], lambda: mp.ncdf(1), 3500),
        (lambda x: int(4 < x < 5), [NORMAL], lambda: mp.ncdf(-4) - mp.ncdf(-5), 5500),
        (lambda x: int(x > 25), [NORMAL], lambda: mp.ncdf(-25), 3500),
        (lambda x: x**6 - 15, [NORMAL], lambda: 0, 150),
        (lambda x: x**2, [UNIFORM], lambda: mp.mpf(1) / 3, 144),
        (lambda x: -mp.log(x), [UNIFORM], lambda: 1, 1500),
        (lambda x: int(x <= mp.mpf("0.3")), [UNIFORM], lambda: mp.mpf("0.3"), 2500),
        (lambda x, y: mp.exp(x + y), [NORMAL, NORMAL], lambda: mp.e, 8000),
        (lambda x, y: mp.exp(x * y), [UNIFORM, UNIFORM], lambda: mp.ei(1) - mp.euler, 2500),
    ],
)
def test_an_expectation_has_its_value(f: Function, laws: list[Any], expected: Function, most: int) -> None:
    counted = Counted(f)
    given = [(kind, mp.mpf(a), mp.mpf(b)) for kind, a, b in laws]
    check(expectation(counted, given), expected(), counted, most)


@AT_30
@pytest.mark.parametrize(
    ("f", "laws", "message"),
    [
        (lambda x, y: int(x < y), [NORMAL] * 2, "over two continuous variables, only smooth functions"),
        (lambda x, y: int(x < y + 0.1), [NORMAL] * 2, "over two continuous variables, only smooth functions"),
        (lambda x, y: int(4 < x < 5 and y > 0), [NORMAL] * 2, "over two continuous variables, only smooth functions"),
        (lambda x, y: max(x, y), [UNIFORM] * 2, "over two continuous variables, only smooth functions"),
        (lambda x, y, z: max(x, y, z), [NORMAL] * 3, "over more than two continuous variables, only polynomials"),
        (lambda x, y, z: int(x + y + z > -20), [NORMAL] * 3, "over more than two continuous variables, only poly"),
        (lambda x, y, z: int(x + y + z > 0.001), [UNIFORM] * 3, "over more than two continuous variables, only poly"),
        (lambda x, y, z: mp.exp(x * y * z), [UNIFORM] * 3, "over more than two continuous variables, only poly"),
        (lambda x: 1 / x, [("normal", 1, 1)], "the integral diverges at an end"),
    ],
)
def test_an_expectation_that_is_too_hard_is_refused(f: Function, laws: list[Any], message: str) -> None:
    counted = Counted(f)
    with pytest.raises(Undefined, match=message):
        expectation(counted, [(kind, mp.mpf(a), mp.mpf(b)) for kind, a, b in laws])
    assert counted.values <= 600 * mp.dps


def test_functions_see_more_digits_than_they_are_asked_for() -> None:
    """A comparison that allows for rounding mustn't move a jump by what the result shows."""
    seen = []
    integral(lambda t: seen.append(mp.dps) or t, mp.zero, mp.one)  # type: ignore[func-returns-value]
    assert min(seen) == mp.dps + 15
