r"""Doctest for TeX: a page's displayed equations, evaluated numerically from the TeX that readers see.

`read_page` reads a page's Markdown into equations; `Equation.check` evaluates one. Nothing here proves anything: a
display that passes held at the points where it was evaluated.
"""

from eqtest.markdown import find_displays, strip_annotations
from eqtest.page import Equation, Result, read_page

__all__ = ["Equation", "Result", "find_displays", "read_page", "strip_annotations"]
