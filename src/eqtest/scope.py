r"""The annotation language: what each symbol of a display is. One declaration a line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any

from eqtest.parser import BINDERS, BRACKETS, SEPARATORS, Node, Parser, free
from eqtest.tex import EqError, Token, group_end, label, python_name, require, split, tokenize


@dataclass(frozen=True)
class Binding:
    """What a name stands for.

    `nodes` are the two ends of the range for `size`, `real`, `int`, `simplex` and `onehot`, then an array's sizes; the
    last value of an `index`; the body of a `value`, of an `array` by its entries, which bind `params` (then its sizes),
    and of a function. The key of a function in its scope is `f(2)`, and `f` itself is a `function`. `py` has `code`.
    """

    kind: str
    nodes: tuple[Node, ...] = ()
    params: tuple[str, ...] = ()
    code: CodeType | None = None


@dataclass
class Scope:
    """All declarations that hold for a display; `child` starts a display's own from the page's."""

    bindings: dict[str, Binding] = field(default_factory=dict)
    where: list[tuple[Node, bool]] = field(default_factory=list)
    tight: list[tuple[int, float | None, dict[str, Binding]]] = field(default_factory=list)
    limits: dict[str, Node] = field(default_factory=dict)
    dots: tuple[str, Node, Node, Node] | None = None
    macros: dict[str, tuple[int, list[Token]]] = field(default_factory=dict)
    samples: int | None = None
    own: bool = False

    def child(self) -> Scope:
        """A copy to add a display's own declarations to; `tight` lines speak of one display only."""
        copies: dict[str, Any] = {name: value.copy() for name, value in vars(self).items() if hasattr(value, "copy")}
        return replace(self, **{**copies, "tight": [], "own": True})

    def index_range(self, name: str) -> Node | None:
        """Where the range of a declared index ends; it starts at 1."""
        binding = self.bindings.get(name)
        return binding.nodes[0] if binding and binding.kind == "index" else None

    def python_symbols(self, name: str) -> dict[str, str]:
        """The declared names that a Python expression uses, by their names in Python."""
        binding = self.bindings[name]
        used = binding.code.co_names if binding.code else ()
        values = [other for other, bound in self.bindings.items() if bound.kind not in ("function", "py")]
        found = {python_name(other): other for other in [*values, *binding.params] if other != name}
        return {python: other for python, other in found.items() if python in used}

    def depends(self, *nodes: Node | None) -> frozenset[str]:
        """All declared names that the nodes' values depend on, through definitions, shapes and ranges."""
        todo, seen = list(free(*nodes)), set[str]()
        while todo:
            name = todo.pop()
            if name not in seen and name in self.bindings:
                seen.add(name)
                binding = self.bindings[name]
                todo += (free(*binding.nodes) | set(self.python_symbols(name).values())) - set(binding.params)
        return frozenset(seen)

    def uses_python(self, *nodes: Node) -> bool:
        """Whether the page's own code takes part in the nodes' values."""
        return any(self.bindings[name].kind == "py" for name in self.depends(*nodes))

    def written_out(self, node: Node, names: Mapping[str, Node], depth: int = 0) -> Node:
        """The node with definitions written out and bound names numbered: equal ones say the same by definition."""
        if node.op in BINDERS:
            names, depth = {**names, node.args[0]: Node("sym", (f"#{depth}",))}, depth + 1
        args = tuple(self.written_out(arg, names, depth) if isinstance(arg, Node) else arg for arg in node.args)
        if node.op in BINDERS:
            return Node(node.op, (names[node.args[0]], *args[1:]))
        if node.op in ("sym", "call"):
            name, values = node.args[0], args[2:] if node.op == "call" else args[1:]
            binding = self.bindings.get(name)
            if name in names:
                return Node("item", (names[name], *values)) if values else names[name]
            plain = binding and binding.kind in ("value", "array") and args[1:2] != (1,)  # no derivative
            if binding and plain and len(binding.params) == len(values):
                return self.written_out(binding.nodes[0], dict(zip(binding.params, values, strict=True)), depth)
        return Node(node.op, args)

    def tokens(self, tex: str) -> list[Token]:
        """Tokens, with macros expanded."""
        return tokenize(tex, self.macros)

    def node(self, tex: str | Sequence[Token], *bound: str) -> Node:
        """An expression."""
        return Parser((), self, frozenset(bound)).part(self.tokens(tex) if isinstance(tex, str) else tex)

    def declare(self, text: str) -> None:
        """Add one declaration."""
        matches = ((form, re.fullmatch(pattern, text, re.DOTALL)) for form, pattern in _FORMS.items())
        match next(((form, *match.groups()) for form, match in matches if match), ()):
            case "where", condition:
                self.where.append((Parser(self.tokens(condition), self).all(Parser.condition), self.own))
            case "tight", relation, within, assigned:
                trial = self.child()
                parts = [part.partition(":=") for part in assigned.split(";")] if assigned else []
                require(all(sign for _, sign, _ in parts), f"`tight` assigns values: write `p := …`, not {assigned!r}")
                names = [trial.define(left, right) for left, _, right in parts]
                fixed = {name: trial.bindings[name] for name in names}
                self.tight.append((int(relation), float(within) if within else None, fixed))
            case "samples", count:
                self.samples = int(count)
            case "macro", name, arguments, body:
                self.macros[name] = int(arguments or 0), self.tokens(body)
            case "dots", index, low, high, term:
                self.dots = index, self.node(low), self.node(high), self.node(term, index)
            case "define", left, right:
                self.define(left, right)
            case "domain", symbols, domain:
                binding = self._binding(domain.strip())
                for part in split(self.tokens(symbols), ","):
                    self.bindings[self._name(part)] = binding
            case "limit", symbol, point:
                key = self._name(self.tokens(symbol))
                self.limits[key] = self.node(point)
                self.bindings.setdefault(key, self._binding("real"))
            case _:
                forms = "`name : domain`, `name := value`, `where …`, `tight …`, `x -> point`"
                raise EqError(f"{text!r} isn't a declaration: write {forms}")

    def define(self, left: str | Sequence[Token], right: str | Sequence[Token]) -> str:
        """Add `left := right`; return the name."""
        name, params, indices = self._target(self.tokens(left) if isinstance(left, str) else left)
        key = name if params is None else f"{name}({len(params)})"
        if isinstance(right, str) and right.startswith("py "):
            require(not indices, "a py value is a whole array: declare it without indices")
            try:
                binding = Binding("py", params=params or (), code=compile(right[3:].strip(), "<py>", "eval"))
            except SyntaxError as error:
                raise EqError(f"`{right}` isn't a Python expression: {error.msg}") from None
        else:
            body = self.node(right, *indices, *(params or ()))
            require(params is not None or name not in free(body), f"{name} is defined by itself")
            ranges = [high for index in indices if (high := self.index_range(index))]
            binding = Binding("array" if indices else "value", (body, *ranges), params or indices)
        self.bindings[key] = binding
        if params is not None:
            self.bindings[name] = Binding("function")
        return key

    def _target(self, tokens: Sequence[Token]) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
        """The left side of a definition: its name, its parameters or None, its indices."""
        require(tokens and tokens[0].kind in ("name", "word"), "expected a symbol's name")
        name, at, indices = tokens[0].text, 1, tuple[str, ...]()
        while at < len(tokens):
            text = tokens[at].text
            if text == "'":
                name, at = name + "'", at + 1
            elif text == "_":
                end = group_end(tokens, at + 1)
                inner = [token.text for token in tokens[at + 1 : end] if token.text not in ("{", "}", ",")]
                known = self.bindings.get(name)
                scalar = known is not None and known.kind in ("real", "int") and len(known.nodes) == 2
                if all(map(self.index_range, inner)) and not scalar and not indices:
                    indices = tuple(inner)
                else:
                    name = f"{name}_{label(tokens[at + 1 : end])}"
                at = end
            elif text in BRACKETS and tokens[-1].text == BRACKETS[text] and not indices:
                return name, tuple(self._name(part) for part in split(tokens[at + 1 : -1], *SEPARATORS)), indices
            else:
                raise EqError(f"{text} can't stand on the left of a definition", tokens[at].pos)
        return name, None, indices

    def _name(self, tokens: Sequence[Token]) -> str:
        """A symbol's name, with its subscript as a label."""
        name, params, _ = Scope()._target(tokens)
        require(not params, "expected a symbol's name")
        return name

    def _binding(self, domain: str) -> Binding:
        """What a domain says: its kind, its two ends, its sizes."""
        if domain == "kronecker":
            return Binding("kronecker")
        if match := re.fullmatch(r"(index|size)\s+(.+?)(?:\s*\.\.\s*(.+))?", domain):
            ends = [match[2]] if match[1] == "index" else [match[2], match[3] or match[2]]
            return Binding(match[1], tuple(map(self.node, ends)))
        match = re.fullmatch(r"(real|pos|simplex|onehot|\((.+)\)|int\s+(.+?)\.\.(.+?))\s*(?:\[([^\[\]]+)\])?", domain)
        domains = "size 2..4, index n, real, real[m,n], pos, (0, 1), simplex[n], onehot[n], int 1..5, kronecker"
        require(match, f"{domain!r} isn't a domain: {domains}")
        word, interval, low, high, shape = match.groups() if match else ()
        usual = {"real": ["-2", "2"], "pos": ["0.1", "3"]}.get(word, ["0", "1"])
        ends = interval.split(",") if interval else [low, high] if low else usual
        sizes = shape.split(",") if shape else []
        require(len(ends) == 2, f"an interval has two ends: {domain!r}")
        require(word not in ("simplex", "onehot") or len(sizes) == 1, f"{word} needs one size: {word}[n]")
        kind = word if word in ("simplex", "onehot") else "int" if low else "real"
        return Binding(kind, tuple(map(self.node, ends + sizes)))


_FORMS = {
    "where": r"where\s+(.+)",
    "tight": r"tight\s+(\d+)(?:\s+within\s+([\d.e+-]+)\s*:\s*(.+))?",
    "samples": r"samples\s*:\s*(\d+)",
    "macro": r"macro\s+(\\[A-Za-z]+)\s*(?:\[(\d)\])?\s*=\s*(.+)",
    "dots": r"\\[cl]?dots\s*:\s*(\w)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*->\s*(.+)",
    "define": r"(.+?)\s*:=\s*(.+)",
    "domain": r"(.+?)\s:\s+(.+)",
    "limit": r"(.+?)\s*->\s*(.+)",
}
