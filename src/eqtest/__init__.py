r"""Doctest for TeX: a page's displayed equations, evaluated numerically from the TeX that readers see."""

from eqtest.page import Equation, Result, read_page

__all__ = ["Equation", "Result", "read_page"]
