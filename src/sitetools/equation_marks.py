"""Marks at tested equations, as a Python-Markdown extension: what was checked, and a link to the equation.

The annotations that eqtest reads are taken out of the page, and so are claims. Nothing is evaluated here: the tests do
that, and a page with a display that isn't tested doesn't pass them.
"""

import html
import re
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


class EquationError(click.ClickException):
    """A display that can't be paired with its annotation, or not be tested, or a dollar that isn't mathematics."""


class _Preprocessor(Preprocessor):
    """The step that reads the annotations, then removes them; code blocks are out of the way by now."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.equations: list[tuple[Equation, Result]] = []

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        for start, _, problem in stray_dollars(text):
            line = lines[text.count("\n", 0, start)]
            raise EquationError(f"{', '.join(locate(line)) or line.strip()}: {problem}")
        for equation, plan in plans(text):
            if plan.status == "failed" and equation.kind and not equation.inline:  # no mark speaks of those in a line
                raise EquationError(_problem(equation, plan))
        self.equations = [(equation, plan) for equation, plan in plans(text) if not equation.inline]
        return without_claims(strip_annotations(text)).split("\n")


class _Treeprocessor(Treeprocessor):
    def __init__(self, md: Markdown, source: _Preprocessor) -> None:
        super().__init__(md)
        self.source = source

    def run(self, root: Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        waiting = list(self.source.equations)
        for display in [el for el in root.iter("div") if el.get("class") == "arithmatex"]:
            shown = _spaced(html.unescape((display.text or "")[2:-2]))
            # Footnotes come last on the page, wherever they stand in its source.
            place = next((at for at, (equation, _) in enumerate(waiting) if _spaced(equation.tex) == shown), None)
            if place is None:
                raise EquationError(f"The page displays what the tests don't read: {shown}. {ADVICE}")
            equation, plan = waiting.pop(place)
            if equation.kind:
                _wrap(display, parents[display], equation, plan)
        if waiting:
            raise EquationError(f"The tests read what the page doesn't display: {_spaced(waiting[0][0].tex)}. {ADVICE}")


def _spaced(tex: str) -> str:
    return " ".join(tex.split())


def plans(text: str) -> list[tuple[Equation, Result]]:
    """Return a page's formulas that have an annotation or a line of their own, with what the tests check of each.

    The places of formulas may be those of another text with the same ones: nothing is read twice.
    """
    found = find_equations(text)
    same = tuple((one.kind, one.name, one.tex, *(row for _, row in one.declarations)) for one in found)
    if same not in _PLANS:
        read = (equation for equation in read_page(text) if equation.tex or equation.problem)
        _PLANS[same] = [(equation, equation.check(evaluate=False)) for equation in read]
    return _PLANS[same]


_PLANS: dict[tuple[object, ...], list[tuple[Equation, Result]]] = {}


def _problem(equation: Equation, plan: Result) -> str:
    """Say what is wrong with a formula or a declaration; the place eqtest names is that of a text without code."""
    problem = plan.message.partition(": ")[2]
    declaration = re.search("`(.+?)`", problem)
    wanted = equation.tex or (declaration[1] if declaration else "")
    return f"{', '.join(locate(wanted)) or 'A page'}: {problem}"


def _wrap(display: Element, parent: Element, equation: Equation, plan: Result) -> None:
    """Put the display and its mark into one box that links can lead to."""
    box = Element("div", {"class": "equation"})
    if equation.name:
        box.set("id", f"eq-{equation.name}")
    box.tail, display.tail = display.tail, None
    parent[list(parent).index(display)] = box
    box.append(display)
    skipped = equation.kind == "eq-skip"
    mark = SubElement(box, "details", {"class": "equation__mark", "data-search-exclude": "1"})
    SubElement(mark, "summary", {"aria-label": "not tested" if skipped else "tested"}).text = "✗" if skipped else "✓"
    text = SubElement(mark, "p")
    text.text = f"Not tested: {equation.reason}. " if skipped else f"{describe(equation, plan)} "
    SubElement(text, "a", {"href": EXPLANATION}).text = "What this means"
    if equation.name:
        text[-1].tail = ", "
        SubElement(text, "a", {"href": f"#eq-{equation.name}"}).text = "link to this equation"
    text[-1].tail = "."


def describe(equation: Equation, plan: Result) -> str:
    """Say what the tests check of an equation.

    Args:
        equation: As eqtest reads it.
        plan: What is checked.

    Returns:
        A sentence with the numbers of relations and points, and the sizes.
    """
    if plan.status == "defined":
        return "A definition, checked where it is used."
    relations = "1 relation" if plan.checks == 1 else f"{plan.checks} relations"
    points = "1 point" if plan.points == 1 else f"{plan.points} points"
    sizes = ", ".join(f"{name.strip(chr(92))} from {low} to {high}" for name, (low, high) in equation.sizes.items())
    return f"Checked numerically, not proved: {relations}, {points}{', ' + sizes if sizes else ''}."


class EquationsExtension(Extension):
    """The extension, which needs `sitetools.katex`: that finds the displays."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a Markdown instance."""
        source = _Preprocessor(md)
        # After fenced code (25) is set aside, before raw HTML (20) would keep the comments.
        md.preprocessors.register(source, "equations", 24)
        # After the inline patterns (20), before KaTeX (12) takes the TeX away.
        md.treeprocessors.register(_Treeprocessor(md, source), "equations", 13)


def makeExtension(**config: object) -> EquationsExtension:
    """Return the extension: Python-Markdown's entry point."""
    return EquationsExtension(**config)
