"""Displays as Sybil examples: they run between a page's snippets, in the document's namespace. Needs Sybil."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sybil import Document, Example, Region

from eqtest.page import Equation, read_page


class DisplayParser:
    """A Sybil parser for the displays of Markdown pages.

    Args:
        to_native: What turns floats and nested lists of floats into what the page's functions take.
        seed: Another seed, other points.
    """

    def __init__(self, to_native: Callable[[Any], Any] = lambda value: value, seed: int = 0) -> None:
        self.to_native, self.seed = to_native, seed

    def __call__(self, document: Document) -> Iterable[Region]:
        """Yield one region a display, and one for each annotation that can't be read."""
        for equation in read_page(document.text, document.path):
            display = equation.display
            yield Region(display.start, display.end, parsed=equation, evaluator=partial(self.evaluate, equation))

    def evaluate(self, equation: Equation, example: Example) -> str | None:
        """Check a display; the message if it fails or is bare."""
        result = equation.check(example.namespace, self.to_native, self.seed)
        return result.message if result.status in ("failed", "bare") else None
