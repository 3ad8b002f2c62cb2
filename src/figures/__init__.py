"""Draws the figures of the pages: one module for each page that has some.

A figure is a function that draws on Matplotlib axes, from what `dlnotes` computes. `make figures` saves each as an SVG,
which is committed; a test draws it again and compares.
"""

from collections.abc import Callable
from typing import TypeAlias

from matplotlib.axes import Axes

from figures import (
    losses_polyloss,
    losses_regression,
    losses_sigmoids,
    models_cnn,
    models_lenet,
    models_linear_regression,
)

__all__ = ["FIGURES"]

Draw: TypeAlias = Callable[[Axes], None]

# The name of the file in docs/assets/figures, without .svg, and what draws it.
FIGURES: dict[str, Draw] = {
    "sigmoids": losses_sigmoids.values,
    "sigmoid-slopes": losses_sigmoids.slopes,
    "regression-losses": losses_regression.values,
    "regression-gradients": losses_regression.gradients,
    "poly1-losses": losses_polyloss.losses,
    "poly1-pulls": losses_polyloss.pulls,
    "series-truncation": losses_polyloss.truncation,
    "gradient-descent": models_linear_regression.descent,
    "cnn-filters": models_cnn.filters,
    "cnn-maps": models_cnn.maps,
    "lenet-garments": models_lenet.garments,
    "lenet-seeds": models_lenet.seeds,
}
