"""What is declared: the names that a display may use, the conditions on them, and what depends on what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import CodeType
from typing import Any, Self

from eqtest.python import names_in
from eqtest.tex import python_name
from eqtest.tree import BINDERS, Node, free

# Where the sizes start among a binding's nodes.
SIZES = {"real": 2, "interval": 2, "int": 2, "simplex": 2, "onehot": 2, "random": 1, "array": 1}


@dataclass(frozen=True)
class Binding:
    """What a name stands for.

    `nodes` are the two ends of the range for `size`, `real`, `interval`, `int`, `simplex` and `onehot`, then an array's
    sizes; the law of a `random` variable, then its sizes; the last value of an `index`; the body of a `value`, of an
    `array` by its entries, which bind `params` (then its sizes), and of a function. The key of a function in its scope
    is `f(2)`, and `f` itself is a `function`. `py` has `code`, and how far its floats may be off.
    """

    kind: str
    nodes: tuple[Node, ...] = ()
    params: tuple[str, ...] = ()
    code: CodeType | None = None
    within: float = 0.0
    called: bool = False

    @cached_property
    def free(self) -> frozenset[str]:
        """The names that its nodes depend on."""
        return free(*self.nodes)


@dataclass
class Scope:
    """All declarations that hold for a display; `child` starts a display's own from the page's."""

    bindings: dict[str, Binding] = field(default_factory=dict)
    where: list[tuple[Node, bool]] = field(default_factory=list)
    tight: list[tuple[int, float | None, dict[str, Binding]]] = field(default_factory=list)
    limits: dict[str, Node] = field(default_factory=dict)
    padded: set[str] = field(default_factory=set)
    layout: str = ""
    dots: tuple[str, Node, Node, Node] | None = None
    samples: int | None = None
    own: bool = False
    infer: bool = False  # whether an index that isn't declared takes its range from an array

    def child(self) -> Self:
        """Return a copy to add a display's own declarations to; `tight` lines speak of one display only."""
        copies: dict[str, Any] = {name: value.copy() for name, value in vars(self).items() if hasattr(value, "copy")}
        return replace(self, **{**copies, "tight": [], "own": True})

    def index_range(self, name: str) -> Node | None:
        """Say where the range of a declared index ends; it starts at 1."""
        binding = self.bindings.get(name)
        return binding.nodes[0] if binding and binding.kind == "index" else None

    def sizes(self, name: str) -> tuple[Node, ...]:
        """Return the declared sizes of an array, a number's none."""
        binding = self.bindings.get(name, Binding(""))
        return binding.nodes[SIZES.get(binding.kind, len(binding.nodes)) :]

    def python_symbols(self, name: str) -> dict[str, str]:
        """Return the declared names that a Python expression uses, by their names in Python."""
        binding = self.bindings[name]
        used = names_in(binding.code) if binding.code else set[str]()
        values = [other for other, bound in self.bindings.items() if bound.kind not in ("function", "py")]
        found = {python_name(other): other for other in [*values, *binding.params] if other != name}
        return {python: other for python, other in found.items() if python in used}

    def depends(self, *nodes: Node | None) -> frozenset[str]:
        """Collect the declared names that the nodes' values depend on, through definitions, shapes and ranges."""
        todo, seen = list(free(*nodes)), set[str]()
        while todo:
            name = todo.pop()
            if name not in seen and name in self.bindings:
                seen.add(name)
                binding = self.bindings[name]
                todo += (binding.free | set(self.python_symbols(name).values())) - set(binding.params)
        return frozenset(seen)

    def random(self, *nodes: Any, params: Iterable[str] = ()) -> frozenset[str]:
        """Collect the random variables that the nodes' values depend on, those within an expectation left out."""
        todo, seen, found = list(nodes), {*params}, set[str]()
        while todo:
            node = todo.pop()
            name = node.args[0] if isinstance(node, Node) and node.op in ("sym", "call") else ""
            if name in self.bindings and name not in seen:
                seen.add(name)
                binding = self.bindings[name]
                random = binding.kind == "random"
                found |= {name} if random else self.random(*binding.nodes, params=binding.params)
            if isinstance(node, Node) and node.op == "E" and node.args[0]:  # E[Y | X] depends on X
                over, _, test, body = node.args
                kinds = [other for other in self.depends(body, test) if self.bindings[other].kind == "random"]
                found |= {*kinds} - {*over}
            elif isinstance(node, Node) and node.op != "E":
                whole = name and node.op == "call"  # H(X) is of X, not of a value
                todo += [part for part in node.args if not (whole and self.random(part, params=params))]
        return frozenset(found)

    def uses_python(self, *nodes: Node) -> bool:
        """Tell whether the page's own code takes part in the nodes' values."""
        return any(self.bindings[name].kind == "py" for name in self.depends(*nodes))

    def written_out(self, node: Node, names: Mapping[str, Node] | None = None, depth: int = 0) -> Node:
        """Write out definitions and number bound names: nodes that are then equal say the same by definition."""
        names = names or {}
        if node.op in BINDERS:
            names, depth = {**names, node.args[0]: Node("sym", (f"#{depth}",))}, depth + 1
        args: tuple[Any, ...] = tuple(
            self.written_out(arg, names, depth) if isinstance(arg, Node) else arg for arg in node.args
        )
        match node.op, *args:
            case op, name, *rest if op in BINDERS:
                return Node(op, (names[name], *rest))
            case "sym", name, *values if name in names:
                alone = names[name].op == "sym" and len(names[name].args) == 1
                entry = Node("sym", (*names[name].args, *values)) if alone else Node("item", (names[name], *values))
                return entry if values else names[name]
            case ("sym", name, *values) | ("call", name, 0, *values):  # no derivative
                binding = self.bindings.get(name)
                if binding and binding.kind in ("value", "array") and len(binding.params) == len(values):
                    given = dict(zip(binding.params, values, strict=True))
                    return self.written_out(binding.nodes[0], {**names, **given}, depth)
            case "dotted", Node() as factor:
                return factor
            case "same", first, *_ if isinstance(first, Node):
                return first
        return Node(node.op, args)
