"""A page parted into prose and code, as a notebook has them; folds, admonitions and tabs are opened."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pages.blocks import find_blocks
from pages.fences import PYTHON, Fence, find_fences
from pages.includes import code_of

# A fold, an admonition or a tab; what it holds is indented below.
CONTAINER = re.compile(r'(?P<indent> *)(?P<mark>\?\?\?\+?|!!!|===)(?: +(?P<type>\w+))?(?: +"(?P<title>[^"]*)")?\s*')
CODE_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)")
# A comment, or code, which may hold what looks like one.
COMMENT = re.compile(rf"(?P<code>{CODE_SPAN.pattern})|^ *<!--(?:(?!-->).)*--> *\n|<!--.*?-->", re.MULTILINE | re.DOTALL)
HEADING_ID = re.compile(r"^(#+ .*?) \{#[\w-]+\}$", re.MULTILINE)
HTML = re.compile(r"</?(?:figure|div)\b[^>]*>|</figcaption>")
CAPTION = re.compile(r"<figcaption[^>]*>")
TARGET = re.compile(r"(?<=\]\()[^)\s]+(?=\))")


@dataclass
class Cell:
    """Prose, or code with its output; `fold` is the title of the fold that it stands in."""

    kind: str
    text: str
    fold: str = ""
    output: str = ""


def split(text: str, path: str, root: Path) -> list[Cell]:
    """Part a page into prose and code.

    Args:
        text: The page.
        path: The name of its file, for messages.
        root: The folder that includes start from.

    Returns:
        The cells in order. Of fences, only those of Python become code.

    Raises:
        PageError: If the page can't be read.
    """
    splitter = _Splitter()
    return [*splitter.run(_parts(text, path, root)), *splitter.leave(0), *splitter.prose()]


def _parts(text: str, path: str, root: Path) -> Iterator[str | tuple[Fence, str | Cell]]:
    """Yield the lines of prose without comments, and the fences: those of Python as cells, others as they are."""
    blocks = {block.fence: block.output for block in find_blocks(text, path) if block.fence.language in PYTHON}
    compared = {output.first for output in blocks.values() if output}
    end = 0
    for fence in find_fences(text, path):
        yield from _without_comments(text[end : fence.start]).split("\n")[:-1]
        end = fence.end + 1
        if fence in blocks:
            output = blocks[fence]
            yield fence, Cell("code", code_of(fence, root).text.strip("\n"), output=output.text if output else "")
        elif fence.line not in compared:
            yield fence, text[fence.start : fence.end]
    yield from _without_comments(text[end:]).split("\n")


def _without_comments(text: str) -> str:
    return COMMENT.sub(lambda match: match["code"] or "", text)


@dataclass
class _Splitter:
    open: list[tuple[int, str, str]] = field(default_factory=list)  # indentation, mark and title of containers
    lines: list[str] = field(default_factory=list)  # of the prose since the last code

    def run(self, parts: Iterator[str | tuple[Fence, str | Cell]]) -> Iterator[Cell]:
        """Yield the cells, but for the prose at the end."""
        for part in parts:
            if not isinstance(part, str):
                yield from self._fence(*part)
            else:
                if part.strip():
                    yield from self.leave(len(part) - len(part.lstrip()))
                if container := CONTAINER.fullmatch(part):
                    yield from self._enter(container)
                else:
                    self._add(part)

    def _fence(self, fence: Fence, cell: str | Cell) -> Iterator[Cell]:
        yield from self.leave(len(fence.indent))
        if isinstance(cell, str):
            for line in cell.split("\n"):
                self._add(line)
            return
        if fence.title:
            self._add(f"{fence.indent}**{fence.title}**")
        yield from self.prose()
        cell.fold = self._fold
        yield cell

    @property
    def _fold(self) -> str:
        return next((title for _, mark, title in self.open if mark.startswith("?")), "")

    def _enter(self, container: re.Match[str]) -> Iterator[Cell]:
        title = container["title"] or (container["type"] or "").capitalize()
        if container["mark"].startswith("?"):
            yield from self.prose()
        else:
            self._add(f"{container['indent']}**{title}**")
        self.open.append((len(container["indent"]) + 4, container["mark"], title))

    def leave(self, indent: int) -> Iterator[Cell]:
        """Close the containers that end above a line with this indentation; yield the prose of folds."""
        while self.open and indent < self.open[-1][0]:
            if self.open[-1][1].startswith("?"):
                yield from self.prose()
            self.open.pop()

    def _add(self, line: str) -> None:
        self.lines.append(line[self.open[-1][0] :] if self.open else line)

    def prose(self) -> Iterator[Cell]:
        """Yield the prose up to here, if there is any; a part of a list that begins indented begins at the margin."""
        text = "\n".join(self.lines).strip("\n").rstrip()
        self.lines = []
        if text.strip():
            margin = len(text) - len(text.lstrip(" "))
            outdented = re.match(rf"(?:(?: {{{margin}}}.*| *)(?:\n|$))*", text)
            assert outdented is not None
            head = re.sub(rf"^ {{{margin}}}", "", outdented[0], flags=re.MULTILINE)
            yield Cell("markdown", head + text[outdented.end() :], self._fold)


def plain(text: str, path: str, absolute: Callable[[str], str]) -> str:
    """Turn prose as Python-Markdown reads it into what notebooks do.

    Args:
        text: The prose of a cell.
        path: The name of its page's file, for messages.
        absolute: Says where a link on the page leads, seen from anywhere.

    Returns:
        The text of the notebook's cell.
    """
    kept: list[str] = []

    def keep(code: str) -> str:
        kept.append(code)
        return f"\0{len(kept) - 1}\0"

    for fence in reversed(find_fences(text, path)):
        text = text[: fence.start] + keep(text[fence.start : fence.end]) + text[fence.end :]
    text = CODE_SPAN.sub(lambda match: keep(match[0]), text)
    text = HEADING_ID.sub(r"\1", text)
    text = CAPTION.sub("\n", HTML.sub("", text))
    text = TARGET.sub(lambda match: absolute(match[0]), text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], text)
