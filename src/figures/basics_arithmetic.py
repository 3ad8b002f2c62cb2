"""Figures of the page on arithmetic."""

import torch
from matplotlib.axes import Axes

from figures.cells import BLUE, GREY, ORANGE, PLAIN, SILVER, WIDTH, canvas, grid, text
from figures.style import COLOURS, LARGE

X = torch.tensor([[1, 2], [3, 4]])
Y = torch.tensor([[10, 20], [30, 40]])
PLACE = (1, 0)
SIDE, GAP = 44, 34


def elementwise(ax: Axes) -> None:
    """Draw two tables and their product element by element, with one place marked in each."""
    canvas(ax)
    step = 2 * SIDE + GAP
    left, top = (WIDTH - 2 * step - 2 * SIDE) / 2, 56
    parts = [("x", X, BLUE), ("y", Y, ORANGE), ("x * y", X * Y, SILVER)]
    for number, (name, values, colour) in enumerate(parts):
        x = left + number * step
        tints = [[colour if (i, j) == PLACE else PLAIN for j in range(2)] for i in range(2)]
        grid(ax, x, top, SIDE, values.tolist(), tints)
        text(ax, x + SIDE, top - 16, name, size=LARGE)
    text(ax, left + 2 * SIDE + GAP / 2, top + SIDE, "*", size=16)
    text(ax, left + step + 2 * SIDE + GAP / 2, top + SIDE, "=", size=16)
    words = f"row {PLACE[0]}, column {PLACE[1]}: {X[PLACE]} * {Y[PLACE]} = {(X * Y)[PLACE]}"
    text(ax, WIDTH / 2, top + 2 * SIDE + 24, words, colour=GREY, size=LARGE)


def spacing(ax: Axes) -> None:
    """Draw two lines with all numbers from 1 to 8 that each type of eight bits can hold."""
    ax.set_position((0.05, 0.1, 0.9, 0.85))
    ax.set(xlim=(0.95, 8.05), ylim=(0, 2), yticks=[], xticks=[1, 2, 4, 8], xticklabels=["1", "2", "4", "8"])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False)
    codes = torch.arange(256, dtype=torch.uint8)
    for bottom, dtype in ((1.05, torch.float8_e4m3fn), (0.05, torch.float8_e5m2)):
        numbers = codes.view(dtype).float()
        held = numbers[(numbers >= 1) & (numbers <= 8)].unique()
        ax.vlines(held.numpy(), bottom, bottom + 0.4, color=COLOURS[1], linewidth=1.6)
        largest = torch.finfo(dtype).max
        ax.text(1, bottom + 0.78, f"{str(dtype).removeprefix('torch.')}, largest {largest:g}", va="center", size=LARGE)
        for start in (1, 2, 4):
            after = held[held > start].min().item()
            words = f"1/{1 / (after - start):g} apart" if after - start < 1 else f"{after - start:g} apart"
            ax.text(1.5 * start, bottom + 0.53, words, ha="center", va="center")
