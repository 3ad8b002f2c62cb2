"""What a formula states, relation by relation; a formula that states nothing, or nothing that can fail, is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from eqtest.cursor import REFUSED
from eqtest.declarations import declare_limit, declare_random
from eqtest.notation import DOTS, LAWS, read_chain, read_condition, read_expression
from eqtest.parser import Side
from eqtest.scope import Binding, Scope
from eqtest.tex import SEPARATE, Token, require, split, statements
from eqtest.tree import BINDERS, Node, free

DRAWN = ("real", "interval", "int", "index", "size")
_LAYOUT = re.compile(r"\\\\|&|\\(left|right|[bB]igg?[lr]?)(?![A-Za-z])")


@dataclass(frozen=True)
class Step:
    """One relation of a formula; `chain` says which of its statements it belongs to."""

    number: int
    relation: str
    sides: tuple[Node, Node]
    tex: str
    pos: int
    chain: int
    where: tuple[Node, ...] = ()

    def nodes(self, op: str) -> list[Node]:
        """Return all nodes of a kind on both sides."""
        return [node for side in self.sides for node in side.walk() if node.op == op]

    @property
    def asymptotic(self) -> bool:
        r"""Whether the step is about a limit: O(·), \sim or \to."""
        return self.relation in ("~", "→") or bool(self.nodes("order"))


def read_steps(tex: str, tokens: Sequence[Token], scope: Scope) -> list[Step]:
    """Read every relation of every chain, in order."""
    steps: list[Step] = []
    for chain, (piece, conditions) in enumerate(read_statements(tokens, scope)):
        where = tuple(read_condition(condition, scope) for condition in conditions)
        sides = read_chain(piece, scope)
        require(len(sides) > 1, "an expression states nothing: a display needs a relation such as =", sides[0].start)
        _require_closed(sides)
        names = [scope.bindings.get(side.node.args[0]) for side in sides if side.node.op == "sym"]
        free_ = all(kind and kind.kind in DRAWN for kind in names) and all(
            side.node.op in ("sym", "num") for side in sides
        )
        if steps and free_ and names and "=" not in {side.relation for side in sides}:  # a condition, such as b > a
            test = read_condition(piece, scope)
            steps = [replace(step, where=(*step.where, test)) if step.chain == chain - 1 else step for step in steps]
            continue
        for left, right in pairwise(sides):
            source = " ".join(_LAYOUT.sub("", tex[left.start : right.end]).split())
            both = left.node, right.node
            steps.append(Step(len(steps) + 1, right.relation, both, source, left.start, chain, where))
    require(steps, "an empty display", 0)
    _require_news(steps, scope)
    return steps


def read_statements(tokens: Sequence[Token], scope: Scope) -> list[tuple[list[Token], list[list[Token]]]]:
    """Split a display into statements with their conditions; declare the ranges and distributions that it gives."""
    found: list[tuple[list[Token], list[list[Token]]]] = []
    for piece in statements(tokens):
        rest = piece[1:] if piece[0].kind == "word" and piece[0].text in SEPARATE else piece
        texts = [token.text for token in rest]
        first = texts.index("1") if "1" in texts else 0
        dots = texts[first + 1 : first + 4]
        left = split(rest, r"\sim", r"\in", "=")[0]
        if first and dots[:1] == dots[2:] == [","] and dots[1] in DOTS and len(left) <= first - 1:  # i = 1, …, n
            high = read_expression([token for token in rest[first + 4 :] if token.text != r"\}"], scope)
            for name in split(left, ","):
                require(len(name) == 1, "the range of an index reads: i = 1, \\dots, n", piece[0].pos)
                scope.bindings[name[0].text] = Binding("index", (high,))
        elif len(left) + 1 < len(rest) and rest[len(left)].text == r"\sim" and rest[len(left) + 1].text in LAWS:
            declare_random(scope, left, rest[len(left) + 1 :])
        elif r"\in" in texts and texts[texts.index(r"\in") + 1 : texts.index(r"\in") + 2] == ["R_mathbb"]:
            require(texts.count(r"\in") == 1, REFUSED[r"\in"], piece[0].pos)
            unknown = [name[0] for name in split(left, ",") if name and not scope.depends(Node("sym", (name[0].text,)))]
            require(not unknown, "declare it, such as `x : real[n]`", unknown[0].pos if unknown else None)
        elif rest is not piece and piece[0].text == "as" and texts[1:2] == [r"\to"]:
            declare_limit(scope, texts[0], read_expression(rest[2:], scope))
        elif rest is not piece:
            require(found, "what does this condition belong to? write the statement first", piece[0].pos)
            found[-1][1].append(rest)
        else:
            found.append((piece, []))
    return found


def _require_closed(sides: Sequence[Side]) -> None:
    """Refuse a name that is bound in one place and free in another: a sum that ends too early."""
    nodes = [side.node for side in sides]
    for node in (below for side in nodes for below in side.walk() if below.op in BINDERS):
        for name in free(node.args[3]) - {node.args[0]} if node.args[3] else ():
            one_sided = len(nodes) > 1 and not all(name in free(side) for side in nodes if node not in side.walk())
            hint = f"write one sum for each, the second with the condition: \\sum_{{{name}}} \\sum_{{{node.args[0]} …}}"
            open_ = any(name in free(side) for side in nodes)
            require(not (one_sided and open_), f"is this a sum over {name} too? {hint}", sides[0].start)
    bound = {node.args[0] for side in nodes for node in side.walk() if node.op in BINDERS}
    leaks = ", ".join(sorted(bound & free(*nodes)))
    hint = "a sum ends at the next + or −: put its terms in brackets, or use another letter"
    what = "is bound by a sum, product or integral and also stands outside it"
    require(not leaks, f"{leaks} {what}: {hint}", sides[0].start)


def _require_news(steps: Sequence[Step], scope: Scope) -> None:
    """Refuse a step that can't fail, and a chain that only restates definitions."""
    same = {step.number for step in steps if scope.written_out(step.sides[0]) == scope.written_out(step.sides[1])}
    hint = "instead of declaring it, say `eq-define`, or give the symbol a Python oracle (`… := py …`)"
    for step in steps:
        if step.number in same and step.relation not in ("<", ">", "!="):
            require(step.sides[0] != step.sides[1], "both sides are the same, so this can't fail", step.pos)
            restated = {other.number for other in steps if other.chain == step.chain} <= same
            require(not restated, f"this restates a definition, so it can't fail: {hint}", step.pos)
