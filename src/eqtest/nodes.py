r"""The syntax tree: one small node type, and the walks over it that need no numbers.

| op | args |
|---|---|
| `num` | an int or a Fraction |
| `const` | `e`, `pi` or `inf` |
| `sym` | the symbol's name |
| `item` | the array's node, one node an index |
| `call` | the function's name, the number of primes, the arguments |
| `fn` | a built-in function's name, the arguments |
| `add`, `mul`, `hadamard` | two or more nodes |
| `neg`, `abs`, `floor`, `ceil`, `transpose`, `factorial` | a node |
| `div`, `pow`, `kronecker`, `binom` | two nodes |
| `norm` | the node, its order (a node) |
| `sum`, `prod`, `max`, `min`, `int` | the bound name, from, to, a condition or None, the body |
| `lim` | the bound name, the point, the side (`+`, `-`, or empty), None, the body |
| `diff` | the body, the targets in order |
| `grad` | the body, the target, the order (1 or 2) |
| `rel` | the relation, left, right |
| `and`, `or` | nodes |
| `iverson` | a condition |
| `cases` | pairs (value, condition or None) |
| `vector`, `matrix` | the entries; the rows, with None for an ellipsis |
| `dots` | the terms written before an ellipsis, those after, the `sum` or `prod` that it stands for |
| `order` | `O` or `o`, a node |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

BINDERS = frozenset({"sum", "prod", "max", "min", "int", "lim"})


@dataclass(frozen=True, slots=True)
class Node:
    """A node; two nodes are equal when they read the same, wherever they stand."""

    op: str
    args: tuple[Any, ...]
    pos: int = field(default=0, compare=False)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in order."""
    yield from _nodes(node.args)


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def free(node: Node) -> frozenset[str]:
    """The names that the node's value depends on: all that are not bound inside it."""
    if node.op == "sym":
        return frozenset({node.args[0]})
    if node.op in BINDERS:
        name, low, high, condition, body = node.args
        inside = free(body) | (free(condition) if condition else frozenset())
        outside = (free(bound) for bound in (low, high) if isinstance(bound, Node))
        return (inside - {name}).union(*outside)
    names = frozenset({node.args[0]}) if node.op == "call" else frozenset()
    return names.union(*(free(child) for child in children(node)))


def bound(node: Node) -> frozenset[str]:
    """The names that sums, products, integrals and limits in the node bind."""
    return frozenset(below.args[0] for below in walk(node) if below.op in BINDERS)
