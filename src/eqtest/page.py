"""A page's formulas with their annotations: found, and read in order."""

import re
import textwrap
from bisect import bisect
from collections.abc import Iterator

from eqtest.equation import Equation
from eqtest.inline import sort_of
from eqtest.prose import COMMENT, SHOWN, blank_code, stray_dollars, written
from eqtest.scope import Scope

_PIECE = re.compile(
    rf"""
    <!--\s* (?P<kind>eq(?:-page|-define|-skip|-given)?) (?![\w-]) (?P<colon>:?)
      (?P<first>[^\n]*?) (?P<rows>\n.*?)? -->
  | {COMMENT}
  | {SHOWN}
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_NEXT = re.compile(rf"(?P<gap>[\s>]*) (?: {SHOWN} )", re.MULTILINE | re.DOTALL | re.VERBOSE)
_GIVEN = {  # what is wrong with an `eq-given`, by what the formula after it does
    "": "eq-given marks a formula within a line; a display is tested, defined or skipped with a reason",
    "expression": "this formula states nothing, so it needs no eq-given: leave the comment out",
    "setting": "a bare setting is left out by itself, so it needs no eq-given: leave the comment out",
    "statement": "eq-given takes no name and no declarations: nothing is evaluated",
}


def read_page(text: str, path: str = "<page>") -> list[Equation]:
    """Read a page's displays and the inline formulas that state something, in order, under the declarations that hold.

    Dollars that aren't mathematics stand below them, as formulas that have no TeX and can't be checked.
    """
    page = Scope()
    equations: list[Equation] = []
    for equation in find_equations(text, path):
        if equation.kind == "eq-page":
            equation.declare(page)
            if page.tight:
                equation.problem, page.tight = equation.report("`tight` is about one display: declare it there"), []
        elif equation.kind in ("eq", "eq-define") and not equation.problem:
            equation.scope = page.child()
            equation.declare(equation.scope)
            if not equation.problem:
                equation.read(page if equation.kind == "eq-define" else None)
        if equation.kind != "eq-page" or equation.problem:
            equations.append(equation)
    used: frozenset[str] = frozenset()
    for equation in reversed(equations):
        for name in equation.defines:
            if name not in used and not equation.steps and not equation.problem:
                hint = "use it in a later display, or declare it as Python code, `… := py …`"
                what = f"the definition of {name.partition('(')[0]}"
                equation.problem = equation.report(f"nothing on the page tests {what}: {hint}")
        used |= equation.scope.depends(*equation.sides)
    starts = [equation.start for equation in equations]
    for start, end, problem in stray_dollars(text):
        before = bisect(starts, start)
        if not before or equations[before - 1].end <= start:
            line = text.count("\n", 0, start) + 1
            equations.append(Equation(path, line, start, end, problem=f"{path}:{line}: {problem}"))
    return equations


def find_equations(text: str, path: str = "<page>") -> list[Equation]:
    """Find all displays, inline formulas that state something or have an annotation, and `eq-page` comments.

    None is read yet. Code doesn't count. An inline formula that states something needs no annotation: its kind is eq.
    """
    found: list[Equation] = []
    for note, shown in _pieces(text):
        group = (shown and shown.lastgroup) or ""
        inside = shown.span(group) if shown else note.span() if note else (0, 0)
        kind, tex = note["kind"] if note else "", written(text, *inside) if shown else ""
        sort = sort_of(tex) if group == "within" else ""
        if note is None and sort:
            kind = "eq" if sort == "statement" else ""
            if not kind:
                continue
        start, end = (note or shown).start(), (shown or note).end()  # type: ignore[union-attr]  # one is there
        equation = Equation(path, text.count("\n", 0, inside[0]) + 1, start, end, kind)
        equation.inline, equation.tex, equation.tex_start = bool(sort), tex, inside[0] if shown else 0
        problem = _annotate(equation, note, text) if note else ""
        if note and kind != "eq-page" and not shown:
            problem = problem or f"this {kind} comment annotates nothing: put it right before a formula"
        elif kind == "eq-given" and (sort != "statement" or equation.name or equation.declarations):
            problem = _GIVEN[sort]
        elif equation.name and equation.name in [other.name for other in found]:
            problem = f"a second equation named {equation.name!r} on this page"
        equation.problem = equation.report(problem) if problem else ""
        found.append(equation)
    return found


def _pieces(text: str) -> Iterator[tuple[re.Match[str] | None, re.Match[str] | None]]:
    """Find annotations, each with the formula right after it, and formulas alone."""
    hidden, at = blank_code(text), 0
    while match := _PIECE.search(hidden, at):
        note, shown = (match, None) if match["kind"] else (None, match if match.lastgroup else None)
        if note and note["kind"] != "eq-page":
            shown = _NEXT.match(hidden, note.end())
            if shown and shown.lastgroup == "within" and shown["gap"].count("\n") > 1:
                shown = None
        at = (shown or match).end()
        if note or shown:
            yield note, shown


def _annotate(equation: Equation, match: re.Match[str], text: str) -> str:
    """Take over what an annotation says: its name or reason, its declarations. Return what is wrong with it."""
    first, rows = (written(text, *match.span(group)) if match[group] else "" for group in ("first", "rows"))
    first = first.strip()
    if equation.kind == "eq-skip":
        equation.reason = " ".join((first + rows).split())
        return "" if match["colon"] and equation.reason else "eq-skip needs a reason: <!-- eq-skip: reason -->"
    if first and equation.kind != "eq-page" and re.fullmatch(r"\w[\w-]*", first):
        equation.name = first
    elif first:
        return f"{first!r} isn't a name (letters, digits, hyphens): declarations start on the next line"
    number = text.count("\n", 0, match.start("rows")) + 1
    for line, row in enumerate(textwrap.dedent(rows.expandtabs(4)).split("\n"), number):
        content = re.sub(r"(^|\s)#(?!\d).*$", "", row).rstrip()
        if content[:1] == " " and equation.declarations:
            above, before = equation.declarations.pop()
            equation.declarations.append((above, f"{before} {content.strip()}"))
        elif content:
            equation.declarations.append((line, content.strip()))
    return ""


def strip_annotations(text: str) -> str:
    """Return the page without its eq comments, line for line unless a comment stands before an inline formula."""
    kept, at = list[str](), 0
    for note, shown in _pieces(text):
        if note:
            inline = shown is not None and shown.lastgroup == "within"
            kept += [text[at : note.start()], "" if inline else "\n" * note[0].count("\n")]
            at = shown.end("gap") if shown and inline else note.end()
    return "".join(kept) + text[at:]
