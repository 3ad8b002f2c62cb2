r"""Sums, integrals, limits, derivatives, matrices and cases: each a function of the parser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from eqtest.syntax import BINDERS, ONE, Node
from eqtest.tokens import Token, group_end, label, read_name, split, starts_name

if TYPE_CHECKING:
    from eqtest.parser import Parser

BIG = {r"\sum": "sum", r"\prod": "prod", r"\max": "largest", r"\min": "least"}
SIGNS = ("=", "<", r"\le", r"\leq", r"\ne", r"\neq", ">", r"\ge", r"\geq", r"\in")
MATRIX_DOTS = (r"\cdots", r"\dots", r"\ldots", r"\vdots", r"\ddots")


def _bind(p: Parser, tokens: Sequence[Token], also: Sequence[str] = ()) -> str:
    """A name to bind; one that is bound already is refused."""
    if not tokens or not starts_name(tokens[0]) or read_name(tokens, 0)[1] != len(tokens):
        raise p.error("expected one index such as i", tokens[0].pos if tokens else None)
    name = read_name(tokens, 0)[0]
    if name in p.inner or name in also:
        raise p.error(f"{name} is bound twice: use another letter for the inner one", tokens[0].pos)
    return name


def _rest_of_term(p: Parser, *bound: str) -> Node:
    """The body of a sum or a limit: it ends at the next + or −."""
    body = p.sub(p.tokens[p.at :], *bound)
    body.open = list(p.open)
    node = body.term()
    p.at += body.at
    return node


def big(p: Parser) -> Node:
    r"""`\sum_{i=1}^n`, `\sum_j`, `\sum_{i,j}`, `\sum_{j \ne i}`, `\max_i` of the rest of a term."""
    pos, symbol = p.pos, p.text
    p.at += 1
    if not p.take("_"):
        raise p.error(f"{symbol} over what? write {symbol}_{{i=1}}^n, or {symbol}_i for a declared index", pos)
    parts = split(p.group(), ",")
    upper = p.argument() if p.take("^") else None
    bound: list[str] = []
    ranges: list[tuple[Node, Node, Node | None]] = []
    for part in parts:
        head = part[0].pos if part else pos
        sign = next((token.text for token in part if token.text in SIGNS), "")
        if sign == r"\in":
            raise p.error("membership isn't evaluated: write the bounds of the index", head)
        first, *rest = split(part, *SIGNS)
        name = _bind(p, first, bound)
        high = p.scope.index_range(name)
        if sign == "=" and len(rest) == 1:
            if upper is None or len(parts) > 1:
                raise p.error(f"up to where does {name} run? write {name}=1 below and n above, one sum an index", head)
            ranges.append((p.sub(rest[0]).whole(), upper, None))
        elif upper is not None or high is None:
            raise p.error(f"over which values of {name}? write bounds, or declare `{name} : index n`", head)
        else:
            ranges.append((ONE, high, p.sub(part, name, *bound).condition() if sign else None))
        bound.append(name)
    node = _rest_of_term(p, *bound)
    for name, (low, high, test) in zip(reversed(bound), reversed(ranges), strict=True):
        node = Node(BIG[symbol], (name, low, high, test, node), pos)
    return node


def integral(p: Parser) -> Node:
    r"""`\int_a^b … \, dx`."""
    pos, depth = p.pos, 1
    p.at += 1
    if not p.take("_"):
        raise p.error("an indefinite integral has no value: write its bounds", pos)
    low = p.argument()
    p.expect("^")
    high = p.argument()
    for at in range(p.at, len(p.tokens) - 1):
        differential = p.tokens[at].text == "d" and not p.known("d") and starts_name(p.tokens[at + 1])
        depth += (p.tokens[at].text == r"\int") - differential
        if depth == 0:
            end = read_name(p.tokens, at + 1)[1]
            name = _bind(p, p.tokens[at + 1 : end])
            body = p.sub(p.tokens[p.at : at], name).whole()
            p.at = end
            return Node("int", (name, low, high, None, body), pos)
    raise p.error(r"this integral has no dx: write \, dx after the integrand", pos)


def limit(p: Parser) -> Node:
    r"""`\lim_{x \to 0} …` of the rest of a term."""
    pos = p.pos
    p.at += 1
    p.expect("_")
    parts = split(p.group(), r"\to")
    if len(parts) != 2:
        raise p.error(r"write \lim_{x \to 0}", pos)
    name, point = _bind(p, parts[0]), p.sub(parts[1]).whole()
    return Node("lim", (name, point, None, None, _rest_of_term(p, name)), pos)


def derivative(p: Parser) -> Node | None:
    r"""`\frac{\partial E}{\partial x}`, `\frac{d^2}{dx^2} f(x)`, mixed ones too; None for an ordinary fraction."""
    start, pos = p.at, p.pos
    p.at += 1
    if p.text != "{":
        p.at = start
        return None
    top, bottom = p.group(), p.group()
    sign = top[0].text if top else ""
    if sign not in (r"\partial", "d") or p.known(sign) or not bottom or bottom[0].text != sign:
        p.at = start
        return None
    order, body_at = 1, 1
    if top[1:2] and top[1].text == "^":
        body_at = group_end(top, 2)
        order = _order(p, top[2:body_at])
    below, targets = p.sub(bottom), list[Node]()
    while below.text:
        below.expect(sign)
        targets.append(_target(below))
        if below.take("^"):
            targets += targets[-1:] * (_order(p, below.group()) - 1)
    if len(targets) != order:
        raise p.error(f"the numerator says order {order}, the denominator {len(targets)}", pos)
    body = p.sub(top[body_at:]).whole() if top[body_at:] else _operand(p, "derivative")
    return p.postfix(Node("diff", (body, *targets), pos))


def _order(p: Parser, tokens: Sequence[Token]) -> int:
    if not label(tokens).isdigit():
        raise p.error("the order of a derivative is a number", tokens[0].pos)
    return int(label(tokens))


def _target(p: Parser) -> Node:
    """What a derivative is with respect to."""
    pos = p.pos
    node = p.symbol() if p.kind and starts_name(p.tokens[p.at]) else ONE
    node = p.indices(node) if p.text == "_" else node
    if node.op not in ("sym", "item"):
        raise p.error("differentiate with respect to a symbol or an entry", pos)
    return node


def _operand(p: Parser, what: str) -> Node:
    """The one factor that an operator applies to."""
    if not p.text:
        raise p.error(f"what is the {what} of? write it after, in brackets")
    body = p.factor()
    if p.continues(p.at) and body.op not in BINDERS:
        raise p.error(f"does the {what} apply to this factor too? use brackets")
    return body


def gradient(p: Parser) -> Node:
    r"""`\nabla_z E` and `\partial_{z_j} E`: E is one factor, or in brackets."""
    pos, op = p.pos, "grad" if p.text == r"\nabla" else "diff"
    p.at += 1
    if not p.take("_"):
        raise p.error(r"the gradient with respect to what? write \nabla_z", pos)
    target = _target(p.sub(p.group()))
    return Node(op, (_operand(p, "gradient"), target), pos)


def matrix(p: Parser) -> Node:
    """A matrix, entry by entry; an ellipsis leaves its cell unchecked."""
    pos = p.pos
    cells = [split(row, "&") for row in split(p.group()[1:-1], r"\\") if row]
    rows = tuple(tuple(None if label(cell) in MATRIX_DOTS else p.sub(cell).whole() for cell in row) for row in cells)
    if len({len(row) for row in rows}) != 1:
        raise p.error("the rows of this matrix differ in length", pos)
    return p.postfix(Node("matrix", rows, pos))


def cases(p: Parser) -> Node:
    r"""Values with their conditions, tried in order; `\text{otherwise}` comes last."""
    pos = p.pos
    branches: list[tuple[Node, Node | None]] = []
    for row in filter(None, split(p.group()[1:-1], r"\\")):
        cells = split(row, "&")
        if len(cells) != 2 or (branches and branches[-1][1] is None):
            raise p.error(
                r"each row of cases is: value & \text{if } condition, and `otherwise` is the last", row[0].pos
            )
        value, condition = cells
        for cell in cells:
            while cell and cell[-1].text in (",", "."):
                cell.pop()
        words = [token.text.strip(" ,.") for token in condition if token.kind == "text"]
        rest = [token for token in condition if token.kind != "text"]
        rest = rest[2:] if [token.text for token in rest[:2]] == ["{", "}"] else rest  # {\text{if }}
        if words not in ([], ["if"], ["for"], ["otherwise"]):
            raise p.error(r"write \text{if } and a condition, or \text{otherwise}", row[0].pos)
        branches.append((p.sub(value).whole(), None if words == ["otherwise"] else p.sub(rest).condition()))
    return Node("cases", tuple(branches), pos)


CONSTRUCTS: dict[str, Callable[[Parser], Node | None]] = {
    **dict.fromkeys(BIG, big),
    r"\int": integral,
    r"\lim": limit,
    r"\nabla": gradient,
    r"\partial": gradient,
    **dict.fromkeys((r"\frac", r"\tfrac", r"\dfrac"), derivative),
    **{rf"\begin{{{kind}}}": matrix for kind in ("bmatrix", "pmatrix")},
    r"\begin{cases}": cases,
}
