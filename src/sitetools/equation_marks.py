"""Marks at tested equations, as a Python-Markdown extension: what was checked, and a link to the equation.

The annotations that eqtest reads are taken out of the page, and so are claims. Nothing is evaluated here: the tests do
that, and a page with a display that isn't tested doesn't pass them. What is proved is read from pagetest.report's
record, which speaks of a page as long as its formulas and their annotations are the same.
"""

import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement

import click
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from eqtest import Equation, Result, find_equations, read_page, stray_dollars, strip_annotations
from pages.claims import without_claims
from sitetools.places import locate

ADVICE = "Write each equation between $$ on lines of their own, with a blank line before and after them."
EXPLANATION = "/reference/equations.md#tested"
PYTHON_DIGITS, DIGITS = 9, 20  # to which values are compared
MOST_LINKS = 4
LEAST_SHARE = 0.005  # of discarded points that is told
ROUGH = ("lim", "supremum", "infimum", "int", "E", "inf")  # what is computed to fewer digits


class EquationError(click.ClickException):
    """A display that can't be paired with its annotation, or not be tested, or a dollar that isn't mathematics."""


class Mark(NamedTuple):
    """What a mark speaks of: an equation, what is checked and recorded of it, and what uses its definition."""

    equation: Equation
    plan: Result
    verdict: str
    users: list[Equation]


class _Preprocessor(Preprocessor):
    """The step that reads the annotations, then removes them; code blocks are out of the way by now."""

    def __init__(self, md: Markdown, report: str) -> None:
        super().__init__(md)
        self.report = report
        self.marks: list[Mark] = []

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        for start, _, problem in stray_dollars(text):
            line = lines[text.count("\n", 0, start)]
            raise EquationError(f"{', '.join(locate(line)) or line.strip()}: {problem}")
        for equation, plan in plans(text):
            if plan.status == "failed" and equation.kind and not equation.inline:  # no mark speaks of those in a line
                raise EquationError(_problem(equation, plan))
        found, verdicts = [equation for equation, _ in plans(text)], recorded(self.report, text)
        self.marks = [
            Mark(equation, plan, verdicts.get(equation.name or "", ""), _users(equation, found[k + 1 :]))
            for k, (equation, plan) in enumerate(plans(text))
            if not equation.inline
        ]
        return without_claims(strip_annotations(text)).split("\n")


