r"""A precedence parser for the TeX of formulas: chains of relations, terms, factors and symbols.

Sums, integrals, derivatives and matrices are in `constructs`. What the parser doesn't understand, and what could be
read in two ways, it refuses: with the position, and with what to write instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from eqtest.constructs import CONSTRUCTS
from eqtest.syntax import BRACKETS, FRACTIONS, FUNCTIONS, ONE, OPERATORS, PAIRS, REFUSED, RELATIONS, SEPARATORS, Node
from eqtest.tokens import Cursor, Token, group_end, label, read_name, split, starts_name, variants

if TYPE_CHECKING:
    from eqtest.declarations import Scope

CONSTANTS = {"e": "e", r"\pi": "pi"}
DOTS = frozenset({r"\cdots", r"\dots", r"\ldots"})


class Parser(Cursor):
    """Parses one run of tokens. `inner` are the names bound round it, `open` the brackets."""

    def __init__(self, tokens: Sequence[Token], scope: Scope, inner: frozenset[str] = frozenset()) -> None:
        super().__init__(tokens)
        self.scope, self.inner = scope, inner
        self.bare = -1  # where the argument of a function without brackets ended
        self.open: list[str] = []

    def sub(self, tokens: Sequence[Token], *bound: str) -> Parser:
        """A parser for tokens inside this one's, with more names bound."""
        if not tokens:
            raise self.error("something is missing here")
        return Parser(tokens, self.scope, self.inner | set(bound))

    def argument(self) -> Node:
        r"""The next argument as an expression: `\frac12` is one half."""
        if self.kind == "num" and len(self.text) > 1 and self.text.isdigit():
            token = self.tokens[self.at]
            one, more = token._replace(text=token.text[0]), token._replace(text=token.text[1:], pos=token.pos + 1)
            self.tokens = [*self.tokens[: self.at], one, more, *self.tokens[self.at + 1 :]]
        return self.sub(self.group()).whole()

    def whole(self) -> Node:
        """All tokens as one expression."""
        node = self.expression()
        self.end()
        return node

    def end(self) -> None:
        """Fail unless all tokens are used."""
        if self.kind == "text":
            raise self.error("words in a display aren't evaluated: move them to the prose, or declare a `where`")
        if self.text:
            raise self.error(REFUSED.get(self.text, f"unexpected {self.text}"))

    # Relations

    def refuse(self) -> None:
        """Fail at the first thing that has no numeric meaning, whatever else is wrong."""
        for at, token in enumerate(self.tokens):
            name = read_name(self.tokens, at)[0] if starts_name(token) else token.text
            if name in REFUSED and token.kind != "op" and not self.scope.declared(name):
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
        """Relations between commas."""
        relations = []
        for part in split(self.tokens, ","):
            links = self.sub(part).chain()
            if len(links) < 2:
                raise self.error("a condition needs a relation", links[0][2])
            relations += [Node("rel", (b[0], a[1], b[1]), b[2]) for a, b in pairwise(links)]
        return Node("all", tuple(relations), relations[0].pos)

    # Terms and factors

    def expression(self) -> Node:
        """Terms with + and − between them."""
        start, terms, dots = self.pos, list[Node](), -1
        while True:
            sign, negative = self.pos, self.text == "-"
            if not self.take("+", "-") and terms:
                break
            if self.text in ("+", "-"):
                raise self.error("two signs in a row: bracket the second term")
            if self.text in DOTS:
                if dots >= 0 or not terms:
                    raise self.error("one ellipsis, after at least one written term", sign)
                if len(terms) > 1 and negative != _next_is_negative(terms):
                    raise self.error("the sign before an ellipsis is that of the next term", sign)
                self.at += 1
                dots, ellipsis = len(terms), sign
                continue
            term = self.term()
            terms.append(Node("neg", (term,), sign) if negative else term)
        if dots >= 0:
            orders = [term for term in terms if term.op == "order"]
            last = len(terms) - len(orders)
            terms = [self.scope.general_term("sum", terms[:dots], terms[dots:last], ellipsis), *orders]
        return terms[0] if len(terms) == 1 else Node("add", tuple(terms), start)

    def term(self) -> Node:
        """Factors, with or without a sign between them."""
        start = self.pos
        factors: list[Node] = [self.factor()]
        dots, ellipsis, slash, hadamard = -1, 0, False, False
        while True:
            at = self.pos
            if self.text == "/":
                if slash or self.bare == self.at:
                    raise self.error(r"what does / divide? use \frac or brackets")
                self.at += 1
                factors, slash = [Node("div", (_product(factors, start), self.factor()), start)], True
                continue
            explicit = self.take(r"\cdot", r"\times")
            bare = self.bare == self.at - explicit
            if self.take(r"\odot"):
                explicit = hadamard = True
            if self.text in DOTS and (explicit or self.continues(self.at + 1)):
                self.at += 1
                self.take(r"\cdot", r"\times")
                dots, ellipsis = len(factors), at
            elif not explicit and not self.continues(self.at):
                break
            if slash:
                raise self.error(r"does this factor belong to the denominator? use \frac or brackets")
            if bare and (explicit or self.text not in FUNCTIONS):
                raise self.error("does the function before apply to this factor too? use brackets")
            if self.kind == "num" and not explicit:
                raise self.error("a number after a factor: write the number first, or put a sign between")
            factors.append(self.factor())
        if dots >= 0:
            return self.scope.general_term("prod", factors[:dots], factors[dots:], ellipsis)
        if hadamard and len(factors) != 2:
            raise self.error(r"bracket the factors of \odot", start)
        return Node("hadamard", tuple(factors), start) if hadamard else _product(factors, start)

    def continues(self, at: int) -> bool:
        """Whether a factor starts at a token, so that it multiplies what stands before."""
        if at >= len(self.tokens):
            return False
        token = self.tokens[at]
        if token.text in ("|", r"\|"):
            return not self.open or self.open[-1] not in (token.text, "call")
        if token.kind == "text":
            return self.scope.declared(rf"\operatorname{{{token.text}}}")
        return token.kind == "num" or starts_name(token) or token.text in _STARTS

    def factor(self) -> Node:
        """One factor: a prefix construction, or an atom with its powers, indices and factorials."""
        pos, text = self.pos, self.text
        if text in FUNCTIONS or (text in (r"\max", r"\min") and self.ahead(1) in BRACKETS):
            return self.function()
        if text in CONSTRUCTS and (node := CONSTRUCTS[text](self)):
            return node
        if text == "e" and self.ahead(1) == "^" and not self.known("e"):
            self.at += 2
            return self.postfix(Node("exp", (self.argument(),), pos))
        return self.postfix(self.atom())

    def postfix(self, node: Node) -> Node:
        """Powers, transposes, indices and factorials after an atom."""
        while True:
            pos = self.pos
            if self.take("^"):
                exponent = self.group()
                text = "".join(token.text for token in exponent)
                if text == r"\top" or (text == "T" and not self.known("T")):
                    node = Node("transpose", (node,), pos)
                elif text in ("*", "+", "-") or text.startswith("("):
                    raise self.error("a label as a superscript: put it in the subscript, or use a prime or \\hat", pos)
                else:
                    node = Node("pow", (node, self.sub(exponent).whole()), pos)
                if self.text == "^":
                    raise self.error("a second superscript: use brackets")
            elif self.text == "_" and node.op not in ("num", "pow", "transpose"):
                node = self.indices(node)
            elif self.take("!"):
                node = Node("factorial", (node,), pos)
            elif self.text in ("_", "'"):
                raise self.error(f"{self.text} after this needs brackets")
            else:
                return node

    def function(self) -> Node:
        r"""`\log x`, `\log(1 - p)`, `\log_2 x`, `\tanh^2 x`, `\max(a, b)`."""
        pos, name = self.pos, self.text.lstrip("\\")
        self.at += 1
        base = self.argument() if self.take("_") else None
        power = self.argument() if self.take("^") else None
        if power and power.op == "neg":
            raise self.error("an inverse or a reciprocal? write \\arctan x or \\frac{1}{\\tan x}", pos)
        if self.text in BRACKETS:
            arguments = self.arguments()
            if len(arguments) > 1 and name not in ("max", "min"):
                raise self.error(f"\\{name} takes one argument", pos)
            if self.text in ("^", "_", "!"):
                raise self.error(f"does {self.text} belong to the argument? write \\{name}^2(…) or bracket it")
        elif self.text in ("-", "+"):
            raise self.error(f"put the argument of \\{name} in brackets")
        else:
            arguments = [self.factor()]
            self.bare = self.at
        node = Node("log" if name == "ln" else name, tuple(arguments), pos)
        if base:
            if name != "log":
                raise self.error(f"\\{name} takes no subscript", pos)
            node = Node("div", (node, Node("log", (base,), pos)), pos)
        return Node("pow", (node, power), pos) if power else node

    def atom(self) -> Node:
        """A number, a bracket, a fraction, a root, a symbol."""
        pos, text = self.pos, self.text
        if self.kind == "num":
            self.at += 1
            return Node("num", (Fraction(text) if "." in text else int(text),), pos)
        if text in BRACKETS:
            self.at += 1
            return self._until(BRACKETS[text])
        if text == "{":
            return self.sub(self.group()).whole()
        if text in PAIRS:
            closing, op = PAIRS[text]
            self.at += 1
            inner = self._until(closing)
            if op != "norm":
                return Node(op, (inner,), pos)
            return Node("norm", (inner, self.argument() if self.take("_") else Node("num", (2,))), pos)
        if self.take(*FRACTIONS):
            return Node("div", (self.argument(), self.argument()), pos)
        if self.take(r"\sqrt"):
            degree = self.sub(self.inside()).whole() if self.text == "[" else Node("num", (2,))
            return Node("pow", (self.argument(), Node("div", (ONE, degree))), pos)
        if self.take(r"\infty"):
            return Node("inf", (), pos)
        if self.kind and starts_name(self.tokens[self.at]):
            return self.symbol()
        raise self.error(REFUSED.get(text, f"{text} isn't understood here" if text else "a term is missing"))

    def _until(self, closing: str) -> Node:
        self.open.append(closing)
        node = self.expression()
        self.expect(closing)
        self.open.pop()
        return node

    def arguments(self) -> list[Node]:
        r"""Arguments in brackets, between `,`, `;`, `\|`, `\mid` or `|`."""
        closing = BRACKETS[self.text]
        self.at += 1
        self.open.append("call")
        arguments = [self.expression()]
        while self.take(*SEPARATORS):
            arguments.append(self.expression())
        self.expect(closing)
        self.open.pop()
        return arguments

    # Symbols

    def known(self, name: str) -> str | None:
        """The spelling under which a name is bound or declared: a parameter hides what is declared."""
        spellings = variants(name)
        found = [*filter(self.inner.__contains__, spellings), *filter(self.scope.declared, spellings)]
        return found[0] if found else None

    def symbol(self) -> Node:
        """A symbol: a constant, a variable, a call, or O(·)."""
        pos = self.pos
        name, self.at = read_name(self.tokens, self.at)
        primes, script = 0, ""
        for _ in range(2):  # primes stand before a subscript or after it
            while self.take("'"):
                primes += 1
            if primes and self.known(name + "'" * primes):
                name, primes = name + "'" * primes, 0
            if self.text == "_" and not script:
                end = group_end(self.tokens, self.at + 1)
                script = f"{name}_{{{label(self.tokens[self.at + 1 : end])}}}"
                if self.known(script):
                    name, self.at = script, end
        known = self.known(name)
        if known is None:
            return self.undeclared(name, script or name, primes, pos)
        function = known not in self.inner and self.scope.callable(known)
        if function and self.text in BRACKETS:
            return Node("call", (known, primes, *self.arguments()), pos)
        if function and (primes or self.text == "^"):
            raise self.error(f"{name} is a function: write its argument in brackets, powers after them", pos)
        if primes:
            raise self.error(f"{name}' isn't declared, and {name} isn't a function", pos)
        return Node("sym", (known,), pos)

    def undeclared(self, name: str, shown: str, primes: int, pos: int) -> Node:
        """What an undeclared name may still be."""
        if name in CONSTANTS and not primes:
            return Node(CONSTANTS[name], (), pos)
        if name in ("O", r"\mathcal{O}") and self.text == "(":
            return Node("order", tuple(self.arguments()), pos)
        if name in OPERATORS and self.text in BRACKETS:
            return Node(OPERATORS[name], tuple(self.arguments()), pos)
        if name in REFUSED:
            raise self.error(REFUSED[name], pos)
        hint = f"; for a name of several letters write \\operatorname{{{name}…}}" if self.kind == "letter" else ""
        raise self.error(f"{shown} isn't declared: declare it in the annotation, such as `{shown} : real`{hint}", pos)

    def indices(self, node: Node) -> Node:
        r"""`_{ij}`, `_{i,j}`, `_{i+1}`, `_1`."""
        pos = self.pos
        self.expect("_")
        tokens = self.group()
        letters = len(tokens) > 1 and all(token.kind == "letter" for token in tokens)
        parts = [[token] for token in tokens] if letters else split(tokens, ",")
        return Node("item", (node, *(self.sub(part).whole() for part in parts)), pos)


def _next_is_negative(terms: Sequence[Node]) -> bool:
    """Whether the next term of a series should be negative, as the last two go."""
    before, last = (term.op == "neg" for term in terms[-2:])
    return last if before == last else not last


def _product(factors: list[Node], pos: int) -> Node:
    return factors[0] if len(factors) == 1 else Node("mul", tuple(factors), pos)


_STARTS = frozenset({"{", r"\sqrt", r"\infty", *FRACTIONS, *BRACKETS, *PAIRS, *FUNCTIONS, *CONSTRUCTS})
