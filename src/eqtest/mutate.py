"""Typos: `python -m eqtest mutate FILE.md…` makes small, realistic ones in every display and lists those that pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from eqtest.page import Equation, Result, read_page
from eqtest.syntax import FRACTIONS, RELATIONS
from eqtest.tokens import ACCENTS, GREEK, ROMAN, Token, group_end, nesting, tokenize

_PAIRS = [
    ("+", "-"), (r"\le", r"\ge"), (r"\leq", r"\geq"), ("<", ">"), (r"\log", r"\exp"), (r"\max", r"\min"),
    (r"\sum", r"\prod"), (r"\sin", r"\cos"), (r"\tanh", r"\tan"), (r"\cosh", r"\sinh"), (r"\arctan", r"\tan"),
]  # fmt: skip
SWAPS = dict(_PAIRS) | {b: a for a, b in _PAIRS} | {r"\ln": r"\exp", r"\sqrt": ""}
SCRIPTS = {"_": "subscript", "^": "exponent"}
FURTHER = 24  # samples, to tell an equivalent typo from one that slips through
Edit = tuple[int, int, str]
Edits = Iterator[tuple[str, list[Edit]]]


class Typo(NamedTuple):
    """A typo: what was done, and the display's TeX with it."""

    what: str
    tex: str


def typos(tex: str) -> list[Typo]:
    """All typos of a display, each different from it."""
    tokens = sorted(tokenize(tex), key=lambda token: token.pos)
    found: dict[str, Typo] = {}
    for make in (_marks, _scripts, _groups, _terms, _symbols, _indices):
        for what, edits in make(tokens, tex):
            changed = tex
            for start, end, text in sorted(edits, reverse=True):
                joint = " " if text[:1] == "\\" and changed[end : end + 1].isalpha() else ""
                changed = changed[:start] + text + joint + changed[end:]
            if changed != tex:
                found.setdefault(changed, Typo(what, changed))
    return list(found.values())


def _marks(tokens: Sequence[Token], tex: str) -> Edits:
    """Signs, relations and functions for one another; floors for ceilings; numbers off by one."""
    for token in tokens:
        if token.kind == "num":
            last = int(token.text[-1])
            for digit in {(last + 1) % 10, abs(last - 1)}:
                yield f"{token.text} to {token.text[:-1]}{digit}", [(token.end - 1, token.end, str(digit))]
        elif token.text in SWAPS:
            yield f"{token.text} to {SWAPS[token.text] or 'nothing'}", [(token.pos, token.end, SWAPS[token.text])]
        elif token.text in ACCENTS or token.text == "'":
            yield f"{token.text} lost", [(token.pos, token.end, "")]
    for one, other in (("floor", "ceil"), ("ceil", "floor")):
        ends = [token for token in tokens if token.text in (rf"\l{one}", rf"\r{one}")]
        if ends:
            yield f"{one} to {other}", [(t.pos, t.end, t.text.replace(one, other)) for t in ends]


def _scripts(tokens: Sequence[Token], tex: str) -> Edits:
    """A subscript or an exponent lost; an upper bound off by one."""
    for index, token in enumerate(tokens):
        if token.text in SCRIPTS:
            end = group_end(tokens, index + 1)
            yield f"{SCRIPTS[token.text]} lost", [(token.pos, tokens[end - 1].end, "")]
            if tokens[index - 1].text in (r"\sum", r"\prod") and end < len(tokens) and tokens[end].text == "^":
                place = tokens[end + 1].pos, tokens[group_end(tokens, end + 1) - 1].end
                bound = tex[slice(*place)].removeprefix("{").removesuffix("}")
                for change in ("- 1", "+ 1") if bound != r"\infty" else ():
                    yield f"upper bound {change}", [(*place, f"{{{bound} {change}}}")]


def _groups(tokens: Sequence[Token], tex: str) -> Edits:
    """A fraction upside down or without its denominator; two arguments for one another."""
    for index, token in enumerate(tokens):
        if token.text in FRACTIONS and tokens[index + 1].text == "{":
            middle = group_end(tokens, index + 1)
            top = tokens[index + 1].pos, tokens[middle - 1].end
            bottom = tokens[middle].pos, tokens[group_end(tokens, middle) - 1].end
            yield "fraction upside down", [(*top, tex[slice(*bottom)]), (*bottom, tex[slice(*top)])]
            yield "denominator lost", [(token.pos, token.end, ""), (*bottom, "")]
        if token.text in (",", r"\|") and 1 < index < len(tokens) - 1 and tokens[index - 2].text == "(":
            left, right = tokens[index - 1], tokens[index + 1]
            if right.kind == "letter":
                yield "arguments swapped", [(left.pos, left.end, right.text), (right.pos, right.end, left.text)]


