r"""What binds a name (sums, integrals, limits) and derivatives; with these the grammar is complete."""

from __future__ import annotations

from collections.abc import Sequence

from eqtest.factors import FRACTIONS, ONE, Factors
from eqtest.names import label, read_name, starts_name
from eqtest.nodes import Node
from eqtest.parser import BIG, BRACKETS, FUNCTIONS, REFUSED, RELATIONS
from eqtest.tokens import Token, group_end, split


class Parser(Factors):
    """The whole grammar."""

    def factor(self) -> Node:
        """One factor: a prefix construction, or an atom with its powers, indices and factorials."""
        pos, text = self.pos, self.text
        if text in FUNCTIONS or (text in (r"\max", r"\min") and self._at(1) in BRACKETS):
            return self.function()
        if text in BIG:
            return self.big()
        if text == r"\int":
            return self.integral()
        if text == r"\lim":
            return self.limit()
        if text == r"\nabla" or (text == r"\partial" and self._at(1) == "_"):
            return self.gradient()
        if text in FRACTIONS and self._at(1) == "{" and (derivative := self.derivative()):
            return derivative
        if text == "e" and self._at(1) == "^" and not self.known("e"):
            self.at += 2
            return self.postfix(Node("fn", ("exp", self.argument()), pos))
        return self.postfix(self.atom())

    def bind(self, tokens: Sequence[Token]) -> str:
        """Read a name to bind; refuse one that is bound already."""
        if not tokens or not starts_name(tokens[0]):
            raise self.error("expected an index such as i", tokens[0].pos if tokens else None)
        name, end = read_name(tokens, 0)
        if end != len(tokens):
            raise self.error("expected one index", tokens[end].pos)
        if name in self.inner:
            raise self.error(f"{name} is bound twice: use another letter for the inner one", tokens[0].pos)
        return name

    def declared_range(self, name: str, pos: int) -> tuple[Node, Node]:
        """The range of a declared index."""
        bounds = self.names.index_range(name)
        if bounds is None:
            raise self.error(f"over which values of {name}? write bounds, or declare `{name} : index n`", pos)
        return bounds

    def big(self) -> Node:
        r"""`\sum_{i=1}^n`, `\sum_j`, `\sum_{i,j}`, `\sum_{j \ne i}`, `\max_{1 \le i \le n}` of the rest of a term."""
        pos, op = self.pos, BIG[self.text]
        self.at += 1
        if not self.take("_"):
            raise self.error(f"\\{op} over what? write \\{op}_{{i=1}}^n, or \\{op}_i for a declared index", pos)
        parts, upper = split(self.group(), ","), self.argument() if self.take("^") else None
        binders: list[tuple[str, Node, Node, Node | None]] = []
        for part in parts:
            names = frozenset(binder[0] for binder in binders)
            pieces, signs = _at_relations(part)
            head = part[0].pos if part else pos
            if any(token.text in REFUSED for token in part):
                bad = next(token for token in part if token.text in REFUSED)
                raise self.error(REFUSED[bad.text], bad.pos)
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
                    raise self.error(
                        f"up to where does {name} run? write {name}=1 below and n above, one sum an index", head
                    )
                binders.append((name, low, upper, None))
            elif not signs:
                if upper is not None and len(parts) == 1:
                    raise self.error(f"from where does {name} run? write {name}=1", head)
                binders.append((name, *self.declared_range(name, head), None))
            else:
                condition = self.sub(part, name, *names).condition()
                binders.append((name, *self.declared_range(name, head), condition))
        node = self.rest_of_term(*(binder[0] for binder in binders))
        for name, low, high, test in reversed(binders):
            node = Node(op, (name, low, high, test, node), pos)
        return node

    def rest_of_term(self, *bound: str) -> Node:
        """The body of a sum or a limit: it ends at the next + or −."""
        body = self.sub(self.tokens[self.at :], *bound)
        body.open = list(self.open)
        node = body.term()
        self.at += body.at
        return node

    def integral(self) -> Node:
        r"""`\int_a^b … \, dx`."""
        pos = self.pos
        self.at += 1
        if not self.take("_"):
            raise self.error("an indefinite integral has no value: write its bounds", pos)
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
        raise self.error(r"this integral has no dx: write \, dx after the integrand", pos)

    def _differential(self, at: int, sign: str = "") -> bool:
        """Whether `dx` stands at a token: d isn't a declared symbol, and a name follows."""
        text = self.tokens[at].text if at < len(self.tokens) else ""
        if (text == "d" and self.known("d")) or text not in ((sign,) if sign else ("d", r"\d")):
            return False
        return bool(sign) or (at + 1 < len(self.tokens) and starts_name(self.tokens[at + 1]))

    def limit(self) -> Node:
        r"""`\lim_{x \to 0} …`: the body is the rest of the term."""
        pos = self.pos
        self.at += 1
        self.expect("_")
        parts = split(self.group(), r"\to", r"\rightarrow")
        if len(parts) != 2:
            raise self.error(r"write \lim_{x \to 0}", pos)
        side = ""
        if len(parts[1]) > 2 and parts[1][-2].text == "^" and parts[1][-1].text in "+-":
            side, parts[1] = parts[1][-1].text, parts[1][:-2]
        name = self.bind(parts[0])
        point = self.sub(parts[1]).whole()
        return Node("lim", (name, point, side, None, self.rest_of_term(name)), pos)

    def derivative(self) -> Node | None:
        r"""`\frac{\partial E}{\partial x}`, `\frac{d^2}{dx^2} f(x)`, mixed ones too; None for an ordinary fraction."""
        start, pos = self.at, self.pos
        self.at += 1
        top, bottom = list(self.group()), list(self.group()) if self.at < len(self.tokens) else []
        sign = bottom[0].text if bottom else ""
        if (
            sign not in (r"\partial", "d", r"\d")
            or not top
            or top[0].text != sign
            or not self.sub(bottom)._differential(0, sign)
        ):
            self.at = start
            return None
        order, skip = 1, 1
        if top[1:2] and top[1].text == "^":
            skip = group_end(top, 2)
            order = self.order(top[2:skip])
        below, targets = self.sub(bottom), list[Node]()
        while below.at < len(bottom):
            if not below.take(sign):
                raise below.error(f"expected {sign} and a symbol")
            target = below.target()
            targets += [target] * (self.order(below.group()) if below.take("^") else 1)
        if len(targets) != order:
            raise self.error(f"the numerator says order {order}, the denominator {len(targets)}", pos)
        body = self.sub(top[skip:]).whole() if top[skip:] else self.operand("derivative")
        return self.postfix(Node("diff", (body, *targets), pos))

    def order(self, tokens: Sequence[Token]) -> int:
        """The order of a derivative."""
        digits = label(tokens)
        if not digits.isdigit():
            raise self.error("the order of a derivative is a number", tokens[0].pos if tokens else None)
        return int(digits)

    def target(self) -> Node:
        """What a derivative is with respect to: a symbol or an array's entry."""
        pos = self.pos
        if not (self.kind and starts_name(self.tokens[self.at])):
            raise self.error("differentiate with respect to a symbol or an entry")
        node = self.symbol()
        node = self.indices(node) if self.text == "_" else node
        if node.op not in ("sym", "item"):
            raise self.error("differentiate with respect to a symbol or an entry", pos)
        return node

    def operand(self, what: str) -> Node:
        """The one factor that an operator applies to."""
        if not self.text:
            raise self.error(f"what is the {what} of? write it after, in brackets")
        body = self.factor()
        if self._continues(self.at) and body.op not in BIG.values():
            raise self.error(f"does the {what} apply to this factor too? use brackets")
        return body

    def gradient(self) -> Node:
        r"""`\nabla_z E` (a vector), `\nabla_z^2 E` (a matrix), `\partial_{z_j} E`: E is one factor, or in brackets."""
        pos = self.pos
        self.at += 1
        if not self.take("_"):
            raise self.error(r"the gradient with respect to what? write \nabla_z", pos)
        target = self.sub(self.group()).target()
        order = label(self.group()) if self.take("^") else "1"
        if order not in ("1", "2"):
            raise self.error(r"\nabla and \nabla^2 only", pos)
        return Node("grad", (self.operand("gradient"), target, int(order)), pos)


def _at_relations(tokens: Sequence[Token]) -> tuple[list[Sequence[Token]], list[str]]:
    """The tokens between relations, and the relations."""
    pieces = split(tokens, *RELATIONS)
    return list(pieces), [RELATIONS[token.text] for token in tokens if token.text in RELATIONS]
