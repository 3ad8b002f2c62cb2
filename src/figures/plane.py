"""Cells on a plane of unit squares, so that coordinates count cells."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from figures.style import COLOURS, LARGE

BLACK = COLOURS[0]


def canvas(ax: Axes, width: float, left: float = 0, top: float = 0) -> None:
    """Let the axes fill the figure, as a plane of square units with y downwards, and hide them.

    The origin has this much room to its left and above it. Cell 0 is drawn there, so coordinates are a cell's number.
    """
    ax.set_position((0, 0, 1, 1))
    ax.axis("off")
    ax.set(xlim=(-left, width - left), ylim=(0.6 * width - top, -top))


def cell(ax: Axes, x: float, y: float, text: object = "", fill: str = "none", shade: float = 1) -> None:
    """Draw a square of side 1 with its upper left corner at (x, y)."""
    ax.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, alpha=shade, linewidth=0))
    ax.add_patch(Rectangle((x, y), 1, 1, facecolor="none", edgecolor=BLACK, linewidth=0.9))
    ax.text(x + 0.5, y + 0.54, str(text), ha="center", va="center", size=LARGE)
