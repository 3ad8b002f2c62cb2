"""Each page's code as a notebook, as a MkDocs hook: readers download it, or open it in Colab, and run it.

A notebook holds what its page shows: the prose, the code with its includes expanded, and the outputs, which the tests
compare with real ones. Links lead to the site. Nothing is executed here.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

import click
from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

SNIPPETS = "pymdownx.snippets"
BRANCH = "notebooks"  # where .github/workflows/pages.yml puts them: Colab opens what is on a branch on GitHub

FENCE = re.compile(r"(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<language>\w*)(?: +title=\"(?P<title>[^\"]*)\")?.*")
# A fold, an admonition or a tab; what it holds is indented below.
CONTAINER = re.compile(r'(?P<indent> *)(?P<mark>\?\?\?\+?|!!!|===)(?: +(?P<type>\w+))?(?: +"(?P<title>[^"]*)")?\s*')
# Code, which stays as it is, or a comment.
COMMENT = re.compile(
    r"(?P<code>^(?P<indent> *)(?P<mark>`{3,}).*?^(?P=indent)(?P=mark) *$|"
    r"(?<!`)(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`))"
    r"|^ *<!--(?:(?!-->).)*--> *\n|<!--.*?-->",
    re.MULTILINE | re.DOTALL,
)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)")
HEADING_ID = re.compile(r"^(#+ .*?) \{#[\w-]+\}$", re.MULTILINE)
HTML = re.compile(r"</?(?:figure|div)\b[^>]*>|</figcaption>")
CAPTION = re.compile(r"<figcaption[^>]*>")
TARGET = re.compile(r"(?<=\]\()[^)\s]+(?=\))")
# As in pagetest.parser: such an output says that the block may raise.
ERROR = re.compile(r"^[\w.]*(Error|Exception|Interrupt|StopIteration)\b", re.MULTILINE)
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


@dataclass
class Cell:
    """Prose, or code with its output; `fold` is the title of the fold that it stands in."""

    kind: str
    text: str
    fold: str = ""
    output: str = ""


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Add a page's notebook to the site, and tell the template of it; MkDocs calls this for each page.

    Lists of pages, which index.md is in every folder, have none.
    """
    path = PurePosixPath(page.file.src_uri)
    if path.suffix != ".md" or path.name == "index.md":
        return
    snippets = Markdown(extensions=[SNIPPETS], extension_configs={SNIPPETS: config.mdx_configs[SNIPPETS]})
    cells = split(markdown, lambda lines: snippets.preprocessors["snippet"].run(lines))
    if not any(cell.kind == "code" for cell in cells):
        return

    def absolute(target: str) -> str:
        """Where a link on the page leads, seen from anywhere."""
        name, _, anchor = target.partition("#")
        file = files.get_file_from_path(posixpath.normpath(str(path.parent / name))) if name else page.file
        if file is None:
            return target
        return urljoin(config.site_url or "", file.url) + (f"#{anchor}" if anchor else "")

    for cell in cells:
        if cell.kind == "markdown":
            cell.text = prose(cell.text, absolute)
    title = cells[0].text.partition("\n")[0].removeprefix("# ")
    note = INTRODUCTION.format(title=title, address=absolute(""))
    if any(ERROR.search(cell.output) for cell in cells):
        note += MEANT_TO_FAIL
    repository = (config.repo_url or "").rstrip("/")
    root = Path(config.config_file_path).parent
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


def split(markdown: str, expand: Callable[[list[str]], list[str]]) -> list[Cell]:
    """Part a page into prose and code.

    Args:
        markdown: The page.
        expand: Replaces the includes in lines of code.

    Returns:
        The cells in order. Folds, admonitions and tabs are opened; of fences, only those of Python become code.
    """
    return list(_Splitter(expand).run(COMMENT.sub(lambda match: match["code"] or "", markdown).split("\n")))


