"""A page's formulas with their annotations: found, and read in order."""

import re
import textwrap

from eqtest.equation import Equation
from eqtest.inline import sort_of
from eqtest.prose import FORMULA, blank_code, stray_dollars
from eqtest.scope import Scope

# An annotation with the formula right after it, or another comment, or a formula alone.
_PIECE = re.compile(
    rf"""
    <!--\s* (?P<kind>eq(?:-page|-define|-skip|-given)?) (?![\w-]) (?P<colon>:?) [ \t]*
      (?P<first>[^\n]*?) \s* (?P<rows>\n.*?)? -->
      (?: [ \t]*\n?[ \t]* (?P<inline>\$(?!\$)) (?P<formula>[^$]+) \$ | \s* \$\$ (?P<shown>.*?) \$\$ )?
  | <!-- .*? -->
  | \$\$ (?P<bare>.*?) \$\$
  | (?P<raw> ^\\begin\{{(?:align|equation)\*?\}} | \\\[ )
  | {FORMULA}
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_ANNOTATION = re.compile(
    r"<!--\s*eq(?:-page|-define|-skip|-given)?(?![\w-]).*?-->(?:[ \t]*\n?[ \t]*(?P<inline>(?=\$(?!\$))))?", re.DOTALL
)
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
                hint = f"use it in a later display, or add `{name} := py …`"
                equation.problem = equation.report(f"nothing on the page tests the definition of {name}: {hint}")
        used |= equation.scope.depends(*equation.sides)
    for start, end, problem in stray_dollars(text):
        if not any(equation.start <= start < equation.end for equation in equations):
            line = text.count("\n", 0, start) + 1
            equations.append(Equation(path, line, start, end, problem=f"{path}:{line}: {problem}"))
    return equations


def find_equations(text: str, path: str = "<page>") -> list[Equation]:
    """Find all displays, inline formulas that state something or have an annotation, and `eq-page` comments.

    None is read yet. Code doesn't count. An inline formula that states something needs no annotation: its kind is eq.
    """
    hidden = blank_code(text)
    found: list[Equation] = []
    at = 0
    while match := _PIECE.search(hidden, at):
        at, kind = match.end(), match["kind"] or ""
        group = next((name for name in ("formula", "shown", "bare", "within") if match[name] is not None), "")
        if kind == "eq-page" and group:  # what follows has its own annotation, or none
            at, group = hidden.index("-->", match.start()) + 3, ""
        start = match.start(group or 0)
        sort = sort_of(text[slice(*match.span(group))]) if group in ("formula", "within") else ""
        if group == "within":
            kind = "eq" if sort == "statement" else ""
        if match["raw"] is None and not kind and group != "bare":
            continue
        equation = Equation(path, text.count("\n", 0, start) + 1, match.start(), at, kind)
        equation.inline = bool(sort)
        equation.tex, equation.tex_start = (text[slice(*match.span(group))], start) if group else ("", 0)
        problem = _annotate(equation, match, text) if match["kind"] else ""
        if match["raw"]:
            problem = "put $$ … $$ around the display, with \\begin{aligned} inside"
        elif kind != "eq-page" and not group:
            problem = problem or f"this {kind} comment annotates nothing: put it right before a formula"
        elif kind == "eq-given" and (sort != "statement" or equation.name or equation.declarations):
            problem = _GIVEN[sort]
        elif equation.name and equation.name in [other.name for other in found]:
            problem = f"a second equation named {equation.name!r} on this page"
        equation.problem = equation.report(problem) if problem else ""
        found.append(equation)
    return found


def _annotate(equation: Equation, match: re.Match[str], text: str) -> str:
    """Take over what an annotation says: its name or reason, its declarations. Return what is wrong with it."""
    first, rows = (text[slice(*match.span(group))] if match[group] else "" for group in ("first", "rows"))
    if equation.kind == "eq-skip":
        equation.reason = " ".join((first + rows).split())
        return "" if match["colon"] and equation.reason else "eq-skip needs a reason: <!-- eq-skip: reason -->"
    if first and equation.kind != "eq-page" and re.fullmatch(r"[A-Za-z][\w-]*", first):
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
    return _ANNOTATION.sub(lambda match: "" if match["inline"] is not None else "\n" * match[0].count("\n"), text)
