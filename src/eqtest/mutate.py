"""Typos: `python -m eqtest mutate FILE.md…` makes small, realistic ones in every display and lists those that pass."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from eqtest.asymptotics import is_asymptotic
from eqtest.layout import Step
from eqtest.names import ACCENTS, GREEK, ROMAN
from eqtest.nodes import walk
from eqtest.page import Equation, Result, read_page
from eqtest.parser import RELATIONS
from eqtest.tokens import Token, group_end, tokenize

SWAPS = {
    "+": "-", "-": "+", r"\le": r"\ge", r"\ge": r"\le", r"\leq": r"\geq", r"\geq": r"\leq", "<": ">", ">": "<",
    r"\log": r"\exp", r"\exp": r"\log", r"\ln": r"\exp", r"\max": r"\min", r"\min": r"\max", r"\sum": r"\prod",
    r"\prod": r"\sum", r"\sin": r"\cos", r"\cos": r"\sin", r"\tanh": r"\tan", r"\lfloor": r"\lceil",
    r"\rfloor": r"\rceil", r"\lceil": r"\lfloor", r"\rceil": r"\rfloor", r"\arctan": r"\tan", r"\cosh": r"\sinh",
    r"\sqrt": "",
}  # fmt: skip
FURTHER = 40


class Typo(NamedTuple):
    """A typo: what was done, and the display's TeX with it."""

    what: str
    tex: str


def typos(tex: str) -> list[Typo]:
    """All typos of a display, each different from it."""
    tokens = sorted(tokenize(tex), key=lambda token: token.pos)
    found: dict[str, Typo] = {}
    for make in (_swapped, _numbers, _symbols, _scripts, _terms, _factors, _fractions, _arguments, _sides):
        for what, edits in make(tokens, tex):
            changed = _edited(tex, edits)
            if changed != tex:
                found.setdefault(changed, Typo(what, changed))
    return list(found.values())


Edit = tuple[int, int, str]
Edits = Iterator[tuple[str, list[Edit]]]


