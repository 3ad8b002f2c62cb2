"""Where in the sources something stands that a build complains of.

Extensions aren't told which page they convert, so they look for the formula. MkDocs' warnings name the page and where a
link leads, and this module, which is a MkDocs hook too, adds the line.
"""

import json
import logging
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from sitetools import ROOT

LOGGER = logging.getLogger("mkdocs.structure.pages")
WARNING = re.compile(r"Doc file '(?P<page>[^']+)' contains (?P<rest>.*?'(?P<target>[^']*)'.*)", re.DOTALL)


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Watch what MkDocs says of links, in place of the build before, if there was one."""
    LOGGER.filters[:] = [partial(add_lines, Path(config.docs_dir))]


def add_lines(docs: Path, record: logging.LogRecord) -> bool:
    """Begin a warning of a link with its places, such as docs/page.md:12, if the page's source shows them."""
    if warning := WARNING.fullmatch(record.getMessage()):
        places = [
            f"docs/{warning['page']}{part}:{line}"
            for part, text in read_texts(docs / warning["page"])
            for line in lines_of(warning["target"], text)
        ]
        if places:
            record.msg, record.args = f"{', '.join(places)} contains {warning['rest']}", ()
    return True


def lines_of(target: str, source: str) -> list[int]:
    r"""List the lines of a Markdown source, from 1, that lead to a target by a link or a picture.

    Args:
        target: What is linked to, as it is written.
        source: The Markdown.

    Returns:
        The lines' numbers.

    Examples:
        >>> from sitetools.places import lines_of
        >>> lines_of("a.md#x", "[one](a.md#x) and [two](a.md)\n![three](a.svg)\n[four]: a.md#x")
        [1, 3]
    """
    leads = re.compile(rf"""(?:\]\(\s*|\]:\s*|<|(?:href|src)=["'])<?(?P<target>{re.escape(target)})(?=[\s)>"']|$)""")
    return [source.count("\n", 0, match.start("target")) + 1 for match in leads.finditer(source)]


def locate(tex: str) -> list[str]:
    """Find a formula in the sources.

    Args:
        tex: The formula without its delimiters.

    Returns:
        Every place that holds it, as `docs/page.md:12`: the Markdown pages first, then labs' cells and docstrings.
    """
    # Indentation and quote marks in front of a formula's lines are gone by now; docstrings may double a backslash.
    words = (re.escape(word).replace(r"\\", r"\\{1,2}") for word in tex.split())
    body = r"[\s>]+".join(words)
    delimited = re.compile(rf"(?:\$|\\[(\[])[\s>]*({body})[\s>]*(?:\$|\\[)\]])")
    texts = {
        file.relative_to(ROOT).as_posix() + part: text
        for pattern in ("docs/**/*.md", "docs/labs/*.ipynb", "src/**/*.py")
        for file in sorted(ROOT.glob(pattern))
        for part, text in read_texts(file)
    }
    for pattern in (delimited, re.compile(f"({body})")):  # \begin{…} needs no delimiters
        places = [
            f"{name}:{text.count(chr(10), 0, match.start(1)) + 1}"
            for name, text in texts.items()
            for match in pattern.finditer(text)
        ]
        if places:
            return places
    return []


def read_texts(file: Path) -> Iterator[tuple[str, str]]:
    """Read the text of a file, or those of a notebook's cells with their numbers."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        for number, cell in enumerate(json.loads(text)["cells"], start=1):
            yield f", cell {number}", "".join(cell["source"])
    else:
        yield "", text
