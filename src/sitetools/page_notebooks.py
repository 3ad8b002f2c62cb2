"""Each page's code as a notebook, as a MkDocs hook: readers download it, or open it in Colab, and run it.

A notebook holds what its page shows: the prose, the code with its includes expanded, and the outputs, which the tests
compare with real ones. Links lead to the site. Nothing is executed here.
"""

import json
import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from pages.cells import Cell, plain, split
from pages.outputs import SHOWN_ERROR

BRANCH = "notebooks"  # where .github/workflows/pages.yml puts them: Colab opens what is on a branch on GitHub

READS = re.compile(r'"(docs/[^"]+)"')  # files of the repository that a block reads; {name} stands for any

INTRODUCTION = "This is the page [{title}]({address}) as a notebook. Run its cells from top to bottom."
MEANT_TO_FAIL = " Cells whose output is an error are meant to fail; if running all stops there, go on with the next."

INSTALL = """\
# @title Install dlnotes where it is missing
from importlib.metadata import distributions

if not any(distributions(name="tested-dlnotes")):
    {install}"""
FILES = """\
# @title Recorded results that this page reads
from pathlib import Path

for name, text in {{
{files}}}.items():
    path = Path(name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")"""


class NotebookError(click.ClickException):
    """A page that can't be a notebook as it stands."""


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Add a page's notebook to the site, and tell the template of it; MkDocs calls this for each page.

    A folder's own page, which lists others, has none.
    """
    path = PurePosixPath(page.file.src_uri)
    if path.suffix != ".md" or page.file.name == "index":
        return
    root = Path(config.config_file_path).parent
    cells = split(markdown, f"docs/{path}", root)
    if not any(cell.kind == "code" for cell in cells):
        return

    def absolute(target: str) -> str:
        """Say where a link on the page leads, seen from anywhere."""
        name, _, anchor = target.partition("#")
        file = files.get_file_from_path(posixpath.normpath(str(path.parent / name))) if name else page.file
        if file is None:
            return target
        return urljoin(config.site_url or "", file.url) + (f"#{anchor}" if anchor else "")

    for cell in cells:
        if cell.kind == "markdown":
            cell.text = plain(cell.text, f"docs/{path}", absolute)
    title = cells[0].text.partition("\n")[0].removeprefix("# ")
    note = INTRODUCTION.format(title=title, address=absolute(""))
    if any(SHOWN_ERROR.search(cell.output) for cell in cells):
        note += MEANT_TO_FAIL
    repository = (config.repo_url or "").rstrip("/")
    start = [Cell("markdown", f"# {title}\n\n{note}"), _install(repository, config.site_url)]
    start += recorded("\n".join(cell.text for cell in cells if cell.kind == "code"), root, str(path))
    cells[0].text = cells[0].text.partition("\n")[2].strip()

    name = f"{path.stem}.ipynb"
    address = str(PurePosixPath(page.file.dest_uri).parent / name)
    content = json.dumps(notebook([*start, *cells], len(start)), ensure_ascii=False, indent=1) + "\n"
    files.append(File.generated(config, address, content=content))
    page.meta["notebook"] = name
    if repository.startswith("https://github.com/"):
        owned = repository.removeprefix("https://github.com/")
        page.meta["colab"] = f"https://colab.research.google.com/github/{owned}/blob/{BRANCH}/{address}"


def _install(repository: str, site: str | None) -> Cell:
    if repository:
        line = f'%pip install --quiet "tested-dlnotes[train] @ git+{repository}"'
    else:
        page = f"{site or ''}basics/setup/#dlnotes"
        line = f'raise ModuleNotFoundError("This needs the code of the notes: {page} says how to install it")'
    return Cell("code", INSTALL.format(install=line))


def recorded(code: str, root: Path, page: str) -> list[Cell]:
    """Make a cell that brings the files of the repository that a page's code reads; none if it reads none."""
    found: dict[str, str] = {}
    for name in READS.findall(code):
        paths = [path for path in sorted(root.glob(re.sub(r"\{.*?\}", "*", name))) if path.is_file()]
        if not paths:
            raise NotebookError(
                f"docs/{page}: its code reads {name}, and there is no such file: correct the name, or add the file"
            )
        found |= {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}
    files = "".join(f"    {name!r}: {text!r},\n" for name, text in found.items())
    return [Cell("code", FILES.format(files=files))] if found else []


def notebook(cells: list[Cell], hidden: int) -> dict[str, Any]:
    """Make a notebook of these cells, in version 4.5 of the format; of the first `hidden`, the code is folded."""
    contents = []
    for number, cell in enumerate((cell for cell in cells if cell.text), start=1):
        content: dict[str, Any] = {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": {}, "source": cell.text}
        if cell.kind == "markdown" and cell.fold:
            content["source"] = f"<details><summary>{cell.fold}</summary>\n\n{cell.text}\n\n</details>"
        if cell.kind == "code":
            outputs = [{"output_type": "stream", "name": "stdout", "text": cell.output}] if cell.output else []
            content |= {"execution_count": None, "outputs": outputs}
            if cell.fold or number <= hidden:
                content["metadata"]["jupyter"] = {"outputs_hidden": number > hidden, "source_hidden": True}
            if number <= hidden:
                content["metadata"]["cellView"] = "form"  # Colab shows the title alone
            if SHOWN_ERROR.search(cell.output):
                content["metadata"]["tags"] = ["raises-exception"]
        contents.append(content)
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": python, "language_info": {"name": "python"}}
    return {"cells": contents, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
