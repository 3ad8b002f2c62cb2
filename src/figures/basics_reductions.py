"""Figures of the page on reductions."""

import torch
from matplotlib.axes import Axes

from figures.cells import BLUE, GREY, PLAIN, WIDTH, arrow, canvas, face, grid, text
from figures.style import LARGE

SHAPE = (2, 3, 4)
SHADES = {PLAIN: ("#F0F0F0", "#E0E0E0", "#CCCCCC"), BLUE: (BLUE, "#4886C8", "#3776B8")}  # front, top, side


def _block(ax: Axes, x: float, y: float, size: float, depth: float, summed: set[tuple[int, ...]]) -> None:
    """Draw a block of cubes: dim 0 into the page, 1 down, 2 to the right; (x, y) is the front's top left corner.

    The cubes whose indices are in `summed` are coloured.
    """
    layers, rows, columns = SHAPE

    def at(i: float, j: float, k: float) -> tuple[float, float]:
        return x + k * size + i * depth, y + j * size - i * depth

    def shade(*index: int) -> tuple[str, str, str]:
        return SHADES[BLUE if index in summed else PLAIN]

    for j in range(rows):
        for k in range(columns):
            face(ax, [at(0, j, k), at(0, j, k + 1), at(0, j + 1, k + 1), at(0, j + 1, k)], shade(0, j, k)[0])
    for i in range(layers):
        for k in range(columns):
            face(ax, [at(i, 0, k), at(i, 0, k + 1), at(i + 1, 0, k + 1), at(i + 1, 0, k)], shade(i, 0, k)[1])
        for j in range(rows):
            right = [at(i, j, columns), at(i + 1, j, columns), at(i + 1, j + 1, columns), at(i, j + 1, columns)]
            face(ax, right, shade(i, j, columns - 1)[2])


def axes(ax: Axes) -> None:
    """Draw a tensor of shape (2, 3, 4) and its three axes."""
    canvas(ax)
    size, depth = 36, 22
    x, y = 120, 62
    _block(ax, x, y, size, depth, set())
    bottom, right = y + 3 * size, x + 4 * size
    arrow(ax, (x - 8, y - 5), (x - 8 + 2 * depth, y - 5 - 2 * depth))
    arrow(ax, (x - 11, y), (x - 11, bottom))
    arrow(ax, (x, bottom + 10), (right, bottom + 10))
    places = [
        (x - 8, y - depth - 15, "right"),
        (x - 21, y + 1.5 * size - 7, "right"),
        (x + 2 * size, bottom + 23, "center"),
    ]
    for dim, ((left, top, ha), name) in enumerate(zip(places, ("layers", "rows", "columns"), strict=True)):
        text(ax, left, top, f"dim {dim}", size=LARGE, ha=ha)
        text(ax, left, top + 14, f"{SHAPE[dim]} {name}", ha=ha, colour=GREY)


def sums(ax: Axes) -> None:
    """Show what the sum over each axis adds up, and what is left."""
    canvas(ax)
    ones = torch.ones(SHAPE, dtype=torch.int64)
    first = (0, 0, SHAPE[2] - 1)  # a cube at a corner that is seen from front, top and side
    for dim in range(3):
        middle = WIDTH * (2 * dim + 1) / 6
        text(ax, middle, 14, f"sum(dim={dim})", size=LARGE)
        run = {(*first[:dim], index, *first[dim + 1 :]) for index in range(SHAPE[dim])}
        _block(ax, middle - 42, 48, 16, 10, run)
        arrow(ax, (middle, 104), (middle, 122))
        total = ones.sum(dim)
        kept = first[:dim] + first[dim + 1 :]
        colours = [[BLUE if (i, j) == kept else PLAIN for j in range(total.shape[1])] for i in range(total.shape[0])]
        rows, columns = total.shape
        grid(ax, middle - columns * 10, 130, 20, total.tolist(), colours)
        text(ax, middle, 130 + rows * 20 + 13, f"shape {tuple(total.shape)}")
