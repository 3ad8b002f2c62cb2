"""Includes on the site, as a Python-Markdown extension; as a MkDocs hook, what is wrong with a page's code and claims.

An extension isn't told which page it converts; so the hook looks at each page before.
"""

from pathlib import Path
from typing import Any

import click
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from pages import PageError
from pages.blocks import find_blocks
from pages.claims import find_claims
from pages.includes import code_of, expanded


class CodeError(click.ClickException):
    """A page whose code or claims can't be read as they stand."""


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Read a page's code and claims before anything else does; MkDocs calls this for each page."""
    if not page.file.src_uri.endswith(".md"):
        return
    path = f"docs/{page.file.src_uri}"
    try:
        find_claims(page.file.content_string, path)
        for block in find_blocks(page.file.content_string, path):
            code_of(block.fence, Path(config.config_file_path).parent)
    except PageError as error:
        raise CodeError(str(error)) from None


class _Preprocessor(Preprocessor):
    def __init__(self, md: Markdown, root: Any) -> None:
        super().__init__(md)
        self.root = root

    def run(self, lines: list[str]) -> list[str]:
        return expanded("\n".join(lines), "a page", Path(self.root)).split("\n")


class IncludesExtension(Extension):
    """The extension, which goes with `pymdownx.superfences`."""

    def __init__(self, **options: Any) -> None:
        self.config = {"root": ["", "The folder that includes start from"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a Markdown instance."""
        # Before fenced code (25) is set aside.
        md.preprocessors.register(_Preprocessor(md, self.getConfig("root")), "includes", 26)


def makeExtension(**options: Any) -> IncludesExtension:
    """Return the extension: Python-Markdown's entry point."""
    return IncludesExtension(**options)
