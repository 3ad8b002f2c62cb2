r"""TeX to syntax trees: a precedence parser for chains of relations, terms and factors.

What it doesn't understand, and what could be read in two ways, it refuses: with the place, and with what to write. A
new notation is a method of `Parser` that reads what follows the sign or command, and a row of `NOTATION`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, zip_longest
from typing import NamedTuple, Self, TypeVar

from eqtest.cursor import REFUSED, Cursor
from eqtest.scope import Binding, Scope
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

BRACKETS = {"(": ")", "[": "]", r"\{": r"\}"}
SEPARATORS = (",", ";", r"\|", r"\mid", "|")
FENCES = {
    "(": (")", ""), "[": ("]", ""), "{": ("}", ""), r"\{": (r"\}", ""), "|": ("|", "abs"), r"\|": (r"\|", "norm"),
    r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"),
}  # fmt: skip
BIG = {
    r"\sum": "sum", r"\prod": "prod", "max": "largest", "min": "least", "sup": "largest", "inf": "least",
    "argmax": "argmax", "argmin": "argmin",
}  # fmt: skip
ENTRYWISE = {r"\odot": "hadamard", r"\otimes": "kron"}
ENDLESS = {"largest": "supremum", "least": "infimum"}  # what they are over an interval
LAWS = {
    **dict.fromkeys(["N_mathcal", "Normal", "normal"], "normal"),
    **dict.fromkeys(["U_mathcal", "Uniform", "Unif", "U", "uniform"], "uniform"),
    **dict.fromkeys(["Bernoulli", "Bern", "Ber", "bernoulli"], "bernoulli"),
    **dict.fromkeys(["Categorical", "Cat", "categorical"], "categorical"),
    **dict.fromkeys(["finite", r"\{"], "finite"),
}
DOTS = (r"\cdots", r"\dots", r"\ldots", r"\vdots", r"\ddots")
Read = TypeVar("Read")
Range = tuple[int, Node | None, Node | None, Node | None]


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


def read_law(tokens: Sequence[Token], scope: Scope) -> Node:
    """Read a distribution."""
    return Parser(tokens, scope).whole(Parser.law)


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
        self.lengths: dict[str, set[Node]] = {}  # the sizes of the arrays that a bound index stands at
        self.ended: set[str] = set()  # the indices of sums that have ended

    def declared(self) -> Self:
        """Refuse at once what is never read, unless it is declared: whatever else is wrong, that is the reason."""
        for token in self.tokens:
            if token.text in REFUSED and token.kind != "op" and token.text != r"\in" and not self.known(token.text):
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
        parser = type(self)(tokens, self.scope, self.bound.union(names), self.tokens[self.at - 1].pos)
        parser.lengths, parser.ended = self.lengths, self.ended
        return parser

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
        while (sign := self.take("/", r"\cdot", r"\times", *ENTRYWISE)) or self.starts_factor():
            hint = r"a space this wide isn't read as a product: write \cdot, or \qquad between two statements"
            require(sign or not self.token.wide, hint, self.token.pos)
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
            special = signs.intersection(ENTRYWISE)
            require(not special or len(factors) == 2, f"bracket the factors of {'; '.join(special)}", self.token.pos)
        return self.join(ENTRYWISE[special.pop()] if len(factors) > 1 and special else "mul", factors)

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
        elif token.text in ("E", "P") and self.tokens[self.at + 1].text in BRACKETS and not self.known(token.text):
            node = self.expectation(self.next())
        elif token.kind == "name" or self.known(token.text):
            node = self.symbol()
        else:
            raise self.error()
        while mark := self.take("^", "_", "!", "'"):
            raised = node.op in ("pow", "transpose") or (node.op == "exp" and token.text == "e")
            if mark == "!" and node.op in ("factorial", "pow"):
                raise EqError(
                    "! after this needs brackets: n!! and 2^n! have other meanings", self.tokens[self.at - 1].pos
                )
            if mark == "_" and node.op in ("pow", "transpose"):  # x^2_j
                node = Node(node.op, (self.indexed(node.args[0]), *node.args[1:]))
                continue
            if mark == "'" or (mark != "!" and raised) or (mark == "_" and node.op == "num"):
                raise EqError(f"{mark} after this needs brackets", self.tokens[self.at - 1].pos)
            node = Node("factorial", (node,)) if mark == "!" else (self.power if mark == "^" else self.indexed)(node)
        return node

    def power(self, node: Node) -> Node:
        r"""Read what follows `^`: an exponent, or the sign of the transpose."""
        start, text = self.at, label(self.group())
        array = node.op == "sym" and bool(self.scope.sizes(node.args[0]))
        hint = r"T is declared, and this could be a transpose: write \top, or bracket the base"
        require(not (text == "T" and self.known("T") and array), hint, self.tokens[start - 1].pos)
        if text == r"\top" or (text == "T" and not self.known("T")):
            return Node("transpose", (node,))
        self.at = start
        hint = "a label as a superscript: declare the whole name, such as `x^{(1)} : real`"
        require(text[:1] not in ("*", "+", "(") or not text or text == "(", hint, self.tokens[start - 1].pos)
        exponent = self.argument()
        return Node("exp", (exponent,)) if node.op == "e" else Node("pow", (node, exponent))

    def indexed(self, node: Node) -> Node:
        r"""Read what follows `_`: `{ij}`, `{i,j}`, `{i+1}`, `1`, or of a matrix `{11}` and `{1j}`."""
        tokens, plain = self.group(), node.op == "sym" and len(node.args) == 1
        sizes: Sequence[Node] = self.scope.sizes(node.args[0]) if plain else ()
        if plain and node.args[0] in self.bound:
            sizes = [Node("length", (axis, node)) for axis in (0, 1)]
        pieces = split(tokens, ",")
        if len(pieces) == 1 and all(token.kind == "name" for token in tokens):
            pieces = [[token] for token in tokens]
        elif (
            len(pieces) == 1
            and plain
            and len(self.scope.sizes(node.args[0])) == 2
            and all(token.kind in ("name", "num") for token in tokens)
        ):
            one = [token._replace(text=letter) for token in tokens for letter in _letters(token)]
            pieces = [[token] for token in one] if len(one) == 2 else pieces
        indices = [self.index(piece, size) for piece, size in zip_longest(pieces, sizes[: len(pieces)])]
        return Node("sym", (*node.args, *indices)) if plain else Node("item", (node, *indices))

    def index(self, tokens: Sequence[Token], size: Node | None) -> Node:
        """Read an index; one that isn't declared takes its range from the array that it stands at."""
        name = tokens[0].text if len(tokens) == 1 and tokens[0].kind == "name" else ""
        if name in self.bound and size:
            self.lengths.setdefault(name, set()).add(size)
        elif (
            self.scope.infer
            and name
            and size
            and size.op != "length"
            and not self.known(name)
            and name not in self.ended
        ):
            self.scope.bindings[name] = Binding("index", (size,))
        return self.part(tokens)

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
        require(
            name != "e" or self.text != "^", "e is declared, and e^… is the exponential: rename it, or \\exp", token.pos
        )
        function = kind == "function" or (kind == "py" and self.scope.bindings[name].called)
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
        """Read a name with its primes and labels: return it, its TeX with them, and further primes."""
        name, shown, primes = token.text, token.shown, 0
        for first in (True, False, False):  # primes stand before a subscript or after it
            while self.take("'"):
                primes += 1
            if primes and self.known(name + "'" * primes):
                name, primes = name + "'" * primes, 0
            at = self.at
            while at < len(self.tokens) - 1 and self.tokens[at].text in ("_", "^"):
                end = group_end(self.tokens, at + 1)
                whole = f"{name}{self.tokens[at].text}{label(self.tokens[at + 1 : end])}"
                tex = "".join(part.shown for part in self.tokens[at:end])
                short = whole.removesuffix(r"\top")  # x^{(1)\top}
                twice = self.known(whole) and self.scope.sizes(name) and whole[len(name) + 1 :].isdigit()
                require(not twice, f"{tex} is an entry, and is declared besides: rename one", token.pos)
                if self.known(whole) or (self.tokens[at].text == "^" and self.known(short)):
                    name = whole if self.known(whole) else short
                    del self.tokens[at + 2 * (name == short != whole) : end - 2 * (name == short != whole)]
                    break
                shown += tex if first and at == self.at and self.tokens[at].text == "_" else ""
                at = end
        return name, shown, primes

    def constant(self, token: Token, shown: str, primes: int) -> Node:
        """Read what needs no declaration: e, pi and the order O(…)."""
        if token.text in ("e", "pi") and not primes:
            return Node(token.text)
        if token.text in ("O", "O_mathcal") and self.text == "(":
            return Node("order", self.arguments())
        if token.text in self.ended:
            raise EqError(f"the sum over {shown} ends before this: put its terms in brackets", token.pos)
        if self.text in BRACKETS and not primes:
            declare = f"a function as `{shown}(x) := …`, a number as `{shown} : real`"
        else:
            declare = f"such as `{shown} : real`"
        hint = "" if len(token.text) > 1 else f"; for a name of several letters write \\operatorname{{{token.text}…}}"
        raise EqError(f"{shown} isn't declared: declare it in the annotation, {declare}{hint}", token.pos)

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
            if starts == [["{", sign], ["{", sign]]:
                hint = f"{sign} is declared, and this reads as a derivative: rename {sign}, or write 1 {sign}"
                require(not self.known(sign), hint, token.pos)
                return self.derivative(sign, token.pos)
        return Node("div", (self.argument(), self.argument()))

    def root(self, _: Token) -> Node:
        r"""Read what follows `\sqrt`: `{x}`, `[3]{x}`."""
        degree = self.arguments()[0] if self.text == "[" else TWO
        return Node("pow", (self.argument(), Node("div", (ONE, degree))))

    def extremum(self, token: Token) -> Node:
        r"""Read what follows `\max`: `(a, b)`, or `_i` and the rest of a term; what follows `\arg`, too."""
        if token.text == r"\arg":
            return self.big(token._replace(text="arg" + self.expect("max", "min")))
        return self.applied(token) if self.text in BRACKETS else self.big(token)

    def big(self, token: Token) -> Node:
        r"""Read what follows `\sum`: `_{i=1}^n`, `_j`, `_{i,j}`, `_{j \ne i}`, and the rest of a term."""
        op, shown = BIG[token.text], token.shown
        hint = f"write {shown}_{{i=1}}^n, or {shown}_i for a declared index"
        require(self.take("_"), f"{shown} over what? {hint}", token.pos)
        ranges = self.inside(self.group()).whole(Parser.ranges)
        upper = self.argument() if self.take("^") else None
        outer = {name: self.lengths.pop(name) for name in ranges if name in self.lengths}
        node = self.within(self.term, ranges, self.fence)
        for name, (pos, low, last, test) in reversed(ranges.items()):
            lengths, kind = self.lengths.pop(name, set()), self.scope.bindings.get(name)
            high = last or (upper if low else self.scope.index_range(name))
            if kind and kind.kind == "interval" and op in ENDLESS and len(kind.nodes) == 2 and not low:
                op, (low, high) = ENDLESS[op], kind.nodes
            if not high and not low and lengths:
                high = Node("same", tuple(sorted(lengths, key=repr)))
            fine = high and not (upper and (len(ranges) > 1 or not low))
            hint = f"write bounds, declare `{name} : index n`, or for a maximum an interval such as `{name} : (0, 1)`"
            require(fine, f"over which values of {name}? {hint}", pos)
            node = Node(ENDLESS[op] if last else op, (name, low or ONE, high, test, node))
        self.ended.update(ranges)
        self.lengths.update(outer)
        return node

    def ranges(self) -> dict[str, Range]:
        r"""Read below `\sum`: `i=1`, `j`, `i,j`, `j \ne i`, `x \in [0, 1]`.

        Return by name its place, its bounds as far as they stand here, and its condition.
        """
        found: dict[str, Range] = {}
        while not found or self.take(","):
            start, pos, name = self.at, self.token.pos, self.fresh()
            require(name not in found, f"{name} is bound twice: use another letter", pos)
            low, high, test = self.expression() if self.take("=") else None, None, None
            if not low and self.take(r"\in"):
                low, high = self.interval()
            elif not low and self.text in RELATIONS:
                self.at = start
                test = self.within(self.condition, [*found, name])
            found[name] = pos, low, high, test
        return found

    def interval(self) -> tuple[Node, Node]:
        """Read an interval."""
        self.expect("[", "(")
        low = self.expression()
        self.expect(",")
        high = self.expression()
        self.expect("]", ")")
        return low, high

    def limit(self, _: Token) -> Node:
        r"""Read what follows `\lim`: `_{x \to a}`, perhaps `a^+`, and the rest of a term."""
        self.expect("_")
        tokens = self.group()
        signs = {"+": ONE, "-": Node("neg", (ONE,))}
        side = signs.get(label(tokens[-1:])) if len(tokens) > 1 and tokens[-2].text == "^" else None
        under = self.inside(tokens[:-2] if side else tokens)
        name = under.fresh()
        under.expect(r"\to")
        point = under.whole(Parser.expression)
        return Node("lim", (name, point, side, None, self.within(self.term, [name], self.fence)))

    def expectation(self, token: Token) -> Node:
        r"""Read what follows `\mathbb{E}`, `Var`, `Cov` or `P`: `_{X \sim p}`, and in brackets what is meant."""
        names, laws, test = list[str](), list[Node | None](), None
        if self.take("_"):
            under = self.inside(self.group())
            while not names or under.take(","):
                pos, name = under.token.pos, under.next().text
                law = under.law() if under.take(r"\sim") else None
                density = (
                    law and law.args[0].op == "sym" and self.scope.bindings[law.args[0].args[0]].kind == "function"
                )
                hint = (
                    f"leave out the subscript, and declare {name} with its distribution, as in `{name} ~ normal(0, 1)`"
                )
                require(not density, f"a density isn't read here: {hint}", pos)
                declared = name in self.scope.bindings and self.scope.bindings[name].kind == "random"
                hint = f"write \\mathbb{{E}}_{{{name} \\sim p}}, or declare `{name} ~ normal(0, 1)`"
                require(law or declared, f"{name} isn't a random variable: {hint}", pos)
                names, laws = [*names, name], [*laws, law]
            require(under.token.kind == "end", "expected a random variable, as in _{X \\sim p}", under.token.pos)
        fresh = [name for name, law in zip(names, laws, strict=True) if law]
        opening = self.expect(*BRACKETS)
        read: Callable[[], Node] = self.event if token.text in ("P", "Pr", "P_mathbb") else self.expression
        parts = [self.within(read, fresh, "call")]
        if token.text == "Cov":
            self.expect(",")
            parts.append(self.within(read, fresh, "call"))
        if self.take(r"\mid", "|"):
            test = self.within(self.condition, fresh, "call")
        self.expect(BRACKETS[opening])

        def mean(of: Node) -> Node:
            return Node("E", (tuple(names), tuple(laws), test, of))

        if token.text not in ("Var", "Cov", "V_mathbb"):
            return mean(parts[0])
        one, other = parts[0], parts[-1]
        return Node("add", (mean(Node("mul", (one, other))), Node("neg", (Node("mul", (mean(one), mean(other))),))))

    def event(self) -> Node:
        """Read what has a probability."""
        return Node("indicator", (self.condition(),))

    def law(self) -> Node:
        r"""Read a distribution: `\mathcal{N}(0, 1)`, `\{-1, 1\}`, or a vector of probabilities."""
        pos, name = self.token.pos, self.text
        if name not in LAWS:
            return Node("categorical", (self.expression(),))
        opening = self.expect(*BRACKETS) if self.next().text in LAWS and name != r"\{" else name
        values, chances = [self.expression()], list[Node]()
        while sign := self.take(",", ";"):
            (chances if chances or sign == ";" else values).append(self.expression())
        self.expect(BRACKETS[opening])
        kind, count = LAWS[name], {"normal": 2, "uniform": 2, "finite": len(values)}.get(LAWS[name], 1)
        even = [Node("div", (ONE, Node("num", (str(len(values)),))))] * len(values) if kind == "finite" else []
        chances = chances or even
        fine = len(values) == count and len(chances) == len(even)
        forms = "normal(0, 1), uniform(0, 1), bernoulli(p), categorical(p), finite(-1, 1), finite(0, 2; 1/4, 3/4)"
        require(fine, f"a distribution reads: {forms}", pos)
        return Node(kind, (*values, *chances))

    def indicator(self, token: Token) -> Node:
        r"""Read what follows `\mathbb{1}`: `[x > 0]`, `\{x > 0\}` or `_{x > 0}`."""
        if self.take("_"):
            return Node("indicator", (self.inside(self.group()).whole(Parser.condition),))
        hint = (
            f"what does {token.shown} count? write {token.shown}[x > 0], or declare it, such as `{token.shown}_i := 1`"
        )
        require(self.text in BRACKETS, hint, token.pos)
        closing = BRACKETS[self.next().text]
        node = self.event()
        self.expect(closing)
        return node

    def inner_product(self, _: Token) -> Node:
        r"""Read what follows `\langle`: `x, y \rangle`."""
        left = self.expression()
        self.expect(",")
        right = self.expression()
        self.expect(r"\rangle")
        return Node("dot", (left, right))

    def braced(self, token: Token) -> Node:
        r"""Read what follows `\underbrace`: what it stands under, and the words below it, which say nothing here."""
        node = self.argument()
        if self.take("_" if token.text == r"\underbrace" else "^"):
            self.group()
        return node

    def integral(self, token: Token) -> Node:
        r"""Read what follows `\int`: `_a^b … \, dx`, also with the `dx` above a fraction line."""
        require(self.take("_"), "an indefinite integral has no value: write its bounds", token.pos)
        group = self.group()
        if label(group) == "R_mathbb" and self.text != "^":
            low, high = Node("neg", (Node("inf"),)), Node("inf")
        else:
            low = self.part(group)
            self.expect("^")
            high = self.argument()
        tokens, name, self.at = self.integrand(token.pos)
        hint = f"{name.text} is bound twice: use another letter for the inner one"
        require(name.text not in self.bound, hint, name.pos)
        return Node("int", (name.text, low, high, None, self.inside(tokens, [name.text]).whole(Parser.expression)))

    def integrand(self, pos: int) -> tuple[list[Token], Token, int]:
        """Find the `d` that ends the integrand which comes next; integrals inside it have their own.

        Return the tokens of the integrand, the variable, and where the integral ends.
        """
        depth, integrals = 0, 1
        for at in range(self.at, len(self.tokens) - 1):
            token, after = self.tokens[at : at + 2]
            if depth == 0 and integrals == 1 and token.text in FRACTIONS and after.text == "{":
                end = group_end(self.tokens, at + 1) - 1
                above = self.tokens[at + 2 : end]
                if len(above) > 1 and above[-2].text == "d" and above[-1].kind == "name" and not self.known("d"):
                    rest, stop = (
                        above[:-2] or [Token("num", "1", token.pos, token.end)],
                        group_end(self.tokens, end + 1),
                    )
                    return [*self.tokens[self.at : at + 2], *rest, *self.tokens[end:stop]], above[-1], stop
            depth += nesting(token)
            if depth == 0:
                found = token.text == "d" and after.kind == "name" and not self.known("d")
                integrals += (token.text == r"\int") - found
                if integrals == 0:
                    return self.tokens[self.at : at], after, at + 2
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
        if token.text == r"\partial":
            if self.take("_"):
                target = self.inside(self.group()).whole(Parser.target)
                return Node("diff", (self.operand(), target))
            body = self.operand()
            require(self.take("/") and self.take(r"\partial"), hint, token.pos)
            return Node("diff", (body, self.target()))
        order, by = TWO if self.take(r"\nabla") else ONE, None
        while mark := self.take("_", "^"):
            if mark == "_":
                by = self.inside(self.group()).whole(Parser.target)
            else:
                order = self.argument()
        require(order in (ONE, TWO), r"only \nabla and \nabla^2 are read", token.pos)
        kind = self.scope.bindings.get(self.text)
        called = kind and kind.kind == "function" and self.text not in self.bound
        body = self.symbol() if called else self.operand()
        require(by or (body.op == "call" and len(body.args) == 3), hint, token.pos)
        if by:
            return Node("grad", (body, int(order.args[0]), by))
        name, _, argument = body.args
        point = Node("sym", ("#",))
        return Node("at", (argument, Node("grad", (Node("call", (name, 0, point)), int(order.args[0]), point))))

    def target(self) -> Node:
        """Read what a derivative is with respect to."""
        pos, closing = self.token.pos, BRACKETS.get(self.take("[", "("))
        node = self.symbol() if self.starts_factor() else Node("")
        closing = closing and self.expect(closing)
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


