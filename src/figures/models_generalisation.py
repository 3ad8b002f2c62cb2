"""Figures of the page on generalisation."""

import json
from pathlib import Path
from typing import Any

import torch
from matplotlib.axes import Axes
from torch import Generator, Tensor

from dlnotes.training.augmentation import shifted
from dlnotes.training.datasets import load
from dlnotes.training.regularisation import Dropout
from figures.pixels import canvas, frame, grey
from figures.style import COLOURS, plot

RESULTS = Path(__file__).parents[2] / "docs" / "labs" / "results" / "generalisation"
STRENGTH = 1.0  # of the decay that is drawn beside early stopping
STEPS, RATE = 100, 0.01  # of the descent that is stopped early
LAYERS = ((0, 3), (1, 4), (2, 2))  # of the network with masks: the place and the units of each
NARROW = 0.46  # where the axes start if words stand to their left, as a part of the figure's width


def losses(ax: Axes) -> None:
    """Plot the mean losses of the control in training and on test images."""
    ax.set(xlim=(0, 200), ylim=(0, 1.4), xlabel="epoch", ylabel="loss")
    _curves(ax, "loss")


def accuracies(ax: Axes) -> None:
    """Plot the mean accuracies of the same runs."""
    ax.set(xlim=(0, 200), ylim=(0.5, 1), xlabel="epoch", ylabel="accuracy")
    _curves(ax, "accuracy")


def widths(ax: Axes) -> None:
    """Plot training and test loss at the end against the number of hidden units."""
    runs = _read("widths")["runs"]
    units = torch.tensor([int(width) for width in runs])
    curves = {
        part: torch.tensor([[run[f"{part}_loss"][-1] for run in runs[width]] for width in runs]).mean(dim=1)
        for part in ("test", "train")
    }
    ax.set(xscale="log", xlim=(1, 256), ylim=(0, 2.2), xlabel="hidden units", ylabel="loss after 200 epochs")
    ax.set_xticks([4**power for power in range(5)], [str(4**power) for power in range(5)])
    ax.minorticks_off()
    plot(ax, units, curves)


def shrinkage(ax: Axes) -> None:
    """Plot what weight decay and early stopping leave of a weight against the curvature of the loss."""
    curvature = torch.logspace(-2, 2, 81, dtype=torch.float64)
    ax.set(xscale="log", xlim=(0.01, 100), ylim=(0, 1), xlabel="curvature", ylabel="part of the way")
    ax.set_xticks([0.01, 1, 100], ["0.01", "1", "100"])
    ax.minorticks_off()
    stopped = 1 - (1 - RATE * curvature) ** STEPS
    plot(ax, curvature, {"early stopping": stopped, "weight decay": curvature / (curvature + STRENGTH)})


def masks(ax: Axes) -> None:
    """Draw a small network with a mask of dropout for each of two steps, and whole in evaluation."""
    canvas(ax, 180, 108)
    torch.manual_seed(5)
    layer = Dropout(0.5)
    kept = [layer(torch.ones(4)) > 0 for _ in range(2)]
    for panel, (title, mask) in enumerate(
        [("one step", kept[0]), ("the next", kept[1]), ("evaluation", layer.eval()(torch.ones(4)) > 0)]
    ):
        left = 10 + 60 * panel
        columns = [
            [(left + 20 * place, 46 + 22 * (row - (rows - 1) / 2)) for row in range(rows)] for place, rows in LAYERS
        ]
        for unit, (x, y) in enumerate(columns[1]):
            if mask[unit]:
                for x_other, y_other in columns[0] + columns[2]:
                    ax.plot([x, x_other], [y, y_other], color="0.6", linewidth=0.7, zorder=1)
        for place, units in enumerate(columns):
            for unit, (x, y) in enumerate(units):
                dropped = place == 1 and not mask[unit]
                ax.plot(
                    [x],
                    [y],
                    marker="o",
                    markersize=8,
                    zorder=2,
                    fillstyle="none" if dropped else "full",
                    color=COLOURS[2] if dropped else COLOURS[1],
                )
        ax.text(left + 20, 97, title, ha="center")


def shifts(ax: Axes) -> None:
    """Draw a training image and seven shifts of it by up to two pixels."""
    (images, _), _ = load("fashion-mnist-small")
    moved = shifted(images[:1, None].repeat(7, 1, 1, 1), 2, Generator().manual_seed(0))[:, 0]
    canvas(ax, 180, 108)
    for index, image in enumerate([images[0], *moved]):
        left, top = 18 + 38 * (index % 4), 18 + 42 * (index // 4)
        frame(ax, left, top, 28)
        grey(ax, image, left, top)
    ax.text(32, 56, "as it is", ha="center")


def effects(ax: Axes) -> None:
    """Draw the difference of each treatment from the control, in points of test accuracy, with its interval."""
    rows = _read("effects")["accuracy"]
    ax.set_position((NARROW, 0.15, 0.97 - NARROW, 0.8))
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel="points of test accuracy above the control")
    ax.axvline(0, color=COLOURS[0], linewidth=1)
    for place, (mean, reach) in enumerate(rows.values()):
        ax.plot([mean - reach, mean + reach], [place, place], color=COLOURS[1])
        ax.plot([mean], [place], color=COLOURS[1], marker="o")
    ax.set_yticks(range(len(rows)), list(rows))


def _curves(ax: Axes, metric: str) -> None:
    result = _read("treatments")
    rounds = torch.tensor(result["rounds"]["control"])
    plot(ax, rounds, {part: _mean(result["runs"]["control"], f"{part}_{metric}") for part in ("test", "train")})


def _mean(runs: list[dict[str, list[float]]], metric: str) -> Tensor:
    return torch.tensor([run[metric] for run in runs], dtype=torch.float64).mean(dim=0)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    return found
