"""Figure of the page on tensors."""

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from figures.cells import PLAIN


def dimensions(ax: Axes) -> None:
    """Draw tensors of 0, 1, 2 and 3 dimensions as cells, each with its shape."""
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(-0.4, 16.27), ylim=(10, 0), aspect="equal")
    ax.axis("off")
    tensors = [torch.tensor(7), torch.arange(4), torch.arange(12).reshape(3, 4), torch.arange(24).reshape(2, 3, 4)]
    for tensor, left, top in zip(tensors, (0.2, 0.2, 5.4, 10.6), (1.2, 5.2, 2.9, 2.9), strict=True):
        stack = tensor.reshape(-1, *_rows_and_columns(tensor))
        for depth, table in enumerate(stack):
            _table(ax, table, left + depth, top - depth, covered=depth > 0)
        below = top + stack.shape[1]
        ax.text(left, below + 0.75, f"{tensor.dim()}-d", va="center", weight="bold")
        ax.text(left, below + 1.45, f"shape {tuple(tensor.shape)}", va="center")


def _rows_and_columns(tensor: Tensor) -> tuple[int, int]:
    rows, columns = (1, 1, *tensor.shape)[-2:]
    return rows, columns


def _table(ax: Axes, numbers: Tensor, left: float, top: float, *, covered: bool) -> None:
    """Draw a table; of one that is covered, only the cells above and to the right of the table in front of it."""
    for row, line in enumerate(numbers.tolist()):
        for column, number in enumerate(line):
            if covered and row > 0 and column < len(line) - 1:
                continue
            x, y = left + column, top + row
            ax.add_patch(Rectangle((x, y), 1, 1, facecolor=PLAIN, edgecolor="#000000", linewidth=0.9))
            ax.text(x + 0.5, y + 0.5, str(number), ha="center", va="center")
