"""Figures of the page on convolution arithmetic."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import nn

from dlnotes.models.convolution import conv_output_size, receptive_field
from figures.cells import BLUE as FILL
from figures.plane import canvas, cell
from figures.style import COLOURS, LARGE

BLACK, BLUE, ORANGE = COLOURS[:3]


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
