r"""A precedence parser for the TeX of formulas: chains, sums and products; factors are in `factors`. What it doesn't
understand, and what readers could read in two ways, it refuses: with the position, and with what to write instead."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Protocol, Self

from eqtest.names import label, read_name, starts_name, variants
from eqtest.nodes import Node
from eqtest.tokens import EqError, Token, group_end, split

RELATIONS = {
    "=": "=", "<": "<", ">": ">", r"\lt": "<", r"\gt": ">", r"\le": "<=", r"\leq": "<=", r"\leqslant": "<=",
    r"\ge": ">=", r"\geq": ">=", r"\geqslant": ">=", r"\ne": "!=", r"\neq": "!=", r"\approx": "≈", r"\sim": "~",
    r"\to": "→", r"\rightarrow": "→", r"\longrightarrow": "→",
}  # fmt: skip
_ELEMENTARY = "log exp sin cos tan sinh cosh tanh arcsin arccos arctan cot sec csc coth det"
FUNCTIONS = {"\\" + name: name for name in _ELEMENTARY.split()} | {r"\ln": "log"}
OPERATORS = frozenset({"softmax", "diag", "erf", "tr", "sgn", "sign", "relu", "ReLU", "arcsinh", "arccosh", "artanh"})
BIG = {r"\sum": "sum", r"\prod": "prod", r"\max": "max", r"\min": "min"}
BRACKETS = {"(": ")", "[": "]", r"\{": r"\}"}
PAIRS = {
    r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"), "|": ("|", "abs"), r"\lvert": (r"\rvert", "abs"),
    r"\|": (r"\|", "norm"), r"\lVert": (r"\rVert", "norm"), r"\Vert": (r"\Vert", "norm"), r"\vert": (r"\vert", "abs"),
}  # fmt: skip
DOTS = frozenset({r"\cdots", r"\dots", r"\ldots", r"\dotsb", r"\dotsm", r"\dotsc"})
MATRIX_DOTS = DOTS | {r"\vdots", r"\ddots"}
REFUSED = {
    r"\mathbb{E}": "an expectation can't be evaluated: write the sum or the integral",
    r"\operatorname{argmax}": "arg max has no numeric value: state what it satisfies",
    r"\operatorname{argmin}": "arg min has no numeric value: state what it satisfies",
    r"\operatorname{E}": "an expectation can't be evaluated: write the sum or the integral",
    r"\operatorname{Var}": "a variance can't be evaluated: write the sum or the integral",
    r"\operatorname{Cov}": "a covariance can't be evaluated: write the sum or the integral",
    r"\mathcal{N}": "a distribution has no value: write its density",
    r"\arg": "arg max has no numeric value: state what it satisfies",
    r"\sup": "a supremum over reals can't be evaluated: state the bound and use `tight`",
    r"\inf": "an infimum over reals can't be evaluated: state the bound and use `tight`",
    r"\leftarrow": r"an assignment isn't an equation: write w' = w - …, with a new name for the new value",
    r"\gets": r"an assignment isn't an equation: write w' = w - …, with a new name for the new value",
    r"\pm": "two statements in one: write them apart",
    r"\mp": "two statements in one: write them apart",
    r"\equiv": "write = ",
    r"\propto": "write the factor out and use =",
    r"\in": "membership isn't evaluated: declare the range in the annotation",
    r"\implies": "write the statements apart, with \\qquad or in two displays",
    r"\Rightarrow": "write the statements apart, with \\qquad or in two displays",
    r"\iff": "write the statements apart, with \\qquad or in two displays",
    r"\Leftrightarrow": "write the statements apart, with \\qquad or in two displays",
    r"\ll": "how much less? write \\le with a factor",
    r"\gg": "how much more? write \\ge with a factor",
    ":=": "use = and say `eq-define` in the annotation",
    ".": r"a null delimiter or a stray full stop: use \left( … \right), and end a display with its only full stop",
    "&": "an alignment mark is allowed in aligned, cases and matrices only",
}


class Names(Protocol):
    """What the parser asks of the declarations."""

    def declared(self, name: str) -> bool:
        """Whether the name is declared."""

    def callable(self, name: str) -> bool:
        """Whether the name is a function, so that brackets after it hold its arguments."""

    def kronecker(self, name: str) -> bool:
        """Whether the name is Kronecker's δ."""

    def index_range(self, name: str) -> tuple[Node, Node] | None:
        """The range of a declared index."""

    def general_term(self, pos: int, op: str) -> Node:
        """The sum or product that an ellipsis stands for."""


