"""Formulas as Sybil examples. Needs Sybil."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sybil import Document, Example, Region

from eqtest.equation import Equation
from eqtest.page import read_page


@dataclass
class DisplayParser:
    """A Sybil parser for the formulas of Markdown pages; `page_namespace` is as `python -m eqtest --help` explains.

    Without it, formulas see the document's namespace: what the examples above them have defined.
    """

    page_namespace: Callable[[Path], Mapping[str, Any]] | None = None

    def __call__(self, document: Document) -> Iterable[Region]:
        """Yield one region a formula, and one for each annotation that can't be read."""
        for equation in read_page(document.text, document.path):
            yield Region(equation.start, equation.end, equation, partial(self.evaluate, equation))

    def evaluate(self, equation: Equation, example: Example) -> str | None:
        """Check a formula; return the message if it fails or is bare."""
        namespace: Mapping[str, Any] = example.namespace
        if self.page_namespace and equation.scope.uses_python(*equation.sides):
            namespace = self.page_namespace(Path(equation.path))
        result = equation.check(namespace)
        return result.message if result.status in ("failed", "bare") else None
