r"""TeX to syntax trees: a precedence parser for chains of relations, terms and factors.

What it doesn't understand, and what could be read in two ways, it refuses: with the place, and with what to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from eqtest.tex import FUNCTIONS, RELATIONS, EqError, Token, group_end, label, require, split, trimmed

if TYPE_CHECKING:
    from eqtest.scope import Scope

BRACKETS = {"(": ")", "[": "]"}
SEPARATORS = (",", ";", r"\|", r"\mid", "|")
BIG = {r"\sum": "sum", r"\prod": "prod", "max": "largest", "min": "least"}
BINDERS = frozenset({*BIG.values(), "int", "lim"})
_REFUSED = {
    "E_mathbb": "an expectation can't be evaluated: write the sum or the integral",
    "Var": "a variance can't be evaluated: write the sum or the integral",
    r"argmax argmin \arg": "arg max has no numeric value: state what it satisfies",
    "N_mathcal": "a distribution has no value: write its density",
    r"\sup \inf": "a bound over reals can't be evaluated: state the inequality, with `tight`",
    r"\leftarrow": "an assignment isn't an equation: write w' = w - …, with a new name for the new value",
    r"\pm": "two statements in one: write them apart",
    r"\in": "membership isn't evaluated: declare the range in the annotation, or write the bounds of the index",
    r"\implies \iff": "write the statements apart, with \\qquad or in two displays",
    ".": "a null delimiter or a stray full stop: end a display with its only full stop",
}
REFUSED = {name: message for names, message in _REFUSED.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree; two are equal when they read the same, wherever they stand.

    Most are operations on values: `add`, `pow`, `log`, `floor`. Others hold more than nodes: `num` its digits, `sym` a
    name and indices, `call` a name, the number of primes and the arguments, `rel` the relation first, binders the name,
    from, to, a condition or None and the body, `matrix` the number of rows first, and `dots` the whole sum or product,
    how many terms are written before the ellipsis, and the written ones.
    """

    op: str
    args: tuple[Any, ...] = ()
    pos: int = field(default=0, compare=False)

    def walk(self) -> Iterator[Node]:
        """The node and all below it."""
        yield self
        for below in self.args:
            if isinstance(below, Node):
                yield from below.walk()


ONE, TWO = Node("num", ("1",)), Node("num", ("2",))


