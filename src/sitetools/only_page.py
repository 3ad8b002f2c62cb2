"""One page by itself, as a MkDocs hook: with ONLY_PAGE=losses/regression.md, the build leaves the others empty.

They keep their places in the navigation, and the headings and equations that links lead to.
"""

import os
import re
from functools import partial

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents

ONLY = os.environ.get("ONLY_PAGE")
TITLE = re.compile(r"^# (.+?)(?: \{.*\})?$", re.MULTILINE)
HEADING = re.compile(r"^#+ .*\{#([\w-]+)\}$", re.MULTILINE)
EQUATION = re.compile(r"<!-- eq(?:-define)? ([\w-]+)")


def on_files(files: Files, *, config: MkDocsConfig) -> None:
    """Refuse a page that doesn't exist: nothing would be built, and nothing said."""
    if ONLY and files.get_file_from_path(ONLY) is None:
        raise click.ClickException(
            f"ONLY_PAGE is {ONLY}, and there is no such page in docs/: name one, such as losses/polyloss.md"
        )


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Leave a page empty that wasn't asked for."""
    if ONLY and page.file.src_uri != ONLY:
        # MkDocs has no event in place of converting.
        page.render = partial(_leave_empty, page)  # type: ignore[method-assign]


def _leave_empty(page: Page, config: MkDocsConfig, files: Files) -> None:
    assert page.markdown is not None
    names = [*HEADING.findall(page.markdown), *(f"eq-{name}" for name in EQUATION.findall(page.markdown))]
    page.content = "".join(f'<a id="{name}"></a>' for name in names)
    page.toc = TableOfContents([])
    if title := TITLE.search(page.markdown):
        page.meta["title"] = title[1]
    if "\n::: " not in page.markdown:  # whose headings come from the package
        page.present_anchor_ids = set(names)
