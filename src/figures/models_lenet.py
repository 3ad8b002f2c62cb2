"""Figures of the page on LeNet."""

import json
from pathlib import Path

import torch
from matplotlib.axes import Axes

from dlnotes.training.datasets import CLASSES, load
from figures.pixels import canvas, grey
from figures.style import plot

RESULTS = Path(__file__).parents[2] / "docs" / "labs" / "results" / "lenet.json"


def garments(ax: Axes) -> None:
    """Draw the first training image of each class, and write what the class is called."""
    (images, targets), _ = load("fashion-mnist-small")
    canvas(ax, 180, 108)
    for index, name in enumerate(CLASSES["fashion-mnist"]):
        left, top = 4 + 36 * (index % 5), 8 + 51 * (index // 5)
        grey(ax, images[targets == index][0], left, top)
        ax.text(left + 14, top + 37, f"{index} {name}", ha="center")


def seeds(ax: Axes) -> None:
    """Plot the test accuracy after each epoch but the first, for each seed."""
    runs = json.loads(RESULTS.read_text("utf-8"))["seeds"]
    curves = {
        f"seed {seed}": torch.tensor([epoch["test_accuracy"] for epoch in epochs[1:]], dtype=torch.float64)
        for seed, epochs in runs.items()
    }
    epochs = torch.arange(2, 2 + len(next(iter(curves.values()))))
    ax.set(xlim=(2, int(epochs[-1])), ylim=(0.45, 0.85), xlabel="epoch", ylabel="test accuracy")
    plot(ax, epochs, curves)
