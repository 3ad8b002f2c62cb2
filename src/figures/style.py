"""What all figures share: size, lines, colours, labels at the lines instead of a legend, and the way to SVG."""

import io
import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

STYLE = mpl.rc_params_from_file(Path(__file__).with_name("matplotlibrc"), use_default_template=False)
COLOURS: tuple[str, ...] = tuple(STYLE["axes.prop_cycle"].by_key()["color"])
SIZE: tuple[float, float] = STYLE["figure.figsize"]
LARGE = 11  # points, where a figure has no axes, and so room for larger letters

# A line's pattern tells it apart too, and lets what lies below it shine through.
DASHES: tuple[str | tuple[float, tuple[float, ...]], ...] = (
    "solid",
    (0, (5, 1.5)),
    (0, (1.5, 1)),
    (0, (5, 1, 1, 1)),
    (0, (3, 1)),
    (0, (7, 1, 1, 1, 1, 1)),
    (0, (1, 1.8)),
)

LEFT = 0.16  # where the axes start, after the numbers and the name of the vertical one
RIGHT = 0.76  # where the axes end and the room for labels starts, as a part of the figure's width
GAP = 0.07  # between the middles of two labels, as a part of the axes' height


def plot(ax: Axes, x: Tensor, curves: dict[str, Tensor]) -> None:
    """Draw each curve y(x), and write its name to the right of where it ends.

    Set the limits and the scale of the axes first: the labels stand where these say.
    """
    ends = []
    for (name, y), colour, dashes in zip(curves.items(), COLOURS, DASHES, strict=False):
        ax.plot(x.numpy(), y.numpy(), label=name, color=colour, linestyle=dashes, clip_on=False)
        _, end = ax.transAxes.inverted().transform(ax.transData.transform((float(x[-1]), float(y[-1]))))
        ends.append((float(end), name, colour))
    ends.sort(reverse=True)
    for height, (end, name, colour) in zip(spread([end for end, _, _ in ends]), ends, strict=True):
        ax.annotate(
            name,
            xy=(1, end),
            xytext=(1.06, height),
            xycoords="axes fraction",
            va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)},
        )


def spread(heights: Sequence[float]) -> list[float]:
    """Move labels, given from top to bottom, down as far as they need to stay apart, and up again into the axes."""
    apart = itertools.accumulate(heights, lambda above, height: min(height, above - GAP))
    raised = itertools.accumulate(reversed(list(apart)), lambda below, height: max(height, below + GAP), initial=-GAP)
    return list(raised)[:0:-1]


def drawn(draw: Callable[[Axes], None]) -> Figure:
    """Draw a figure, in Matplotlib's style of the moment."""
    figure = Figure(figsize=SIZE)
    figure.set_layout_engine("none")  # the axes have their place
    draw(figure.add_axes((LEFT, 0.15, RIGHT - LEFT, 0.8)))
    return figure


def svg(draw: Callable[[Axes], None]) -> str:
    """Draw a figure and return it as SVG, the same in every run."""
    with mpl.rc_context(STYLE):
        figure = drawn(draw)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date")))
    return tidy(file.getvalue())


def tidy(drawn: str) -> str:
    """Round the numbers that Matplotlib wrote, and let the reader's system choose the font."""
    text = drawn.replace("'DejaVu Sans'", "system-ui")
    # A hundredth of a point is invisible, and what lies beyond may differ between machines. Labels stay as they are.
    return re.sub(r'"[^"]*"', lambda attribute: _rounded(attribute[0]), text)


def _rounded(attribute: str) -> str:
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", attribute)
