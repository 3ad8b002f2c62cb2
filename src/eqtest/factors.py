r"""The factors of a formula: symbols with their indices and arguments, functions, brackets, matrices."""

from __future__ import annotations

from collections.abc import Sequence

from eqtest.names import read_name, starts_name, variants
from eqtest.nodes import Node
from eqtest.parser import BRACKETS, MATRIX_DOTS, OPERATORS, PAIRS, REFUSED, RELATIONS, Terms
from eqtest.tokens import Token, group_end, split

SEPARATORS = (r"\|", r"\mid", "|", r"\Vert", r"\vert", r"\parallel")
FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
ONE = Node("num", (1,))


class Factors(Terms):
    """Symbols, functions, brackets and matrices."""

    def _at(self, offset: int) -> str:
        return self.tokens[self.at + offset].text if self.at + offset < len(self.tokens) else ""

    def postfix(self, node: Node) -> Node:
        """Powers, transposes, indices and factorials after an atom."""
        while True:
            pos = self.pos
            if self.take("^"):
                exponent = self.group()
                text = "".join(token.text for token in exponent)
                if text in (r"\top", r"\intercal") or (text == "T" and not self.known("T")):
                    node = Node("transpose", (node,), pos)
                elif text in ("*", r"\ast", "+", "-") or text.startswith("("):
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

    # Symbols

    def known(self, name: str) -> str | None:
        """The spelling under which a name is bound or declared."""
        spellings = variants(name)
        # A parameter hides what is declared, also where one of them is bold.
        bound = (spelling for spelling in spellings if spelling in self.inner)
        declared = (spelling for spelling in spellings if self.names.declared(spelling))
        return next(bound, None) or next(declared, None)

    def symbol(self) -> Node:
        """A symbol: a constant, a variable, an array's entry, a call, or O(·)."""
        pos = self.pos
        name, self.at = read_name(self.tokens, self.at)
        primes = self.primes()
        if primes and self.known(name + "'" * primes):
            name, primes = name + "'" * primes, 0
        if (script := self.script()) and (full := self.known(f"{name}_{{{script}}}")):
            self.at = group_end(self.tokens, self.at + 1)
            name, primes = full, primes + self.primes()
            if primes and self.known(name + "'" * primes):
                name, primes = name + "'" * primes, 0
        known = self.known(name)
        if known is None:
            return self.undeclared(name, script, primes, pos)
        if primes and not self.names.callable(known):
            raise self.error(f"{name}' isn't declared, and {name} isn't a function", pos)
        if self.names.callable(known) and known not in self.inner:
            if self.text in BRACKETS:
                return Node("call", (known, primes, *self.arguments()), pos)
            if primes or self.text == "^":
                raise self.error(f"{name} is a function: write its argument in brackets, powers after them", pos)
        if self.names.kronecker(known):
            node = self.indices(Node("sym", (known,), pos))
            if len(node.args) != 3:
                raise self.error(f"{name} takes two indices", pos)
            return Node("kronecker", node.args[1:], pos)
        return Node("sym", (known,), pos)

    def primes(self) -> int:
        """How many primes stand here."""
        count = 0
        while self.take("'") or (self.text == "^" and self._at(1) == r"\prime"):
            self.at += 2 * (self.text == "^")
            count += 1
        return count

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
            return Node(
                "iverson",
                (
                    self.sub(
                        [t for t in tokens if t.text not in BRACKETS and t.text not in BRACKETS.values()]
                    ).condition(),
                ),
                pos,
            )
        if name in REFUSED:
            raise self.error(REFUSED[name], pos)
        shown = f"{name}_{{{script}}}" if script else name
        hint = (
            f"; for a name of several letters write \\operatorname{{{name}…}}"
            if self.kind == "letter" and len(name) == 1
            else ""
        )
        raise self.error(f"{shown} isn't declared: declare it in the annotation, such as `{shown} : real`{hint}", pos)

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
        raise self.error(f"{opening} is never closed")

    def arguments(self) -> list[Node]:
        r"""Arguments in brackets, between `,`, `;`, `\|`, `\mid` or `|`."""
        closing = BRACKETS[self.text]
        self.at += 1
        self.open.append("call")
        arguments = [self.expression()]
        while self.take(",", ";", *SEPARATORS):
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
            raise self.error("an inverse or a reciprocal? write \\arctan x or \\frac{1}{\\tan x}", pos)
        if self.text in BRACKETS:
            node = Node("fn", (name, *self.arguments()), pos)
            if len(node.args) > 2 and name not in ("max", "min"):
                raise self.error(f"\\{name} takes one argument", pos)
            if self.text in ("^", "_", "!"):
                raise self.error(
                    f"does {self.text} belong to the argument? write \\{name}^2(…) or \\{name}\\bigl((…)^2\\bigr)"
                )
        else:
            if self.text in ("-", "+"):
                raise self.error(f"put the argument of \\{name} in brackets")
            node = Node("fn", (name, self.factor(), "bare"), pos)
        if base:
            if name != "log":
                raise self.error(f"\\{name} takes no subscript", pos)
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
        raise self.error(REFUSED.get(text, f"{text} isn't understood here" if text else "a term is missing"))

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
            raise self.error("the rows of this matrix differ in length", pos)
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
                raise self.error(r"each row of cases is: value & \text{if } condition", row[0].pos)
            value, condition = ([*cell] for cell in cells)
            while value and value[-1].text in (",", ";"):
                value.pop()
            while condition and condition[-1].text in (",", ";", "."):
                condition.pop()
            if len(condition) > 2 and condition[0].text == "{" and condition[1].kind == "text":
                condition = [condition[1], *condition[3:]]
            word = condition[0].text.strip(" ,.;") if condition and condition[0].kind == "text" else ""
            if branches and branches[-1][1] is None:
                raise self.error("nothing can follow `otherwise`", row[0].pos)
            if word in ("otherwise", "else"):
                branches.append((self.sub(value).whole(), None))
            else:
                rest = condition[1:] if word in ("if", "for", "when") else condition
                branches.append((self.sub(value).whole(), self.sub(rest).condition()))
        return Node("cases", tuple(branches), pos)
