"""Figure of the page on indexing."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from figures.cells import BLUE, ORANGE, PLAIN, SILVER, WIDTH, canvas, cell, text

X = torch.arange(12).reshape(3, 4)
ROWS = (BLUE, ORANGE, SILVER, PLAIN)  # the colour of each row of a view
PICKS: dict[str, Callable[[Tensor], Tensor]] = {
    "x[1]": lambda x: x[1],
    "x[:, 1]": lambda x: x[:, 1],
    "x[:, 1:2]": lambda x: x[:, 1:2],
    "x[0:2, -2:]": lambda x: x[0:2, -2:],
    "x[[0, 1, 2], [2, 1, 0]]": lambda x: x[[0, 1, 2], [2, 1, 0]],
    "x[x > 6]": lambda x: x[x > 6],
}


def picks(ax: Axes) -> None:
    """Mark the cells that each index picks from a table."""
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, 20), ylim=(12, 0), aspect="equal")
    ax.axis("off")
    for place, (index, pick) in enumerate(PICKS.items()):
        row, column = divmod(place, 3)
        picked = pick(X)
        left, top = 1.1 + 6.8 * column, 1.4 + 6 * row
        ax.text(left + 2, top - 0.7, index, ha="center", va="center", weight="bold")
        ax.text(left + 2, top + 3.7, f"shape {tuple(picked.shape)}", ha="center", va="center")
        chosen = set(picked.flatten().tolist())  # all elements differ, so the values say which cells were picked
        for i, line in enumerate(X.tolist()):
            for j, number in enumerate(line):
                colour = BLUE if number in chosen else PLAIN
                ax.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=colour, edgecolor="#000000", linewidth=0.9))
                ax.text(left + j + 0.5, top + i + 0.5, str(number), ha="center", va="center")


def strides(ax: Axes) -> None:
    """Draw the memory of a table once for each of four views of it, with the cells of the first rows filled."""
    canvas(ax)
    views: dict[str, Tensor] = {"x": X, "x.T": X.T, "x[:, 1:3]": X[:, 1:3], "x[:, ::2]": X[:, ::2]}
    side, left, step = 25, (WIDTH - 12 * 25) / 2, 52
    for place, (name, view) in enumerate(views.items()):
        top = 22 + place * step
        words = f"{name}: shape {tuple(view.shape)}, strides {view.stride()}"
        if view.storage_offset():
            words += f", starts at {view.storage_offset()}"
        text(ax, left, top - 10, words, ha="left")
        row_of = {number: row for row, numbers in enumerate(view.tolist()) for number in numbers}
        for number in range(12):
            row = row_of.get(number)
            colour = PLAIN if row is None else ROWS[row]
            cell(ax, left + number * side, top, side, number, colour, copy=row is None)
