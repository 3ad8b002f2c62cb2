r"""Notation: what starts with a sign or a command, such as sums, derivatives, expectations and matrices.

A new notation is a method of `Notation` that reads what follows the sign or command, and a row of its table.
"""

from collections.abc import Callable, Iterable, Sequence

from eqtest.parser import BRACKETS, Parser, Side
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
from eqtest.tree import BINDERS, ONE, TWO, Node, free

FENCES = {
    "(": (")", ""), "[": ("]", ""), "{": ("}", ""), r"\{": (r"\}", ""), "|": ("|", "abs"), r"\|": (r"\|", "norm"),
    r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"),
}  # fmt: skip
BIG = {
    r"\sum": "sum", r"\prod": "prod", "max": "largest", "min": "least", "sup": "largest", "inf": "least",
    "argmax": "argmax", "argmin": "argmin",
}  # fmt: skip
ENDLESS = {"largest": "supremum", "least": "infimum"}  # what they are over an interval
LAWS = {
    **dict.fromkeys(["N_mathcal", "Normal", "normal"], "normal"),
    **dict.fromkeys(["U_mathcal", "Uniform", "Unif", "U", "uniform"], "uniform"),
    **dict.fromkeys(["Bernoulli", "Bern", "Ber", "bernoulli"], "bernoulli"),
    **dict.fromkeys(["Categorical", "Cat", "categorical"], "categorical"),
    **dict.fromkeys(["Binomial", "Bin", "B_mathcal", "binomial"], "binomial"),
    **dict.fromkeys(["Poisson", "Pois", "Poi", "poisson"], "poisson"),
    **dict.fromkeys(["Exponential", "Exp", "Expo", "exponential"], "exponential"),
    **dict.fromkeys(["finite", r"\{"], "finite"),
}
DOTS = (r"\cdots", r"\dots", r"\ldots", r"\vdots", r"\ddots")
Range = tuple[Token, Node | None, Node | None, Node | None]


