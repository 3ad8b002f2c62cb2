"""Figures of the page on linear algebra."""

import torch
from matplotlib.axes import Axes

from figures.cells import BLUE, GREY, ORANGE, PLAIN, SILVER, canvas, grid, text

A = torch.arange(6).reshape(2, 3)
B = torch.arange(6).reshape(3, 2)
ROW, COLUMN = 1, 0


def product(ax: Axes) -> None:
    """Draw a matrix product: B above, A to the left, and each entry where a row of A meets a column of B."""
    canvas(ax)
    side, left, top = 31, 34, 26
    across, down = left + 3 * side + 14, top + 3 * side + 14
    in_a = [[BLUE if i == ROW else PLAIN for _ in range(3)] for i in range(2)]
    in_b = [[ORANGE if k == COLUMN else PLAIN for k in range(2)] for _ in range(3)]
    in_c = [[SILVER if (i, k) == (ROW, COLUMN) else PLAIN for k in range(2)] for i in range(2)]
    grid(ax, left, down, side, A.tolist(), in_a)
    grid(ax, across, top, side, B.tolist(), in_b)
    grid(ax, across, down, side, (A @ B).tolist(), in_c)
    text(ax, left + 1.5 * side, down - 13, "A, shape (2, 3)")
    text(ax, across + side, top - 13, "B, shape (3, 2)")
    text(ax, across + side, down + 2 * side + 13, "A @ B, shape (2, 2)")
    right, middle = across + 2 * side + 16, down + 1.5 * side
    terms = zip(A[ROW].tolist(), B[:, COLUMN].tolist(), strict=True)
    text(ax, right, middle - 28, f"row {ROW} of A", ha="left", colour=GREY)
    text(ax, right, middle - 15, f"with column {COLUMN} of B:", ha="left", colour=GREY)
    sum_of_terms = " + ".join(f"{a}·{b}" for a, b in terms)
    text(ax, right, middle, f"{sum_of_terms} = {(A @ B)[ROW, COLUMN].item()}", ha="left")
