"""What pages say of the site in numbers, as a Python-Markdown extension: `{{ blocks }}` becomes the number of blocks.

They are counted when a page that shows them is built, from the sources of all pages, so nobody keeps them up to date.
`{{ minutes }}` adds up how long the pages take that are listed below it, and each says its part.
"""

import functools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import click
import nbformat
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from pages.blocks import find_blocks
from pages.claims import Claim, find_claims
from pages.comparisons import find_comparisons
from pages.numbers import Line, numbers, read_notebook, read_page
from sitetools.equation_marks import plans
from sitetools.lab_pages import claims as claims_of
from sitetools.lab_pages import shown
from sitetools.links import find_links

PLACE = re.compile(r"\{\{ (\w+) \}\}")
ROUTE = re.compile(r"^### .*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
STOP = re.compile(r"^\d+\. \[.*\]\((.*\.md)\)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)[^)\s]+\)")  # within the site: the build fails if one leads nowhere
SOURCE = re.compile(r"^ *<!-- numbers: ", re.MULTILINE)
WORK = re.compile(r"^## ", re.MULTILINE)  # of the bibliography
VERDICTS = {"general": "proved", "sizes": "proved_sizes", "exact": "exact"}
TYPOS = {"caught": "typos_caught", "equivalent": "typos_equivalent", "survived": "typos_survived"}


class CountError(click.ClickException):
    """A page that asks for a number that nobody counts, or that doesn't say how long it takes."""


def count(docs: Path) -> Counter[str]:
    """Count what the tests check of all pages.

    Args:
        docs: The folder of the pages.

    Returns:
        Each number under the name that pages call it by.
    """
    counts = Counter[str](figures=len([*(docs / "assets" / "figures").glob("*.svg")]))
    for page in docs.rglob("*.md"):
        counts.update(_of_page(page, page.read_text("utf-8"), docs.parent))
    for lab in docs.glob("labs/*.ipynb"):
        counts.update(_of_lab(lab, lab.read_text("utf-8")))
    for page in json.loads((docs / "reference" / "report.json").read_text("utf-8")).values():
        counts.update({name: page[end] for end, name in TYPOS.items()})
        counts.update(VERDICTS[verdict] for verdict in page["verdicts"].values())
    counts.update(typos=sum(counts[name] for name in TYPOS.values()))
    counts.update(external=len(find_links(docs.parent)))
    counts.update(works=len(WORK.findall((docs / "reference" / "bibliography.md").read_text("utf-8"))))
    return counts


@functools.cache
def _of_page(page: Path, text: str, root: Path) -> Counter[str]:
    path = str(page)
    blocks = [block for block in find_blocks(text, path) if not block.fence.skip_reason]
    tested = [(equation, plan) for equation, plan in plans(text) if plan.status in ("tested", "defined")]
    counts = Counter(
        pages=1,
        blocks=len(blocks),
        outputs=sum(block.output is not None for block in blocks),
        mistakes=sum(block.fence.title == "The mistake" for block in blocks),
        links=len(LINK.findall(text)),
        equations=sum(not equation.inline for equation, _ in tested),
        formulas=sum(equation.inline for equation, _ in tested),
        formulas_given=sum(plan.status == "given" for _, plan in plans(text)),
        relations=sum(plan.checks for _, plan in tested),
        points=sum(plan.points for _, plan in tested),
    )
    counts.update(_of_prose([text], path, find_claims(text, path), read_page(page, root)))
    return counts


@functools.cache
def _of_lab(lab: Path, text: str) -> Counter[str]:
    cells = nbformat.reads(text, as_version=4).cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    claims = [claim for cell in cells for claim in claims_of(cell, str(lab))]
    counts = _of_prose(prose, str(lab), claims, read_notebook(lab))
    counts.update(labs=1, recorded=sum(len(shown(cell)) for cell in cells if cell.cell_type == "code"))
    return counts


def _of_prose(texts: list[str], path: str, claims: list[Claim], lines: list[Line]) -> Counter[str]:
    """Count what a page or a lab says outside code: numbers, claims, and words that compare without one."""
    words = [word for text in texts for word in find_comparisons(text, path) if not word.denies]
    looked_at = [number for line in lines for number in numbers(line.prose) if not number.small]
    return Counter(
        numbers=len(looked_at),
        sources=sum(len(SOURCE.findall(text)) for text in texts),
        claims=len(claims),
        figure_claims=sum(claim.of_figure for claim in claims),
        comparisons=len(words),
        comparisons_free=sum(not word.claimed for word in words),
        comparisons_claimed=sum(word.claimed for word in words),
    )


def fill(text: str, docs: Path, reading: str) -> str:
    """Put the numbers into a page that asks for some.

    Args:
        text: The page.
        docs: The folder of the pages.
        reading: How pages say how long they take, with `{}` for the minutes.

    Returns:
        The page with numbers in it.

    Raises:
        CountError: If nobody counts what the page asks for, or a page doesn't say how long it takes.
    """
    if not PLACE.search(text):
        return text
    text = ROUTE.sub(lambda route: _timed(route[0], docs, reading), text)
    counts = count(docs) if PLACE.search(text) else Counter[str]()

    def number(place: re.Match[str]) -> str:
        if place[1] not in counts:
            raise CountError(f"{place[0]} stands for nothing; a page can show {', '.join(sorted(counts))}")
        return f"{counts[place[1]]:,}"

    return PLACE.sub(number, text)


def _timed(route: str, docs: Path, reading: str) -> str:
    """Return a section with the minutes of each page that it lists, and of all."""
    if "{{ minutes }}" not in route:
        return route
    minutes = {page: _minutes(docs / page, reading) for page in STOP.findall(route)}
    route = STOP.sub(lambda stop: f"{stop[0]}, {minutes[stop[1]]} min", route)
    return route.replace("{{ minutes }}", str(sum(minutes.values())))


def _minutes(page: Path, reading: str) -> int:
    words = re.escape(reading).replace(r"\{\}", r"(\d+)").replace(r"\ ", r"\s+")
    said = re.findall(words, page.read_text("utf-8")) if page.is_file() else []
    if len(said) != 1:
        raise CountError(f"a page lists {page.name}, which has to say once: {reading.format('…')}")
    return int(said[0])


class _Preprocessor(Preprocessor):
    def __init__(self, md: Markdown, docs: Any, reading: str) -> None:
        super().__init__(md)
        self.docs, self.reading = docs, reading

    def run(self, lines: list[str]) -> list[str]:
        return fill("\n".join(lines), Path(self.docs), self.reading).split("\n")


class CountsExtension(Extension):
    """The extension, which knows the pages of the repository."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "docs": ["docs", "The folder of the pages"],
            "reading": ["", "How pages say how long they take, with {} for the minutes"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a Markdown instance."""
        # After fenced code (25) is set aside: what looks like a place for a number is code there.
        md.preprocessors.register(_Preprocessor(md, **self.getConfigs()), "counts", 23)


def makeExtension(**options: Any) -> CountsExtension:
    """Return the extension: Python-Markdown's entry point."""
    return CountsExtension(**options)
