"""The built-in functions of TeX, on numbers and arrays."""

from __future__ import annotations

from collections.abc import Callable

from eqtest.numbers import Array, Number, Undefined, Value, build, divide, each, mp, multiply, real, tidy, total

HUGE = mp.mpf(10) ** 100


def _numeric(function: Callable[[Number], Number], name: str) -> Callable[[Value], Value]:
    def apply(value: Value) -> Value:
        x = real(value)
        if name in ("exp", "sinh", "cosh") and abs(x) > HUGE:
            raise Undefined(f"{name} of a number beyond 10^100")
        result = function(x)
        return (
            result if isinstance(result, mp.mpf) and mp.isfinite(result) else tidy(result, f"{name}({mp.nstr(x, 6)})")
        )

    return apply


def _softmax(z: Value) -> Value:
    """Of a vector; of a matrix, row by row."""
    if len(z.shape) == 2:
        columns = z.shape[1]
        rows = (z.items[i : i + columns] for i in range(0, len(z.items), columns))
        return Array(z.shape, tuple(p for row in rows for p in _softmax(Array((columns,), row)).items))
    weights = each(lambda x: mp.exp(real(x)), z)
    return multiply(weights, divide(1, total(weights.items)))


def _diag(p: Value) -> Value:
    if len(p.shape) == 2:
        return build(p.shape[:1], lambda index: p[index * 2])
    return build(p.shape * 2, lambda index: p[index[:1]] if index[0] == index[1] else 0)


def _extreme(choose: Callable[..., Number]) -> Callable[..., Value]:
    def function(*values: Value) -> Value:
        items = values[0].items if len(values) == 1 and isinstance(values[0], Array) else values
        return choose(items, key=real)

    return function


_ELEMENTWISE = {
    "log": mp.log, "exp": mp.exp, "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "sinh": mp.sinh, "cosh": mp.cosh,
    "tanh": mp.tanh, "arcsin": mp.asin, "arccos": mp.acos, "arctan": mp.atan, "cot": mp.cot, "sec": mp.sec,
    "csc": mp.csc, "coth": mp.coth, "erf": mp.erf, "arcsinh": mp.asinh, "arccosh": mp.acosh, "artanh": mp.atanh,
}  # fmt: skip
BUILT_IN: dict[str, Callable[..., Value]] = {
    **{name: _numeric(function, name) for name, function in _ELEMENTWISE.items()},
    "softmax": _softmax,
    "diag": _diag,
    "tr": lambda a: total(a[i, i] for i in range(1, a.shape[0] + 1)),
    "det": lambda a: tidy(mp.det(mp.matrix(a.nested(real)))),
    "sgn": lambda x: (x > 0) - (x < 0),
    "sign": lambda x: (x > 0) - (x < 0),
    "relu": lambda x: max(x, 0),
    "ReLU": lambda x: max(x, 0),
    "max": _extreme(max),
    "min": _extreme(min),
}
