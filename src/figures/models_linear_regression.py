"""Figures of the page on linear regression."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from dlnotes.models.linear_regression import closed_form, minibatches, predict, sgd_step, synthetic_data
from figures.style import COLOURS, plot

EPOCHS = 5


def descent(ax: Axes) -> None:
    """Plot the parameters' distance from the exact solution by how much data was used, for two batch sizes."""
    torch.manual_seed(0)
    inputs, targets = synthetic_data(torch.tensor([2.0, -3.4]), 4.2, 2_000)
    best = torch.cat([part.reshape(-1) for part in closed_form(inputs, targets)])
    curves = {
        "batches of 10": distances(inputs, targets, best, 10)[::10],
        "one batch of all": distances(inputs, targets, best, len(inputs)).repeat_interleave(20),
    }
    ax.set(xlim=(0, EPOCHS), ylim=(1e-3, 10), yscale="log", xlabel="epochs", ylabel="distance from the exact solution")
    ax.set_yticks([10, 1, 0.1, 0.01, 0.001], labels=["10", "1", "0.1", "0.01", "0.001"])
    ax.minorticks_off()
    plot(ax, torch.arange(20 * EPOCHS) / 20, curves)


def distances(inputs: Tensor, targets: Tensor, best: Tensor, batch_size: int) -> Tensor:
    """Return the distance from `best` before each step of the training on the page."""
    weight, bias = torch.zeros(2, requires_grad=True), torch.zeros((), requires_grad=True)
    found = []
    for _ in range(EPOCHS):
        for x, y in minibatches(inputs, targets, batch_size):
            found.append((torch.cat([weight, bias[None]]).detach() - best).norm())
            ((predict(x, weight, bias) - y) ** 2 / 2).mean().backward()
            sgd_step([weight, bias], lr=0.03)
    return torch.stack(found)


def squares(ax: Axes) -> None:
    """Draw points, the line with the least squares, and each square: its side is a residual."""
    torch.manual_seed(3)
    x = torch.linspace(0.3, 4.2, 10)
    y = 0.5 + 0.45 * x + 0.45 * torch.randn(10)
    weight, bias = closed_form(x[:, None], y)
    ax.set_position((0.14, 0.16, 0.83, 0.8))
    ax.set(xlim=(0, 5.3), ylim=(0, 3), aspect="equal", xlabel="feature x", ylabel="target y")
    line = predict(x[:, None], weight, bias)
    for at, low, high in zip(x.tolist(), torch.minimum(line, y).tolist(), torch.maximum(line, y).tolist(), strict=True):
        side = high - low
        ax.fill([at, at + side, at + side, at], [low, low, high, high], color=COLOURS[2], alpha=0.25, linewidth=0)
    ends = torch.tensor([[0.0], [4.8]])
    ax.plot(ends, predict(ends, weight, bias), color=COLOURS[0], label="line")
    ax.plot(x, y, "o", color=COLOURS[1], markersize=5, label="data")
