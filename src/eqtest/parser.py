r"""TeX to syntax trees: a precedence parser for chains of relations, terms and factors.

What it doesn't understand, and what could be read in two ways, it refuses: with the place, and with what to write. A
new notation is a method of `Parser` that reads what follows the sign or command, and a row of `NOTATION`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, Self, TypeVar

from eqtest.cursor import REFUSED, Cursor
from eqtest.scope import Scope
from eqtest.tex import (
    FRACTIONS,
    FUNCTIONS,
    RELATIONS,
    EqError,
    Token,
    group_end,
    label,
    nesting,
    require,
    split,
    trimmed,
)
from eqtest.tree import BINDERS, ONE, TWO, Node

BRACKETS = {"(": ")", "[": "]"}
SEPARATORS = (",", ";", r"\|", r"\mid", "|")
FENCES = {
    "(": (")", ""), "[": ("]", ""), "{": ("}", ""), "|": ("|", "abs"), r"\|": (r"\|", "norm"),
    r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"),
}  # fmt: skip
BIG = {r"\sum": "sum", r"\prod": "prod", "max": "largest", "min": "least"}
DOTS = (r"\cdots", r"\dots", r"\ldots", r"\vdots", r"\ddots")
Read = TypeVar("Read")
Range = tuple[int, Node | None, Node | None]


class Side(NamedTuple):
    """A side of a chain: the relation before it, what it says, and from where to where it stands."""

    relation: str
    node: Node
    start: int
    end: int


def read_chain(tokens: Sequence[Token], scope: Scope) -> list[Side]:
    """Read a chain of relations, and return its sides."""
    return Parser(tokens, scope).declared().whole(Parser.chain)


def read_condition(tokens: Sequence[Token], scope: Scope) -> Node:
    """Read relations between commas."""
    return Parser(tokens, scope).declared().whole(Parser.condition)


def read_expression(tokens: Sequence[Token], scope: Scope, bound: Iterable[str] = ()) -> Node:
    """Read an expression, in which some names are bound."""
    return Parser(tokens, scope, frozenset(bound)).declared().whole(Parser.expression)


class Parser(Cursor):
    """A reader of one run of tokens; `bound` are the names that sums, integrals and functions bind round it."""

    def __init__(self, tokens: Sequence[Token], scope: Scope, bound: frozenset[str] = frozenset(), pos: int = 0):
        super().__init__(tokens, pos)
        self.scope, self.bound = scope, bound
        self.fence = ""  # the innermost of | and \\| and brackets of arguments: a bar closes it, or separates
        self.loose = -1  # where the argument of a function without brackets ended

    def declared(self) -> Self:
        """Refuse at once what is never read, unless it is declared: whatever else is wrong, that is the reason."""
        for token in self.tokens:
            if token.text in REFUSED and token.kind != "op" and not self.known(token.text):
                raise EqError(REFUSED[token.text], token.pos)
        return self

    def known(self, name: str) -> bool:
        """Tell whether a name is bound or declared."""
        return name in self.bound or name in self.scope.bindings

    def within(self, read: Callable[[], Node], names: Iterable[str] = (), fence: str = "") -> Node:
        """Read with more names bound, inside a fence."""
        outer = self.bound, self.fence
        self.bound, self.fence = self.bound.union(names), fence
        result = read()
        self.bound, self.fence = outer
        return result

    def whole(self, read: Callable[[Self], Read]) -> Read:
        """Read, and fail unless all tokens are used."""
        result = read(self)
        if self.token.kind != "end":
            raise self.error()
        return result

    def inside(self, tokens: Sequence[Token], names: Iterable[str] = ()) -> Self:
        """Return a parser for tokens that were stepped over."""
        return type(self)(tokens, self.scope, self.bound.union(names), self.tokens[self.at - 1].pos)

    def part(self, tokens: Sequence[Token]) -> Node:
        """Read some tokens as an expression."""
        return self.inside(tokens).whole(Parser.expression)

    def argument(self) -> Node:
        """Read what TeX takes as an argument, as an expression."""
        shown, digits = self.token.text, self.token.kind == "num" and len(self.token.text) > 1
        require(not digits, f"TeX takes only one digit of {shown} here: write {{{shown}}}", self.token.pos)
        return self.part(self.group())

    # Relations, sums and products

    def chain(self) -> list[Side]:
        """Read a chain of relations, and return its sides."""
        sides: list[Side] = []
        relation = ""
        while not sides or relation:
            start, node = self.token.pos, self.expression()
            sides.append(Side(relation, node, start, self.tokens[self.at - 1].end))
            relation = RELATIONS.get(self.take(*RELATIONS), "")
        return sides

    def condition(self) -> Node:
        """Read relations between commas."""
        relations: list[Node] = []
        while not relations or (self.take(",") and self.starts_factor()):
            sides = self.chain()
            require(len(sides) > 1, "a condition needs a relation", sides[0].start)
            relations += [Node("rel", (right.relation, left.node, right.node)) for left, right in pairwise(sides)]
        return Node("all", tuple(relations))

    def expression(self) -> Node:
        """Read terms with + and − between them."""
        terms: list[Node] = []
        while not terms or self.text in ("+", "-"):
            sign, term = self.take("+", "-"), self.term()
            terms.append(Node("neg", (term,), term.pos) if sign == "-" else term)
        return self.join("add", terms)

    def term(self) -> Node:
        """Read factors, with or without a sign between them."""
        factors, signs = [self.factor()], set[str]()
        while (sign := self.take("/", r"\cdot", r"\times", r"\odot")) or self.starts_factor():
            loose = self.loose == self.at - bool(sign)
            if loose and (sign or self.text not in FUNCTIONS):
                raise self.error("does the function before apply to this factor too? use brackets")
            require("/" not in signs, r"does this belong to the denominator? use \frac or brackets", self.token.pos)
            if self.token.kind == "num" and not sign:
                raise self.error("a number after a factor: write the number first, or put a sign between")
            factors.append(self.factor())
            signs.add(sign)
            if sign == "/":
                factors = [Node("div", (self.join("mul", factors[:-1]), factors[-1]))]
            require(r"\odot" not in signs or len(factors) == 2, r"bracket the factors of \odot", self.token.pos)
        return self.join("hadamard" if r"\odot" in signs else "mul", factors)

    def join(self, op: str, parts: list[Node]) -> Node:
        """Join terms or factors in one node."""
        if len(parts) == 1:
            return parts[0]
        gaps = [at for at, part in enumerate(parts) if (part.args[0] if part.op == "neg" else part).op == "ellipsis"]
        return self.dots(op, parts, gaps) if gaps else Node(op, tuple(parts))

    def dots(self, op: str, parts: list[Node], gaps: list[int]) -> Node:
        """Join terms or factors with an ellipsis among them to what it is declared to stand for."""
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
        """Tell whether a factor comes next, so that it multiplies what stands before."""
        if self.text in ("|", r"\|"):
            return self.fence not in (self.text, "call")
        return self.token.kind in ("num", "name") or self.known(self.token.text) or self.text in NOTATION

    # Factors

    def factor(self) -> Node:
        """Read one factor, with its powers, indices and factorials."""
        token = self.token
        if token.kind == "num":
            node = Node("num", (self.next().text,))
        elif self.text in NOTATION and not self.known(token.text):
            node = NOTATION[token.text](self, self.next())
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
        r"""Read what follows `^`: an exponent, or the sign of the transpose."""
        start, text = self.at, label(self.group())
        if text == r"\top" or (text == "T" and not self.known("T")):
            return Node("transpose", (node,))
        self.at = start
        hint = "a label as a superscript: put it in the subscript, or use a prime or \\hat"
        require(text[:1] not in ("*", "+", "(") or not text, hint, self.tokens[start - 1].pos)
        exponent = self.argument()
        return Node("exp", (exponent,)) if node.op == "e" else Node("pow", (node, exponent))

    def indexed(self, node: Node) -> Node:
        r"""Read what follows `_`: `{ij}`, `{i,j}`, `{i+1}` or `1`."""
        tokens = self.group()
        letters = all(token.kind == "name" for token in tokens)
        indices = [self.part(part) for part in ([[token] for token in tokens] if letters else split(tokens, ","))]
        plain = node.op == "sym" and len(node.args) == 1
        return Node("sym", (*node.args, *indices)) if plain else Node("item", (node, *indices))

    def arguments(self) -> tuple[Node, ...]:
        r"""Read arguments in brackets, between `,`, `;`, `\|`, `\mid` or `|`."""
        opening = self.expect(*BRACKETS)
        found = [self.within(self.expression, fence="call")]
        while self.take(*SEPARATORS):
            found.append(self.within(self.expression, fence="call"))
        self.expect(BRACKETS[opening])
        return tuple(found)

    # Names

    def symbol(self) -> Node:
        """Read a constant, a variable with its subscript where that is part of the name, or a call."""
        token = self.next()
        name, shown, primes = self.name(token)
        if name in self.bound:
            kind = ""
        elif name in self.scope.bindings:
            kind = self.scope.bindings[name].kind
        else:
            return self.constant(token, shown, primes)
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

    def name(self, token: Token) -> tuple[str, str, int]:
        """Read a name with its primes and subscript: return it, how it reads with them, and further primes."""
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
        return name, shown, primes

    def constant(self, token: Token, shown: str, primes: int) -> Node:
        """Read what needs no declaration: e, pi and the order O(…)."""
        if token.text in ("e", "pi") and not primes:
            return Node(token.text)
        if token.text in ("O", "O_mathcal") and self.text == "(":
            return Node("order", self.arguments())
        hint = "" if len(token.text) > 1 else f"; for a name of several letters write \\operatorname{{{token.text}…}}"
        declare = f"declare it in the annotation, such as `{shown} : real`"
        raise EqError(f"{shown} isn't declared: {declare}{hint}", token.pos)

    def fresh(self) -> str:
        """Read a name to bind, and refuse one that is bound already."""
        require(self.token.kind == "name", "expected one index such as i", self.token.pos)
        if self.text in self.bound:
            raise self.error(f"{self.text} is bound twice: use another letter for the inner one")
        return self.next().text

    # Notation: what starts with a sign or a command, each after that token

    def bracketed(self, token: Token) -> Node:
        r"""Read what follows `(`, `|`, `\lfloor`, …, and the closing one; `_1` after a norm is its order."""
        closing, op = FENCES[token.text]
        node = self.within(self.expression, fence=token.text if token.text == closing else "")
        self.expect(closing)
        if op == "norm":
            return Node(op, (node, self.argument() if self.take("_") else TWO))
        return Node(op, (node,)) if op else node

    def applied(self, token: Token) -> Node:
        """Read the arguments in brackets that follow the name of an array, or of an operation on several."""
        return Node(token.text, self.arguments())

    def function(self, token: Token) -> Node:
        r"""Read what follows `\log`: `x`, `(1 - p)`, `_2 x`, `^2 x`."""
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

    def fraction(self, token: Token) -> Node:
        r"""Read what follows `\frac`: `{a}{b}`, `12`, or a derivative."""
        groups = (self.at, group_end(self.tokens, self.at))
        for sign in (r"\partial", "d"):
            starts = [[start.text for start in self.tokens[at : at + 2]] for at in groups]
            if starts == [["{", sign], ["{", sign]] and not self.known(sign):
                return self.derivative(sign, token.pos)
        return Node("div", (self.argument(), self.argument()))

    def root(self, _: Token) -> Node:
        r"""Read what follows `\sqrt`: `{x}`, `[3]{x}`."""
        degree = self.arguments()[0] if self.text == "[" else TWO
        return Node("pow", (self.argument(), Node("div", (ONE, degree))))

    def extremum(self, token: Token) -> Node:
        r"""Read what follows `\max`: `(a, b)`, or `_i` and the rest of a term."""
        return self.applied(token) if self.text in BRACKETS else self.big(token)

    def big(self, token: Token) -> Node:
        r"""Read what follows `\sum`: `_{i=1}^n`, `_j`, `_{i,j}`, `_{j \ne i}`, and the rest of a term."""
        shown = "\\" + token.text.lstrip("\\")
        hint = f"write {shown}_{{i=1}}^n, or {shown}_i for a declared index"
        require(self.take("_"), f"{shown} over what? {hint}", token.pos)
        ranges = self.inside(self.group()).whole(Parser.ranges)
        upper = self.argument() if self.take("^") else None
        node = self.within(self.term, ranges, self.fence)
        for name, (pos, low, test) in reversed(ranges.items()):
            high = upper if low else self.scope.index_range(name)
            fine = high and not (upper and (len(ranges) > 1 or not low))
            require(fine, f"over which values of {name}? write bounds, or declare `{name} : index n`", pos)
            node = Node(BIG[token.text], (name, low or ONE, high, test, node))
        return node

    def ranges(self) -> dict[str, Range]:
        r"""Read below `\sum`, `i=1`, `j`, `i,j`, `j \ne i`: by name, its place, its lower bound and its condition."""
        found: dict[str, Range] = {}
        while not found or self.take(","):
            start, pos, name = self.at, self.token.pos, self.fresh()
            require(name not in found, f"{name} is bound twice: use another letter", pos)
            low, test = self.expression() if self.take("=") else None, None
            if not low and self.text in RELATIONS:
                self.at = start
                test = self.within(self.condition, [*found, name])
            found[name] = pos, low, test
        return found

    def limit(self, _: Token) -> Node:
        r"""Read what follows `\lim`: `_{x \to a}` and the rest of a term."""
        self.expect("_")
        under = self.inside(self.group())
        name = under.fresh()
        under.expect(r"\to")
        point = under.whole(Parser.expression)
        return Node("lim", (name, point, None, None, self.within(self.term, [name], self.fence)))

    def integral(self, token: Token) -> Node:
        r"""Read what follows `\int`: `_a^b … \, dx`."""
        require(self.take("_"), "an indefinite integral has no value: write its bounds", token.pos)
        low = self.argument()
        self.expect("^")
        high, start = self.argument(), self.at
        end = self.differential(token.pos)
        self.at = end + 1
        name = self.fresh()
        body = self.inside(self.tokens[start:end], [name]).whole(Parser.expression)
        return Node("int", (name, low, high, None, body))

    def differential(self, pos: int) -> int:
        r"""Find the `d` that ends the integrand which comes next; integrals inside it have their own."""
        depth, integrals = 0, 1
        for at in range(self.at, len(self.tokens) - 1):
            token, after = self.tokens[at : at + 2]
            depth += nesting(token)
            if depth == 0:
                found = token.text == "d" and after.kind == "name" and not self.known("d")
                integrals += (token.text == r"\int") - found
                if integrals == 0:
                    return at
        raise EqError(r"this integral has no dx: write \, dx after the integrand", pos)

    def derivative(self, sign: str, pos: int) -> Node:
        r"""Read what follows `\frac`: `{\partial E}{\partial x}`, `{d^2}{dx^2} f(x)`."""
        above, below = (self.inside(self.group()) for _ in range(2))
        above.expect(sign)
        order = above.argument() if above.take("^") else ONE
        body = above.whole(Parser.expression) if above.token.kind != "end" else None
        targets: list[Node] = []
        while below.token.kind != "end":
            below.expect(sign)
            target = below.target()
            repeated = below.argument() if below.take("^") else ONE
            targets += [target] * int(repeated.args[0] if repeated.op == "num" else 0)
        same = order == Node("num", (str(len(targets)),))
        require(same, "numerator and denominator give different orders of the derivative", pos)
        return Node("diff", (body or self.operand(), *targets))

    def gradient(self, token: Token) -> Node:
        r"""Read what follows `\nabla` or `\partial`: `_z` and the factor that is differentiated; `L / \partial z`."""
        hint = r"with respect to what? write \nabla_z, \partial L / \partial z or \frac{\partial …}{\partial …}"
        if token.text == r"\partial" and self.text != "_":
            body = self.operand()
            require(self.take("/") and self.take(r"\partial"), hint, token.pos)
            return Node("diff", (body, self.target()))
        require(self.take("_"), hint, token.pos)
        target = self.inside(self.group()).whole(Parser.target)
        body = self.operand()
        return Node("grad", (body, 1, target)) if token.text == r"\nabla" else Node("diff", (body, target))

    def target(self) -> Node:
        """Read what a derivative is with respect to."""
        pos, node = self.token.pos, self.symbol() if self.starts_factor() else Node("")
        node = self.indexed(node) if self.take("_") else node
        require(node.op == "sym", "differentiate with respect to a symbol or an entry", pos)
        return node

    def operand(self) -> Node:
        """Read the one factor that a derivative applies to."""
        body = self.factor()
        if self.starts_factor() and body.op not in BINDERS:
            raise self.error("does the derivative apply to this factor too? use brackets")
        return body

    def cells(self) -> list[list[list[Token]]]:
        r"""Read what follows `\begin{…}`: the cells of each row, up to the `\end{…}`."""
        end = group_end(self.tokens, self.at - 1)
        rows, self.at = split(self.tokens[self.at : end - 1], r"\\"), end
        return [split(row, "&") for row in rows if row]

    def matrix(self, token: Token) -> Node:
        r"""Read what follows `\begin{bmatrix}`: the cells, and the `\end{bmatrix}`."""
        rows = self.cells()
        require(len({len(row) for row in rows}) == 1, "the rows of this matrix differ in length", token.pos)
        return Node("matrix", (len(rows), *(self.part(cell) for row in rows for cell in row)))

    def cases(self, token: Token) -> Node:
        r"""Read what follows `\begin{cases}`: values with their conditions; `\text{otherwise}` comes last."""
        branches: list[Node] = []
        for row in self.cells():
            value, test = trimmed(row[0]), trimmed(row[-1])
            test = test[1:2] + test[3:] if test and test[0].text == "{" else test  # {\text{if }}
            words = [word.text for word in test if word.kind == "word"]
            start = next((first.pos for cell in row for first in cell), token.pos)
            fine = len(row) == 2 and value and words in ([], ["if"], ["for"], ["otherwise"])
            fine = fine and not (branches and branches[-1].args[1] is None)
            require(fine, r"write \text{if } and a condition, or \text{otherwise} in the last row", start)
            otherwise = words == ["otherwise"]
            condition = None if otherwise else self.inside(test[len(words) :]).whole(Parser.condition)
            branches.append(Node("case", (self.part(value), condition), start))
        return Node("cases", tuple(branches))


NOTATION: dict[str, Callable[[Parser, Token], Node]] = {
    **dict.fromkeys(FENCES, Parser.bracketed),
    **dict.fromkeys(FUNCTIONS, Parser.function),
    **dict.fromkeys(["softmax", "diag", "erf", "tr", "sgn"], Parser.applied),
    **dict.fromkeys(FRACTIONS, Parser.fraction),
    r"\sqrt": Parser.root,
    **dict.fromkeys([r"\sum", r"\prod"], Parser.big),
    **dict.fromkeys(["max", "min"], Parser.extremum),
    r"\lim": Parser.limit,
    r"\int": Parser.integral,
    **dict.fromkeys([r"\nabla", r"\partial"], Parser.gradient),
    r"\infty": lambda *_: Node("inf"),
    **dict.fromkeys(DOTS, lambda _, token: Node("ellipsis", (), token.pos)),
    **dict.fromkeys([r"\begin{bmatrix}", r"\begin{pmatrix}"], Parser.matrix),
    r"\begin{cases}": Parser.cases,
}
