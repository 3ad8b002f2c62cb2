"""Figures of the page on the training loop."""

from functools import cache

import torch
from matplotlib.axes import Axes
from torch import nn

from dlnotes.training.datasets import load
from dlnotes.training.loop import Batches, Means, evaluate, train_epoch
from figures.style import COLOURS, DASHES

STATES = (10, 30, 100, 600)  # epochs
MEASURED = torch.tensor([*range(1, 101), *range(110, 601, 10)])  # epochs, too
NAMES = ("training", "test")


def growing_plot(ax: Axes) -> None:
    """Plot the losses of one training up to each of four epochs, as one would have seen them then."""
    history = _memorise(0)
    losses = torch.tensor([[means.loss for means in epoch] for epoch in history], dtype=torch.float64)
    for panel, epochs in zip(_panels(ax, rows=2), STATES, strict=True):
        panel.set(xlim=(1, epochs), ylim=(0, 2.4))
        panel.set_title(f"after {epochs} epochs")
        panel.set_xticks([1, epochs])
        panel.set_yticks([0, 1, 2])
        for name, loss, colour, dashes in zip(NAMES, losses.T, COLOURS, DASHES, strict=False):
            until = epochs >= MEASURED
            x, y = MEASURED[until], loss[until]
            panel.plot(x.numpy(), y.numpy(), label=f"{name}, {epochs}", color=colour, linestyle=dashes, clip_on=False)
    last = ax.figure.axes[-1]
    last.text(300, 0.14, "training loss", ha="center")
    last.text(300, 1.2, "test loss", ha="center", color=COLOURS[1])


def overfitting(ax: Axes) -> None:
    """Plot loss and accuracy to the end of four trainings, each on another hundred images, and their means."""
    runs = torch.tensor([_memorise(part) for part in range(4)], dtype=torch.float64)  # run, epoch, data, quantity
    left, right = _panels(ax, rows=1)
    epochs = MEASURED.numpy()
    for panel, quantity in ((left, "loss"), (right, "accuracy")):
        values = runs[..., ("loss", "accuracy").index(quantity)]
        panel.set(xlim=(1, STATES[-1]), xscale="log", xlabel="epoch", title=quantity)
        panel.set_xticks([1, 10, 100, 600], ["1", "10", "100", "600"])
        panel.minorticks_off()
        for data, (name, colour, dashes) in enumerate(zip(NAMES, COLOURS, DASHES, strict=False)):
            for run in values[..., data]:
                panel.plot(epochs, run.numpy(), color=colour, linewidth=0.6, alpha=0.5)
            mean = values[..., data].mean(dim=0).numpy()
            panel.plot(epochs, mean, label=f"{quantity}, {name}", color=colour, linestyle=dashes)
    left.set(ylim=(0, 2.4))
    right.set(ylim=(0, 1.03))
    left.text(9, 0.7, "training", ha="center")
    left.text(580, 1.2, "test", ha="right", color=COLOURS[1])
    right.text(580, 0.92, "training", ha="right")
    right.text(580, 0.6, "test", ha="right", color=COLOURS[1])


def _panels(ax: Axes, rows: int) -> list[Axes]:
    """Put two axes a row in the place of one."""
    ax.axis("off")
    height = 0.83 / rows - 0.12 * (rows - 1)
    return [
        ax.figure.add_axes((left, 0.97 - 0.07 - height - row * (height + 0.19), 0.38, height))
        for row in range(rows)
        for left in (0.08, 0.57)
    ]


@cache
def _memorise(part: int) -> list[tuple[Means, Means]]:
    """Train the page's network on one hundred images; return training and test means of the epochs `MEASURED`."""
    train, test = load("fashion-mnist-small")
    chosen = slice(100 * part, 100 * part + 100)
    few = Batches(train.images[chosen] / 255, train.targets[chosen], 100)
    unseen = Batches(test.images / 255, test.targets, 500)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(part)
        model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    found = []
    for epoch in range(1, STATES[-1] + 1):
        learned = train_epoch(model, optimizer, few)
        if epoch in MEASURED:
            found.append((learned, evaluate(model, unseen)))
    return found