def _terms(tokens: Sequence[Token], tex: str) -> Edits:
    """A term lost."""
    ends = {"+", "-", r"\\", "&", ",", r"\qquad", "|", *RELATIONS}
    for index, token in enumerate(tokens):
        if token.text in ("+", "-") and index and tokens[index - 1].text not in ("{", "(", "[", "&", *RELATIONS):
            depth = 0
            for later in tokens[index + 1 :]:
                depth += nesting(later) + (later.text in ("(", r"\lfloor", r"\lceil"))
                depth -= later.text in (")", r"\rfloor", r"\rceil")
                if depth < 0 or (depth == 0 and later.text in ends):
                    yield "term lost", [(token.pos, later.pos, " ")]
                    break


def _letters(tokens: Sequence[Token]) -> Iterator[tuple[int, bool]]:
    """Where symbols stand, each with whether it is in a subscript; not in roman names."""
    roman = script = 0
    for index, token in enumerate(tokens):
        roman = group_end(tokens, index + 1) if token.text in ROMAN else roman
        script = max(script, group_end(tokens, index + 1)) if token.text == "_" else script
        if index >= roman and (token.kind == "letter" or token.text in GREEK) and token.text not in ("e", "d", r"\pi"):
            yield index, index < script


def _symbols(tokens: Sequence[Token], tex: str) -> Edits:
    """A symbol for another one of the display; a symbol lost; a square too many."""
    places = list(_letters(tokens))
    for index, script in places:
        token = tokens[index]
        pool = sorted({tokens[at].text for at, inside in places if inside == script})
        other = pool[(pool.index(token.text) + 1) % len(pool)]
        yield f"{token.text} to {other}", [(token.pos, token.end, other)]
        if script:
            continue
        start = index - (tokens[index - 1].text in ACCENTS)
        after = index + 1
        while after + 1 < len(tokens) and tokens[after].text == "_":
            after = group_end(tokens, after + 1)
        following = tokens[after].text if after < len(tokens) else ""
        if following not in ("^", "'", "(", "}") and tokens[index - 1].text not in (r"\partial", "d", r"\to"):
            yield f"{token.text} squared", [(tokens[after - 1].end, tokens[after - 1].end, "^2")]
        after = group_end(tokens, after + 1) if following == "^" else after
        yield f"{token.text} lost", [(tokens[start].pos, tokens[after - 1].end, " ")]


def _indices(tokens: Sequence[Token], tex: str) -> Edits:
    """i and j for one another on one side."""
    scripts = [tokens[index] for index, script in _letters(tokens) if script]
    sides = [token.pos for token in tokens if token.text in RELATIONS]
    for a, b in pairwise(sorted({token.text for token in scripts if token.kind == "letter"})):
        other = {a: b, b: a}
        for start, end in pairwise([*sides, len(tex) + 1]):
            yield (
                f"{a} and {b} swapped",
                [(t.pos, t.end, other[t.text]) for t in scripts if t.text in other and start < t.pos < end],
            )


Run = Callable[[Equation, int], Result]


def fates(equations: Sequence[Equation], text: str, run: Run) -> Iterator[tuple[Equation, Typo, str]]:
    """Yield every typo with its fate; `run` checks an equation with a seed."""
    for equation in equations:
        if equation.display.kind in ("eq", "eq-define") and not equation.problem:
            for typo in typos(equation.tex):
                yield equation, typo, fate(equations, equation, typo, text, run)


def fate(equations: Sequence[Equation], equation: Equation, typo: Typo, text: str, run: Run) -> str:
    """What becomes of a typo: `caught`, `unreadable` (caught by the parser), `equivalent` or `survived`."""
    after = [equation.with_tex(typo.tex)]
    if equation.defines:
        start = equation.display.tex_start
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
    steps = [replace(old, relation="=", left=a, right=b) for old, a, b in sides if a != b]
    scope = equation.scope.child()
    scope.tight, scope.samples = [], FURTHER
    return run(replace(equation, scope=scope, steps=steps), 1).status in ("tested", "defined")
