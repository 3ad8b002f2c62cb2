"""Images as outlines and squares cover what they should, and no more."""

import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from torch import Tensor

from figures.pixels import GREYS, grey, squares


@pytest.fixture
def ax() -> Axes:
    return Figure().add_subplot()


def painted(ax: Axes, height: int, width: int) -> Tensor:
    """How dark each pixel's middle is, from 0 to 1: what is drawn last covers the rest."""
    shades = torch.zeros(height, width)
    for patch in ax.patches:
        assert isinstance(patch, PathPatch)
        for y in range(height):
            for x in range(width):
                if any(
                    part[:, 0].min() < x + 0.5 < part[:, 0].max() and part[:, 1].min() < y + 0.5 < part[:, 1].max()
                    for part in patch.get_path().to_polygons()
                ):
                    shades[y, x] = 1 - patch.get_facecolor()[0]
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
    sides = [
        [round(float(part[:, 0].max() - part[:, 0].min()), 6) for part in patch.get_path().to_polygons()]
        for patch in ax.patches
    ]
    assert sides == [[8, 0], [2, 4]] or sides == [[8], [2, 4]]
    positive, negative = (patch.get_facecolor() for patch in ax.patches)
    assert positive[2] > positive[0]
    assert negative[0] > negative[2]
    (largest,) = [part for part in ax.patches[0].get_path().to_polygons() if float(part[:, 0].max()) - 10 == 8]
    assert largest[:, 1].min() == 20