class Notation(Parser):
    """A parser that knows all notation."""

    def constant(self, token: Token, shown: str, primes: int) -> Node:
        """Read what needs no declaration: e, pi, the order O(…), E(…) and P(…)."""
        if token.text in ("e", "pi") and not primes:
            return Node(token.text)
        if token.text in ("O", "O_mathcal") and self.text == "(":
            return Node("order", self.arguments())
        inside = self.tokens[self.at : self.closing()]
        event = token.text == "p" and any(part.text in RELATIONS for part in inside)
        event = event and any(self.scope.random(Node("sym", (part.text,))) for part in inside)
        random = token.text == "E" and self.scope.random(Node("sym", (self.text,)))  # E X
        if random or (self.text in BRACKETS and (token.text in ("E", "P") or event)):
            return self.expectation(token._replace(text=token.text.upper()))
        return super().constant(token, shown, primes)

    def bracketed(self, token: Token) -> Node:
        r"""Read what follows `(`, `|`, `\lfloor`, …, and the closing one; `_1` after a norm is its order."""
        closing, op = FENCES[token.text]
        node = self.within(self.expression, fence=token.text if token.text == closing else "")
        self.expect(closing)
        if op == "norm":
            return Node(op, (node, self.argument() if self.take("_") else TWO))
        return Node(op, (node,)) if op else node

    def applied(self, token: Token) -> Node:
        """Read the arguments in brackets that follow the name of an operation, or the one factor without brackets."""
        self.reorder()
        if self.text in BRACKETS:
            return Node(token.text, self.arguments())
        factor, self.loose = self.factor(), self.at
        return Node(token.text, (factor,))

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
        ranges = self.inside(self.group()).whole(Notation.ranges)
        upper = self.argument() if self.take("^") else None
        outer = {name: self.lengths.pop(name) for name in ranges if name in self.lengths}
        negative = self.take("-")  # \sum_i -x_i
        node = self.within(self.term, ranges, self.fence)
        node = Node("neg", (node,)) if negative else node
        for name, (bound, low, last, test) in reversed(ranges.items()):
            lengths, kind = self.lengths.pop(name, set()), self.scope.bindings.get(name)
            high = last or (upper if low else self.scope.index_range(name))
            alone = not upper or (low and len(ranges) == 1)
            if kind and kind.kind in ("interval", "int") and len(kind.nodes) == 2 and not low:
                if kind.kind == "int":
                    low, high = kind.nodes
                elif op in ENDLESS:
                    op, (low, high) = ENDLESS[op], kind.nodes
            arguments = {length for length in lengths if length.op == "length"}
            if not low and not last and ((lengths and not high) or arguments):
                high = Node("same", ((high,) if high else ()) + tuple(sorted(arguments if high else lengths, key=repr)))
            fine = high and alone
            shown = bound.shown
            hint = f"{shown} is an array, and a sum counts: number the examples, as in \\sum_i {shown}^{{(i)}}"
            require(fine or not self.scope.sizes(name), hint, bound.pos)
            hint = f"write bounds, declare `{shown} : index n`, or for a maximum an interval such as `{shown} : (0, 1)`"
            require(fine, f"over which values of {shown}? {hint}", bound.pos)
            node = Node(ENDLESS[op] if last else op, (name, low or ONE, high, test, node))
        self.ended.update(ranges)
        self.lengths.update(outer)
        return node

    def ranges(self) -> dict[str, Range]:
        r"""Read below `\sum`: `i=1`, `j`, `i,j`, `j \ne i`, `x \in [0, 1]`.

        Return by name its token, its bounds as far as they stand here, and its condition.
        """
        found: dict[str, Range] = {}
        if self.take(r"\substack"):
            rows = [row for row in split(self.group(), r"\\") if row and row[0].kind != "word"]
            comma = Token("op", ",", self.token.pos, self.token.pos)
            return self.inside([token for row in rows for token in (*row, comma)][:-1]).whole(Notation.ranges)
        while not found or self.take(","):
            alone = self.tokens[min(self.at + 1, len(self.tokens) - 1)].text in ("", ",")
            if found and (self.token.kind != "name" or (self.text in found and not alone)):
                within = self.within(self.condition, found)
                last = next(reversed(found))
                bound, low, high, test = found[last]
                found[last] = bound, low, high, Node("all", (*(test.args if test else ()), *within.args))
                continue
            start, bound, name = self.at, self.token, self.fresh()
            require(name not in found, f"{bound.shown} is bound twice: use another letter", bound.pos)
            low, high, test = self.expression() if self.take("=") else None, None, None
            if not low and self.take(r"\in"):
                low, high = self.interval()
            elif not low and self.text in RELATIONS:
                self.at = start
                test = self.within(self.condition, [*found, name])
            found[name] = bound, low, high, test
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
                pos = under.token.pos
                name, shown, _ = under.name(under.next())
                law = under.law() if under.take(r"\sim") else None
                density = (
                    law and law.args[0].op == "sym" and self.scope.bindings[law.args[0].args[0]].kind == "function"
                )
                hint = f"leave out the subscript, and declare its distribution, as in `{shown} ~ normal(0, 1)`"
                require(not density, f"a density isn't read here: {hint}", pos)
                hint = f"write \\mathbb{{E}}_{{{shown} \\sim p}}, or declare `{shown} ~ normal(0, 1)`"
                require(law or self.random(name), f"{shown} isn't a random variable: {hint}", pos)
                names, laws = [*names, name], [*laws, law]
            require(under.token.kind == "end", "expected a random variable, as in _{X \\sim p}", under.token.pos)
        fresh = [name for name, law in zip(names, laws, strict=True) if law]
        read: Callable[[], Node] = self.event if token.text in ("P", "Pr", "P_mathbb") else self.expression
        if self.text not in BRACKETS:  # E X
            parts, given = [self.within(self.operand, fresh, self.fence)], list[str]()
        else:
            opening = self.next().text
            parts = [self.within(read, fresh, "call")]
            if token.text.lower() == "cov":
                self.expect(",")
                parts.append(self.within(read, fresh, "call"))
            bar = self.take(r"\mid", "|")
            events = any(node.op == "event" for node in parts[0].walk())
            given = self.given() if bar and not events else []
            if bar and not given:
                test = self.within(self.condition, fresh, "call")
            self.expect(BRACKETS[opening])
        if given:
            depends = sorted(self.scope.depends(*parts) | free(*parts))
            names = [name for name in depends if self.random(name) and name not in given]
            laws = [None] * len(names)

        def mean(of: Node) -> Node:
            return Node("E", (tuple(names), tuple(laws), test, of)) if names or not given else of

        if token.text.lower() not in ("var", "cov", "v_mathbb"):
            return mean(parts[0])
        one, other = parts[0], parts[-1]
        return Node("add", (mean(Node("mul", (one, other))), Node("neg", (Node("mul", (mean(one), mean(other))),))))

    def random(self, name: str) -> bool:
        """Tell whether a name is declared with a distribution."""
        return name in self.scope.bindings and self.scope.bindings[name].kind == "random"

    def given(self) -> list[str]:
        """Read the random variables whose values are given, if these are what comes next."""
        start, found = self.at, list[str]()
        while self.random(self.text) and (not found or self.take(",")):
            found.append(self.next().text)
        if self.text in BRACKETS.values():
            return found
        self.at = start
        return []

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
        kind, count = LAWS[name], {"normal": 2, "uniform": 2, "binomial": 2, "finite": len(values)}.get(LAWS[name], 1)
        even = [Node("div", (ONE, Node("num", (str(len(values)),))))] * len(values) if kind == "finite" else []
        chances = chances or even
        fine = len(values) == count and len(chances) == len(even)
        forms = "normal(0, 1), uniform(0, 1), exponential(2), bernoulli(p), binomial(3, p), poisson(2), categorical(p)"
        require(fine, f"a distribution reads: {forms}, finite(-1, 1), finite(0, 2; 1/4, 3/4)", pos)
        return Node(kind, (*values, *chances))

    def indicator(self, token: Token) -> Node:
        r"""Read what follows `\mathbb{1}`: `[x > 0]`, `\{x > 0\}` or `_{x > 0}`."""
        if self.take("_"):
            return Node("indicator", (self.inside(self.group()).whole(Parser.condition),))
        shown = token.shown
        hint = f"what does {shown} count? write {shown}[x > 0], or declare `{shown}_i := 1` for an index i"
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
        hint = f"{name.shown} is bound twice: use another letter for the inner one"
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
        hint = r"d is declared, so this integral has no dx: rename d" if self.known("d") else ""
        raise EqError(hint or r"this integral has no dx: write \, dx after the integrand", pos)

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
                target = self.inside(self.group()).whole(Notation.target)
                return Node("diff", (self.operand(), target))
            body = self.operand()
            require(self.take("/") and self.take(r"\partial"), hint, token.pos)
            return Node("diff", (body, self.target()))
        order, by = TWO if self.take(r"\nabla") else ONE, None
        while mark := self.take("_", "^"):
            if mark == "_":
                by = self.inside(self.group()).whole(Notation.target)
            else:
                order = self.argument()
        require(order in (ONE, TWO), r"only \nabla and \nabla^2 are read", token.pos)
        kind = self.scope.bindings.get(self.text)
        called = kind and kind.kind == "function" and self.text not in self.bound
        body = self.symbol() if called else self.operand()
        called = body.op == "call" and len(body.args) == 3
        require(by or called, hint, token.pos)
        depends = self.scope.depends(body.args[2]) | free(body.args[2]) if called else frozenset()
        if by and called and by.args == self.scope.bindings[body.args[0]].params and by.args[0] not in depends:
            by = None  # \nabla_x f(c): of f, which is declared as f(x), at c
        if by:
            return Node("grad", (body, int(order.args[0]), by))
        name, _, argument = body.args
        point = Node("sym", ("#",))
        slope = Node("grad", (Node("call", (name, 0, point)), int(order.args[0]), point))
        return Node("at", ("#", argument, None, None, slope))

    def evaluated(self, _: Token) -> Node:
        r"""Read what follows `\left.`: an expression, and `\right|_{t=0}`, where it is evaluated."""
        return self.placed(self.within(self.expression, fence=r"\left."))

    def target(self) -> Node:
        """Read what a derivative is with respect to."""
        pos, closing = self.token.pos, BRACKETS.get(self.take("[", "("))
        node = self.symbol() if self.starts_factor() and self.token.kind != "num" else Node("")
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


