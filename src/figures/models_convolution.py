"""Figures of the page on convolution."""

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from torch import Tensor, nn

from dlnotes.models.convolution import conv_output_size, cross_correlation, receptive_field
from dlnotes.training.datasets import load
from figures import pixels
from figures.cells import BLUE as FILL
from figures.plane import canvas, cell
from figures.style import COLOURS, LARGE

BLACK, BLUE, _, GREEN = COLOURS[:4]
EDGES = torch.tensor([[-1.0, 0.0, 1.0]]).repeat(3, 1)


def digit() -> Tensor:
    """Return a training image with room around its digit, as bytes (1, 28, 28)."""
    train, _ = load("mnist-small")
    return train.images[26:27]


def answers(image: Tensor, kernel: Tensor) -> Tensor:
    """Return what a kernel makes of bytes (1, H, W)."""
    return cross_correlation(image[None] / 255, kernel[None, None])[0, 0]


def edges(ax: Axes) -> None:
    """Draw a digit, and the maps that one kernel and its transpose make of it."""
    image = digit()
    pixels.canvas(ax, 105, 63)
    pixels.frame(ax, 2, 16, 28)
    pixels.grey(ax, image[0], 2, 16)
    for kernel, top in ((EDGES, 0.6), (EDGES.T, 31)):
        made = answers(image, kernel)
        y, x = divmod(int(made.argmax()), made.shape[1])
        for row, weights in enumerate(kernel.tolist()):
            for column, weight in enumerate(weights):
                left, upper = 45 + 5 * column, top + 6 + 5 * row
                pixels.frame(ax, left, upper, 5)
                ax.text(left + 2.5, upper + 2.6, f"{weight:.0f}".replace("-", "−"), ha="center", va="center")
        pixels.frame(ax, 75, top, 26)
        pixels.squares(ax, made, 75, top, 1)
        for left, upper, side in ((2 + x, 16 + y, 3), (75 + x, top + y, 1)):
            ax.add_patch(Rectangle((left, upper), side, side, facecolor="none", edgecolor=GREEN, linewidth=2))
    ax.text(16, 47.2, "input", ha="center")
    ax.text(52.5, 61, "kernels", ha="center")
    ax.text(88, 61, "feature maps", ha="center")


def shift(ax: Axes) -> None:
    """Draw a digit and its map; and the digit moved, with its map."""
    image, kernel = digit(), EDGES
    pixels.canvas(ax, 115, 69)
    for words, moved, top in (("input", image, 1.5), ("input, moved", image.roll((-3, 5), (1, 2)), 35.5)):
        pixels.frame(ax, 18, top, 28)
        pixels.grey(ax, moved[0], 18, top)
        ax.text(32, top + 31.2, words, ha="center")
        pixels.frame(ax, 70, top, 26)
        pixels.squares(ax, answers(moved, kernel), 70, top, 1)
        ax.text(83, top + 31.2, words.replace("input", "its map" if "moved" in words else "map"), ha="center")
        ax.annotate("", xy=(66, top + 14), xytext=(50, top + 14), arrowprops={"arrowstyle": "-|>", "color": BLACK})


def unfold(ax: Axes) -> None:
    """Draw a small image, and its windows as the columns of a matrix that a row of weights multiplies."""
    image = torch.arange(1.0, 10).reshape(1, 1, 3, 3)
    kernel = torch.tensor([[1.0, 0.0], [2.0, -1.0]])
    columns = nn.functional.unfold(image, 2)[0]
    made = cross_correlation(image, kernel[None, None]).flatten()
    canvas(ax, 13, left=0.5, top=0.4)
    parts = [
        (0.3, 0.5, image[0, 0], {(0, 0), (0, 1), (1, 0), (1, 1)}),
        (0.3, 5.2, kernel.reshape(1, 4), set[tuple[int, int]]()),
        (5.2, 0.0, columns, {(0, 0), (1, 0), (2, 0), (3, 0)}),
        (5.2, 5.2, made.reshape(1, 4), {(0, 0)}),
    ]
    for left, top, numbers, blue in parts:
        for y, row in enumerate(numbers.tolist()):
            for x, number in enumerate(row):
                words = f"{number:.0f}".replace("-", "−")
                cell(ax, left + x, top + y, words, fill=FILL if (y, x) in blue else "none")
    for middle, base, words, ha in (
        (1.8, 4.1, "image", "center"),
        (2.3, 6.8, "kernel, as a row", "center"),
        (9.5, 2.1, "its windows,", "left"),
        (9.5, 2.8, "as columns", "left"),
        (7.2, 6.8, "output", "center"),
    ):
        ax.text(middle, base, words, ha=ha, size=LARGE)


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