def _edited(tex: str, edits: Sequence[Edit]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        space = " " if text[-1:].isalpha() and "\\" in text and tex[end : end + 1].isalpha() else ""
        tex = tex[:start] + text + space + tex[end:]
    return tex


def _swapped(tokens: Sequence[Token], tex: str) -> Edits:
    """Signs, relations, functions for one another; floors in pairs."""
    for token in tokens:
        if token.text in SWAPS and token.kind != "text":
            if token.text in (r"\lfloor", r"\lceil"):
                partner = token.text.replace(r"\l", r"\r")
                closing = next((other for other in tokens if other.pos > token.pos and other.text == partner), None)
                if closing:
                    edits = [(token.pos, token.end, SWAPS[token.text]), (closing.pos, closing.end, SWAPS[closing.text])]
                    yield f"{token.text} to {SWAPS[token.text]}", edits
            elif token.text not in (r"\rfloor", r"\rceil"):
                yield f"{token.text} to {SWAPS[token.text] or 'nothing'}", [(token.pos, token.end, SWAPS[token.text])]


def _numbers(tokens: Sequence[Token], tex: str) -> Edits:
    """A number off by one in its last place; an upper bound off by one."""
    for token in tokens:
        if token.kind == "num":
            last = int(token.text[-1])
            for digit in {(last + 1) % 10, abs(last - 1)}:
                yield f"{token.text} to {token.text[:-1]}{digit}", [(token.end - 1, token.end, str(digit))]
    for index, token in enumerate(tokens):
        if token.text in (r"\sum", r"\prod") and tokens[index + 1].text == "_":
            after = group_end(tokens, index + 2)
            if after < len(tokens) - 1 and tokens[after].text == "^":
                start, end = tokens[after + 1].pos, tokens[group_end(tokens, after + 1) - 1].end
                bound = tex[start:end].removeprefix("{").removesuffix("}")
                if bound != r"\infty":
                    yield "upper bound one less", [(start, end, f"{{{bound} - 1}}")]
                    yield "upper bound one more", [(start, end, f"{{{bound} + 1}}")]


def _symbol_tokens(tokens: Sequence[Token]) -> list[tuple[Token, bool]]:
    """The letters that are symbols, each with whether it stands in a subscript; not those of roman names."""
    found, hidden, script = [], 0, 0
    for index, token in enumerate(tokens):
        if token.text in ROMAN and token.kind == "cmd":
            hidden = max(hidden, group_end(tokens, index + 1))
        if token.text == "_":
            script = max(script, group_end(tokens, index + 1))
        if index >= hidden and (token.kind == "letter" or token.text in GREEK) and token.text not in ("e", "d", r"\pi"):
            found.append((token, index < script))
    return found


def _symbols(tokens: Sequence[Token], tex: str) -> Edits:
    """A symbol for another one of the display; i for j; a square too many."""
    found = _symbol_tokens(tokens)
    for inside in (True, False):
        pool = sorted({token.text for token, scripted in found if scripted == inside})
        for token, scripted in found:
            if scripted == inside and len(pool) > 1:
                other = pool[(pool.index(token.text) + 1) % len(pool)]
                yield f"{token.text} to {other}", [(token.pos, token.end, other)]
    places = {token.pos: index for index, token in enumerate(tokens)}
    for token, scripted in found:
        after = places[token.pos] + 1
        if after < len(tokens) and tokens[after].text == "_":
            after = group_end(tokens, after + 1)
        following = tokens[after].text if after < len(tokens) else ""
        before = tokens[places[token.pos] - 1].text if places[token.pos] else ""
        if (
            not scripted
            and following not in ("^", "'", "(", "_", "}")
            and before not in (r"\partial", "d", r"\d", r"\to")
        ):
            end = tokens[after - 1].end
            yield f"{token.text} squared", [(end, end, "^2")]


def _scripts(tokens: Sequence[Token], tex: str) -> Edits:
    """A subscript, an exponent, a hat or a prime lost."""
    for index, token in enumerate(tokens):
        if token.text in ("_", "^") and token.kind == "op" and index + 1 < len(tokens):
            end = tokens[group_end(tokens, index + 1) - 1].end
            yield f"{'subscript' if token.text == '_' else 'exponent'} lost", [(token.pos, end, "")]
        if token.text in ACCENTS:
            yield f"{token.text} lost", [(token.pos, token.end, "")]
        if token.text == "'":
            yield "prime lost", [(token.pos, token.end, "")]


def _terms(tokens: Sequence[Token], tex: str) -> Edits:
    """A term lost."""
    for index, token in enumerate(tokens):
        if token.text in ("+", "-") and index and tokens[index - 1].text not in ("{", "(", "[", "&", *RELATIONS):
            depth = 0
            for end in range(index + 1, len(tokens)):
                text = tokens[end].text
                depth += text in ("{", "(", "[", r"\{", r"\lfloor", r"\lceil") or text.startswith(r"\begin")
                depth -= text in ("}", ")", "]", r"\}", r"\rfloor", r"\rceil") or text.startswith(r"\end")
                if depth < 0 or (
                    depth == 0 and (text in ("+", "-", r"\\", "&", ",", r"\qquad", "|") or text in RELATIONS)
                ):
                    yield "term lost", [(token.pos, tokens[end].pos, " ")]
                    break


def _factors(tokens: Sequence[Token], tex: str) -> Edits:
    """A symbol of a product lost, with its scripts."""
    places = {token.pos: index for index, token in enumerate(tokens)}
    for token, scripted in _symbol_tokens(tokens):
        start = index = places[token.pos]
        if scripted:
            continue
        if index and tokens[index - 1].text in ACCENTS:
            start -= 1
        after = index + 1
        while after + 1 < len(tokens) and tokens[after].text in ("_", "^"):
            after = group_end(tokens, after + 1)
        yield f"{token.text} lost", [(tokens[start].pos, tokens[after - 1].end, " ")]


def _fractions(tokens: Sequence[Token], tex: str) -> Edits:
    """A fraction upside down; a denominator lost."""
    for index, token in enumerate(tokens):
        if token.text in (r"\frac", r"\tfrac", r"\dfrac") and tokens[index + 1].text == "{":
            middle = group_end(tokens, index + 1)
            if middle < len(tokens) and tokens[middle].text == "{":
                top = tokens[index + 1].pos, tokens[middle - 1].end
                bottom = tokens[middle].pos, tokens[group_end(tokens, middle) - 1].end
                yield "fraction upside down", [(*top, tex[slice(*bottom)]), (*bottom, tex[slice(*top)])]
                yield "denominator lost", [(token.pos, token.end, ""), (*bottom, "")]


def _arguments(tokens: Sequence[Token], tex: str) -> Edits:
    """Two arguments for one another."""
    for index, token in enumerate(tokens):
        if token.text in (",", r"\|", r"\mid") and 1 < index < len(tokens) - 2:
            left, right = tokens[index - 1], tokens[index + 1]
            if left.kind in ("letter", "cmd") and right.kind == "letter" and tokens[index - 2].text == "(":
                yield "arguments swapped", [(left.pos, left.end, right.text), (right.pos, right.end, left.text)]


def _sides(tokens: Sequence[Token], tex: str) -> Edits:
    """i and j for one another to the right of a relation."""
    letters = sorted({token.text for token, scripted in _symbol_tokens(tokens) if scripted and token.kind == "letter"})
    relations = [token.pos for token in tokens if token.text in RELATIONS]
    for a, b in pairwise(letters):
        other = {a: b, b: a}
        for start, end in pairwise([*relations, tokens[-1].end + 1]):
            edits = [
                (t.pos, t.end, other[t.text])
                for t, s in _symbol_tokens(tokens)
                if s and t.text in other and start < t.pos < end
            ]
            if edits:
                yield f"{a} and {b} swapped", edits


Run = Callable[[Equation, int], Result]


def fates(equations: Sequence[Equation], text: str, run: Run) -> Iterator[tuple[Equation, Typo, str]]:
    """Yield every typo with its fate: `caught`, `unreadable` (caught by the parser), `equivalent` or `survived`.

    Args:
        equations: The page's equations.
        text: The page's Markdown.
        run: Checks an equation with a seed.
    """
    for equation in equations:
        if equation.display.kind in ("eq", "eq-define") and not equation.problem:
            for typo in typos(equation.tex):
                yield equation, typo, fate(equations, equation, typo, text, run)


def fate(equations: Sequence[Equation], equation: Equation, typo: Typo, text: str, run: Run) -> str:
    """What becomes of a typo in one of a page's equations."""
    if equation.defines:
        start = equation.display.tex_start
        changed_page = read_page(text[:start] + typo.tex + text[start + len(equation.tex) :], equation.path)
        for before, after in zip(equations, changed_page, strict=True):
            uses = before.scope.depends(*before.sides) & set(equation.defines)
            later = uses and before.display.start > equation.display.start
            if (before is equation or later) and run(after, 0).status == "failed":
                return "unreadable" if after.problem else "caught"
        return "survived"
    changed = equation.with_tex(typo.tex)
    if changed.problem:
        return "unreadable"
    if run(changed, 0).status == "failed":
        return "caught"
    return "equivalent" if _as_true(equation, changed, run) else "survived"


def _as_true(equation: Equation, changed: Equation, run: Run) -> bool:
    """Whether the changed display is as true and as sharp: its limits hold, its values are the same at many points."""
    if [step.relation for step in equation.steps] != [step.relation for step in changed.steps]:
        return False
    tight = {declaration.relation for declaration in equation.scope.tight}
    same: list[Step] = []
    for number, (old, new) in enumerate(zip(equation.steps, changed.steps, strict=True), 1):
        if (old.left, old.right) == (new.left, new.right):
            continue
        if not is_asymptotic(new):
            pairs = ((old.left, new.left), (old.right, new.right))
            same += [replace(old, relation="=", left=a, right=b) for a, b in pairs if a != b]
        elif new.relation == "=" and number not in tight:
            return False
    scope = equation.scope.child()
    slow = any(node.op == "int" for side in equation.sides for node in walk(side))
    choices = math.prod(high - low + 1 for low, high in equation.sizes.values())
    scope.tight, scope.samples = [], max(2, (6 if slow else FURTHER) // choices)
    return not same or run(replace(equation, scope=scope, steps=same), 1).status == "tested"


def main(arguments: Sequence[str]) -> int:
    """List the survivors; return 1 if there are any."""
    from eqtest.__main__ import checker

    parser = argparse.ArgumentParser(prog="python -m eqtest mutate", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.md")
    counts = dict.fromkeys(("caught", "unreadable", "equivalent", "survived"), 0)
    started = time.perf_counter()
    for path in parser.parse_args(arguments).files:
        text = path.read_text(encoding="utf-8")
        equations = read_page(text, str(path))
        run = checker(path, equations)
        for equation, typo, end in fates(equations, text, run):
            counts[end] += 1
            if end in ("survived", "equivalent"):
                print(equation.report(f"{typo.what}: {end}\n    {' '.join(typo.tex.split())}", equation.line))
    print(
        f"{sum(counts.values())} typos: {counts['caught'] + counts['unreadable']} caught (unreadable: "
        f"{counts['unreadable']}), {counts['equivalent']} equivalent, {counts['survived']} survived, "
        f"in {time.perf_counter() - started:.0f} s"
    )
    return int(bool(counts["survived"]))
