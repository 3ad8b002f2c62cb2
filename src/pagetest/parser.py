"""Sybil's view of a page: one example for each Python block, and one for each claim."""

import traceback
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from unittest import SkipTest

from sybil import Document, Example, Region

from pages import PageError
from pages.blocks import Block, Shown, find_blocks, is_doctest, prompts
from pages.claims import Claim, find_claims
from pages.fences import UNTESTED, Fence
from pages.includes import code_of
from pages.outputs import SHOWN_ERROR, difference, matches
from pagetest.claims import complaint
from pagetest.running import Mode, Namespace, Raised, run


class BlockError(PageError):
    """A block whose code raised; `__cause__` is what it raised, and the message ends with its traceback."""


FINISHED: dict[str, Namespace] = {}
"""What pages have left, by their paths, that ran to their end in this process: once is enough."""


class PageParser:
    """A Sybil parser that yields a region for each Python block and each claim of a page.

    A page is a program: after a block that raises, the rest isn't run.

    Args:
        root: The folder that includes start from.
        note: What stands below whatever fails.
    """

    def __init__(self, root: Path, note: str = "") -> None:
        self._root = root
        self._note = note

    def __call__(self, document: Document) -> Iterable[Region]:
        """Find the blocks; nothing runs yet, and includes aren't expanded."""
        blocks = find_blocks(document.text, document.path)
        waiting = {block.fence for block in blocks if not block.fence.title.startswith(UNTESTED)}
        raised: list[str] = []
        for block in blocks:
            yield Region(block.fence.start, block.fence.end, block, partial(self._evaluate, raised, waiting))
        for claim in find_claims(document.text, document.path):
            yield Region(claim.at, claim.at + 1, claim, partial(self._claim, raised))

    def _claim(self, raised: list[str], example: Example) -> str:
        claim: Claim = example.parsed
        if raised:
            raise SkipTest(f"an earlier block of the page fails: {raised[0]}")
        return complaint(claim, example.namespace)

    def _evaluate(self, raised: list[str], waiting: set[Fence], example: Example) -> str:
        block: Block = example.parsed
        if reason := block.fence.skip_reason:
            raise SkipTest(reason)
        if raised:
            raise SkipTest(f"an earlier block of the page fails: {raised[0]}")
        try:
            complaints = [
                f"{place}: {wrong}"
                for place, shown, printed in self.results(block, example.namespace)
                if (wrong := _complaint(shown, printed))
            ]
        except PageError as error:
            raised.append(block.fence.where)
            if self._note:
                error.add_note(self._note)
            raise
        waiting.discard(block.fence)
        if not waiting:
            FINISHED[block.fence.path] = example.namespace
        return "\n".join([*complaints, self._note]) if complaints else ""

    def results(self, block: Block, namespace: Namespace) -> Iterator[tuple[str, Shown | None, str]]:
        """Run a block, and yield each output for comparison.

        Args:
            block: The block.
            namespace: What earlier blocks have left, to which this one adds.

        Yields:
            Where an output stands, what is shown there or None, and what was really printed.

        Raises:
            IncludeError: If the block's include can't be expanded.
            BlockError: If the code raises, unless an error is what the page shows.
        """
        fence = block.fence
        if is_doctest(fence):
            for prompt in prompts(fence):
                source = "\n" * (prompt.line - 1) + prompt.source
                printed = _printed(source, fence.path, namespace, prompt.output, fence, "single")
                yield f"{fence.path}:{prompt.line}", prompt.output, printed
        else:
            code = code_of(fence, self._root)
            printed = _printed(code.placed(), code.path, namespace, block.output, fence, "exec")
            yield fence.where, block.output, printed


def _printed(source: str, path: str, namespace: Namespace, shown: Shown | None, fence: Fence, mode: Mode) -> str:
    try:
        return run(source, path, namespace, mode)
    except Raised as raised:
        if shown and SHOWN_ERROR.search(shown.text):
            return raised.output
        error = raised.__cause__
    assert error is not None
    trace = "".join(traceback.format_exception(error)).rstrip()
    raise BlockError(f"{fence.where}: this block fails\n{trace}") from error


def _complaint(shown: Shown | None, printed: str) -> str:
    if shown is None or not shown.text:
        return f"the page shows no output, but this is printed:\n{printed}" if printed.strip() else ""
    if not printed.strip():
        return f"the page shows an output, but nothing is printed:\n{shown.text}"
    return "" if matches(shown.text, printed) else f"the output differs:\n{difference(shown.text, printed)}"
