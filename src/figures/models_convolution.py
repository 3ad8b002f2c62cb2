"""Figures of the page on convolution arithmetic."""

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from torch import nn

from dlnotes.models.convolution import conv_output_size, receptive_field
from figures.cells import BLUE as FILL
from figures.style import COLOURS, LARGE

BLACK, BLUE, ORANGE = COLOURS[:3]


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


def windows(ax: Axes) -> None:
    """Count the windows on a padded row, and cross out what none of them reaches."""
    i, k, s, p = 9, 3, 3, 1
    count, length = conv_output_size(i, k, s, p), i + 2 * p
    canvas(ax, length + 1.2, left=0.6, top=1.6)
    for place in range(length):
        cell(ax, place, 0, place, fill="none" if p <= place < p + i else BLACK, shade=0.15)
        if place >= (count - 1) * s + k:
            ax.plot([place, place + 1], [1, 0], color=ORANGE, linewidth=1.8)
    for middle, text in [(p / 2, "padding"), (length / 2, "input"), (length - p / 2, "padding")]:
        ax.text(middle, -0.3, text, ha="center", size=LARGE)
    for a in range(count):
        y = 1.6 + 1.2 * a
        for tap in range(k):
            cell(ax, a * s + tap, y, fill=FILL)
        before = a == count - 1  # no room behind the last
        ax.text(
            a * s + (-0.25 if before else k + 0.25),
            y + 0.54,
            f"window {a}",
            ha="right" if before else "left",
            va="center",
            size=LARGE,
        )
    ax.text(length, 1.55, "in no window", ha="right", color=ORANGE, size=LARGE)


def grid(ax: Axes) -> None:
    """Draw the same settings in two dimensions, with the middle window and its output."""
    i, k, s, p = 9, 3, 3, 1
    count, length = conv_output_size(i, k, s, p), i + 2 * p
    reached = (count - 1) * s + k
    canvas(ax, length / 0.6 + 3, left=0.6 + p, top=1.7 + p)
    right = length + 3 - p
    for place in range(length**2):
        row, column = (at - p for at in divmod(place, length))  # of the input; padding is outside
        padding = not (0 <= row < i and 0 <= column < i)
        style, alpha = ((0, (2, 2)), 0.6) if padding else ("solid", 1)
        ax.add_patch(
            Rectangle(
                (column, row), 1, 1, facecolor="none", edgecolor=BLACK, linewidth=0.9, linestyle=style, alpha=alpha
            )
        )
        if max(row, column) + p >= reached:
            ax.add_patch(Rectangle((column, row), 1, 1, facecolor="none", edgecolor=ORANGE, linewidth=0, hatch="/////"))
    middle = count // 2
    for x, y, side in [(middle * s - p, middle * s - p, k), (right + middle, middle - p, 1)]:
        ax.add_patch(Rectangle((x, y), side, side, facecolor=FILL, linewidth=0, zorder=0))
        ax.add_patch(Rectangle((x, y), side, side, facecolor="none", edgecolor=BLACK, linewidth=2, zorder=3))
    for place in range(count**2):
        row, column = divmod(place, count)
        cell(ax, right + column, row - p)
    ax.text(-p, -p - 0.4, f"input {i} × {i}, padding dashed", size=LARGE)
    ax.text(right, -p - 0.4, f"output {count} × {count}", size=LARGE)
    ax.text(i + p + 0.5, i + p - 0.7, "in no window", va="center", color=ORANGE, size=LARGE)


def dilation(ax: Axes) -> None:
    """Draw the taps of one kernel under three dilations."""
    k = 3
    canvas(ax, 12, left=3.1, top=0.9)
    for row, d in enumerate((1, 2, 3)):
        y = 2 * row
        ax.text(-2.8, y + 0.54, f"dilation {d}", va="center", size=LARGE)
        [span] = receptive_field(nn.Sequential(nn.Conv1d(1, 1, k, dilation=d))).size
        for place in range(7):
            tap = place < span and place % d == 0
            cell(ax, place, y, place, fill=FILL if tap else "none")
        ax.plot([0, span], [y + 1.25] * 2, color=BLUE)
        ax.text(7.3, y + 0.54, f"span {span}", va="center", size=LARGE)


def fields(ax: Axes) -> None:
    """Draw what one unit at the top of a stack sees in each layer below."""
    taps = [(3, 1), (2, 2), (3, 1)]  # kernel size and stride
    names = ["input", "conv, k = 3", "pool, k = s = 2", "conv, k = 3"]
    model = nn.Sequential(*(nn.Conv1d(1, 1, k, s) for k, s in taps))
    places = [[float(place) for place in range(12)]]
    for depth, (k, s) in enumerate(taps, start=1):
        field = receptive_field(model[:depth])
        [size], [stride], [start] = field.size, field.stride, field.start
        count = conv_output_size(len(places[-1]), k, s)
        places.append([start + unit * stride + (size - 1) / 2 for unit in range(count)])
    step = 2.7
    canvas(ax, 18, left=5.6, top=9.3)
    seen = range(1, 2)
    for depth in (3, 2, 1, 0):
        y = -step * depth
        for unit, place in enumerate(places[depth]):
            fill = BLUE if unit in seen else "none"
            ax.add_patch(Circle((place, y), 0.36, facecolor=fill, edgecolor=BLACK, linewidth=0.9, zorder=2))
        ax.text(-5.4, y, names[depth], va="center", size=LARGE)
        ax.text(12.1, y, str(len(seen)), ha="right", va="center", color=BLUE, size=LARGE)
        if depth:
            k, s = taps[depth - 1]
            for unit in seen:
                for below in range(unit * s, unit * s + k):
                    ends = [places[depth][unit], places[depth - 1][below]]
                    ax.plot(ends, [y, y + step], color=BLUE, linewidth=0.9, zorder=1)
            seen = range(seen[0] * s, seen[-1] * s + k)
