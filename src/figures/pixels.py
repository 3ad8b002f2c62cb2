"""Small images in a figure: grey pixels as few outlines, and weights as squares whose size is their value."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from torch import Tensor

from figures.style import COLOURS

GREYS = 6
CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
CODES = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]

Rectangle = tuple[float, float, float, float]  # left, top, width, height


def canvas(ax: Axes, width: float, height: float) -> None:
    """Let the axes fill the figure, with y downwards as in an image, and draw no frame."""
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.set_axis_off()


def grey(ax: Axes, image: Tensor, left: float, top: float) -> None:
    """Draw bytes (H, W), one unit a pixel: nothing for 0, black for 255, rounded to `GREYS` greys.

    Each grey covers all pixels that are at least as dark, so that the next can be painted over it.
    """
    level = (image.int() * (GREYS - 1) + 127) // 255
    for grade in range(1, GREYS):
        runs = (run for y, row in enumerate((level >= grade).tolist()) for run in _runs(row, left, top + y))
        fill(ax, runs, str(round(1 - grade / (GREYS - 1), 2)))


def shades(ax: Axes, values: Tensor, left: float, top: float, grades: int = 3) -> None:
    """Draw an image (H, W) of both signs, one unit a pixel: blue above 0, orange below, nothing near 0.

    |value| is rounded down to one of `grades` shades. As in `grey`, each is painted over those that are paler.
    """
    level = (values / values.abs().max() * (grades + 1)).trunc().clamp(-grades, grades)
    for sign, colour in ((1, COLOURS[1]), (-1, COLOURS[2])):
        for grade in range(1, grades + 1):
            rows = enumerate((sign * level >= grade).tolist())
            runs = (run for y, row in rows for run in _runs(row, left, top + y))
            fill(ax, runs, colour, alpha=0.4)


def _runs(row: list[bool], left: float, top: float) -> Iterable[Rectangle]:
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield left + start, top, x - start, 1
            start = None


def squares(ax: Axes, values: Tensor, left: float, top: float, side: float) -> None:
    """Draw a square for each entry of (H, W), with sides in proportion to |value|: blue if positive, else orange.

    Sizes may differ a little between machines, and then the figure is still the same; greys would be others.
    """
    values = values / values.abs().max()
    for sign, colour in ((1, COLOURS[1]), (-1, COLOURS[2])):
        found = []
        for y, row in enumerate(values.tolist()):
            for x, value in enumerate(row):
                if (sign > 0) == (value >= 0):
                    size, half = abs(value) * side, (1 - abs(value)) * side / 2
                    found.append((left + x * side + half, top + y * side + half, size, size))
        fill(ax, found, colour)


def frame(ax: Axes, left: float, top: float, side: float) -> None:
    """Draw a thin square around an image."""
    x, y = zip(*((left + side * x, top + side * y) for x, y in CORNERS), strict=True)
    ax.plot(x, y, color="0.6", linewidth=0.6, clip_on=False)


def fill(ax: Axes, rectangles: Iterable[Rectangle], colour: str, alpha: float = 1) -> None:
    """Fill rectangles, all in one path: side by side they leave no seam."""
    vertices = [(left + width * x, top + height * y) for left, top, width, height in rectangles for x, y in CORNERS]
    if vertices:
        path = Path(vertices, CODES * (len(vertices) // len(CODES)))
        ax.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", alpha=alpha))
