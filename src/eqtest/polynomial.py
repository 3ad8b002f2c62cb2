"""Polynomials in random numbers: their expectations need no quadrature, and are exact where the coefficients are."""

from collections import Counter
from collections.abc import Callable, ItemsView, Iterable, Mapping
from fractions import Fraction
from typing import Any

Number = Any  # mpmath has no type stubs
Name = tuple[int, str, tuple[int, ...]]  # how deep its expectation is nested, the name, the index
Monomial = tuple[Name, ...]  # a product of random numbers, sorted
MOST_PRODUCTS, HIGHEST = 20_000, 40


class NotPolynomialError(TypeError):
    """What was done to a polynomial has no polynomial as a result, or one that is too long."""


class Polynomial:
    """A polynomial that isn't constant: `terms` has the coefficient of each monomial. It can't be compared."""

    def __init__(self, terms: Mapping[Monomial, Number]):
        self.terms = terms

    def __add__(self, other: Number) -> Number:
        """Add a number or a polynomial."""
        return _sum((*self.terms.items(), *_terms(other)))

    def __mul__(self, other: Number) -> Number:
        """Multiply by a number or a polynomial."""
        terms = _terms(other)
        if len(self.terms) * len(terms) > MOST_PRODUCTS:
            raise NotPolynomialError
        return _sum((tuple(sorted(a + b)), x * y) for a, x in self.terms.items() for b, y in terms)

    __radd__, __rmul__ = __add__, __mul__

    def __pos__(self) -> Number:
        """Round the coefficients to the working precision."""
        return _sum((monomial, +value) for monomial, value in self.terms.items())

    def __neg__(self) -> Number:
        """Change the sign."""
        return self * -1

    def __sub__(self, other: Number) -> Number:
        """Subtract a number or a polynomial."""
        return self + -other

    def __rsub__(self, other: Number) -> Number:
        """Subtract from a number."""
        return -self + other

    def __truediv__(self, other: Number) -> Number:
        """Divide by a number."""
        return self * (Fraction(1) / other)

    def __pow__(self, power: Number) -> Number:
        """Raise to a whole power."""
        if power != int(power) or not 0 <= power <= HIGHEST:
            raise NotPolynomialError
        return self * self ** (power - 1) if power else 1

    def _refuse(self, *_: Any) -> Any:
        raise NotPolynomialError

    __abs__ = __float__ = __int__ = __lt__ = __le__ = __gt__ = __ge__ = __rtruediv__ = __rpow__ = _refuse

    def expectation(self, depth: int, moment: Callable[[Name, int], Number]) -> Number:
        """Replace powers of the random numbers of an expectation, at this depth, by their moments."""
        terms = list[tuple[Monomial, Number]]()
        for monomial, value in self.terms.items():
            rest = list[Name]()
            for name, power in Counter(monomial).items():
                own = name[0] == depth
                value, rest = (value * moment(name, power), rest) if own else (value, [*rest, *[name] * power])
            terms.append((tuple(rest), value))
        return _sum(terms)


def coefficients(*values: Number) -> list[tuple[Number, ...]]:
    """Return the coefficients of numbers or polynomials, for each monomial that one of them has."""
    terms = [dict(_terms(value)) for value in values]
    return [tuple(each.get(monomial, 0) for each in terms) for monomial in {key for each in terms for key in each}]


def _terms(value: Number) -> ItemsView[Monomial, Number]:
    return (value.terms if isinstance(value, Polynomial) else {(): value}).items()


def _sum(terms: Iterable[tuple[Monomial, Number]]) -> Number:
    """Return a polynomial, or a number if nothing else is left."""
    total = dict[Monomial, Number]()
    for monomial, value in terms:
        total[monomial] = total.get(monomial, 0) + value
    total = {monomial: value for monomial, value in total.items() if value != 0}
    return Polynomial(total) if total.keys() - {()} else total.get((), 0)
