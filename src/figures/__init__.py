"""Draws the figures of the pages: one module for each page that has some.

A figure is a function that draws on Matplotlib axes, from what `dlnotes` computes. `make figures` saves each as an SVG,
which is committed; a test draws it again and compares.
"""

from collections.abc import Callable
from typing import TypeAlias

from matplotlib.axes import Axes

from figures import basics_autograd, losses_polyloss, losses_regression, losses_sigmoids

__all__ = ["FIGURES"]

Draw: TypeAlias = Callable[[Axes], None]

# The name of the file in docs/assets/figures, without .svg, and what draws it.
FIGURES: dict[str, Draw] = {
    "autograd-chain": basics_autograd.chain,
    "autograd-diamond": basics_autograd.diamond,
    "sigmoids": losses_sigmoids.values,
    "sigmoid-slopes": losses_sigmoids.slopes,
    "regression-losses": losses_regression.values,
    "regression-gradients": losses_regression.gradients,
    "poly1-losses": losses_polyloss.losses,
    "poly1-pulls": losses_polyloss.pulls,
    "series-truncation": losses_polyloss.truncation,
}
