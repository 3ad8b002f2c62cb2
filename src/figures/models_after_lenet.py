"""Figures of the page on what came after LeNet."""

from collections.abc import Callable
from typing import Any

import torch
from matplotlib.axes import Axes
from torch import Generator, Tensor, nn

from dlnotes.models import lenet, resnet
from dlnotes.models.deep_mlp import deep_mlp, first_to_last
from dlnotes.training.datasets import load
from dlnotes.training.recipes import scaled
from dlnotes.training.schedules import one_cycle
from figures.style import plot

DEPTHS = (0, 5, 10, 15, 20, 25, 30)


# What the page changes, one at a time; each line keeps what those before have changed.
LADDER: dict[str, dict[str, Any]] = {
    "sigmoid": {"initialise": lenet.initialise, "activation": nn.Sigmoid},
    "ReLU": {"initialise": lenet.initialise},
    "He": {"initialise": resnet.initialise},
    "batch norm": {"initialise": resnet.initialise, "normalise": True},
    "residual": {"initialise": resnet.initialise, "normalise": True, "residual": True},
}


def gradients(ax: Axes) -> None:
    """Plot how the gradients of the first and the last layer compare, by depth, for each rung of the ladder."""
    train, _ = load("fashion-mnist-small")
    images = scaled(train.images)
    images = (images - images.mean()) / images.std()
    curves = {}
    for name, options in LADDER.items():
        ratios = []
        for depth in DEPTHS:
            torch.manual_seed(0)
            ratios.append(first_to_last(deep_mlp(depth, **options), images, train.targets))
        curves[name] = torch.tensor(ratios)
    ax.set(
        xlim=(0, DEPTHS[-1]), ylim=(1e-19, 1e3), yscale="log", xlabel="layers", ylabel="first gradient / last gradient"
    )
    ax.set_yticks([1, 1e-6, 1e-12, 1e-18], labels=["1", "10⁻⁶", "10⁻¹²", "10⁻¹⁸"])
    ax.minorticks_off()
    plot(ax, torch.tensor(DEPTHS), curves)


def spreads(initialise: Callable[[nn.Module], object], layers: int = 20, width: int = 400) -> Tensor:
    """Return the standard deviation of the sums in each layer of ReLU, for one input of normal numbers."""
    torch.manual_seed(0)
    x = torch.randn(100, width, generator=Generator().manual_seed(1))
    found = []
    for _ in range(layers):
        layer = nn.Linear(width, width, bias=False)
        initialise(layer)
        z = layer(x).detach()
        found.append(z.std())
        x = z.relu()
    return torch.stack(found)


def initialisation(ax: Axes) -> None:
    """Plot the spread of the sums by layer, for three ways to draw the weights."""
    kinds: dict[str, Callable[[nn.Module], object]] = {
        "He": resnet.initialise,
        "Xavier": lenet.initialise,
        "PyTorch": nn.Identity(),
    }
    ax.set(xlim=(1, 20), ylim=(1e-8, 10), yscale="log", xlabel="layer", ylabel="standard deviation")
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.set_yticks([1, 1e-2, 1e-4, 1e-6, 1e-8], labels=["1", "10⁻²", "10⁻⁴", "10⁻⁶", "10⁻⁸"])
    ax.minorticks_off()
    plot(ax, torch.arange(1, 21), {name: spreads(initialise) for name, initialise in kinds.items()})


def schedule(ax: Axes) -> None:
    """Plot the learning rate along a run: constant, and one cycle with two lengths of warm-up."""
    progress = torch.linspace(0, 1, 201)
    ax.set(xlim=(0, 1), ylim=(0, 1.05), xlabel="part of the run", ylabel="part of the rate")
    curves = {f"warm-up {part}": torch.tensor([one_cycle(at, part) for at in progress.tolist()]) for part in (0.2, 0.5)}
    plot(ax, progress, {"constant": torch.ones_like(progress)} | curves)
