r"""TeX to syntax trees: a precedence parser for chains of relations, terms and factors.

What it doesn't understand, and what could be read in two ways, it refuses: with the place, and with what to write.
`notation` has what starts with a sign or a command.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from eqtest.cursor import REFUSED, Cursor
from eqtest.scope import Binding, Scope
from eqtest.tex import (
    FUNCTIONS,
    RELATIONS,
    EqError,
    Token,
    group_end,
    label,
    require,
    split,
)
from eqtest.tree import ONE, Node, exchanged

BRACKETS = {"(": ")", "[": "]", r"\{": r"\}"}
SEPARATORS = (",", ";", r"\|", r"\mid", "|")
QUOTIENTS = {"/": "div", r"\bmod": "mod"}
SETS = {**dict.fromkeys([r"\cup", r"\bigcup"], "max"), **dict.fromkeys([r"\cap", r"\bigcap"], "min")}
ENTRYWISE = {r"\odot": "hadamard", r"\otimes": "kron"}
Read = TypeVar("Read")


class Side(NamedTuple):
    """A side of a chain: the relation before it, what it says, and from where to where it stands."""

    relation: str
    node: Node
    start: int
    end: int


class Parser(Cursor):
    """A reader of one run of tokens; `bound` are the names that sums, integrals and functions bind round it."""

    notation: ClassVar[Mapping[str, Callable[[Any, Token], Node]]] = {}  # what reads on after each of these tokens

    def __init__(self, tokens: Sequence[Token], scope: Scope, bound: frozenset[str] = frozenset(), pos: int = 0):
        super().__init__(tokens, pos)
        self.scope, self.bound = scope, bound
        self.fence = ""  # the innermost of | and \\| and brackets of arguments: a bar closes it, or separates
        self.loose = -1  # where the argument of a function without brackets ended
        self.lengths: dict[str, set[Node]] = {}  # the sizes of the arrays that a bound index stands at
        self.ended: set[str] = set()  # the indices of sums that have ended
        self.repeats: frozenset[str] = frozenset()  # the names that a factor may bind once more

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
        parser.lengths, parser.ended, parser.repeats = self.lengths, self.ended, self.repeats
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
        dots = False
        while not relations or (self.take(",") and self.starts_factor()):
            sides = self.chain()
            if relations and not dots and len(sides) == 1 and sides[0].node.op == "ellipsis":
                dots = True
                continue
            if len(sides) == 1 and sides[0].node.op in ("sym", "mul", "complement"):
                relations.append(self.event_after(sides[0].node))
                continue
            require(len(sides) > 1, "a condition needs a relation, such as A = 1", sides[0].start)
            found = [Node("rel", (right.relation, left.node, right.node)) for left, right in pairwise(sides)]
            relations, dots = [self.every(relations, found[0])] if dots else [*relations, *found], False
        return Node("all", tuple(relations))

    def event_after(self, first: Node) -> Node:
        r"""Read on after the name of an event, which is 1 or 0: `\cup B`, `\cap B`, or nothing."""
        events, signs = [Node("event", (first,))], set[str]()
        while sign := self.take(*SETS):
            events.append(Node("event", (self.factor(),)))
            signs.add(SETS[sign])
        require(len(signs) < 2, r"\cup and \cap in one: declare one of them as an event, such as `C := A B`", first.pos)
        return Node("rel", ("=", Node(next(iter(signs), "max"), tuple(events)), ONE))

    def every(self, written: Sequence[Node], last: Node) -> Node:
        r"""Return what `X_1 = x_1, \dots, X_n = x_n` says, of its first relations and its last one."""
        high = next((node.args[1] for node in last.walk() if node.op == "sym" and len(node.args) > 1), ONE)
        one = exchanged(last, high, Node("sym", ("#each",)))
        fit = all(
            exchanged(one, Node("sym", ("#each",)), Node("num", (str(k),))) == node for k, node in enumerate(written, 1)
        )
        hint = r"an ellipsis between conditions goes from the first entry to the last: X_1 = x_1, \dots, X_n = x_n"
        require(fit and high != ONE, hint, last.pos)
        return Node(
            "rel", (">=", Node("least", ("#each", ONE, high, None, Node("indicator", (Node("all", (one,)),)))), ONE)
        )

    def expression(self) -> Node:
        """Read terms with + and − between them."""
        terms: list[Node] = []
        while not terms or self.text in ("+", "-"):
            sign, term = self.take("+", "-"), self.term()
            terms.append(Node("neg", (term,), term.pos) if sign == "-" else term)
        return self.join("add", terms)

    def term(self) -> Node:
        """Read factors, with or without a sign between them."""
        start, outer, self.repeats = self.at, self.repeats, frozenset()
        factors, signs = [self.factor()], set[str]()
        while (sign := self.take("/", r"\cdot", r"\times", r"\bmod", *ENTRYWISE)) or self.starts_factor():
            hint = r"a space this wide isn't read as a product: write \cdot, or \qquad between two statements"
            require(sign or not self.token.wide, hint, self.token.pos)
            loose = self.loose == self.at - bool(sign)
            if loose and (sign or self.text not in FUNCTIONS):
                raise self.error("does the function before apply to this factor too? use brackets")
            require("/" not in signs, r"does this belong to the denominator? use \frac or brackets", self.token.pos)
            if self.token.kind == "num" and not sign:
                raise self.error("a number after a factor: write the number first, or put a sign between")
            # \sum_k x_k \sum_k y_k is a product of two sums.
            self.repeats = self.bound if self.text in (r"\sum", r"\prod") else frozenset()
            factor = self.factor()
            dotted = sign == r"\cdot" and factor.op not in ("num", "ellipsis")
            factors.append(Node("dotted", (factor,)) if dotted else factor)
            signs.add(sign)
            if sign in QUOTIENTS:
                factors = [Node(QUOTIENTS[sign], (self.join("mul", factors[:-1]), factors[-1]))]
            special = signs.intersection(ENTRYWISE)
            require(not special or len(factors) == 2, f"bracket the factors of {'; '.join(special)}", self.token.pos)
        self.repeats = outer
        open_ = r"\bmod" in signs and {self.text, self.tokens[start - 1].text if start else ""} & {"+", "-"}
        require(not open_, r"\bmod in a sum: bracket what it applies to", self.tokens[start].pos)
        node = self.join(ENTRYWISE[special.pop()] if len(factors) > 1 and special else "mul", factors)
        return self.placed(node) if self.fence not in (r"\left.", "|") and self.bar() else node

    def bar(self) -> bool:
        """Tell whether a bar comes next that says where to evaluate what stands before it."""
        return self.text == "|" and self.tokens[self.at + 1].text == "_"

    def placed(self, node: Node) -> Node:
        """Read `|_{t=0}`: where the node is evaluated."""
        if not self.bar():
            raise self.error("where to evaluate this? write \\right|_{t=0}, with t declared")
        self.at += 2
        place = self.inside(self.group())
        name, relation = place.next(), place.next()
        require(name.kind == "name" and relation.text == "=", "a place reads: |_{t=0}", name.pos)
        return Node("at", (name.text, place.whole(Parser.expression), None, None, node))

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
        signs = [part.op == "neg" for part in written]
        alike = not signs[gap] if gap == 1 else signs[gap] == signs[gap - 2]
        require(alike, "the sign before an ellipsis is that of the next term, which a second term would show", pos)
        hint = r"declare `\cdots : k=1..n -> general term`"
        if not self.scope.dots:
            raise EqError(f"what does the ellipsis stand for? {hint}", pos)
        index, low, high, term = self.scope.dots
        ends = len(written) > gap + 1 or high.op == "inf"
        require(
            ends, r"an ellipsis at the end goes on: declare `\cdots : k=1..\infty -> …`, or write the last term", pos
        )
        series = Node("sum" if op == "add" else "prod", (index, low, high, None, term))
        whole = Node("dots", (series, gap, *written[:gap], *written[gap + 1 :]))
        return Node("add", (whole, *(part for part in parts if part.op == "order")))

    def closing(self) -> int:
        """Return where the bracket that comes next is closed."""
        depth = 0
        for at in range(self.at, len(self.tokens)):
            depth += (self.tokens[at].text in BRACKETS) - (self.tokens[at].text in BRACKETS.values())
            if depth <= 0:
                break
        return at

    def count(self, text: str, at: int) -> int:
        """Count a sign from a place on, up to the end of the brackets around it."""
        depth, count = 0, 0
        for token in self.tokens[at:]:
            depth += (token.text in BRACKETS) - (token.text in BRACKETS.values())
            if depth < 0:
                break
            count += depth == 0 and token.text == text
        return count

    def starts_factor(self) -> bool:
        """Tell whether a factor comes next, so that it multiplies what stands before."""
        if self.text == self.tokens[min(self.at + 1, len(self.tokens) - 1)].text == "|" and self.fence == "call":
            return False  # P||Q
        if self.text in ("|", r"\|"):
            pairs = self.fence == "call" and self.count(self.text, self.at) % 2 == 0  # that of a condition stands alone
            return pairs or (self.fence not in (self.text, "call", r"\left.") and not self.bar())
        return self.token.kind in ("num", "name") or self.known(self.token.text) or self.text in self.notation

    # Factors

    def factor(self) -> Node:
        """Read one factor, with its powers, indices and factorials."""
        token = self.token
        if token.kind == "num":
            node = Node("num", (self.next().text,))
        elif self.text in self.notation and not self.known(token.text):
            node = self.notation[token.text](self, self.next())
        elif token.kind == "name" or self.known(token.text):
            node = self.symbol()
        else:
            raise self.error()
        closed = token.text in BRACKETS
        while mark := self.take("^", "_", "!", "'"):
            raised = not closed and (node.op in ("pow", "transpose") or (node.op == "exp" and token.text == "e"))
            if mark == "!" and not closed and node.op in ("factorial", "pow"):
                self.at -= 1
                raise self.error("! after this needs brackets: n!! and 2^n! have other meanings")
            if mark == "_" and raised and node.op != "exp":  # x^2_j
                node = Node(node.op, (self.indexed(node.args[0]), *node.args[1:]))
                continue
            require(mark != "'", "a prime follows the name of a function: f'(x)", self.tokens[self.at - 1].pos)
            if (mark != "!" and raised) or (mark == "_" and node.op == "num"):
                raise EqError(f"{mark} after this needs brackets", self.tokens[self.at - 1].pos)
            node = Node("factorial", (node,)) if mark == "!" else (self.power if mark == "^" else self.indexed)(node)
            closed = False
        return node

    def power(self, node: Node) -> Node:
        r"""Read what follows `^`: an exponent, or the sign of the transpose."""
        start, text = self.at, label(self.group())
        array = node.op == "sym" and bool(self.scope.sizes(node.args[0]))
        hint = r"T is declared, and this could be a transpose: write \top, or rename T"
        require(not (text == "T" and self.known("T") and array), hint, self.tokens[start - 1].pos)
        if text == r"\top" or (text == "T" and not self.known("T")):
            return Node("transpose", (node,))
        self.at = start
        hint = r"a limit from one side is read below \lim only, as in \lim_{x \to 0^+}"
        require(text not in ("+", "-"), hint, self.tokens[start - 1].pos)
        if text == "c" and node.op == "sym" and not self.known("c"):
            self.group()
            return Node("complement", (node,))
        hint = "a label as a superscript: declare the whole name, such as `x^{(1)} : real`"
        if array and re.fullmatch(r"\((\w+)\)", text) and (text[1:-1].isdigit() or self.known(text[1:-1])):
            self.at = start  # the example x^{(i)}
            return Node("sym", (*node.args, self.index(self.group()[1:-1], self.scope.sizes(node.args[0])[0])))
        labelled = text[:1] in ("*", "+") or (node.op == "sym" and re.fullmatch(r"\([^()]+\)", text))
        require(not labelled, hint, self.tokens[start - 1].pos)
        exponent = self.argument()
        return Node("exp", (exponent,)) if node.op == "e" else Node("pow", (node, exponent))

    def indexed(self, node: Node) -> Node:
        r"""Read what follows `_`: `{ij}`, `{i,j}`, `{i+1}`, `1`, or of a matrix `{11}` and `{1j}`."""
        tokens, plain = self.group(), node.op == "sym" and len(node.args) == 1
        sizes: Sequence[Node] = self.scope.sizes(node.args[0]) if plain else ()
        matrix = len(sizes) == 2 and all(token.kind in ("name", "num") for token in tokens)
        if plain and node.args[0] in self.bound:
            sizes = [Node("length", (axis, node)) for axis in (0, 1)]
        pieces, names = split(tokens, ","), self.inside(tokens).names()
        if len(pieces) == 1 and names and (len(names) == len(sizes) or all(token.kind != "num" for token in tokens)):
            pieces = names
        elif len(pieces) == 1 and matrix:
            one = [token._replace(text=letter) for token in tokens for letter in _letters(token)]
            pieces = [[token] for token in one] if len(one) == 2 else pieces
        indices = [self.index(piece, size) for piece, size in zip_longest(pieces, sizes[: len(pieces)])]
        return Node("sym", (*node.args, *indices)) if plain else Node("item", (node, *indices))

    def names(self) -> list[list[Token]]:
        """Split what is nothing but names, with primes and subscripts, and numbers."""
        found: list[list[Token]] = []
        while self.token.kind in ("name", "num"):
            start = self.at
            self.next()
            while self.text in ("'", "_"):
                if self.next().text == "_":
                    self.group()
            found.append(self.tokens[start : self.at])
        return found if self.token.kind == "end" else []

    def index(self, tokens: Sequence[Token], size: Node | None) -> Node:
        """Read an index; one that isn't declared takes its range from the array that it stands at."""
        text = "".join(token.text for token in tokens)
        name = text if tokens and tokens[0].kind == "name" and text.rstrip("'") == tokens[0].text else ""
        if name in self.bound and size:
            self.lengths.setdefault(name, set()).add(size)
        elif (
            self.scope.infer and name and size and size.op != "length" and not (self.known(name) or name in self.ended)
        ):
            self.scope.bindings[name] = Binding("index", (size,))
        elif name and size and not (self.known(name) or self.scope.infer):
            raise EqError(
                f"{name} isn't declared: declare it above as an index, such as `{name} : index n`", tokens[0].pos
            )
        return self.part(tokens)

    def arguments(self) -> tuple[Node, ...]:
        r"""Read arguments in brackets, between `,`, `;`, `\|`, `\mid` or `|`."""
        return self.signed_arguments(self.expression)[1]

    def signed_arguments(self, read: Callable[[], Node]) -> tuple[str, tuple[Node, ...]]:
        r"""Read arguments, and return the signs between them too; `x_1, \dots, x_n` is all of x."""
        opening, signs = self.expect(*BRACKETS), list[str]()
        found = [self.within(read, fence="call")]
        while sign := self.take(*SEPARATORS):
            sign = r"\|" if sign == "|" and self.take("|") else sign  # P||Q
            found.append(self.within(read, fence="call"))
            signs.append(sign)
            if found[-2].op == "ellipsis" and len(found) > 2:
                names = [node.args[0] if node.op == "sym" else "" for node in found]
                start, dots, last = names.index(names[-3]), found[-2], found[-1]
                first = found[start]
                sizes = self.scope.sizes(first.args[0]) if first.op == "sym" else ()
                whole = sizes and first.args[1:] == (ONE,) and last == Node("sym", (first.args[0], sizes[0]))
                hint = (
                    r"an ellipsis between arguments goes from the first entry of an array to the last: x_1, \dots, x_n"
                )
                require(whole, f"{hint}, with `x : real[n]`", dots.pos)
                found[start:], signs[start:] = [Node("sym", first.args[:1])], []
        self.expect(BRACKETS[opening])
        return signature(signs), tuple(found)

    def named(self) -> Node:
        """Read an argument, perhaps with the name of its parameter, as in p(y = 1)."""
        name = self.token
        if name.kind != "name" or self.tokens[self.at + 1].text != "=":
            return self.expression()
        self.at += 2
        return Node("named", (name.text, self.expression()), name.pos)

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
        exponential = name == "e" and self.text == "^"
        require(not exponential, "e is declared, and e^… is the exponential: rename it, or write \\exp", token.pos)
        function = kind == "function" or (kind == "py" and self.scope.bindings[name].called)
        if kind == "function":
            self.reorder()
        if function and self.text in BRACKETS:
            signs, arguments = self.signed_arguments(self.named)
            key = f"{name}{signs}"
            declared = key in self.scope.bindings
            forms = ", ".join(f"{other}" for other in self.scope.bindings if other.startswith(f"{name}("))
            require(declared or kind == "py", f"{shown} is declared as {forms}, and isn't as {key}", token.pos)
            params = self.scope.bindings[key if declared else name].params
            for at, argument in enumerate(arguments):
                fine = argument.op != "named" or params[at : at + 1] == argument.args[:1]
                require(fine, f"{shown} has the parameters {', '.join(params)}, in this order", argument.pos)
            values = (argument.args[1] if argument.op == "named" else argument for argument in arguments)
            return Node("call", (key if declared else name, primes, *values))
        hint = f"if {shown} is a function: write its argument in brackets, powers after them"
        require(not primes and not (function and self.text == "^"), hint, token.pos)
        array = self.text in ("(", "[") and not self.token.wide and self.scope.sizes(name)
        inner = [part.text for part in self.tokens[self.at : self.closing()] if part.kind == "name"]
        kinds = [
            self.scope.bindings[part].kind if part not in self.bound else "index" for part in inner if self.known(part)
        ]
        whole = len(kinds) == len(inner) > 0 and {*kinds} <= {"index", "int"}
        if array and (self.text == "[" or self.count(",", self.at + 1) or (whole and len(array) == 1)):  # x[n], I(i, j)
            start, self.at = self.at + 1, self.closing() + 1
            pieces = split(self.tokens[start : self.at - 1], ",")
            return Node("sym", (name, *(self.index(*pair) for pair in zip_longest(pieces, array[: len(pieces)]))))
        require(
            not (array and whole),
            f"{shown} is an array: write {shown}[…] for an entry, \\cdot for a product",
            token.pos,
        )
        return Node("sym", (name,))

    def reorder(self) -> None:
        """Take `f_k(x)` for an entry of f(x), where the index isn't part of the name."""
        start, end = self.at, group_end(self.tokens, self.at + 1)
        if self.text == "_" and end < len(self.tokens) and self.tokens[end].text in BRACKETS:
            self.at = end
            after = self.closing() + 1
            self.tokens[start:after] = [*self.tokens[end:after], *self.tokens[start:end]]
            self.at = start

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
                transposed = whole.removesuffix(r"\top")  # x^{(1)\top}
                twice = self.known(whole) and self.scope.sizes(name) and whole[len(name) + 1 :].isdigit()
                require(not twice, f"{shown}{tex} is an entry, and is declared besides: rename one", token.pos)
                if self.known(whole):
                    free_ = self.bound.isdisjoint(part.text for part in self.tokens[self.at : end])
                    hint = f"{shown}{tex} is declared as one name: for each of them, declare an array by rows"
                    require(free_, hint, token.pos)
                    name, shown, self.tokens[at:end] = whole, shown + tex, []
                    break
                if self.tokens[at].text == "^" and self.known(transposed):
                    name, self.tokens[at:end] = transposed, [self.tokens[at], self.tokens[end - 2]]
                    break
                shown += tex if first and at == self.at and self.tokens[at].text == "_" else ""
                at = end
        return name, shown, primes

    def constant(self, token: Token, shown: str, primes: int) -> Node:
        """Read a name that isn't declared, where it needs no declaration."""
        if token.text in self.ended:
            raise EqError(f"the sum over {shown} ends before this: put its terms in brackets", token.pos)
        what = f"a function as `{shown}(x) := …`, a number as" if self.text in BRACKETS and not primes else "such as"
        hint = "" if len(token.text) > 1 else f"; for a name of several letters write \\operatorname{{{token.text}…}}"
        hint += "; complex numbers aren't read" if token.text in ("i", "j") else ""
        raise EqError(f"{shown} isn't declared: declare it in the annotation, {what} `{shown} : real`{hint}", token.pos)

    def fresh(self) -> str:
        """Read a name to bind, and refuse one that is bound already."""
        require(self.token.kind == "name", "expected one index such as i", self.token.pos)
        token, name = self.token, self.next().text
        while self.take("'"):
            name += "'"
        hint = f"{token.shown} is bound twice: use another letter for the inner one"
        require(name not in self.bound - self.repeats, hint, token.pos)
        return name


def signature(signs: Sequence[str]) -> str:
    r"""Return what tells functions of one name apart: p(·,·) and p(·|·); `\mid` shows as a bar."""
    return f"({''.join(['·', *(f'{sign}·' for sign in signs)])})".replace(r"\mid", "|").replace(r"\|", "‖")


def _letters(token: Token) -> str | list[str]:
    """Split the digits of a number; a name stays whole."""
    return token.text if token.kind == "num" else [token.text]
