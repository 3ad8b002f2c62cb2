r"""The annotation language: what each symbol of a display is. One declaration a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any, NamedTuple

from eqtest.parser import Parser
from eqtest.syntax import BINDERS, BRACKETS, SEPARATORS, Node, free
from eqtest.tokens import EqError, Token, expand, group_end, label, python_name, read_name, split, starts_name, tokenize


class Size(NamedTuple):
    """`n : size 2..4`."""

    low: int
    high: int


class Index(NamedTuple):
    """`i : index n`."""

    high: Node


class Random(NamedTuple):
    """`x : real`, `p : (0.05, 1)[n]`, `y : simplex[n]`, `k : int 1..5`."""

    kind: str
    low: Node
    high: Node
    shape: tuple[Node, ...] = ()


class Definition(NamedTuple):
    r"""`p := …`, or `\hat y_i := …`, an array by its entries."""

    body: Node
    indices: tuple[str, ...] = ()
    ranges: tuple[Node, ...] = ()


class Function(NamedTuple):
    r"""`\sigma(x) := …`: for each number of arguments, the parameters and the body."""

    overloads: dict[int, tuple[tuple[str, ...], Node]]


class Python(NamedTuple):
    """`o := py conv_out(i, k)`: a value, or a function, from the page's own code."""

    code: CodeType
    symbols: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...] | None


class Kronecker(NamedTuple):
    r"""`\delta : kronecker`."""


Binding = Size | Index | Random | Definition | Function | Python | Kronecker


class Tight(NamedTuple):
    """`tight 2 within 0.01: p := …`: relation 2 is nearly an equality there; `tight 1` alone says so of O(…)."""

    relation: int
    within: float | None
    assigned: dict[str, Binding]


def needs(binding: Binding) -> frozenset[str]:
    """The names that a binding refers to."""
    match binding:
        case Index(high):
            return free(high)
        case Random(_, low, high, shape):
            return free(low, high, *shape)
        case Definition(body, indices, ranges):
            return (free(body) - set(indices)) | free(*ranges)
        case Function(overloads):
            return frozenset().union(*(free(body) - set(parameters) for parameters, body in overloads.values()))
        case Python(_, symbols, parameters):
            return frozenset(symbol for _, symbol in symbols) - set(parameters or ())
    return frozenset()


