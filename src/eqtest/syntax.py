"""What formulas are made of: the commands with a meaning, and the syntax tree with the walks that need no numbers.

Most operations are functions of their arguments' values and bear a function's name: `add`, `pow`, `log`, `floor`.
Some hold other things: `num` an int or a Fraction, `sym` a name, `item` the array and its indices, `call` the name,
the number of primes and the arguments, binders the name, from, to, a condition or None and the body (`lim` has its
point for "from"), `diff` and `grad` the body and the targets, `rel` the relation, left and right, `cases` pairs of a
value and a condition or None, `matrix` the rows with None for an ellipsis, `dots` the terms written before an
ellipsis, those after it and the sum or product that it stands for, and `order` the node in O(…).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

BRACKETS = {"(": ")", "[": "]"}
RELATIONS = {
    "=": "=", "<": "<", ">": ">", r"\lt": "<", r"\gt": ">", r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=",
    r"\ne": "!=", r"\neq": "!=", r"\approx": "≈", r"\sim": "~", r"\to": "→",
}  # fmt: skip
_FUNCTIONS = "log ln exp sin cos tan sinh cosh tanh arcsin arccos arctan det"
FUNCTIONS = {f"\\{name}" for name in _FUNCTIONS.split()}
OPERATORS = {rf"\operatorname{{{name}}}": name for name in ("softmax", "diag", "erf", "tr", "sgn")}
PAIRS = {
    r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"), "|": ("|", "abs"),
    r"\|": (r"\|", "norm"),
}  # fmt: skip
FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
SEPARATORS = (",", ";", r"\|", r"\mid", "|")
_EXPECTATION = "can't be evaluated: write the sum or the integral"
_APART = "write the statements apart, with \\qquad or in two displays"
REFUSED = {
    r"\mathbb{E}": f"an expectation {_EXPECTATION}",
    r"\operatorname{E}": f"an expectation {_EXPECTATION}",
    r"\operatorname{Var}": f"a variance {_EXPECTATION}",
    r"\operatorname{argmax}": "arg max has no numeric value: state what it satisfies",
    r"\operatorname{argmin}": "arg min has no numeric value: state what it satisfies",
    r"\arg": "arg max has no numeric value: state what it satisfies",
    r"\mathcal{N}": "a distribution has no value: write its density",
    r"\sup": "a supremum over reals can't be evaluated: state the bound and use `tight`",
    r"\inf": "an infimum over reals can't be evaluated: state the bound and use `tight`",
    r"\leftarrow": "an assignment isn't an equation: write w' = w - …, with a new name for the new value",
    r"\pm": "two statements in one: write them apart",
    r"\in": "membership isn't evaluated: declare the range in the annotation",
    r"\implies": _APART,
    r"\iff": _APART,
    ".": r"a null delimiter or a stray full stop: use \left( … \right), and end a display with its only full stop",
}
BINDERS = frozenset({"sum", "prod", "largest", "least", "int", "lim"})


@dataclass(frozen=True, slots=True)
class Node:
    """A node; two nodes are equal when they read the same, wherever they stand."""

    op: str
    args: tuple[Any, ...]
    pos: int = field(default=0, compare=False)


ONE = Node("num", (1,))


def children(value: Any) -> Iterator[Node]:
    """The nodes directly below, in order."""
    for item in value.args if isinstance(value, Node) else value:
        if isinstance(item, Node):
            yield item
        elif isinstance(item, tuple):
            yield from children(item)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def free(*nodes: Node | None) -> frozenset[str]:
    """The names that the nodes' values depend on: all that are not bound inside."""
    names: set[str] = set()
    for node in nodes:
        if node is None:
            continue
        if node.op in BINDERS:
            name, low, high, condition, body = node.args
            names |= (free(body, condition) - {name}) | free(low, high)
        else:
            names |= {node.args[0]} if node.op in ("sym", "call") else set()
            names |= free(*children(node))
    return frozenset(names)