@dataclass
class _Splitter:
    expand: Callable[[list[str]], list[str]]
    open: list[tuple[int, str, str]] = field(default_factory=list)  # indentation, mark and title of containers
    lines: list[str] = field(default_factory=list)  # of the prose since the last code

    def run(self, lines: list[str]) -> Iterator[Cell]:
        """Yield the cells."""
        code: Cell | None = None  # whose output may follow
        at = 0
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.strip():
                yield from self._leave(len(line) - len(line.lstrip()))
            if fence := FENCE.fullmatch(line):
                closing = fence["indent"] + fence["mark"]
                end = next(i for i in range(at, len(lines)) if lines[i].rstrip() == closing)
                body = [row.removeprefix(fence["indent"]) for row in lines[at:end]]
                if fence["language"] in ("python", "py"):
                    if fence["title"]:
                        self._add(f"{fence['indent']}**{fence['title']}**")
                    yield from self._prose()
                    code = Cell("code", "\n".join(self.expand(body)).strip("\n"), self._fold)
                    yield code
                elif fence["language"] == "text" and code:
                    code.output = "\n".join(body) + "\n"
                    code = None
                else:
                    for row in lines[at - 1 : end + 1]:
                        self._add(row)
                    code = None
                at = end + 1
            elif container := CONTAINER.fullmatch(line):
                yield from self._enter(container)
                code = None
            else:
                self._add(line)
                code = None if line.strip() else code
        yield from self._leave(0)
        yield from self._prose()

    @property
    def _fold(self) -> str:
        return next((title for _, mark, title in self.open if mark.startswith("?")), "")

    def _enter(self, container: re.Match[str]) -> Iterator[Cell]:
        title = container["title"] or (container["type"] or "").capitalize()
        if container["mark"].startswith("?"):
            yield from self._prose()
        else:
            self._add(f"{container['indent']}**{title}**")
        self.open.append((len(container["indent"]) + 4, container["mark"], title))

    def _leave(self, indent: int) -> Iterator[Cell]:
        while self.open and indent < self.open[-1][0]:
            if self.open[-1][1].startswith("?"):
                yield from self._prose()
            self.open.pop()

    def _add(self, line: str) -> None:
        self.lines.append(line[self.open[-1][0] :] if self.open else line)

    def _prose(self) -> Iterator[Cell]:
        """The prose up to here, if there is any; a part of a list that begins indented begins at the margin."""
        text = "\n".join(self.lines).strip("\n").rstrip()
        self.lines = []
        if text.strip():
            margin = len(text) - len(text.lstrip(" "))
            outdented = re.match(rf"(?:(?: {{{margin}}}.*| *)(?:\n|$))*", text)
            assert outdented is not None
            head = re.sub(rf"^ {{{margin}}}", "", outdented[0], flags=re.MULTILINE)
            yield Cell("markdown", head + text[outdented.end() :], self._fold)


def prose(text: str, absolute: Callable[[str], str]) -> str:
    """Turn what Python-Markdown reads into what notebooks do; `absolute` says where a link leads."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\0{len(kept) - 1}\0"

    for code in (re.compile(r"^( *)(`{3,}).*?^\1\2 *$", re.MULTILINE | re.DOTALL), CODE_SPAN):
        text = code.sub(keep, text)
    text = HEADING_ID.sub(r"\1", text)
    text = CAPTION.sub("\n", HTML.sub("", text))
    text = TARGET.sub(lambda match: absolute(match[0]), text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], text)


def recorded(code: str, root: Path, page: str) -> list[Cell]:
    """A cell that brings the files of the repository that a page's code reads, none if it reads none."""
    found: dict[str, str] = {}
    for name in READS.findall(code):
        paths = [path for path in sorted(root.glob(re.sub(r"\{.*?\}", "*", name))) if path.is_file()]
        if not paths:
            raise NotebookError(f"docs/{page}: its code reads {name}, and there is no such file")
        found |= {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}
    files = "".join(f"    {name!r}: {text!r},\n" for name, text in found.items())
    return [Cell("code", FILES.format(files=files))] if found else []


def notebook(cells: list[Cell], hidden: int) -> dict[str, Any]:
    """The notebook of these cells, in version 4.5 of the format; of the first `hidden`, the code is folded."""
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
            if ERROR.search(cell.output):
                content["metadata"]["tags"] = ["raises-exception"]
        contents.append(content)
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": python, "language_info": {"name": "python"}}
    return {"cells": contents, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
