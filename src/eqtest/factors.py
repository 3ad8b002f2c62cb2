r"""The factors of a formula: symbols with their indices and arguments, functions, brackets, sums, integrals, derivatives."""

from __future__ import annotations

from collections.abc import Sequence

from eqtest.names import label, read_name, starts_name, variants
from eqtest.nodes import Node
from eqtest.parser import BIG, BRACKETS, FUNCTIONS, MATRIX_DOTS, OPERATORS, PAIRS, REFUSED, RELATIONS, Terms
from eqtest.tokens import Token, group_end, split

FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
ONE = Node("num", (1,))


class Parser(Terms):
    """The whole grammar."""

    def factor(self) -> Node:
        """One factor: a prefix construction, or an atom with its powers, indices and factorials."""
        pos, text = self.pos, self.text
        if text in FUNCTIONS or text in (r"\max", r"\min") and self._at(1) in BRACKETS:
            return self.function()
        if text in BIG:
            return self.big()
        if text == r"\int":
            return self.integral()
        if text == r"\lim":
            return self.limit()
        if text == r"\nabla":
            return self.gradient()
        if text in FRACTIONS and self._at(1) == "{" and (derivative := self.derivative()):
            return derivative
        if text == "e" and self._at(1) == "^" and not self.known("e"):
            self.at += 2
            return self.postfix(Node("fn", ("exp", self.argument()), pos))
        return self.postfix(self.atom())

    def _at(self, offset: int) -> str:
        return self.tokens[self.at + offset].text if self.at + offset < len(self.tokens) else ""

    def postfix(self, node: Node) -> Node:
        """Powers, transposes, indices and factorials after an atom."""
        while True:
            pos = self.pos
            if self.take("^"):
                exponent = self.group()
                text = "".join(token.text for token in exponent)
                if text in (r"\top", r"\intercal") or text == "T" and not self.known("T"):
                    node = Node("transpose", (node,), pos)
                elif text in ("*", r"\ast", "+", "-") or text.startswith("("):
                    self.fail("a label as a superscript: put it in the subscript, or use a prime or \\hat", pos)
                else:
                    node = Node("pow", (node, self.sub(exponent).whole()), pos)
                if self.text == "^":
                    self.fail("a second superscript: use brackets")
            elif self.text == "_" and node.op not in ("num", "pow", "transpose"):
                node = self.indices(node)
            elif self.take("!"):
                node = Node("factorial", (node,), pos)
            elif self.text in ("_", "'"):
                self.fail(f"{self.text} after this needs brackets")
            else:
                return node

    # Symbols

    def known(self, name: str) -> str | None:
        """The spelling under which a name is bound or declared."""
        for spelling in variants(name):
            if spelling in self.inner or self.names.declared(spelling):
                return spelling
        return None

    def symbol(self) -> Node:
        """A symbol: a constant, a variable, an array's entry, a call, or O(·)."""
        pos = self.pos
        name, self.at = read_name(self.tokens, self.at)
        primes = 0
        while self.take("'") or self.text == "^" and self._at(1) == r"\prime":
            self.at += 2 * (self.text == "^")
            primes += 1
        if primes and self.known(name + "'" * primes):
            name, primes = name + "'" * primes, 0
        if (script := self.script()) and (full := self.known(f"{name}_{{{script}}}")):
            self.at = group_end(self.tokens, self.at + 1)
            name = full
            if self.text == "'" and self.known(name + "'"):
                self.at, name = self.at + 1, name + "'"
        known = self.known(name)
        if known is None:
            return self.undeclared(name, script, primes, pos)
        if primes and not self.names.callable(known):
            self.fail(f"{name}' isn't declared, and {name} isn't a function", pos)
        if self.names.callable(known) and known not in self.inner:
            if self.text in BRACKETS:
                return Node("call", (known, primes, *self.arguments()), pos)
            if primes or self.text == "^":
                self.fail(f"{name} is a function: write its argument in brackets, powers after them", pos)
        if self.names.kronecker(known):
            node = self.indices(Node("sym", (known,), pos))
            if len(node.args) != 3:
                self.fail(f"{name} takes two indices", pos)
            return Node("kronecker", node.args[1:], pos)
        return Node("sym", (known,), pos)

    def undeclared(self, name: str, script: str, primes: int, pos: int) -> Node:
        """What an undeclared name may still be."""
        if name in ("e", r"\pi") and not primes:
            return Node("const", (name.strip("\\"),), pos)
        if name in ("O", r"\mathcal{O}", "o") and self.text == "(":
            return Node("order", ("o" if name == "o" else "O", *self.arguments()), pos)
        plain = name.removeprefix(r"\operatorname{").removesuffix("}")
        if plain in OPERATORS and self.text in BRACKETS:
            return Node("fn", (plain, *self.arguments()), pos)
        if name in ("\\mathbb{1}", "\\mathbf{1}") and (self.text in ("[", r"\{", "_")):
            tokens = self.group() if self.take("_") else self.inside()
            return Node("iverson", (self.sub([t for t in tokens if t.text not in BRACKETS and t.text not in BRACKETS.values()]).condition(),), pos)
        if name in REFUSED:
            self.fail(REFUSED[name], pos)
        shown = f"{name}_{{{script}}}" if script else name
        hint = f"; for a name of several letters write \\operatorname{{{name}…}}" if self.kind == "letter" and len(name) == 1 else ""
        self.fail(f"{shown} isn't declared: declare it in the annotation, such as `{shown} : real`{hint}", pos)

    def indices(self, node: Node) -> Node:
        r"""`_{ij}`, `_{i,j}`, `_{i+1}`, `_1`."""
        pos = self.pos
        self.expect("_")
        tokens = self.group()
        if len(tokens) > 1 and all(token.kind == "letter" for token in tokens):
            return Node("item", (node, *(self.sub([token]).whole() for token in tokens)), pos)
        return Node("item", (node, *self.braced(tokens)), pos)

    def inside(self) -> Sequence[Token]:
        """The tokens between the bracket that stands here and its partner."""
        opening, start, depth = self.text, self.at + 1, 0
        for at in range(self.at, len(self.tokens)):
            depth += (self.tokens[at].text == opening) - (self.tokens[at].text == BRACKETS[opening])
            if depth == 0:
                self.at = at + 1
                return self.tokens[start:at]
        self.fail(f"{opening} is never closed")

    def arguments(self) -> list[Node]:
        r"""Arguments in brackets, between `,`, `;`, `\|`, `\mid` or `|`."""
        closing = BRACKETS[self.text]
        self.at += 1
        self.open.append("call")
        arguments = [self.expression()]
        while self.take(",", ";", r"\|", r"\mid", "|", r"\Vert", r"\vert"):
            arguments.append(self.expression())
        self.expect(closing)
        self.open.pop()
        return arguments

    # Functions and brackets

    def function(self) -> Node:
        r"""`\log x`, `\log(1 - p)`, `\log_2 x`, `\tanh^2 x`, `\max(a, b)`."""
        pos, name = self.pos, self.text.lstrip("\\")
        name = "log" if name == "ln" else name
        self.at += 1
        base = self.argument() if self.take("_") else None
        power = self.argument() if self.take("^") else None
        if power and power.op == "neg":
            self.fail("an inverse or a reciprocal? write \\arctan x or \\frac{1}{\\tan x}", pos)
        if self.text in BRACKETS:
            node = Node("fn", (name, *self.arguments()), pos)
            if self.text in ("^", "_", "!"):
                self.fail(f"does {self.text} belong to the argument? write \\{name}^2(…) or \\{name}\\bigl((…)^2\\bigr)")
        else:
            if self.text in ("-", "+"):
                self.fail(f"put the argument of \\{name} in brackets")
            node = Node("fn", (name, self.factor(), "bare"), pos)
        if base:
            if name != "log":
                self.fail(f"\\{name} takes no subscript", pos)
            node = Node("div", (node, Node("fn", ("log", base), pos)), pos)
        return Node("pow", (node, power), pos) if power else node

    def atom(self) -> Node:
        """A number, a bracket, a fraction, a root, a matrix, a symbol."""
        pos, text = self.pos, self.text
        if self.kind == "num":
            return self.number()
        if text in BRACKETS:
            return self.bracket()
        if text == "{":
            return self.sub(self.group()).whole()
        if text in PAIRS:
            return self.pair()
        if text in FRACTIONS:
            self.at += 1
            return Node("div", (self.short_argument(), self.short_argument()), pos)
        if self.take(r"\binom"):
            return Node("binom", (self.short_argument(), self.short_argument()), pos)
        if self.take(r"\sqrt"):
            degree = self.sub(self.inside()).whole() if self.text == "[" else Node("num", (2,))
            return Node("pow", (self.short_argument(), Node("div", (ONE, degree))), pos)
        if self.take(r"\infty"):
            return Node("const", ("inf",), pos)
        if self.take(r"\underbrace", r"\overbrace", r"\boxed"):
            node = self.argument()
            if self.take("_", "^"):
                self.group()
            return node
        if text in (r"\begin{bmatrix}", r"\begin{pmatrix}", r"\begin{matrix}"):
            return self.matrix()
        if text == r"\begin{cases}":
            return self.cases()
        if self.kind and starts_name(self.tokens[self.at]):
            return self.symbol()
        self.fail(REFUSED.get(text, f"{text} isn't understood here" if text else "a term is missing"))

    def short_argument(self) -> Node:
        r"""An argument as TeX takes it: `\frac12` is one half."""
        if self.kind == "num" and len(self.text) > 1 and self.text.isdigit():
            token = self.tokens[self.at]
            digit = token._replace(text=token.text[0], end=token.pos + 1)
            rest = token._replace(text=token.text[1:], pos=token.pos + 1)
            self.tokens = [*self.tokens[: self.at], digit, rest, *self.tokens[self.at + 1 :]]
        return self.argument()

    def bracket(self) -> Node:
        """Brackets round an expression, a vector's entries, or a condition (1 where it holds, else 0)."""
        pos, closing = self.pos, BRACKETS[self.text]
        start = self.at
        self.at += 1
        self.open.append(closing)
        entries = [self.expression()]
        while self.take(","):
            entries.append(self.expression())
        if self.text in RELATIONS and closing == "]":
            self.at = start
            node = Node("iverson", (self.sub(self.inside()).condition(),), pos)
        else:
            self.expect(closing)
            node = entries[0] if len(entries) == 1 else Node("vector", tuple(entries), pos)
        self.open.pop()
        return node

    def pair(self) -> Node:
        """Absolute values, norms, floor and ceiling."""
        pos = self.pos
        closing, op = PAIRS[self.text]
        self.at += 1
        self.open.append(closing)
        inner = self.expression()
        self.open.pop()
        self.expect(closing)
        if op != "norm":
            return Node(op, (inner,), pos)
        return Node("norm", (inner, self.argument() if self.take("_") else Node("num", (2,))), pos)

    def matrix(self) -> Node:
        """A matrix, entry by entry; an ellipsis leaves its cell unchecked."""
        pos = self.pos
        rows = []
        for row in split(self.group()[1:-1], r"\\"):
            if row:
                cells = split(row, "&")
                rows.append(tuple(
                    None if len(cell) == 1 and cell[0].text in MATRIX_DOTS else self.sub(cell).whole() for cell in cells
                ))  # fmt: skip
        if len({len(row) for row in rows}) != 1:
            self.fail("the rows of this matrix differ in length", pos)
        return Node("matrix", tuple(rows), pos)

    def cases(self) -> Node:
        r"""Values with their conditions, tried in order; `\text{otherwise}` comes last."""
        pos = self.pos
        branches: list[tuple[Node, Node | None]] = []
        for row in split(self.group()[1:-1], r"\\"):
            if not row:
                continue
            cells = split(row, "&")
            if len(cells) != 2:
                self.fail(r"each row of cases is: value & \text{if } condition", row[0].pos)
            value, condition = ([*cell] for cell in cells)
            while value and value[-1].text in (",", ";"):
                value.pop()
            while condition and condition[-1].text in (",", ";", "."):
                condition.pop()
            word = condition[0].text.strip(" ,.;") if condition and condition[0].kind == "text" else ""
            if branches and branches[-1][1] is None:
                self.fail("nothing can follow `otherwise`", row[0].pos)
            if word in ("otherwise", "else"):
                branches.append((self.sub(value).whole(), None))
            else:
                rest = condition[1:] if word in ("if", "for", "when") else condition
                branches.append((self.sub(value).whole(), self.sub(rest).condition()))
        return Node("cases", tuple(branches), pos)

    # What binds a name, and derivatives

    def bind(self, tokens: Sequence[Token]) -> str:
        """Read a name to bind; refuse one that is bound already."""
        if not tokens or not starts_name(tokens[0]):
            self.fail("expected an index such as i", tokens[0].pos if tokens else None)
        name, end = read_name(tokens, 0)
        if end != len(tokens):
            self.fail("expected one index", tokens[end].pos)
        if name in self.inner:
            self.fail(f"{name} is bound twice: use another letter for the inner one", tokens[0].pos)
        return name

    def declared_range(self, name: str, pos: int) -> tuple[Node, Node]:
        """The range of a declared index."""
        bounds = self.names.index_range(name)
        if bounds is None:
            self.fail(f"over which values of {name}? write bounds, or declare `{name} : index n`", pos)
        return bounds

    def big(self) -> Node:
        r"""`\sum_{i=1}^n`, `\sum_j`, `\sum_{i,j}`, `\sum_{j \ne i}`, `\max_{1 \le i \le n}`; the body is the rest of the term."""
        pos, op = self.pos, BIG[self.text]
        self.at += 1
        if not self.take("_"):
            self.fail(f"\\{op} over what? write \\{op}_{{i=1}}^n, or \\{op}_i for a declared index", pos)
        parts, upper = split(self.group(), ","), self.argument() if self.take("^") else None
        binders: list[tuple[str, Node, Node, Node | None]] = []
        for part in parts:
            names = frozenset(binder[0] for binder in binders)
            pieces, signs = _at_relations(part)
            head = part[0].pos if part else pos
            if any(token.text in REFUSED for token in part):
                bad = next(token for token in part if token.text in REFUSED)
                self.fail(REFUSED[bad.text], bad.pos)
            if len(signs) == 2 and set(signs) <= {"<", "<="}:
                name = self.bind(pieces[1])
                low, high = self.sub(pieces[0], *names).whole(), self.sub(pieces[2], *names).whole()
                low = Node("add", (low, ONE)) if signs[0] == "<" else low
                binders.append((name, low, Node("add", (high, Node("neg", (ONE,)))) if signs[1] == "<" else high, None))
                continue
            name = self.bind(pieces[0])
            if signs == ["="]:
                low = self.sub(pieces[1], *names).whole()
                if upper is None or len(parts) > 1:
                    self.fail(f"up to where does {name} run? write {name}=1 below and n above, one sum an index", head)
                binders.append((name, low, upper, None))
            elif not signs:
                if upper is not None and len(parts) == 1:
                    self.fail(f"from where does {name} run? write {name}=1", head)
                binders.append((name, *self.declared_range(name, head), None))
            else:
                condition = self.sub(part, name, *names).condition()
                binders.append((name, *self.declared_range(name, head), condition))
        body = self.sub(self.tokens[self.at :], *(binder[0] for binder in binders))
        body.open = list(self.open)
        node = body.term()
        self.at += body.at
        for name, low, high, condition in reversed(binders):
            node = Node(op, (name, low, high, condition, node), pos)
        return node

    def integral(self) -> Node:
        r"""`\int_a^b … \, dx`."""
        pos = self.pos
        self.at += 1
        if not self.take("_"):
            self.fail("an indefinite integral has no value: write its bounds", pos)
        low = self.argument()
        self.expect("^")
        high = self.argument()
        depth = 1
        for at in range(self.at, len(self.tokens)):
            depth += self.tokens[at].text == r"\int"
            if self._differential(at):
                depth -= 1
                if depth == 0:
                    name, end = read_name(self.tokens, at + 1)
                    self.bind(self.tokens[at + 1 : end])
                    body = self.sub(self.tokens[self.at : at], name).whole()
                    self.at = end
                    return Node("int", (name, low, high, None, body), pos)
        self.fail(r"this integral has no dx: write \, dx after the integrand", pos)

    def _differential(self, at: int, sign: str = "") -> bool:
        """Whether `dx` stands at a token: d isn't a declared symbol, and a name follows."""
        text = self.tokens[at].text if at < len(self.tokens) else ""
        if text == "d" and self.known("d") or text not in ((sign,) if sign else ("d", r"\d")):
            return False
        return bool(sign) or at + 1 < len(self.tokens) and starts_name(self.tokens[at + 1])

    def limit(self) -> Node:
        r"""`\lim_{x \to 0} …`: the body is the rest of the term."""
        pos = self.pos
        self.at += 1
        self.expect("_")
        parts = split(self.group(), r"\to", r"\rightarrow")
        if len(parts) != 2:
            self.fail(r"write \lim_{x \to 0}", pos)
        side = ""
        if len(parts[1]) > 2 and parts[1][-2].text == "^" and parts[1][-1].text in "+-":
            side, parts[1] = parts[1][-1].text, parts[1][:-2]
        name = self.bind(parts[0])
        point = self.sub(parts[1]).whole()
        body = self.sub(self.tokens[self.at :], name)
        body.open = list(self.open)
        node = body.term()
        self.at += body.at
        return Node("lim", (name, point, side, None, node), pos)

    def derivative(self) -> Node | None:
        r"""`\frac{\partial E}{\partial x}`, `\frac{d^2}{dx^2} f(x)`, mixed ones too; None if the fraction is an ordinary one."""
        start, pos = self.at, self.pos
        self.at += 1
        top, bottom = list(self.group()), list(self.group()) if self.at < len(self.tokens) else []
        sign = bottom[0].text if bottom else ""
        if sign not in (r"\partial", "d", r"\d") or not top or top[0].text != sign or not self.sub(bottom)._differential(0, sign):
            self.at = start
            return None
        order, skip = 1, 1
        if top[1:2] and top[1].text == "^":
            skip = group_end(top, 2)
            digits = "".join(token.text for token in top[2:skip] if token.text not in ("{", "}"))
            order = int(digits) if digits.isdigit() else self.fail("the order of a derivative is a number", top[1].pos)
        below, targets = self.sub(bottom), list[Node]()
        while below.at < len(bottom):
            if not below.take(sign):
                below.fail(f"expected {sign} and a symbol")
            target = below.target()
            power = below.group() if below.take("^") else []
            targets += [target] * int("".join(token.text for token in power) or 1)
        if len(targets) != order:
            self.fail(f"the numerator says order {order}, the denominator {len(targets)}", pos)
        if top[skip:]:
            body = self.sub(top[skip:]).whole()
        else:
            body = self.operand("derivative")
        return self.postfix(Node("diff", (body, *targets), pos))

    def target(self) -> Node:
        """What a derivative is with respect to: a symbol or an array's entry."""
        pos = self.pos
        if not (self.kind and starts_name(self.tokens[self.at])):
            self.fail("differentiate with respect to a symbol or an entry")
        node = self.symbol()
        node = self.indices(node) if self.text == "_" else node
        if node.op not in ("sym", "item"):
            self.fail("differentiate with respect to a symbol or an entry", pos)
        return node

    def operand(self, what: str) -> Node:
        """The one factor that an operator applies to."""
        if not self.text:
            self.fail(f"what is the {what} of? write it after, in brackets")
        body = self.factor()
        if self._continues(self.at) and body.op not in BIG.values():
            self.fail(f"does the {what} apply to this factor too? use brackets")
        return body

    def gradient(self) -> Node:
        r"""`\nabla_z E` (a vector) and `\nabla_z^2 E` (a matrix): E is one factor, or stands in brackets."""
        pos = self.pos
        self.at += 1
        if not self.take("_"):
            self.fail(r"the gradient with respect to what? write \nabla_z", pos)
        target = self.sub(self.group()).target()
        order = label(self.group()) if self.take("^") else "1"
        if order not in ("1", "2"):
            self.fail(r"\nabla and \nabla^2 only", pos)
        return Node("grad", (self.operand("gradient"), target, int(order)), pos)


def _at_relations(tokens: Sequence[Token]) -> tuple[list[Sequence[Token]], list[str]]:
    """The tokens between relations, and the relations."""
    pieces = split(tokens, *RELATIONS)
    return list(pieces), [RELATIONS[token.text] for token in tokens if token.text in RELATIONS]
