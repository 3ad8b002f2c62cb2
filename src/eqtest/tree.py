"""Syntax trees: what the parser makes of TeX, and what declarations and evaluation work on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# They give a name its values.
BINDERS = frozenset(
    ["sum", "prod", "largest", "least", "argmax", "argmin", "supremum", "infimum", "int", "lim", "at", "entries"]
)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree; two are equal when they read the same, wherever they stand.

    Most are operations on values: `add`, `pow`, `log`, `floor`. Others hold more than nodes: `num` its digits, `sym` a
    name and indices, `call` a name, the number of primes and the arguments, `rel` the relation first, binders the name,
    from, to, a condition or None and the body, `matrix` the number of rows first, `dots` the whole sum or product, how
    many terms are written before the ellipsis, and the written ones, and `E` names, the laws that it gives to them
    (None for one that is declared), a condition or None and the body.
    """

    op: str
    args: tuple[Any, ...] = ()
    pos: int = field(default=0, compare=False)

    def walk(self) -> Iterator["Node"]:
        """Yield the node and all below it."""
        yield self
        for below in self.args:
            if isinstance(below, Node):
                yield from below.walk()


ONE, TWO = Node("num", ("1",)), Node("num", ("2",))


def renamed(node: Any, names: Mapping[str, str]) -> Any:
    """Return the same node of other variables."""
    if isinstance(node, tuple):
        return tuple(names.get(part, part) if isinstance(part, str) else renamed(part, names) for part in node)
    if not isinstance(node, Node) or (node.op in BINDERS and node.args[0] in names):
        return node
    return Node(node.op, renamed(node.args, names), node.pos)


def exchanged(node: Any, old: Node, new: Node) -> Any:
    """Return a node with another one in place of one within it."""
    if not isinstance(node, Node) or node == old:
        return new if node == old else node
    return Node(node.op, tuple(exchanged(part, old, new) for part in node.args), node.pos)


def free(*nodes: Any) -> frozenset[str]:
    """Collect the names that the nodes' values depend on: all that are not bound inside."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, Node) and node.op in BINDERS:
            name, low, high, test, body = node.args
            names |= (free(body, test) - {name}) | free(low, high)
        elif isinstance(node, Node) and node.op == "E":
            own, laws, test, body = node.args
            names |= (free(body, test) - {name for name, law in zip(own, laws, strict=True) if law}) | free(*laws)
        elif isinstance(node, Node):
            names |= ({node.args[0]} if node.op in ("sym", "call") else set()) | free(*node.args)
    return frozenset(names)
