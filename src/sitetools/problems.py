"""MkDocs' warnings with the lines of the page, as a MkDocs hook: MkDocs names only the page and where a link leads."""

import logging
import re
from functools import partial
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from sitetools.katex import read_texts

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
    """The lines of a Markdown source, from 1, that lead to a target by a link or a picture.

    Examples:
        >>> lines_of("a.md#x", "[one](a.md#x) and [two](a.md)\\n![three](a.svg)\\n[four]: a.md#x")
        [1, 3]
    """
    leads = re.compile(rf"""(?:\]\(\s*|\]:\s*|<|(?:href|src)=["'])<?(?P<target>{re.escape(target)})(?=[\s)>"']|$)""")
    return [source.count("\n", 0, match.start("target")) + 1 for match in leads.finditer(source)]
