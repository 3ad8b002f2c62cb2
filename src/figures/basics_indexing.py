"""Figure of the page on indexing."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from figures.cells import BLUE, PLAIN

X = torch.arange(12).reshape(3, 4)
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
