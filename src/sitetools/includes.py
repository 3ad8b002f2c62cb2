"""Includes that lead nowhere, as a MkDocs hook: the page, the line, and the sections that the module has.

pymdownx.snippets, which expands includes, is told neither page nor line, and MkDocs would show its error as a long
traceback.
"""

import re
from difflib import get_close_matches
from pathlib import Path

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

INCLUDE = re.compile(r'--8<-- "(?P<path>[^":]+):(?P<section>[A-Za-z][\w-]*)"')
START = re.compile(r"--8<-- \[start:([\w-]+)\]")


class MissingSectionError(click.ClickException):
    """An include of a file or section that isn't there."""


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Check a page's includes before anything expands them; MkDocs calls this for each page."""
    root = Path(config.config_file_path).parent
    for number, line in enumerate(page.file.content_string.splitlines(), start=1):
        include = INCLUDE.fullmatch(line.strip())
        if include and (problem := missing(include["path"], include["section"], root)):
            raise MissingSectionError(f"docs/{page.file.src_uri}:{number}: {problem}")


def missing(path: str, section: str, root: Path) -> str:
    """Say what an include asks for in vain.

    Args:
        path: The file, as the page names it.
        section: The name of its section.
        root: The folder that paths start from.

    Returns:
        What isn't there and what is, for people; nothing if the section is there.
    """
    file = root / path
    if not file.is_file():
        return f"there is no file {path}"
    sections = START.findall(file.read_text("utf-8"))
    if section in sections:
        return ""
    near = get_close_matches(section, sections, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"{path} has no section {section!r}{hint} It has {', '.join(sorted(sections)) or 'none'}."
