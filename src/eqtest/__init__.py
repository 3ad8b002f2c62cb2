r"""Doctest for TeX: a page's equations, evaluated numerically from the TeX that readers see.

`read_page` reads a page's Markdown into equations; `Equation.check` evaluates one. That proves nothing: an equation
that passes held at the points where it was evaluated.
"""

from eqtest.equation import Equation, Result
from eqtest.page import find_equations, read_page, strip_annotations
from eqtest.prose import stray_dollars

__all__ = ["Equation", "Result", "find_equations", "read_page", "stray_dollars", "strip_annotations"]