class _Treeprocessor(Treeprocessor):
    def __init__(self, md: Markdown, source: _Preprocessor) -> None:
        super().__init__(md)
        self.source = source

    def run(self, root: Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        waiting = list(self.source.marks)
        for display in [el for el in root.iter("div") if el.get("class") == "arithmatex"]:
            shown = _spaced(html.unescape((display.text or "")[2:-2]))
            # Footnotes come last on the page, wherever they stand in its source.
            place = next((at for at, mark in enumerate(waiting) if _spaced(mark.equation.tex) == shown), None)
            if place is None:
                raise EquationError(f"The page displays what the tests don't read: {shown}. {ADVICE}")
            mark = waiting.pop(place)
            if mark.equation.kind:
                _wrap(display, parents[display], mark)
        if waiting:
            hidden = _spaced(waiting[0].equation.tex)
            raise EquationError(f"The tests read what the page doesn't display: {hidden}. {ADVICE}")


def _spaced(tex: str) -> str:
    return " ".join(tex.split())


def plans(text: str) -> list[tuple[Equation, Result]]:
    """Return a page's formulas that have an annotation or a line of their own, with what the tests check of each.

    The places of formulas may be those of another text with the same ones: nothing is read twice.
    """
    same = _formulas(text)
    if same not in _PLANS:
        read = (equation for equation in read_page(text) if equation.tex or equation.problem)
        _PLANS[same] = [(equation, equation.check(evaluate=False)) for equation in read]
    return _PLANS[same]


_PLANS: dict[tuple[object, ...], list[tuple[Equation, Result]]] = {}


def _formulas(text: str) -> tuple[object, ...]:
    """Return a page's formulas with their annotations."""
    found = find_equations(text)
    return tuple((one.kind, one.name, one.tex, *(row for _, row in one.declarations)) for one in found)


def digest(text: str) -> str:
    """Return a hash of a page's formulas with their annotations."""
    return hashlib.sha256(repr(_formulas(text)).encode()).hexdigest()[:16]


def recorded(report: str, text: str) -> dict[str, str]:
    """Return what is recorded of a page's equations: "general" or "sizes" for a proof, or "exact".

    Args:
        report: The file of the record; without one, nothing is recorded.
        text: The page, with or without its code.

    Returns:
        The verdicts by the equations' names.
    """
    pages = json.loads(Path(report).read_text("utf-8")).values() if report and Path(report).is_file() else ()
    return next((page["verdicts"] for page in pages if page["formulas"] == digest(text)), {})


def _users(equation: Equation, later: Sequence[Equation]) -> list[Equation]:
    """Return the formulas that use what an equation defines."""
    return [one for one in later if one.scope.depends(*one.sides) & set(equation.defines)]


def _problem(equation: Equation, plan: Result) -> str:
    """Say what is wrong with a formula or a declaration; the place eqtest names is that of a text without code."""
    problem = plan.message.partition(": ")[2]
    declaration = re.search("`(.+?)`", problem)
    wanted = equation.tex or (declaration[1] if declaration else "")
    return f"{', '.join(locate(wanted)) or 'A page'}: {problem}"


def _wrap(display: Element, parent: Element, mark: Mark) -> None:
    """Put the display and its mark into one box that links can lead to."""
    box, equation = Element("div", {"class": "equation"}), mark.equation
    if equation.name:
        box.set("id", f"eq-{equation.name}")
    box.tail, display.tail = display.tail, None
    parent[list(parent).index(display)] = box
    box.append(display)
    skipped = equation.kind == "eq-skip"
    details = SubElement(box, "details", {"class": "equation__mark", "data-search-exclude": "1"})
    SubElement(details, "summary", {"aria-label": "not tested" if skipped else "tested"}).text = "✗" if skipped else "✓"
    text = SubElement(details, "p")
    text.text = f"Not tested: {equation.reason}. " if skipped else f"{describe(equation, mark.plan, mark.verdict)} "
    if mark.users:
        defined = mark.plan.status == "defined"
        text.text = "A definition, checked where it is used: in " if defined else f"{text.text}It is used in "
        _add_users(text, mark.users)
    SubElement(text, "a", {"href": EXPLANATION}).text = "What this means"
    if equation.name:
        text[-1].tail = ", "
        SubElement(text, "a", {"href": f"#eq-{equation.name}"}).text = "link to this equation"
    text[-1].tail = "."


def _add_users(text: Element, users: Sequence[Equation]) -> None:
    """Say which equations use a definition, with links to the first, and how many others."""
    linked = [user for user in users if user.name and not user.inline][:MOST_LINKS]
    links = [SubElement(text, "a", {"href": f"#eq-{user.name}"}) for user in linked]
    for link, user in zip(links, linked, strict=True):
        link.text, link.tail = (user.name or "").replace("-", " "), ", "
    more = len(users) - len(linked)
    others = f"{more} more" if linked else "a formula in the text" if more == 1 else f"{more} formulas in the text"
    if links and more:
        links[-1].tail = f" and {others}. "
    elif links:
        links[-1].tail = ". "
        for link in links[-2:-1]:
            link.tail = " and "
    else:
        text.text = f"{text.text}{others}. "


def describe(equation: Equation, plan: Result, verdict: str = "") -> str:
    """Say how the tests check an equation.

    Args:
        equation: As eqtest reads it.
        plan: What is checked.
        verdict: What is recorded of it: "general", "sizes", "exact" or nothing.

    Returns:
        A sentence with the numbers of relations and points, and the sizes.
    """
    if plan.status == "defined":
        return "A definition, checked where it is used."
    relations = "1 relation" if plan.checks == 1 else f"{plan.checks} relations"
    points = "1 point" if plan.points == 1 else f"{plan.points} points"
    ends = [(name.strip(chr(92)), low, high) for name, (low, high) in equation.sizes.items()]
    sizes = [f"{name} = {low}" if low == high else f"{name} from {low} to {high}" for name, low, high in ends]
    left_out = [f"{plan.discarded:.0%} of the points left out by conditions"] if plan.discarded >= LEAST_SHARE else []
    checked = ", ".join([relations, points, *sizes, *left_out])
    if verdict == "general":
        every = " and ".join(f"every {name}{f' from {low} on' if low > 1 else ''}" for name, low, _ in ends)
        return f"Proved by computer algebra{f', for {every}' if every else ''}; checked numerically too: {checked}."
    if verdict == "sizes":
        proved = f"Proved by computer algebra for {', '.join(sizes)}"
        return f"{proved}; checked numerically too: {relations}, {points}."
    if equation.scope.uses_python(*equation.sides):
        return f"Compared with code{', exactly' if verdict else f' to {PYTHON_DIGITS} digits'}: {checked}."
    if verdict == "exact":
        return f"Computed exactly, with rational numbers: {checked}."
    rounded = any(step.relation != "=" or step.asymptotic or any(map(step.nodes, ROUGH)) for step in equation.steps)
    return f"Checked numerically{'' if rounded else f' to {DIGITS} digits'}, not proved: {checked}."


class EquationsExtension(Extension):
    """The extension, which needs `sitetools.katex`: that finds the displays."""

    def __init__(self, **options: Any) -> None:
        self.config = {"report": ["", "The file of what pagetest.report has recorded"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a Markdown instance."""
        source = _Preprocessor(md, self.getConfig("report"))
        # After fenced code (25) is set aside, before raw HTML (20) would keep the comments.
        md.preprocessors.register(source, "equations", 24)
        # After the inline patterns (20), before KaTeX (12) takes the TeX away.
        md.treeprocessors.register(_Treeprocessor(md, source), "equations", 13)


def makeExtension(**config: object) -> EquationsExtension:
    """Return the extension: Python-Markdown's entry point."""
    return EquationsExtension(**config)
