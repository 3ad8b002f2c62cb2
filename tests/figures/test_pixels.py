"""Images as outlines and squares cover what they should, and no more."""

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from torch import Tensor

from figures.pixels import GREYS, grey, squares


@pytest.fixture
def ax() -> Axes:
    return Figure().add_subplot()


def outlines(patch: Patch) -> list[NDArray[np.float64]]:
    """The corners of what a patch fills, (x, y) each."""
    return [np.asarray(part) for part in patch.get_path().to_polygons()]


def painted(ax: Axes, height: int, width: int) -> Tensor:
    """How dark each pixel's middle is, from 0 to 1: what is drawn last covers the rest."""
    shades = torch.zeros(height, width)
    for patch in ax.patches:
        for y in range(height):
            for x in range(width):
                if any(
                    part[:, 0].min() < x + 0.5 < part[:, 0].max() and part[:, 1].min() < y + 0.5 < part[:, 1].max()
                    for part in outlines(patch)
                ):
                    shades[y, x] = 1 - to_rgb(patch.get_facecolor())[0]
    return shades


def test_each_pixel_gets_the_nearest_grey(ax: Axes) -> None:
    image = torch.arange(0, 256, 5, dtype=torch.uint8)[:48].reshape(6, 8)
    grey(ax, image, 0, 0)
    assert (painted(ax, 6, 8) - image / 255).abs().max() <= 0.5 / (GREYS - 1) + 0.01


def test_an_empty_image_draws_nothing(ax: Axes) -> None:
    grey(ax, torch.zeros(3, 3, dtype=torch.uint8), 0, 0)
    assert not ax.patches


def test_squares_have_sides_in_proportion_and_a_colour_by_sign(ax: Axes) -> None:
    squares(ax, torch.tensor([[4.0, -1.0], [0.0, -2.0]]), 10, 20, 8)
    sides = [[round(float(part[:, 0].max() - part[:, 0].min()), 6) for part in outlines(patch)] for patch in ax.patches]
    assert sides == [[8, 0], [2, 4]] or sides == [[8], [2, 4]]
    positive, negative = (to_rgb(patch.get_facecolor()) for patch in ax.patches)
    assert positive[2] > positive[0]
    assert negative[0] > negative[2]
    (largest,) = [part for part in outlines(ax.patches[0]) if float(part[:, 0].max()) - 10 == 8]
    assert largest[:, 1].min() == 20