class Terms(ABC):
    """Parses one run of tokens: an expression, a chain of relations, a condition."""

    def __init__(self, tokens: Sequence[Token], names: Names, inner: frozenset[str] = frozenset()) -> None:
        self.tokens, self.names, self.inner = tokens, names, inner
        self.at = 0
        self.open: list[str] = []

    # Tokens

    @property
    def text(self) -> str:
        """The next token's text, empty at the end."""
        return self.tokens[self.at].text if self.at < len(self.tokens) and self.kind != "text" else ""

    @property
    def kind(self) -> str:
        """The next token's kind, empty at the end."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    @property
    def pos(self) -> int:
        """Where the next token stands."""
        if self.at < len(self.tokens):
            return self.tokens[self.at].pos
        return self.tokens[-1].end if self.tokens else 0

    def take(self, *texts: str) -> bool:
        """Step over the next token if it is one of these."""
        if self.text and self.text in texts:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over this token, or fail."""
        if not self.take(text):
            raise self.error(f"expected {text}" + (f", found {self.text}" if self.text else ""))

    def error(self, message: str, pos: int | None = None) -> EqError:
        """A refusal, here or at `pos`."""
        return EqError(message, self.pos if pos is None else pos)

    def group(self) -> Sequence[Token]:
        """The tokens of a braced argument, or of a single token; one digit where TeX takes one digit."""
        if self.at >= len(self.tokens):
            raise self.error("an argument is missing")
        if self.kind == "num" and len(self.text) > 1:
            raise self.error(f"TeX takes one digit of {self.text} here: write {{{self.text}}}")
        end = group_end(self.tokens, self.at)
        tokens = self.tokens[self.at : end]
        if self.text != "{" and starts_name(tokens[0]):
            _, end = read_name(self.tokens, self.at)
            tokens = self.tokens[self.at : end]
        self.at = end
        return tokens[1:-1] if tokens[0].text == "{" else tokens

    def sub(self, tokens: Sequence[Token], *bound: str) -> Self:
        """A parser for tokens inside this one's, with more names bound."""
        if not tokens:
            raise self.error("something is missing here")
        return type(self)(tokens, self.names, self.inner | set(bound))

    def argument(self) -> Node:
        """A braced argument as an expression."""
        return self.sub(self.group()).whole()

    def whole(self) -> Node:
        """All tokens as one expression."""
        node = self.expression()
        self.end()
        return node

    def end(self) -> None:
        """Fail unless all tokens are used."""
        if self.at < len(self.tokens):
            if self.kind == "text":
                raise self.error(
                    "words in a display aren't evaluated: move them to the prose, or write the condition as `where`"
                )
            raise self.error(REFUSED.get(self.text, f"unexpected {self.text}"))

    # Relations and conditions

    def refuse(self) -> None:
        """Fail at the first thing that has no numeric meaning, whatever else is wrong."""
        for at, token in enumerate(self.tokens):
            name = read_name(self.tokens, at)[0] if starts_name(token) else token.text
            if name in REFUSED and token.kind != "op" and not self.names.declared(name):
                raise self.error(REFUSED[name], token.pos)

    def chain(self) -> list[tuple[str, Node, int, int]]:
        """All tokens as a chain of relations: (relation, expression, from, to); the first relation is empty."""
        links: list[tuple[str, Node, int, int]] = []
        relation = ""
        while True:
            start = self.pos
            node = self.expression()
            links.append((relation, node, start, self.tokens[self.at - 1].end))
            relation = RELATIONS.get(self.text, "")
            if not relation:
                self.end()
                return links
            self.at += 1

    def condition(self) -> Node:
        r"""Relations joined by commas, `\text{and}`, `\land`, or by `\text{or}`, `\lor`."""
        parts: list[list[Token]] = [[]]
        word = ""
        for token in self.tokens:
            joins = {
                r"\land": "and",
                r"\wedge": "and",
                r"\lor": "or",
                r"\vee": "or",
                "and": "and",
                "or": "or",
                ",": "and",
            }
            if token.text in joins and (token.kind == "text" or token.kind != "letter"):
                if word and word != joins[token.text]:
                    raise self.error("`and` and `or` in one condition: write them apart", token.pos)
                word = joins[token.text]
                parts.append([])
            else:
                parts[-1].append(token)
        relations = []
        for part in parts:
            links = self.sub(part).chain()
            if len(links) < 2:
                raise self.error("a condition needs a relation", links[0][2])
            for (_, left, _, _), (relation, right, start, _) in pairwise(links):
                relations.append(Node("rel", (relation, left, right), start))
        return relations[0] if len(relations) == 1 else Node(word or "and", tuple(relations), relations[0].pos)

    # Sums and products

    def expression(self) -> Node:
        """Terms with + and − between them."""
        start, terms, dots = self.pos, list[Node](), -1
        dots_negative = False
        while True:
            sign = self.pos
            negative = self.text == "-"
            if not self.take("+", "-") and terms:
                break
            if self.text in ("+", "-"):
                raise self.error("two signs in a row: bracket the second term")
            if self.text in DOTS:
                self.at += 1
                if dots >= 0 or not terms:
                    raise self.error("one ellipsis, after at least one written term", sign)
                dots, dots_negative, ellipsis_pos = len(terms), negative, sign
                continue
            term = self.term()
            terms.append(Node("neg", (term,), sign) if negative else term)
        if dots >= 0:
            signs = [term.op == "neg" for term in terms[:dots]]
            alternating = all(a != b for a, b in pairwise(signs))
            if len(signs) > 1 and dots_negative != (signs[-1] != alternating) and (alternating or len(set(signs)) == 1):
                raise self.error("the sign before an ellipsis is that of the next term", ellipsis_pos)
            orders = [term for term in terms if term.op == "order"]
            series = self.ellipsis("add", [term for term in terms if term not in orders], dots, ellipsis_pos)
            terms = [series, *orders]
        return terms[0] if len(terms) == 1 else Node("add", tuple(terms), start)

    def term(self) -> Node:
        """Factors, with or without a sign between them."""
        start = self.pos
        factors: list[Node] = [self.factor()]
        dots, slash, hadamard = -1, False, False
        while True:
            at = self.pos
            if self.take("/", r"\div"):
                if slash or (factors[-1].op == "fn" and self._bare(factors[-1])):
                    raise self.error(r"what does / divide? use \frac or brackets", at)
                denominator = self.factor()
                product = factors[0] if len(factors) == 1 else Node("mul", tuple(factors), start)
                factors, slash = [Node("div", (product, denominator), start)], True
                continue
            explicit = self.take(r"\cdot", r"\times", "*")
            if self.take(r"\odot", r"\circ"):
                explicit = hadamard = True
            if self.text in DOTS:
                if not (explicit or (self.at + 1 < len(self.tokens) and self._continues(self.at + 1))):
                    break
                self.at += 1
                self.take(r"\cdot", r"\times")
                dots = len(factors)
                ellipsis_pos = at
            elif not explicit and not self._continues(self.at):
                break
            if slash:
                raise self.error(r"does this factor belong to the denominator? use \frac or brackets")
            if self._bare(factors[-1]) and (explicit or self.text not in FUNCTIONS):
                raise self.error(rf"does \{factors[-1].args[0]} apply to this factor too? use brackets")
            if self.kind == "num" and not explicit:
                raise self.error("a number after a factor: write the number first, or put a sign between")
            factors.append(self.factor())
        if dots >= 0:
            return self.ellipsis("mul", factors, dots, ellipsis_pos)
        if len(factors) == 1:
            return factors[0]
        if hadamard and len(factors) != 2:
            raise self.error(r"bracket the factors of \odot", start)
        return Node("hadamard" if hadamard else "mul", tuple(factors), start)

    def ellipsis(self, op: str, written: list[Node], dots: int, pos: int) -> Node:
        """Written terms before and after an ellipsis, with what it stands for."""
        return Node("dots", (tuple(written[:dots]), tuple(written[dots:]), self.names.general_term(pos, op)), pos)

    def _continues(self, at: int) -> bool:
        """Whether a factor starts at a token, so that it multiplies what stands before."""
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        if token.text in ("|", r"\|", r"\vert", r"\Vert"):
            return not self.open or self.open[-1] not in (token.text, "call")
        if token.kind == "text":
            return any(self.names.declared(name) for name in variants(rf"\operatorname{{{token.text}}}"))
        return token.kind == "num" or starts_name(token) or token.text in _FACTORS

    def _bare(self, node: Node) -> bool:
        """Whether the node is a function whose argument stands without brackets."""
        while node.op == "pow":
            node = node.args[0]
        return node.op == "fn" and node.args[-1] == "bare"

    @abstractmethod
    def factor(self) -> Node:
        """One factor."""

    def braced(self, tokens: Sequence[Token]) -> list[Node]:
        """Expressions between commas."""
        return [self.sub(part).whole() for part in split(tokens, ",")]

    def number(self) -> Node:
        """A number, exactly."""
        pos, text = self.pos, self.text
        self.at += 1
        return Node("num", (Fraction(text) if "." in text else int(text),), pos)

    def script(self) -> str:
        """The subscript that follows, as a label, without stepping over it; empty if there is none."""
        if self.text != "_" or self.at + 1 >= len(self.tokens):
            return ""
        return label(self.tokens[self.at + 1 : group_end(self.tokens, self.at + 1)])


_STARTS = (
    r"{ \frac \tfrac \dfrac \sqrt \binom \int \lim \nabla \infty \underbrace \overbrace \boxed "
    r"\begin{cases} \begin{bmatrix} \begin{pmatrix} \begin{matrix}"
)
_FACTORS = frozenset({*_STARTS.split(), *BRACKETS, *PAIRS, *FUNCTIONS, *BIG})
