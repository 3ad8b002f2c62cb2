"""stub"""

from mpmath import mp


def integral(f, a, b):
    return mp.quad(f, [a, b], method="tanh-sinh" if mp.isinf(a) or mp.isinf(b) else "gauss-legendre")


def series(term, first):
    fast = abs(term(first + 3000)) < mp.eps**2
    return mp.nsum(term, [first, mp.inf], **({"method": "d", "maxterms": 3000} if fast else {}))


def extremum(f, a, b, largest):
    raise NotImplementedError


def expectation(f, laws):
    raise NotImplementedError
