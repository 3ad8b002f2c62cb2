"""Typos: `python -m eqtest mutate FILE.md…` makes small, realistic ones in every formula and lists those that pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from eqtest.page import Equation, Result, read_page
from eqtest.parser import FRACTIONS
from eqtest.tex import FUNCTIONS, RELATIONS, Token, group_end, nesting, tokenize

_PAIRS = (
    r"+ -|\le \ge|\leq \geq|< >|\log \exp|\max \min|\sum \prod|\sin \cos|\tanh \tan|\cosh \sinh|\arctan \tan"
    r"|\lfloor \lceil|\rfloor \rceil"
)
SWAPS = {a: b for pair in _PAIRS.split("|") for a, b in (pair.split(), pair.split()[::-1])} | {r"\ln": r"\exp"}
SCRIPTS = {"_": "subscript", "^": "exponent"}
ENDS = {"+", "-", r"\\", "&", ",", r"\qquad", "|", *RELATIONS}
FURTHER = 24  # samples, to tell an equivalent typo from one that slips through
Edit = tuple[int, int, str]
Edits = Iterator[tuple[str, list[Edit]]]
Run = Callable[[Equation, int], Result]


class Typo(NamedTuple):
    """A typo: what was done, and the formula's TeX with it."""

    what: str
    tex: str


def typos(tex: str) -> list[Typo]:
    """All typos of a formula, each different from it."""
    tokens, found = tokenize(tex), dict[str, Typo]()
    for make in (_marks, _groups, _symbols, _indices):
        for what, edits in make(tokens, tex):
            changed = tex
            for start, end, text in sorted(edits, reverse=True):
                joint = " " if text[:1] == "\\" and changed[end : end + 1].isalpha() else ""
                changed = changed[:start] + text + joint + changed[end:]
            if changed != tex:
                found.setdefault(changed, Typo(what, changed))
    return list(found.values())


def _marks(tokens: Sequence[Token], tex: str) -> Edits:
    """Signs, relations and functions for one another; numbers off by one; accents, primes, roots and terms lost."""
    for one, other in (("floor", "ceil"), ("ceil", "floor")):
        ends = [
            (pos, end, text.replace(one, other)) for _, text, pos, end in tokens if text in (f"\\l{one}", f"\\r{one}")
        ]
        yield f"{one} to {other}", ends
    for index, (kind, text, pos, end) in enumerate(tokens):
        raw = tex[pos:end]
        plain = re.sub(r"\\(?:hat|bar|tilde|dot|vec|sqrt)(?![A-Za-z])|'", "", raw)
        if kind == "num":
            for digit in {(int(text[-1]) + 1) % 10, abs(int(text[-1]) - 1)}:
                yield f"{text} to {text[:-1]}{digit}", [(end - 1, end, str(digit))]
        elif raw in SWAPS:
            yield f"{raw} to {SWAPS[raw]}", [(pos, end, SWAPS[raw])]
        elif plain != raw:
            yield f"{raw} lost", [(pos, end, plain)]
        if text in ("+", "-") and index and tokens[index - 1].text not in ("{", "(", "[", "&", *RELATIONS):
            depth = 0
            for later in tokens[index + 1 :]:
                depth += nesting(later) + (later.text in ("(", r"\lfloor", r"\lceil"))
                depth -= later.text in (")", r"\rfloor", r"\rceil")
                if depth < 0 or (depth == 0 and later.text in ENDS):
                    yield "term lost", [(pos, later.pos, " ")]
                    break


def _groups(tokens: Sequence[Token], tex: str) -> Edits:
    """Scripts lost, bounds off by one, fractions upside down or without their denominator, arguments swapped."""
    for index, (_, text, pos, _) in enumerate(tokens):
        end = group_end(tokens, index + 1)
        after = group_end(tokens, end) if text in FRACTIONS else group_end(tokens, end + 1)
        if text in SCRIPTS:
            yield f"{SCRIPTS[text]} lost", [(pos, tokens[end - 1].end, "")]
            if tokens[index - 1].text in (r"\sum", r"\prod") and tokens[end:] and tokens[end].text == "^":
                place = tokens[end + 1].pos, tokens[after - 1].end
                bound = tex[slice(*place)].removeprefix("{").removesuffix("}")
                for change in ("- 1", "+ 1") if bound != r"\infty" else ():
                    yield f"upper bound {change}", [(*place, f"{{{bound} {change}}}")]
        elif text in FRACTIONS and tokens[index + 1].text == "{":
            top, bottom = (tokens[index + 1].pos, tokens[end - 1].end), (tokens[end].pos, tokens[after - 1].end)
            yield "fraction upside down", [(*top, tex[slice(*bottom)]), (*bottom, tex[slice(*top)])]
            yield "denominator lost", [(pos, tokens[index].end, ""), (*bottom, "")]
        elif text in (",", r"\|") and 1 < index < len(tokens) - 1 and tokens[index - 2].text == "(":
            left, right = tokens[index - 1], tokens[index + 1]
            if right.kind == "name":
                yield "arguments swapped", [(left.pos, left.end, right.text), (right.pos, right.end, left.text)]


