"""Fenced blocks of a Markdown page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sybil import Document, Region
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from pagetest.errors import FenceError

PYTHON = {"python", "py"}
DOCTEST = {"pycon"}
OUTPUT = {"text"}
NOT_RUN = {"console", "css", "html", "json", "markdown", "toml", "yaml"}
LANGUAGES = PYTHON | DOCTEST | OUTPUT | NOT_RUN

UNTESTED = "Not tested:"

HEADER = re.compile(r"(?P<language>\w+)(?P<attributes>(?: +\w+=\"[^\"]*\")*)")
BRACED = re.compile(r"\{ *\.(?P<language>\w+)(?P<attributes>(?: +\w+=\"[^\"]*\")*) *\}")
ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"")


@dataclass(frozen=True)
class Fence:
    """A fenced block; `line` is the number of its opening line, from 1; `source` is without its indentation."""

    path: str
    line: int
    start: int
    end: int
    indent: str
    language: str
    title: str
    source: str

    @property
    def where(self) -> str:
        """The place to name in messages."""
        return f"{self.path}:{self.line}"

    @property
    def skip_reason(self) -> str | None:
        """Why the block isn't run, or None. Readers see the reason too: it is the block's title."""
        if not self.title.startswith(UNTESTED):
            return None
        reason = self.title.removeprefix(UNTESTED).strip()
        if not reason:
            raise FenceError(f'{self.where}: a block left untested needs a reason: title="{UNTESTED} why"')
        return reason


def find_fences(document: Document) -> list[Fence]:
    """The outermost fences of a document, in order.

    Raises:
        FenceError: If a fence is never closed, or its header has an unknown language or attribute.
    """
    return [_fence(document, region) for region in _outermost(document)]


def _outermost(document: Document) -> Iterator[Region]:
    lexer = RawFencedCodeBlockLexer(re.compile(r"(?P<header>[^\n]*)\n"))
    end = 0
    for region in sorted(lexer(document), key=lambda region: region.start):
        if region.start >= end:
            end = region.end
            yield region


def _fence(document: Document, region: Region) -> Fence:
    line = document.text.count("\n", 0, region.start) + 1
    where = f"{document.path}:{line}"
    text = document.text[region.start : region.end]
    opening, *body, closing = text.split("\n")
    indent = opening[: len(opening) - len(opening.lstrip())]
    if not opening.startswith((f"{indent}```", f"{indent}~~~")):
        raise FenceError(f"{where}: start the fence {opening.strip()!r} on a line of its own")
    if closing.strip(" \t>") not in {char * n for char in "`~" for n in range(3, 10)}:
        raise FenceError(f"{where}: the fence {opening.strip()!r} is never closed")
    language, title = _header(region.lexemes["header"].strip(), where)
    return Fence(
        path=document.path,
        line=line,
        start=region.start,
        end=region.end,
        indent=indent,
        language=language,
        title=title,
        # Sybil's own source has lost what blanks all its lines begin with, which an output may well have.
        source="".join(f"{line.removeprefix(indent)}\n" for line in body),
    )


def _header(header: str, where: str) -> tuple[str, str]:
    match = HEADER.fullmatch(header) or BRACED.fullmatch(header)
    attributes = dict(ATTRIBUTE.findall(match["attributes"])) if match else {}
    if match is None or match["language"] not in LANGUAGES or attributes.keys() - {"title"}:
        raise FenceError(
            f"{where}: unknown fence header {header!r}; write a language of {', '.join(sorted(LANGUAGES))}, "
            'and after it nothing but title="…"'
        )
    return match["language"], attributes.get("title", "")
