r"""What a symbol can be declared as."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType

from eqtest.nodes import Node, free


@dataclass(frozen=True)
class Size:
    """`n : size 2..4`."""

    low: int
    high: int


@dataclass(frozen=True)
class Index:
    """`i : index n`."""

    high: Node


@dataclass(frozen=True)
class Random:
    """`x : real`, `p : (0.05, 1)[n]`, `y : simplex[n]`, `k : int 1..5`."""

    kind: str
    low: Node | None = None
    high: Node | None = None
    shape: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Definition:
    r"""`p := …`, `\hat y_i := …`, `\sigma(x) := …`: a value, an array by its entries, or functions by their arity."""

    body: Node | None = None
    indices: tuple[str, ...] = ()
    ranges: tuple[Node, ...] = ()
    overloads: tuple[tuple[tuple[str, ...], Definition], ...] = ()


@dataclass(frozen=True)
class Python:
    """`o := py conv_out(i, k)`: a value, or a function, from the page's own code."""

    source: str
    code: CodeType
    symbols: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Kronecker:
    r"""`\delta : kronecker`."""


Binding = Size | Index | Random | Definition | Python | Kronecker


@dataclass(frozen=True)
class Tight:
    """`tight 2 within 0.01: p := …`: relation 2 is nearly an equality there."""

    relation: int
    within: float | None
    assigned: tuple[tuple[str, Binding], ...]


def needs(binding: Binding) -> frozenset[str]:
    """The names that a binding refers to."""
    match binding:
        case Index(high):
            return free(high)
        case Random(_, low, high, shape):
            return frozenset().union(*(free(node) for node in (low, high, *shape) if node))
        case Definition(body, indices, ranges, overloads):
            inner = free(body) - frozenset(indices) if body else frozenset()
            functions = (needs(value) - frozenset(parameters) for parameters, value in overloads)
            return inner.union(*(free(node) for node in ranges), *functions)
        case Python(_, _, symbols, parameters):
            return frozenset(symbol for _, symbol in symbols) - frozenset(parameters or ())
    return frozenset()