def free(*nodes: Any) -> frozenset[str]:
    """The names that the nodes' values depend on: all that are not bound inside."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, Node) and node.op in BINDERS:
            name, low, high, test, body = node.args
            names |= (free(body, test) - {name}) | free(low, high)
        elif isinstance(node, Node):
            names |= ({node.args[0]} if node.op in ("sym", "call") else set()) | free(*node.args)
    return frozenset(names)


class Parser:
    """Reads one run of tokens; `bound` are the names that sums, integrals and functions bind round it."""

    def __init__(self, tokens: Sequence[Token], scope: Scope, bound: frozenset[str] = frozenset(), pos: int = 0):
        end = tokens[-1].end if tokens else pos
        self.tokens = [*tokens, Token("end", "", end, end)]
        self.at, self.scope, self.bound = 0, scope, bound
        self.fence = ""  # the innermost of | and \\| and brackets of arguments: a bar closes it, or separates
        self.loose = -1  # where the argument of a function without brackets ended
        for token in tokens:
            fine = token.text not in REFUSED or token.kind == "op" or self.known(token.text)
            require(fine, REFUSED.get(token.text, ""), token.pos)

    # Steps through the tokens

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    @property
    def text(self) -> str:
        """Its text; empty at words."""
        return "" if self.token.kind == "word" else self.token.text

    def next(self) -> Token:
        """Step over the next token."""
        token, self.at = self.token, min(self.at + 1, len(self.tokens) - 1)
        return token

    def take(self, *texts: str) -> str:
        """Step over the next token if it is one of these, and return it; else nothing."""
        return self.next().text if self.text in texts and self.text else ""

    def expect(self, *texts: str) -> str:
        """Step over one of these, and return it, or fail."""
        if self.text not in texts:
            raise self.error(f"expected {' or '.join(texts)}, found {self.token.text or 'the end'}")
        return self.next().text

    def error(self, message: str = "") -> EqError:
        """A refusal of what comes next."""
        if self.token.kind == "word":
            message = message or "words in a display aren't evaluated: move them to the prose, or declare a `where`"
        default = f"unexpected {self.text}" if self.text else "a term is missing"
        return EqError(message or REFUSED.get(self.text, default), self.token.pos)

    def known(self, name: str) -> bool:
        """Whether a name is bound or declared."""
        return name in self.bound or name in self.scope.bindings

    def within(self, read: Callable[[], Node], names: Iterable[str] = (), fence: str = "") -> Node:
        """Read with more names bound, inside a fence."""
        outer = self.bound, self.fence
        self.bound, self.fence = self.bound.union(names), fence
        result = read()
        self.bound, self.fence = outer
        return result

    def all(self, read: Callable[[Parser], Any]) -> Any:
        """Read, and fail unless all tokens are used."""
        result = read(self)
        if self.token.kind != "end":
            raise self.error()
        return result

    def part(self, tokens: Sequence[Token], read: Callable[[Parser], Node] | None = None) -> Node:
        """Some tokens as an expression."""
        node: Node = self.inside(tokens).all(read or Parser.expression)
        return node

    def inside(self, tokens: Sequence[Token]) -> Parser:
        """A parser for tokens that were stepped over."""
        return Parser(tokens, self.scope, self.bound, self.tokens[self.at - 1].pos)

    def group(self) -> list[Token]:
        """Step over what TeX takes as an argument: one token, or what stands in braces."""
        start, self.at = self.at, min(group_end(self.tokens, self.at), len(self.tokens) - 1)
        tokens = self.tokens[start : self.at] or [self.token]
        return tokens[1:-1] if tokens[0].text == "{" else tokens

    def argument(self, *, digits: bool = False) -> Node:
        r"""An argument as an expression; where `digits`, `\frac12` is one half."""
        token = self.token
        if token.kind == "num" and len(token.text) > 1:
            require(digits, f"TeX takes one digit of {token.text} here: write {{{token.text}}}", token.pos)
            self.tokens[self.at] = token._replace(text=token.text[1:], pos=token.pos + 1)
            return Node("num", (token.text[0],))
        return self.part(self.group())

    # Relations, sums and products

    def chain(self) -> list[tuple[str, Node, int, int]]:
        """A chain of relations: the relation before each side, the side, from where to where it stands."""
        links: list[tuple[str, Node, int, int]] = []
        relation = ""
        while not links or relation:
            start, node = self.token.pos, self.expression()
            links.append((relation, node, start, self.tokens[self.at - 1].end))
            relation = RELATIONS.get(self.take(*RELATIONS), "")
        return links

    def condition(self) -> Node:
        """Relations between commas."""
        relations: list[Node] = []
        while not relations or (self.take(",") and self.starts_factor()):
            links = self.chain()
            require(len(links) > 1, "a condition needs a relation", links[0][2])
            relations += [Node("rel", (b[0], a[1], b[1])) for a, b in pairwise(links)]
        return Node("all", tuple(relations))

    def expression(self) -> Node:
        """Terms with + and − between them."""
        terms: list[Node] = []
        while not terms or self.text in ("+", "-"):
            sign, term = self.take("+", "-"), self.term()
            terms.append(Node("neg", (term,), term.pos) if sign == "-" else term)
        return self.join("add", terms)

    def term(self) -> Node:
        """Factors, with or without a sign between them."""
        factors, signs = [self.factor()], set[str]()
        while True:
            loose, sign = self.loose == self.at, self.take("/", r"\cdot", r"\times", r"\odot")
            if not sign and not self.starts_factor():
                return self.join("hadamard" if r"\odot" in signs else "mul", factors)
            if loose and (sign or self.text not in FUNCTIONS):
                raise self.error("does the function before apply to this factor too? use brackets")
            require("/" not in signs, r"does this belong to the denominator? use \frac or brackets", self.token.pos)
            if self.token.kind == "num" and not sign:
                raise self.error("a number after a factor: write the number first, or put a sign between")
            factors.append(self.factor())
            signs.add(sign)
            if sign == "/":
                factors = [Node("div", (self.join("mul", factors[:-1]), factors[-1]))]
            require(not (r"\odot" in signs and len(factors) != 2), r"bracket the factors of \odot", self.token.pos)

    def join(self, op: str, parts: list[Node]) -> Node:
        """Terms or factors in one node; with an ellipsis among them, what the ellipsis is declared to stand for."""
        gaps = [k for k, part in enumerate(parts) if (part.args[0] if part.op == "neg" else part).op == "ellipsis"]
        if len(parts) == 1 or not gaps:
            return parts[0] if len(parts) == 1 else Node(op, tuple(parts))
        gap, pos, written = gaps[0], parts[gaps[0]].pos, [part for part in parts if part.op != "order"]
        require(len(gaps) == 1 and gap > 0, "one ellipsis, after at least one written term", pos)
        alike = gap == 1 or (written[gap].op == "neg") == (written[gap - 2].op == "neg")
        require(alike, "the sign before an ellipsis is that of the next term", pos)
        hint = r"declare `\cdots : k=1..n -> general term`"
        if not self.scope.dots:
            raise EqError(f"what does the ellipsis stand for? {hint}", pos)
        index, low, high, term = self.scope.dots
        series = Node("sum" if op == "add" else "prod", (index, low, high, None, term))
        whole = Node("dots", (series, gap, *written[:gap], *written[gap + 1 :]))
        return Node("add", (whole, *(part for part in parts if part.op == "order")))

    def starts_factor(self) -> bool:
        """Whether a factor comes next, so that it multiplies what stands before."""
        if self.text in ("|", r"\|"):
            return self.fence not in (self.text, "call")
        return self.token.kind in ("num", "name") or self.known(self.token.text) or self.text in STARTS

    # Factors

    def factor(self) -> Node:
        """One factor, with its powers, indices and factorials."""
        token = self.token
        if token.kind == "num":
            node = Node("num", (self.next().text,))
        elif self.text in STARTS and not self.known(token.text):
            node = self.construction(self.next())
        elif token.kind == "name" or self.known(token.text):
            node = self.symbol()
        else:
            raise self.error()
        while mark := self.take("^", "_", "!", "'"):
            raised = node.op in ("pow", "transpose") or (node.op == "exp" and token.text == "e")
            if mark == "'" or (mark != "!" and raised) or (mark == "_" and node.op == "num"):
                raise EqError(f"{mark} after this needs brackets", self.tokens[self.at - 1].pos)
            node = Node("factorial", (node,)) if mark == "!" else (self.power if mark == "^" else self.indexed)(node)
        return node

    def power(self, node: Node) -> Node:
        r"""After `^`: an exponent, or the sign of the transpose."""
        start, text = self.at, label(self.group())
        if text == r"\top" or (text == "T" and not self.known("T")):
            return Node("transpose", (node,))
        self.at = start
        hint = "a label as a superscript: put it in the subscript, or use a prime or \\hat"
        require(text[:1] not in ("*", "+", "(") or not text, hint, self.tokens[start - 1].pos)
        exponent = self.argument()
        return Node("exp", (exponent,)) if node.op == "e" else Node("pow", (node, exponent))

    def indexed(self, node: Node) -> Node:
        r"""After `_`: `{ij}`, `{i,j}`, `{i+1}` or `1`."""
        tokens = self.group()
        letters = all(token.kind == "name" for token in tokens)
        indices = [self.part(part) for part in ([[token] for token in tokens] if letters else split(tokens, ","))]
        plain = node.op == "sym" and len(node.args) == 1
        return Node("sym", (*node.args, *indices)) if plain else Node("item", (node, *indices))

    def arguments(self) -> tuple[Node, ...]:
        r"""Arguments in brackets, between `,`, `;`, `\|`, `\mid` or `|`."""
        opening = self.expect(*BRACKETS)
        found = [self.within(self.expression, fence="call")]
        while self.take(*SEPARATORS):
            found.append(self.within(self.expression, fence="call"))
        self.expect(BRACKETS[opening])
        return tuple(found)

    def symbol(self) -> Node:
        """A constant, a variable with its subscript where that is part of the name, or a call."""
        token = self.next()
        name, shown, primes = token.text, token.text, 0
        for _ in range(2):  # primes stand before a subscript or after it
            while self.take("'"):
                primes += 1
            if primes and self.known(name + "'" * primes):
                name, primes = name + "'" * primes, 0
            if self.text == "_":
                end = group_end(self.tokens, self.at + 1)
                shown = f"{name}_{label(self.tokens[self.at + 1 : end])}"
                if self.known(shown):
                    name, self.at = shown, end
        if not self.known(name):
            if name in ("e", "pi") and not primes:
                return Node(name)
            if name in ("O", "O_mathcal") and self.text == "(":
                return Node("order", self.arguments())
            hint = "" if len(name) > 1 else f"; for a name of several letters write \\operatorname{{{name}…}}"
            declare = f"declare it in the annotation, such as `{shown} : real`"
            raise EqError(f"{shown} isn't declared: {declare}{hint}", token.pos)
        kind = "" if name in self.bound else self.scope.bindings[name].kind
        function = kind in ("function", "py")
        if function and self.text in BRACKETS:
            arguments = self.arguments()
            key = f"{name}({len(arguments)})"
            declared = key in self.scope.bindings
            require(declared or kind == "py", f"{name} isn't declared with {len(arguments)} arguments", token.pos)
            return Node("call", (key if declared else name, primes, *arguments))
        hint = f"if {name} is a function: write its argument in brackets, powers after them"
        require(not primes and not (function and self.text == "^"), hint, token.pos)
        return Node("sym", (name,))

    def fresh(self) -> str:
        """A name to bind; one that is bound already is refused."""
        require(self.token.kind == "name", "expected one index such as i", self.token.pos)
        if self.text in self.bound:
            raise self.error(f"{self.text} is bound twice: use another letter for the inner one")
        return self.next().text

    # Constructions

    def construction(self, token: Token) -> Node:
        """What starts with a sign or a command: brackets, fractions, functions, sums, integrals, matrices."""
        match token.text:
            case opening if opening in FENCES:
                closing, op = FENCES[opening]
                node = self.within(self.expression, fence=opening if opening == closing else "")
                self.expect(closing)
                if op == "norm":
                    return Node(op, (node, self.argument() if self.take("_") else TWO))
                return Node(op, (node,)) if op else node
            case r"\frac" | r"\tfrac" | r"\dfrac":
                end, sign = group_end(self.tokens, self.at), (self.tokens[self.at :] + [token] * 2)[1].text
                derivative = sign in (r"\partial", "d") and not self.known(sign)
                if derivative and [after.text for after in self.tokens[end : end + 2]] == ["{", sign]:
                    return self.derivative(sign, token.pos)
                return Node("div", (self.argument(digits=True), self.argument(digits=True)))
            case r"\nabla" | r"\partial" as sign:
                hint = r"with respect to what? write \nabla_z or \frac{\partial …}{\partial …}"
                require(self.take("_"), hint, token.pos)
                target = self.part(self.group(), Parser.target)
                return Node("grad" if sign == r"\nabla" else "diff", (self.operand(), target))
            case r"\sqrt":
                degree = self.arguments()[0] if self.text == "[" else TWO
                return Node("pow", (self.argument(), Node("div", (ONE, degree))))
            case r"\lim":
                self.expect("_")
                under = self.inside(self.group())
                name = under.fresh()
                under.expect(r"\to")
                point = under.all(Parser.expression)
                return Node("lim", (name, point, None, None, self.within(self.term, [name], self.fence)))
            case r"\infty":
                return Node("inf")
            case r"\int":
                return self.integral(token.pos)
            case text if text in BIG and not (token.kind == "name" and self.text in BRACKETS):
                return self.big(token)
            case text if text in DOTS:
                return Node("ellipsis", (), token.pos)
            case text if text in FUNCTIONS:
                return self.function(token)
            case text if text.startswith(r"\begin"):
                end = group_end(self.tokens, self.at - 1)
                rows, self.at = split(self.tokens[self.at : end - 1], r"\\"), end
                cells = [split(row, "&") for row in rows if row]
                if text == r"\begin{cases}":
                    return self.cases(cells, token.pos)
                require(len({len(row) for row in cells}) == 1, "the rows of this matrix differ in length", token.pos)
                return Node("matrix", (len(cells), *(self.part(cell) for row in cells for cell in row)))
        return Node(token.text, self.arguments())  # max, softmax, diag, …

    def function(self, token: Token) -> Node:
        r"""After `\log`: `x`, `(1 - p)`, `_2 x`, `^2 x`."""
        name = token.text
        base, power = (self.argument() if self.take(mark) else None for mark in ("_", "^"))
        fine = (not base or name == "log") and (not power or power.op != "neg")
        require(fine, f"\\{name} takes no subscript and no negative power: write \\arctan or \\frac", token.pos)
        bracketed = self.text in BRACKETS
        arguments = self.arguments() if bracketed else (self.factor(),)
        require(len(arguments) == 1, f"\\{name} takes one argument", token.pos)
        if bracketed and self.text in ("^", "_", "!"):
            raise self.error(f"does {self.text} belong to the argument? write \\{name}^2(…) or bracket it")
        self.loose = self.loose if bracketed else self.at
        node = Node("log" if name == "ln" else name, arguments)
        node = Node("div", (node, Node("log", (base,)))) if base else node
        return Node("pow", (node, power)) if power else node

    def big(self, token: Token) -> Node:
        r"""After `\sum`: `_{i=1}^n`, `_j`, `_{i,j}`, `_{j \ne i}`, and the rest of a term."""
        shown = "\\" + token.text.lstrip("\\")
        hint = f"write {shown}_{{i=1}}^n, or {shown}_i for a declared index"
        require(self.take("_"), f"{shown} over what? {hint}", token.pos)
        braced, ranges = self.take("{"), dict[str, tuple[int, Node | None, Node | None]]()
        while not ranges or (braced and self.take(",")):
            start, name = self.at, self.fresh()
            require(name not in ranges, f"{name} is bound twice: use another letter", self.tokens[start].pos)
            low, test = self.expression() if self.take("=") else None, None
            if not low and self.text in RELATIONS:
                self.at = start
                test = self.within(self.condition, [*ranges, name])
            ranges[name] = (self.tokens[start].pos, low, test)
        if braced:
            self.expect("}")
        upper = self.argument() if self.take("^") else None
        node = self.within(self.term, ranges, self.fence)
        for name, (pos, low, test) in reversed(ranges.items()):
            high = upper if low else self.scope.index_range(name)
            fine = high and not (upper and (len(ranges) > 1 or not low))
            require(fine, f"over which values of {name}? write bounds, or declare `{name} : index n`", pos)
            node = Node(BIG[token.text], (name, low or ONE, high, test, node))
        return node

    def integral(self, pos: int) -> Node:
        r"""After `\int`: `_a^b … \, dx`."""
        require(self.take("_"), "an indefinite integral has no value: write its bounds", pos)
        low = self.argument()
        self.expect("^")
        high, depth = self.argument(), 1
        for at in range(self.at, len(self.tokens) - 1):
            differential = self.tokens[at].text == "d" and self.tokens[at + 1].kind == "name" and not self.known("d")
            depth += (self.tokens[at].text == r"\int") - differential
            if depth == 0:
                self.tokens[at] = self.tokens[at]._replace(kind="cmd", text=r"\,d")  # where the integrand ends
                body = self.within(self.expression, [self.tokens[at + 1].text])
                self.expect(r"\,d")
                return Node("int", (self.fresh(), low, high, None, body))
        raise EqError(r"this integral has no dx: write \, dx after the integrand", pos)

    def derivative(self, sign: str, pos: int) -> Node:
        r"""After `\frac`: `{\partial E}{\partial x}`, `{d^2}{dx^2} f(x)`."""
        above, below = (self.inside(self.group()) for _ in range(2))
        above.expect(sign)
        order = above.argument() if above.take("^") else ONE
        body = above.all(Parser.expression) if above.token.kind != "end" else None
        targets: list[Node] = []
        while below.token.kind != "end":
            below.expect(sign)
            target = below.target()
            repeated = below.argument() if below.take("^") else ONE
            targets += [target] * int(repeated.args[0] if repeated.op == "num" else 0)
        same = order == Node("num", (str(len(targets)),))
        require(same, "numerator and denominator say different orders of the derivative", pos)
        return Node("diff", (body or self.operand(), *targets))

    def target(self) -> Node:
        """What a derivative is with respect to."""
        pos, node = self.token.pos, self.symbol() if self.starts_factor() else Node("")
        node = self.indexed(node) if self.take("_") else node
        require(node.op == "sym", "differentiate with respect to a symbol or an entry", pos)
        return node

    def operand(self) -> Node:
        """The one factor that a derivative applies to."""
        body = self.factor()
        if self.starts_factor() and body.op not in BINDERS:
            raise self.error("does the derivative apply to this factor too? use brackets")
        return body

    def cases(self, rows: list[list[list[Token]]], pos: int) -> Node:
        r"""Values with their conditions; `\text{otherwise}` comes last."""
        branches: list[Node] = []
        for row in rows:
            value, test = trimmed(row[0]), trimmed(row[-1])
            test = test[1:2] + test[3:] if test and test[0].text == "{" else test  # {\text{if }}
            words = [token.text for token in test if token.kind == "word"]
            start = next((token.pos for cell in row for token in cell), pos)
            fine = len(row) == 2 and value and words in ([], ["if"], ["for"], ["otherwise"])
            fine = fine and not (branches and branches[-1].args[1] is None)
            require(fine, r"write \text{if } and a condition, or \text{otherwise} in the last row", start)
            condition = None if words == ["otherwise"] else self.part(test[len(words) :], Parser.condition)
            branches.append(Node("case", (self.part(value), condition), start))
        return Node("cases", tuple(branches))


FENCES = {
    "(": (")", ""), "[": ("]", ""), "{": ("}", ""), "|": ("|", "abs"), r"\|": (r"\|", "norm"),
    r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"),
}  # fmt: skip
DOTS = frozenset({r"\cdots", r"\dots", r"\ldots", r"\vdots", r"\ddots"})
_COMMANDS = r"\frac \tfrac \dfrac \nabla \partial \sqrt \int \lim \infty \begin{bmatrix} \begin{pmatrix} \begin{cases}"
STARTS = DOTS | FUNCTIONS | {*FENCES, *BIG, *_COMMANDS.split(), "softmax", "diag", "erf", "tr", "sgn"}
