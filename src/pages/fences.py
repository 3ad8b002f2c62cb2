"""Fenced blocks of a Markdown page: what pymdownx.superfences, which shows them, takes for one."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any

from markdown import Markdown
from pymdownx.superfences import SuperFencesBlockPreprocessor

from pages.errors import FenceError

PYTHON = {"python", "py"}
DOCTEST = {"pycon"}
OUTPUT = {"text"}
NOT_RUN = {"console", "css", "html", "json", "markdown", "toml", "yaml"}
LANGUAGES = PYTHON | DOCTEST | OUTPUT | NOT_RUN

UNTESTED = "Not tested:"

# A line that starts like a fence; behind backticks, another one would make it code within a line.
MARKS = re.compile(
    r"(?P<before>[> ]*)(?P<item>(?:[-*+]|\d+[.)]) +)?(?P<fence>(?P<marks>`{3,}(?!.*`)|~{3,})(?P<header>.*))"
)


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
    def last_line(self) -> int:
        """The number of its closing line."""
        return self.line + self.source.count("\n") + 1

    @property
    def skip_reason(self) -> str | None:
        """Why the block isn't run, or None. Readers see the reason too: it is the block's title."""
        if not self.title.startswith(UNTESTED):
            return None
        reason = self.title.removeprefix(UNTESTED).strip()
        if not reason:
            raise FenceError(f'{self.where}: a block left untested needs a reason: title="{UNTESTED} why"')
        return reason


def find_fences(text: str, path: str) -> tuple[Fence, ...]:
    """Find the outermost fences of a page, in order.

    Args:
        text: The page.
        path: The name of its file, for messages.

    Returns:
        The fences.

    Raises:
        FenceError: If a fence is never closed or not alone on its line, or has an unknown language or attribute.
    """
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    fences, last = list[Fence](), 0
    for shown in [*_read(text), _Shown(len(lines), len(lines))]:
        for number in range(last, shown.first):
            _refuse(lines[number], f"{path}:{number + 1}")
        if shown.first < len(lines):
            where = f"{path}:{shown.first + 1}"
            opening = lines[shown.first].strip(" >\r")
            if shown.language not in LANGUAGES or shown.options.keys() - {"title"}:
                raise _unknown(opening.lstrip("`~").strip(), where)
            title = shown.options.get("title", "")
            span = starts[shown.first], starts[shown.last] + len(lines[shown.last])
            fences.append(Fence(path, shown.first + 1, *span, shown.indent, shown.language, title, shown.source))
        last = shown.last + 1
    return tuple(fences)


def fenced(language: str, text: str) -> str:
    """Fence any text, runs of backticks included.

    Args:
        language: What stands behind the backticks.
        text: What stands inside.

    Returns:
        The block, without a line end.

    Examples:
        >>> from pages.fences import fenced
        >>> print(fenced("text", "one"))
        ```text
        one
        ```
    """
    longest = max(map(len, re.findall("`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{text}\n{marks}"


def _refuse(line: str, where: str) -> None:
    """Refuse a line outside all blocks that starts one for its author, and for superfences doesn't."""
    if match := MARKS.match(line.rstrip("\r")):
        if match["item"]:
            raise FenceError(f"{where}: start the fence {line.strip()!r} on a line of its own")
        header = match["header"].strip()
        if _read(f"{match['fence']}\n{match['marks']}"):
            raise FenceError(
                f"{where}: the fence {match['fence'].strip()!r} is never closed, or a line in it is "
                "indented less; close it, and indent its lines alike"
            )
        raise _unknown(header, where)


def _unknown(header: str, where: str) -> FenceError:
    return FenceError(
        f"{where}: unknown fence header {header!r}; write a language of {', '.join(sorted(LANGUAGES))}, "
        'and after it nothing but title="…"'
    )


@dataclass(frozen=True)
class _Shown:
    """What superfences shows as one block: its first and last line, from 0, and what it reads off these."""

    first: int
    last: int
    indent: str = ""
    language: str = ""
    source: str = ""
    options: dict[str, Any] = field(default_factory=dict)


class _Reader(SuperFencesBlockPreprocessor):  # type: ignore[misc]  # pymdownx has no types
    """Superfences as the site has it, but noting its blocks in place of making them."""

    def __init__(self) -> None:
        md = Markdown(extensions=["pymdownx.superfences"])
        self.__dict__.update(vars(md.preprocessors["fenced_code_block"]))
        self.normalize = md.preprocessors["normalize_whitespace"].run

    def read(self, text: str) -> list[_Shown]:
        self.found: list[_Shown] = []
        self.run(self.normalize(text.split("\n")))
        return self.found

    def process_nested_block(self, ws: str, content: str, start: int, end: int) -> None:
        others = [*self.classes, *filter(None, [self.id]), *self.attrs]
        source = "".join(f"{line[self.ws_virtual_len :]}\n" for line in self.code)
        options = self.options | dict.fromkeys(others, "")
        self.found.append(_Shown(start, end - 1, self.ws, self.lang or "", source, options))
        self.clear()


_read = lru_cache(256)(_Reader().read)
