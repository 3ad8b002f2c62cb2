"""Writing definitions out, to recognise a display that only restates one."""

from __future__ import annotations

from typing import Any

from eqtest.bindings import Definition
from eqtest.declarations import Scope
from eqtest.nodes import BINDERS, Node


def expand(node: Node, scope: Scope, known: dict[str, Node] | None = None, depth: int = 0) -> Node:
    """The node with all definitions written out and bound names renamed: equal results say the same by definition."""
    known = known or {}

    def inside(below: Any, names: dict[str, Node] = known, deeper: int = depth) -> Any:
        if isinstance(below, Node):
            return expand(below, scope, names, deeper)
        return tuple(inside(item, names, deeper) for item in below) if isinstance(below, tuple) else below

    if node.op == "sym":
        name = node.args[0]
        binding = scope.bindings.get(name)
        if name in known:
            return known[name]
        return (
            inside(binding.body) if isinstance(binding, Definition) and binding.body and not binding.indices else node
        )
    if node.op == "item" and node.args[0].op == "sym":
        binding = scope.bindings.get(node.args[0].args[0])
        if isinstance(binding, Definition) and binding.body and len(binding.indices) == len(node.args) - 1:
            return expand(
                binding.body, scope, known | dict(zip(binding.indices, inside(node.args[1:]), strict=True)), depth
            )
    if node.op == "call" and node.args[1] == 0:
        binding = scope.bindings.get(node.args[0])
        for parameters, value in binding.overloads if isinstance(binding, Definition) else ():
            if len(parameters) == len(node.args) - 2 and value.body and not value.indices:
                return expand(
                    value.body, scope, known | dict(zip(parameters, inside(node.args[2:]), strict=True)), depth
                )
    if node.op in BINDERS:
        name, low, high, condition, body = node.args
        names = known | {name: Node("sym", (f"#{depth}",))}
        return Node(
            node.op,
            (
                f"#{depth}",
                inside(low),
                inside(high),
                inside(condition, names, depth + 1),
                inside(body, names, depth + 1),
            ),
        )
    return Node(node.op, tuple(arg for arg in inside(node.args) if arg != "bare"))
