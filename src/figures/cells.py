"""Tensors drawn as cells with numbers, on a canvas without axes that is as large as the figure."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Polygon, Rectangle

from figures.style import SIZE

# Points, from the top left corner: a font size of 9 is 9 of these.
WIDTH, HEIGHT = (72 * side for side in SIZE)

GREY = "#595959"
PLAIN = "none"
# Clear against the ground and below a number, in both schemes.
BLUE = "#5A96D7"
ORANGE = "#C88741"
SILVER = "#919191"


def canvas(ax: Axes) -> None:
    """Let the axes fill the figure, measured in points, y downwards."""
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    ax.axis("off")


def text(
    ax: Axes, x: float, y: float, words: str, *, size: float = 9, ha: str = "center", colour: str = "#000000"
) -> None:
    """Write words, with the middle of their height at y."""
    ax.text(x, y, words, ha=ha, va="center_baseline", size=size, color=colour)


def cell(ax: Axes, x: float, y: float, size: float, number: object, colour: str, *, copy: bool = False) -> None:
    """Draw a square with its top left corner at (x, y). A copy, which isn't in memory, has a dashed edge."""
    style = {"linestyle": (0, (2, 2)), "edgecolor": "#707070"} if copy else {"edgecolor": "#000000"}
    ax.add_patch(Rectangle((x, y), size, size, facecolor="none" if copy else colour, linewidth=0.9, **style))
    text(ax, x + size / 2, y + size / 2, str(number), size=min(13, size / 2), colour="#707070" if copy else "#000000")


def grid(
    ax: Axes, x: float, y: float, size: float, rows: Sequence[Sequence[object]], colours: Sequence[Sequence[str]]
) -> None:
    """Draw a matrix, each cell in its colour."""
    for i, (row, tints) in enumerate(zip(rows, colours, strict=True)):
        for j, (number, tint) in enumerate(zip(row, tints, strict=True)):
            cell(ax, x + j * size, y + i * size, size, number, tint)


def arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a grey arrow from start to end."""
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, color=GREY, shrinkA=0, shrinkB=0, linewidth=1.2)
    )


def face(ax: Axes, corners: Sequence[tuple[float, float]], colour: str) -> None:
    """Draw one side of a cube."""
    ax.add_patch(Polygon(corners, facecolor=colour, edgecolor="#000000", linewidth=0.7, joinstyle="round"))
