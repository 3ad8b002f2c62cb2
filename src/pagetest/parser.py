"""Sybil's view of a page: one example for each Python block."""

import re
import traceback
from collections.abc import Iterable, Iterator
from functools import partial
from unittest import SkipTest

from sybil import Document, Example, Region

from pagetest.blocks import Block, Shown, find_blocks, is_doctest, prompts
from pagetest.errors import BlockError, PageError
from pagetest.fences import Fence
from pagetest.includes import Includer
from pagetest.outputs import difference, matches
from pagetest.running import Mode, Namespace, Raised, run

# An output that shows an error says that the block should raise.
SHOWN_ERROR = re.compile(r"^[\w.]*(Error|Exception|Interrupt|StopIteration)\b", re.MULTILINE)


class PageParser:
    """Yields a Sybil region for each Python block of a page; `note` stands below whatever fails.

    A page is a program: after a block that raises, the rest isn't run.
    """

    def __init__(self, includer: Includer, note: str = "") -> None:
        self._includer = includer
        self._note = note

    def __call__(self, document: Document) -> Iterable[Region]:
        """Find the blocks; nothing runs yet, and includes aren't expanded."""
        raised: list[str] = []
        for block in find_blocks(document):
            yield Region(block.fence.start, block.fence.end, block, partial(self._evaluate, raised))

    def _evaluate(self, raised: list[str], example: Example) -> str:
        block: Block = example.parsed
        if reason := block.fence.skip_reason:
            raise SkipTest(reason)
        if raised:
            raise SkipTest(f"an earlier block of the page fails: {raised[0]}")
        try:
            complaints = [
                f"{place}: {complaint}"
                for place, shown, printed in self.results(block, example.namespace)
                if (complaint := _complaint(shown, printed))
            ]
        except PageError as error:
            raised.append(block.fence.where)
            if self._note:
                error.add_note(self._note)
            raise
        return "\n".join([*complaints, self._note]) if complaints else ""

    def results(self, block: Block, namespace: Namespace) -> Iterator[tuple[str, Shown | None, str]]:
        """Run a block; for each output, its place, what the page shows, and what was really printed.

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
            code = self._includer.code(fence)
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
