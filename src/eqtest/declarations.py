r"""The annotation language: what each symbol of a display is. One declaration a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eqtest.binders import Parser
from eqtest.bindings import Binding, Definition, Index, Kronecker, Python, Random, Size, Tight, needs
from eqtest.factors import ONE, SEPARATORS
from eqtest.names import label, python_name, read_name, starts_name
from eqtest.nodes import Node, free
from eqtest.tokens import EqError, Macro, Token, group_end, split, tokenize


@dataclass
class Scope:
    """All declarations that hold for a display; `child` starts a display's own from the page's."""

    bindings: dict[str, Binding] = field(default_factory=dict)
    where: list[tuple[Node, bool]] = field(default_factory=list)
    tight: list[Tight] = field(default_factory=list)
    limits: dict[str, tuple[Node, str]] = field(default_factory=dict)
    dots: list[tuple[str, Node, Node, Node]] = field(default_factory=list)
    macros: dict[str, Macro] = field(default_factory=dict)
    samples: int | None = None
    own: bool = False
    dots_seen: dict[int, int] = field(default_factory=dict)

    def child(self) -> Scope:
        """A copy to add a display's own declarations to."""
        return replace(
            self,
            bindings=dict(self.bindings),
            where=list(self.where),
            tight=list(self.tight),
            limits=dict(self.limits),
            dots=list(self.dots),
            macros=dict(self.macros),
            dots_seen={},
            own=True,
        )

    # What the parser asks

    def declared(self, name: str) -> bool:
        """Whether the name is declared."""
        return name in self.bindings

    def callable(self, name: str) -> bool:
        """Whether the name is a function."""
        binding = self.bindings.get(name)
        return isinstance(binding, Python) or (isinstance(binding, Definition) and bool(binding.overloads))

    def kronecker(self, name: str) -> bool:
        """Whether the name is Kronecker's δ."""
        return isinstance(self.bindings.get(name), Kronecker)

    def index_range(self, name: str) -> tuple[Node, Node] | None:
        """The range of a declared index."""
        binding = self.bindings.get(name)
        return (ONE, binding.high) if isinstance(binding, Index) else None

    def general_term(self, pos: int, op: str) -> Node:
        """The sum or product that the ellipsis at `pos` stands for: declared ones are used in order."""
        number = self.dots_seen.setdefault(pos, len(self.dots_seen))
        if not self.dots:
            raise EqError(r"what does the ellipsis stand for? declare `\cdots : k=1..n -> general term`", pos)
        index, low, high, term = self.dots[min(number, len(self.dots) - 1)]
        return Node("sum" if op == "add" else "prod", (index, low, high, None, term), pos)

    # What a value depends on

    def depends(self, *nodes: Node | None) -> frozenset[str]:
        """All declared names that the nodes' values depend on, through definitions, shapes and ranges."""
        todo = [name for node in nodes if node for name in free(node)]
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in seen and name in self.bindings:
                seen.add(name)
                todo += needs(self.bindings[name])
        return frozenset(seen)

    def uses_python(self, *nodes: Node) -> bool:
        """Whether the page's own code takes part in the nodes' values."""
        return any(isinstance(self.bindings[name], Python) for name in self.depends(*nodes))

    def uses_python_for(self, name: str) -> bool:
        """Whether the name is the page's own code."""
        return isinstance(self.bindings.get(name), Python)

    # Reading declarations

    def tokens(self, tex: str) -> list[Token]:
        """Tokens with this scope's macros."""
        return tokenize(tex, self.macros)

    def node(self, tex: str, *inner: str) -> Node:
        """An expression."""
        tokens = self.tokens(tex)
        if not tokens:
            raise EqError("an expression is missing")
        return Parser(tokens, self, frozenset(inner)).whole()

    def declare(self, text: str) -> None:
        """Add one declaration.

        Raises:
            EqError: It can't be read.
        """
        for pattern, handler in _FORMS:
            if match := re.fullmatch(pattern, text, re.DOTALL):
                handler(self, *match.groups())
                return
        raise EqError(
            f"{text!r} isn't a declaration: write `name : domain`, `name := value`, `where …`, `tight …`, `x -> point`"
        )

    def _where(self, condition: str) -> None:
        self.where.append((Parser(self.tokens(condition), self).condition(), self.own))

    def _tight(self, relation: str, within: str | None, assigned: str | None) -> None:
        trial = self.child()
        names = []
        for part in (assigned or "").split(";"):
            if part.strip():
                left, sign, right = part.partition(":=")
                if not sign:
                    raise EqError(f"`tight` assigns values: write `p := …`, not {part.strip()!r}")
                names.append(trial.define(left, right))
        fixed = tuple((name, trial.bindings[name]) for name in names)
        self.tight.append(Tight(int(relation), float(within) if within else None, fixed))

    def _samples(self, count: str) -> None:
        self.samples = int(count)

    def _macro(self, name: str, arguments: str | None, body: str) -> None:
        self.macros[name] = Macro(int(arguments or 0), body)

    def _ellipsis(self, index: str, low: str, high: str, term: str) -> None:
        self.dots.append((index, self.node(low), self.node(high), self.node(term, index)))

    def define(self, left: str | Sequence[Token], right: str | Sequence[Token]) -> str:
        """Add `left := right`; return the name."""
        left = self.tokens(left) if isinstance(left, str) else left
        name, parameters, indices = self._target(left)
        source = right.strip() if isinstance(right, str) else ""
        if source.startswith("py "):
            if indices:
                raise EqError("a py value is a whole array: declare it without indices")
            self.bindings[name] = self._python(name, source[3:].strip(), parameters)
            return name
        tokens = self.tokens(right) if isinstance(right, str) else list(right)
        if not tokens:
            raise EqError(f"{name} is defined as nothing")
        ranges = []
        for index in indices:
            bounds = self.index_range(index)
            if bounds is None:
                raise EqError(f"over which values of {index}? declare `{index} : index n` first")
            ranges.append(bounds[1])
        body = Parser(tokens, self, frozenset((*indices, *(parameters or ())))).whole()
        if name in free(body) and parameters is None:
            raise EqError(f"{name} is defined by itself")
        value = Definition(body, indices, tuple(ranges))
        if parameters is not None:
            known = self.bindings.get(name)
            kept = known.overloads if isinstance(known, Definition) else ()
            others = tuple(pair for pair in kept if len(pair[0]) != len(parameters))
            value = Definition(overloads=(*others, (parameters, value)))
        self.bindings[name] = value
        return name

    def _target(self, tokens: Sequence[Token]) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
        """The left side of a definition: its name, its parameters or None, its indices."""
        if not tokens or not starts_name(tokens[0]):
            raise EqError("a definition starts with a symbol")
        name, at = read_name(tokens, 0)
        parameters: tuple[str, ...] | None = None
        indices: tuple[str, ...] = ()
        while at < len(tokens):
            text = tokens[at].text
            if text == "'":
                name, at = name + "'", at + 1
            elif text == "_":
                end = group_end(tokens, at + 1)
                inner = [token for token in tokens[at + 1 : end] if token.text not in ("{", "}", ",")]
                if not indices and all(self.index_range(token.text) for token in inner) and not self._scalar(name):
                    indices = tuple(token.text for token in inner)
                else:
                    name = f"{name}_{{{label(tokens[at + 1 : end])}}}"
                at = end
            elif (text in ("(", "[") and parameters is None and tokens[-1].text in (")", "]", "}")) or text == "(":
                end = next(i for i in range(len(tokens), at, -1) if tokens[i - 1].text in (")", "]"))
                parts = split(tokens[at + 1 : end - 1], ",", ";", *SEPARATORS)
                parameters, at = tuple(self._name(part) for part in parts), end
            else:
                raise EqError(f"{text} can't stand on the left of a definition", tokens[at].pos)
        return name, parameters, indices

    def _scalar(self, name: str) -> bool:
        binding = self.bindings.get(name)
        return isinstance(binding, Random) and not binding.shape

    def _name(self, tokens: Sequence[Token]) -> str:
        """A symbol's name, with its subscript as a label."""
        if not tokens or not starts_name(tokens[0]):
            raise EqError("expected a symbol's name")
        name, at = read_name(tokens, 0)
        while at < len(tokens) and tokens[at].text == "'":
            name, at = name + "'", at + 1
        if at < len(tokens) and tokens[at].text == "_":
            end = group_end(tokens, at + 1)
            name, at = f"{name}_{{{label(tokens[at + 1 : end])}}}", end
        if at < len(tokens):
            raise EqError(f"expected a symbol's name, found {tokens[at].text} after {name}", tokens[at].pos)
        return name

    def _python(self, name: str, source: str, parameters: tuple[str, ...] | None) -> Python:
        try:
            code = compile(source, "<py>", "eval")
        except SyntaxError as error:
            raise EqError(f"`py {source}` isn't a Python expression: {error.msg}") from None
        bound = {python_name(parameter): parameter for parameter in parameters or ()}
        symbols = {
            python_name(symbol): symbol
            for symbol, binding in self.bindings.items()
            if symbol != name and python_name(symbol) in code.co_names and not self.callable(symbol)
        }
        return Python(source, code, tuple((symbols | bound).items()), parameters)

    def _domain(self, names: str, domain: str) -> None:
        binding = self._binding(domain.strip())
        for part in split(self.tokens(names), ","):
            self.bindings[self._name(part)] = binding

    def _limit(self, name: str, point: str, side: str | None) -> None:
        key = self._name(self.tokens(name))
        self.limits[key] = (self.node(point), side or "")
        self.bindings.setdefault(key, Random("real"))

    def _binding(self, domain: str) -> Binding:
        if domain == "kronecker":
            return Kronecker()
        if match := re.fullmatch(r"size\s+(\d+)(?:\s*\.\.\s*(\d+))?", domain):
            return Size(int(match[1]), int(match[2] or match[1]))
        if match := re.fullmatch(r"index\s+(.+)", domain):
            return Index(self.node(match[1]))
        match = re.fullmatch(r"(real|pos|simplex|onehot|\((.+)\)|int\s+(.+?)\.\.(.+?))\s*(?:\[([^\[\]]+)\])?", domain)
        if not match:
            raise EqError(
                f"{domain!r} isn't a domain: size 2..4, index n, real, real[m,n], pos, (0, 1), simplex[n], onehot[n], "
                "int 1..5, kronecker"
            )
        kind = {"(": "interval", "i": "int"}.get(match[1][0], match[1])
        bounds = match[2].split(",") if match[2] else [match[3], match[4]] if match[3] else []
        if bounds and len(bounds) != 2:
            raise EqError(f"an interval has two ends: {domain!r}")
        shape = tuple(self.node(part) for part in match[5].split(",")) if match[5] else ()
        if kind in ("simplex", "onehot") and len(shape) != 1:
            raise EqError(f"{kind} needs one size: {kind}[n]")
        low, high = (self.node(bound) for bound in bounds) if bounds else (None, None)
        return Random(kind, low, high, shape)


_FORMS: list[tuple[str, Any]] = [
    (r"where\s+(.+)", Scope._where),
    (r"tight\s+(\d+)(?:\s+within\s+([\d.e+-]+)\s*:\s*(.+))?", Scope._tight),
    (r"samples\s*:\s*(\d+)", Scope._samples),
    (r"macro\s+(\\[A-Za-z]+)\s*(?:\[(\d)\])?\s*=\s*(.+)", Scope._macro),
    (r"\\[cl]?dots\s*:\s*(\w)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*->\s*(.+)", Scope._ellipsis),
    (r"(.+?)\s*:=\s*(.+)", Scope.define),
    (r"(.+?)\s:\s+(.+)", Scope._domain),
    (r"(.+?)\s*->\s*(.+?)([+-])?", Scope._limit),
]
