"""Figures of the page on broadcasting."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from dlnotes.basics.broadcasting import broadcast_shape
from figures.cells import BLUE, GREY, HEIGHT, ORANGE, PLAIN, SILVER, WIDTH, arrow, canvas, cell, text
from figures.style import LARGE

COLUMN = torch.tensor([[10], [20], [30]])
ROW = torch.tensor([[1, 2]])
SIDE = 40
GAP = 52


def _stretched(ax: Axes, x: float, y: float, values: Tensor, shape: tuple[int, ...], colour: str) -> None:
    """Draw a tensor as broadcasting sees it: filled what is in memory, dashed what only seems to be there."""
    seen = values.expand(shape)
    for i in range(shape[0]):
        for j in range(shape[1]):
            copy = i >= values.shape[0] or j >= values.shape[1]
            cell(ax, x + j * SIDE, y + i * SIDE, SIDE, seen[i, j].item(), colour, copy=copy)


def example(ax: Axes) -> None:
    """Draw a column plus a row, both stretched to the shape of the result."""
    canvas(ax)
    shape = broadcast_shape(COLUMN.shape, ROW.shape)
    step = 2 * SIDE + GAP
    left, top = (WIDTH - 2 * step - 2 * SIDE) / 2, 36
    parts = [
        (COLUMN, BLUE, "stretched across"),
        (ROW, ORANGE, "stretched down"),
        (COLUMN + ROW, SILVER, "every pair added"),
    ]
    for place, (values, colour, remark) in enumerate(parts):
        x = left + place * step
        _stretched(ax, x, top, values, shape, colour)
        text(ax, x + SIDE, top + 3 * SIDE + 18, f"shape {tuple(values.shape)}", size=LARGE)
        text(ax, x + SIDE, top + 3 * SIDE + 34, remark, colour=GREY)
    text(ax, left + 2 * SIDE + GAP / 2 - 7, top + 1.5 * SIDE, "+", size=16)
    text(ax, left + step + 2 * SIDE + GAP / 2, top + 1.5 * SIDE, "=", size=16)
    arrow(ax, (left + 8, top - 11), (left + 2 * SIDE, top - 11))
    arrow(ax, (left + step - 11, top + 8), (left + step - 11, top + 3 * SIDE))


def shapes(ax: Axes) -> None:
    """Write shapes under each other, aligned at the right: a pair that fits and a pair that doesn't."""
    canvas(ax)
    _aligned(ax, 48, (5, 1, 4), (3, 1))
    _aligned(ax, 244, (3,), (3, 2))
    ax.plot([197] * 2, [20, HEIGHT - 20], color=GREY, linewidth=0.5)


def _aligned(ax: Axes, left: float, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    """Write two shapes and what becomes of them: a size, or a cross where the rule says no."""
    side, top = 38.0, 40.0
    dims = max(len(first), len(second))
    for dim in range(-dims, 0):
        x = left + (dims + dim) * (side + 4)
        text(ax, x + side / 2, top - 16, f"dim −{-dim}", colour=GREY)
        sizes = [shape[dim] if len(shape) >= -dim else None for shape in (first, second)]
        for row, size in enumerate(sizes):
            # A missing dimension is an empty dashed cell, which counts as 1.
            y = top + row * (side + 6)
            cell(ax, x, y, side, "1" if size is None else size, BLUE if size == 1 else PLAIN, copy=size is None)
        y = top + 2 * (side + 6) + 16
        try:
            (size,) = broadcast_shape(*([1 if size is None else size] for size in sizes))
            cell(ax, x, y, side, size, SILVER)
        except ValueError:
            cell(ax, x, y, side, "✗", ORANGE)
    for row, name in enumerate("ab"):
        text(ax, left - 14, top + row * (side + 6) + side / 2, name, size=LARGE)
    text(ax, left - 8, y + side / 2, "a + b", size=LARGE, ha="right")
    right = left + dims * (side + 4) - 4
    ax.plot([left - 24, right], [y - 11] * 2, color="#000000", linewidth=1)