@dataclass
class Scope:
    """All declarations that hold for a display; `child` starts a display's own from the page's."""

    bindings: dict[str, Binding] = field(default_factory=dict)
    where: list[tuple[Node, bool]] = field(default_factory=list)
    tight: list[Tight] = field(default_factory=list)
    limits: dict[str, Node] = field(default_factory=dict)
    dots: list[tuple[str, Node, Node, Node]] = field(default_factory=list)
    macros: dict[str, tuple[int, list[Token]]] = field(default_factory=dict)
    samples: int | None = None
    own: bool = False

    def child(self) -> Scope:
        """A copy to add a display's own declarations to."""
        scope = replace(self, own=True)
        for name, value in vars(self).items():
            if isinstance(value, (dict, list)):
                setattr(scope, name, value.copy())
        return scope

    # What others ask

    def declared(self, name: str) -> bool:
        """Whether the name is declared."""
        return name in self.bindings

    def callable(self, name: str) -> bool:
        """Whether the name is a function, so that brackets after it hold its arguments."""
        return isinstance(self.bindings.get(name), (Python, Function))

    def index_range(self, name: str) -> Node | None:
        """Where the range of a declared index ends; it starts at 1."""
        binding = self.bindings.get(name)
        return binding.high if isinstance(binding, Index) else None

    def general_term(self, op: str, before: Sequence[Node], after: Sequence[Node], pos: int) -> Node:
        """What an ellipsis stands for, with the terms written round it: the last one declared."""
        if not self.dots:
            raise EqError(r"what does the ellipsis stand for? declare `\cdots : k=1..n -> general term`", pos)
        index, low, high, term = self.dots[-1]
        return Node("dots", (tuple(before), tuple(after), Node(op, (index, low, high, None, term), pos)), pos)

    def depends(self, *nodes: Node | None) -> frozenset[str]:
        """All declared names that the nodes' values depend on, through definitions, shapes and ranges."""
        todo, seen = list(free(*nodes)), set[str]()
        while todo:
            name = todo.pop()
            if name not in seen and name in self.bindings:
                seen.add(name)
                todo += needs(self.bindings[name])
        return frozenset(seen)

    def uses_python(self, *nodes: Node) -> bool:
        """Whether the page's own code takes part in the nodes' values."""
        return any(isinstance(self.bindings[name], Python) for name in self.depends(*nodes))

    def written_out(self, node: Node, known: dict[str, Node] | None = None, depth: int = 0) -> Node:
        """The node with definitions written out and bound names numbered: equal ones say the same by definition."""
        known, args = known or {}, node.args

        def inside(below: Any) -> Any:
            if isinstance(below, Node):
                return self.written_out(below, known, depth)
            return tuple(map(inside, below)) if isinstance(below, tuple) else below

        def filled(body: Node, names: Sequence[str], values: Any) -> Node:
            return self.written_out(body, known | dict(zip(names, inside(values), strict=True)), depth)

        if node.op in BINDERS:
            name, low, high, test, body = args
            names = known | {name: Node("sym", (f"#{depth}",))}
            below = (part and self.written_out(part, names, depth + 1) for part in (test, body))
            return Node(node.op, (inside((low, high)), *below))
        symbol = args[0] if node.op == "item" else node
        base = symbol.args[0] if symbol.op in ("sym", "call") else ""
        if base in known:
            return Node(node.op, inside(args)) if node.op == "item" else known[base]
        match node.op, self.bindings.get(base):
            case "sym", Definition(body, ()):
                return self.written_out(body, known, depth)
            case "item", Definition(body, indices) if len(indices) == len(args) - 1:
                return filled(body, indices, args[1:])
            case "call", Function(overloads) if args[1] == 0 and len(args) - 2 in overloads:
                parameters, body = overloads[len(args) - 2]
                return filled(body, parameters, args[2:])
        return Node(node.op, inside(args))

    # Reading declarations

    def tokens(self, tex: str) -> list[Token]:
        """Tokens, with macros expanded."""
        return expand(tokenize(tex), self.macros)

    def declare(self, text: str) -> None:
        """Add one declaration.

        Raises:
            EqError: It can't be read.
        """
        for pattern, handler in _FORMS:
            if match := re.fullmatch(pattern, text, re.DOTALL):
                handler(self, *match.groups())
                return
        forms = "`name : domain`, `name := value`, `where …`, `tight …`, `x -> point`"
        raise EqError(f"{text!r} isn't a declaration: write {forms}")

    def define(self, left: str | Sequence[Token], right: str | Sequence[Token]) -> str:
        """Add `left := right`; return the name."""
        name, parameters, indices = self._target(self.tokens(left) if isinstance(left, str) else left)
        if isinstance(right, str) and right.startswith("py "):
            if indices:
                raise EqError("a py value is a whole array: declare it without indices")
            self.bindings[name] = self._python(name, right[3:].strip(), parameters)
            return name
        body = self._node(right, *indices, *(parameters or ()))
        if parameters is None:
            if name in free(body):
                raise EqError(f"{name} is defined by itself")
            ranges = tuple(high for index in indices if (high := self.index_range(index)))
            self.bindings[name] = Definition(body, indices, ranges)
        else:
            known = self.bindings.get(name)
            others = known.overloads if isinstance(known, Function) else {}
            self.bindings[name] = Function({**others, len(parameters): (parameters, body)})
        return name

    def _node(self, tex: str | Sequence[Token], *inner: str) -> Node:
        tokens = self.tokens(tex) if isinstance(tex, str) else tex
        if not tokens:
            raise EqError("an expression is missing")
        return Parser(tokens, self, frozenset(inner)).whole()

    def _target(self, tokens: Sequence[Token]) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
        """The left side of a definition: its name, its parameters or None, its indices."""
        if not tokens or not starts_name(tokens[0]):
            raise EqError("expected a symbol's name")
        name, at = read_name(tokens, 0)
        indices: tuple[str, ...] = ()
        while at < len(tokens):
            text = tokens[at].text
            if text == "'":
                name, at = name + "'", at + 1
            elif text == "_":
                end = group_end(tokens, at + 1)
                inner = [token.text for token in tokens[at + 1 : end] if token.text not in ("{", "}", ",")]
                known = self.bindings.get(name)
                scalar = isinstance(known, Random) and not known.shape
                if all(map(self.index_range, inner)) and not scalar and not indices:
                    indices = tuple(inner)
                else:
                    name = f"{name}_{{{label(tokens[at + 1 : end])}}}"
                at = end
            elif text in BRACKETS and tokens[-1].text == BRACKETS[text] and not indices:
                parts = split(tokens[at + 1 : -1], *SEPARATORS)
                return name, tuple(self._name(part) for part in parts), indices
            else:
                raise EqError(f"{text} can't stand on the left of a definition", tokens[at].pos)
        return name, None, indices

    def _name(self, tokens: Sequence[Token]) -> str:
        """A symbol's name, with its subscript as a label."""
        name, parameters, indices = Scope()._target(tokens)
        if parameters or indices:
            raise EqError("expected a symbol's name", tokens[0].pos)
        return name

    def _python(self, name: str, source: str, parameters: tuple[str, ...] | None) -> Python:
        try:
            code = compile(source, "<py>", "eval")
        except SyntaxError as error:
            raise EqError(f"`py {source}` isn't a Python expression: {error.msg}") from None
        names = [other for other in self.bindings if other != name and not self.callable(other)]
        symbols = {python_name(other): other for other in names if python_name(other) in code.co_names}
        symbols |= {python_name(parameter): parameter for parameter in parameters or ()}
        return Python(code, tuple(symbols.items()), parameters)

    def _where(self, condition: str) -> None:
        self.where.append((Parser(self.tokens(condition), self).condition(), self.own))

    def _tight(self, relation: str, within: str | None, assigned: str | None) -> None:
        trial, names = self.child(), []
        for part in assigned.split(";") if assigned else []:
            left, sign, right = part.partition(":=")
            if not sign:
                raise EqError(f"`tight` assigns values: write `p := …`, not {part.strip()!r}")
            names.append(trial.define(left, right))
        fixed = {name: trial.bindings[name] for name in names}
        self.tight.append(Tight(int(relation), float(within) if within else None, fixed))

    def _samples(self, count: str) -> None:
        self.samples = int(count)

    def _macro(self, name: str, arguments: str | None, body: str) -> None:
        self.macros[name] = int(arguments or 0), self.tokens(body)

    def _ellipsis(self, index: str, low: str, high: str, term: str) -> None:
        self.dots.append((index, self._node(low), self._node(high), self._node(term, index)))

    def _limit(self, name: str, point: str) -> None:
        key = self._name(self.tokens(name))
        self.limits[key] = self._node(point)
        self.bindings.setdefault(key, self._binding("real"))

    def _domain(self, names: str, domain: str) -> None:
        binding = self._binding(domain.strip())
        for part in split(self.tokens(names), ","):
            self.bindings[self._name(part)] = binding

    def _binding(self, domain: str) -> Binding:
        if domain == "kronecker":
            return Kronecker()
        if match := re.fullmatch(r"size\s+(\d+)(?:\s*\.\.\s*(\d+))?", domain):
            return Size(int(match[1]), int(match[2] or match[1]))
        if match := re.fullmatch(r"index\s+(.+)", domain):
            return Index(self._node(match[1]))
        match = re.fullmatch(r"(real|pos|simplex|onehot|\((.+)\)|int\s+(.+?)\.\.(.+?))\s*(?:\[([^\[\]]+)\])?", domain)
        if not match:
            domains = "size 2..4, index n, real, real[m,n], pos, (0, 1), simplex[n], onehot[n], int 1..5, kronecker"
            raise EqError(f"{domain!r} isn't a domain: {domains}")
        kind = {"(": "interval", "i": "int"}.get(match[1][0], match[1])
        usual = {"real": ["-2", "2"], "pos": ["0.1", "3"]}.get(kind, ["0", "1"])
        bounds = match[2].split(",") if match[2] else [match[3], match[4]] if match[3] else usual
        if len(bounds) != 2:
            raise EqError(f"an interval has two ends: {domain!r}")
        shape = tuple(self._node(part) for part in match[5].split(",")) if match[5] else ()
        if kind in ("simplex", "onehot") and len(shape) != 1:
            raise EqError(f"{kind} needs one size: {kind}[n]")
        return Random(kind, self._node(bounds[0]), self._node(bounds[1]), shape)


_FORMS: list[tuple[str, Any]] = [
    (r"where\s+(.+)", Scope._where),
    (r"tight\s+(\d+)(?:\s+within\s+([\d.e+-]+)\s*:\s*(.+))?", Scope._tight),
    (r"samples\s*:\s*(\d+)", Scope._samples),
    (r"macro\s+(\\[A-Za-z]+)\s*(?:\[(\d)\])?\s*=\s*(.+)", Scope._macro),
    (r"\\[cl]?dots\s*:\s*(\w)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*->\s*(.+)", Scope._ellipsis),
    (r"(.+?)\s*:=\s*(.+)", Scope.define),
    (r"(.+?)\s:\s+(.+)", Scope._domain),
    (r"(.+?)\s*->\s*(.+)", Scope._limit),
]
