"""Figures of the page on the small convolutional network."""

from functools import cache

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Generator, nn

from dlnotes.models.cnn import cnn
from dlnotes.training.datasets import load
from dlnotes.training.loop import Batches, train_epoch
from dlnotes.training.recipes import normalised
from figures.cells import BLUE as SHADE
from figures.pixels import canvas, frame, grey, squares
from figures.style import COLOURS

EPOCHS = 3
DIGIT = 4  # the first test image of this class


@cache
def trained() -> nn.Sequential:
    """Return the network that the page trains, in float64: training amplifies rounding, which differs by machine."""
    train, _ = load("mnist-small")
    torch.manual_seed(0)
    model = cnn().double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    batches = Batches(normalised(train.images).double(), train.targets, 32, generator=Generator().manual_seed(0))
    for _ in range(EPOCHS):
        train_epoch(model, optimizer, batches)
    return model


def layers(ax: Axes) -> None:
    """Draw the shapes from layer to layer: maps as squares as large as they are, and vectors as bars."""
    model = cnn()
    stages = [("input", 0), ("conv", 1), ("pool", 2), ("conv", 4), ("pool", 5), ("flat", 7), ("linear", 8)]
    canvas(ax, 140, 84)
    _, (images, targets) = load("mnist-small")
    left, step, middle = 1.5, 0.9, 40.0
    for name, depth in stages:
        shape = tuple(model[:depth](torch.zeros(1, 1, 28, 28)).shape[1:])
        count, size = shape[0], shape[-1] if len(shape) == 3 else 0
        drawn = min(count, 4) if size else 1
        width, height = (size, size) if size else (2, 32 * count / 320 + 2)
        deep = (drawn - 1) * step
        for place in reversed(range(drawn)):
            x, y = left + place * step, middle - height / 2 - place * step + deep / 2
            ax.add_patch(
                Rectangle(
                    (x, y), width, height, facecolor=SHADE if depth else "none", edgecolor=COLOURS[0], linewidth=0.9
                )
            )
        if not depth:
            grey(ax, images[targets == DIGIT][0], left, middle - height / 2)
        centre = left + (width + deep) / 2
        ax.text(centre, 19, name, ha="center")
        ax.text(centre, 64, f"{size}×{size}" if size else str(count), ha="center")
        if size:
            ax.text(centre, 69, f"× {count}", ha="center")
        left += max(width + deep + 5.5, 12.5)


def filters(ax: Axes) -> None:
    """Draw the ten kernels of the first layer."""
    weight = trained().get_parameter("0.weight").detach()
    canvas(ax, 36, 21.6)
    for index, kernel in enumerate(weight[:, 0]):
        left, top = 1.4 + 7 * (index % 5), 2 + 10 * (index // 5)
        frame(ax, left, top, 5)
        squares(ax, kernel, left, top, 1)
        ax.text(left + 2.5, top + 6.5, str(index), ha="center")


def maps(ax: Axes) -> None:
    """Draw a digit, and what the first layer, pooling and ReLU make of it, for five kernels."""
    _, (images, targets) = load("mnist-small")
    digit = images[targets == DIGIT][:1]
    with torch.no_grad():
        pooled = trained()[:3](normalised(digit).double())[0]
    canvas(ax, 115, 69)
    for index in range(6):
        left, top = 6.5 + 37 * (index % 3), 1.5 + 34 * (index // 3)
        frame(ax, left, top, 28)
        if index == 0:
            grey(ax, digit[0], left, top)
        else:
            squares(ax, pooled[index - 1], left, top, 28 / 12)
        ax.text(left + 14, top + 31.2, "input" if index == 0 else f"filter {index - 1}", ha="center")