def _places(tokens: Sequence[Token], tex: str) -> Iterator[tuple[int, bool]]:
    """Where symbols stand, each with whether it is in a subscript; not names of several letters."""
    script = 0
    for index, token in enumerate(tokens):
        script = max(script, group_end(tokens, index + 1)) if token.text == "_" else script
        roman = re.match(r"\\(mathrm|operatorname)", tex[token.pos :])
        if token.kind == "name" and not roman and token.text not in {"e", "d", "pi", "max", "min", *FUNCTIONS}:
            yield index, index < script


def _symbols(tokens: Sequence[Token], tex: str) -> Edits:
    """A symbol for another one of the formula; a symbol lost; a square too many."""
    places = list(_places(tokens, tex))
    for index, script in places:
        token = tokens[index]
        pool = {tokens[at].text: tex[slice(*tokens[at][2:])] for at, inside in places if inside == script}
        other = sorted(pool)[(sorted(pool).index(token.text) + 1) % len(pool)]
        if other != token.text:
            yield f"{token.text} to {other}", [(token.pos, token.end, pool[other])]
        if script:
            continue
        after = index + 1
        while after + 1 < len(tokens) and tokens[after].text == "_":
            after = group_end(tokens, after + 1)
        following = tokens[after].text if after < len(tokens) else ""
        if following not in ("^", "'", "(", "}") and tokens[index - 1].text not in (r"\partial", "d", r"\to"):
            yield f"{token.text} squared", [(tokens[after - 1].end, tokens[after - 1].end, "^2")]
        after = group_end(tokens, after + 1) if following == "^" else after
        yield f"{token.text} lost", [(token.pos, tokens[after - 1].end, " ")]


def _indices(tokens: Sequence[Token], tex: str) -> Edits:
    """i and j for one another on one side."""
    scripts = [tokens[index] for index, script in _places(tokens, tex) if script]
    sides = [token.pos for token in tokens if token.text in RELATIONS]
    for a, b in pairwise(sorted({token.text for token in scripts if len(token.text) == 1})):
        other = {a: b, b: a}
        for start, end in pairwise([*sides, len(tex) + 1]):
            swapped = [(t.pos, t.end, other[t.text]) for t in scripts if t.text in other and start < t.pos < end]
            yield f"{a} and {b} swapped", swapped


def fates(equations: Sequence[Equation], text: str, run: Run) -> Iterator[tuple[Equation, Typo, str]]:
    """Yield every typo with its fate; `run` checks an equation with a seed."""
    for equation in equations:
        if equation.kind in ("eq", "eq-define") and not equation.problem:
            for typo in typos(equation.tex):
                yield equation, typo, fate(equations, equation, typo, text, run)


def fate(equations: Sequence[Equation], equation: Equation, typo: Typo, text: str, run: Run) -> str:
    """What becomes of a typo: `caught`, `unreadable` (caught by the parser), `equivalent` or `survived`."""
    after = [equation.with_tex(typo.tex)]
    if equation.defines:
        start = equation.tex_start
        page = read_page(text[:start] + typo.tex + text[start + len(equation.tex) :], equation.path)
        uses = [e.scope.depends(*e.sides) & set(equation.defines) for e in equations]
        after = [new for old, new, used in zip(equations, page, uses, strict=True) if used or old is equation]
    for changed in after:
        if run(changed, 0).status == "failed":
            return "unreadable" if changed.problem else "caught"
    return "equivalent" if not equation.defines and _equivalent(equation, after[0], run) else "survived"


def _equivalent(equation: Equation, changed: Equation, run: Run) -> bool:
    """Whether each side of each step has the same value as before, at further points."""
    pairs = list(zip(equation.steps, changed.steps, strict=False))
    if any(old.relation != new.relation for old, new in pairs):
        return False
    compared = [(old, new) for old, new in pairs if old.relation not in ("~", "→")]  # a limit that holds is as sharp
    sides = [(old, *both) for old, new in compared for both in zip(old.sides, new.sides, strict=True)]
    steps = [replace(old, relation="=", sides=(a, b)) for old, a, b in sides if a != b]
    scope = equation.scope.child()
    scope.tight, scope.samples = [], FURTHER
    return run(replace(equation, scope=scope, steps=steps), 1).status in ("tested", "defined")