def _letters(token: Token) -> str | list[str]:
    """Split the digits of a number; a name stays whole."""
    return token.text if token.kind == "num" else [token.text]


NOTATION: dict[str, Callable[[Parser, Token], Node]] = {
    **dict.fromkeys(FENCES, Parser.bracketed),
    **dict.fromkeys(FUNCTIONS, Parser.function),
    **dict.fromkeys(["softmax", "diag", "erf", "tr", "sgn", "det"], Parser.applied),
    **dict.fromkeys(FRACTIONS, Parser.fraction),
    r"\sqrt": Parser.root,
    **dict.fromkeys([r"\sum", r"\prod", "argmax", "argmin"], Parser.big),
    **dict.fromkeys(["max", "min", "sup", "inf", r"\arg"], Parser.extremum),
    **dict.fromkeys(["E_mathbb", "Var", "V_mathbb", "Cov", "P_mathbb", "Pr"], Parser.expectation),
    **dict.fromkeys(["1", "1_mathbb", "I_mathbb"], Parser.indicator),
    r"\langle": Parser.inner_product,
    r"\binom": lambda parser, _: Node("binom", (parser.argument(), parser.argument())),
    **dict.fromkeys([r"\underbrace", r"\overbrace"], Parser.braced),
    r"\lim": Parser.limit,
    r"\int": Parser.integral,
    **dict.fromkeys([r"\nabla", r"\partial"], Parser.gradient),
    r"\infty": lambda *_: Node("inf"),
    **dict.fromkeys(DOTS, lambda _, token: Node("ellipsis", (), token.pos)),
    **dict.fromkeys([r"\begin{bmatrix}", r"\begin{pmatrix}"], Parser.matrix),
    r"\begin{cases}": Parser.cases,
}
