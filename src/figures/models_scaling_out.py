"""Figure of the page on scaling out."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from figures.cells import BLUE, GREY, ORANGE, PLAIN, SILVER, arrow, canvas, cell, text

LANES = ((BLUE, 0), (ORANGE, 1))
BATCH = 8


def processes(ax: Axes) -> None:
    """Draw one step of two processes: parts of a batch, copies of the model, gradients, their average."""
    canvas(ax)
    for x, words in ((32, "a batch"), (122, "process"), (216, "gradient"), (312, "average")):
        text(ax, x, 12, words, colour=GREY)
    for example in range(BATCH):
        rank = example % len(LANES)
        cell(ax, 20, 26 + 21 * example, 20, example, LANES[rank][0])
    for colour, rank in LANES:
        top = 50 + 90 * rank
        _box(ax, 86, top, 74, f"rank {rank}", PLAIN)
        text(ax, 123, top + 42, "copy of the model")
        _box(ax, 194, top, 44, f"g{rank}", colour)
        arrow(ax, (44, 108), (84, top + 14))
        arrow(ax, (162, top + 14), (192, top + 14))
        arrow(ax, (240, top + 14), (273, 110 - 4 + 8 * rank))
    _box(ax, 274, 96, 76, "(g0 + g1) / 2", SILVER)
    text(ax, 312, 136, "both copies make")
    text(ax, 312, 149, "the same step")


def _box(ax: Axes, x: float, y: float, width: float, words: str, colour: str) -> None:
    style = "round,pad=0,rounding_size=4"
    ax.add_patch(FancyBboxPatch((x, y), width, 28, style, facecolor=colour, edgecolor="#000000", linewidth=0.9))
    text(ax, x + width / 2, y + 14, words)