Notation.notation = {
    **dict.fromkeys(FENCES, Notation.bracketed),
    **dict.fromkeys(FUNCTIONS, Notation.function),
    **dict.fromkeys(["softmax", "diag", "erf", "tr", "sgn", "det"], Notation.applied),
    **dict.fromkeys(FRACTIONS, Notation.fraction),
    r"\sqrt": Notation.root,
    **dict.fromkeys([r"\sum", r"\prod", "argmax", "argmin"], Notation.big),
    **dict.fromkeys(["max", "min", "sup", "inf", r"\arg"], Notation.extremum),
    **dict.fromkeys(["E_mathbb", "Var", "var", "V_mathbb", "Cov", "cov", "P_mathbb", "Pr"], Notation.expectation),
    **dict.fromkeys(["1", "1_mathbb", "I_mathbb"], Notation.indicator),
    r"\langle": Notation.inner_product,
    r"\binom": lambda parser, _: Node("binom", (parser.argument(), parser.argument())),
    **dict.fromkeys([r"\underbrace", r"\overbrace"], Notation.braced),
    r"\lim": Notation.limit,
    r"\left.": Notation.evaluated,
    r"\int": Notation.integral,
    **dict.fromkeys([r"\nabla", r"\partial"], Notation.gradient),
    r"\infty": lambda *_: Node("inf"),
    **dict.fromkeys(DOTS, lambda _, token: Node("ellipsis", (), token.pos)),
    **dict.fromkeys([r"\begin{bmatrix}", r"\begin{pmatrix}"], Notation.matrix),
    r"\begin{cases}": Notation.cases,
}


def read_chain(tokens: Sequence[Token], scope: Scope) -> list[Side]:
    """Read a chain of relations, and return its sides."""
    return Notation(tokens, scope).declared().whole(Parser.chain)


def read_condition(tokens: Sequence[Token], scope: Scope) -> Node:
    """Read relations between commas."""
    return Notation(tokens, scope).declared().whole(Parser.condition)


def read_law(tokens: Sequence[Token], scope: Scope) -> Node:
    """Read a distribution."""
    return Notation(tokens, scope).whole(Notation.law)


def read_expression(tokens: Sequence[Token], scope: Scope, bound: Iterable[str] = ()) -> Node:
    """Read an expression, in which some names are bound."""
    return Notation(tokens, scope, frozenset(bound)).declared().whole(Parser.expression)
