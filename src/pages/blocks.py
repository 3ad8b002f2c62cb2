"""Python blocks with the outputs that the page shows for them."""

import doctest
from collections.abc import Iterator
from dataclasses import dataclass

from pages.errors import FenceError
from pages.fences import DOCTEST, OUTPUT, PYTHON, Fence, find_fences


@dataclass(frozen=True)
class Shown:
    """An output as shown: its text, and the range of document lines (from 0) that hold it."""

    text: str
    first: int
    last: int


@dataclass(frozen=True)
class Block:
    """A Python fence and the output fence right below it, if there is one."""

    fence: Fence
    output: Shown | None


@dataclass(frozen=True)
class Prompt:
    """One `>>>` example of a doctest block; `line` counts from 1 in the document."""

    source: str
    line: int
    output: Shown


def find_blocks(text: str, path: str) -> list[Block]:
    """Find the Python blocks of a page, each with its output.

    Args:
        text: The page.
        path: The name of its file, for messages.

    Returns:
        The blocks in order.

    Raises:
        FenceError: If a fence can't be read, or an output stands alone, or below a doctest, which shows its own.
    """
    fences = find_fences(text, path)
    blocks = []
    for index, fence in enumerate(fences):
        if fence.language in PYTHON | DOCTEST:
            following = fences[index + 1] if index + 1 < len(fences) else None
            blocks.append(Block(fence, _output_of(fence, following, text)))
        elif fence.language in OUTPUT and not (index and _follows(fence, fences[index - 1], text)):
            raise FenceError(
                f"{fence.where}: a text block is the output of the Python block right above it, but there is none; "
                "move it, or use another language"
            )
    return blocks


def prompts(fence: Fence) -> Iterator[Prompt]:
    """Yield the examples of a doctest block."""
    for example in doctest.DocTestParser().get_examples(fence.source):
        first = fence.line + example.lineno + example.source.count("\n")
        want = example.exc_msg or example.want
        shown = Shown(want, first, first + example.want.count("\n"))
        yield Prompt(example.source, fence.line + 1 + example.lineno, shown)


def is_doctest(fence: Fence) -> bool:
    """Tell whether the block is written as a session, with prompts."""
    return fence.language in DOCTEST or fence.source.lstrip().startswith(">>> ")


def _follows(fence: Fence, previous: Fence, text: str) -> bool:
    between = text[previous.end : fence.start]
    return previous.language in PYTHON | DOCTEST and not between.strip("> \t\r\n")


def _output_of(fence: Fence, following: Fence | None, text: str) -> Shown | None:
    if following is None or following.language not in OUTPUT or not _follows(following, fence, text):
        return None
    if is_doctest(fence):
        raise FenceError(f"{following.where}: a doctest shows its own output; remove this block")
    return Shown(following.source, following.line, following.line + following.source.count("\n"))
