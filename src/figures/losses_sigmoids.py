"""Figures of the page on sigmoids and activations."""

import math

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes

from dlnotes.losses.activations import ACTIVATIONS, relu, slope_by_depth, stack
from dlnotes.losses.sigmoids import SIGMOIDS, logistic, slope, tanh_sigmoid
from figures.style import plot

LAYERS = 10
X = torch.linspace(-4, 3, 141, dtype=torch.float64)


def gradient_by_layer(ax: Axes) -> None:
    """Plot the size of each layer's gradient before training, relative to the last layer's, from the output back."""
    numbers = torch.Generator().manual_seed(0)  # the page's data and weights
    x = torch.randn(128, 32, generator=numbers)
    y = (x[:, 0] > 0).float()
    start = [torch.randn(32, 32, generator=numbers) / math.sqrt(32) for _ in range(LAYERS)]
    start.append(torch.randn(32, generator=numbers) / math.sqrt(32))
    curves = {}
    for name, function in {"tanh": tanh_sigmoid, "logistic": logistic, "ReLU": relu}.items():
        weights = [weight.clone().requires_grad_() for weight in start]
        loss = F.binary_cross_entropy_with_logits(stack(function, x, weights), y)
        sizes = torch.stack([gradient.norm() for gradient in torch.autograd.grad(loss, weights[:LAYERS])])
        curves[name] = sizes.flip(0) / sizes[-1]
    ax.set(xlim=(0, LAYERS - 1), ylim=(1e-7, 10), yscale="log", xlabel="layer", ylabel="gradient, relative to layer 10")
    ax.set_xticks(range(LAYERS), labels=[str(LAYERS - layer) for layer in range(LAYERS)])
    ax.set_yticks([1, 1e-2, 1e-4, 1e-6], labels=["1", "10⁻²", "10⁻⁴", "10⁻⁶"])
    ax.minorticks_off()
    plot(ax, torch.arange(LAYERS), curves)


def slopes_by_depth(ax: Axes) -> None:
    """Plot the slope through up to ten layers of tanh, for several inputs, and of the logistic function."""
    starts = {f"tanh at {start}": (tanh_sigmoid, start) for start in ("0", "0.5", "1", "2")}
    curves = {
        name: slope_by_depth(function, torch.tensor(float(start), dtype=torch.float64), LAYERS)
        for name, (function, start) in (starts | {"logistic at 0": (logistic, "0")}).items()
    }
    ax.set(xlim=(0, LAYERS), ylim=(1e-7, 1), yscale="log", xlabel="layers", ylabel="slope through them")
    ax.set_yticks([1, 1e-2, 1e-4, 1e-6], labels=["1", "10⁻²", "10⁻⁴", "10⁻⁶"])
    ax.minorticks_off()
    plot(ax, torch.arange(LAYERS + 1), curves)


def activations(ax: Axes) -> None:
    """Plot ReLU, GELU and SiLU."""
    ax.set(xlim=(-4, 3), ylim=(-0.5, 3), xlabel="x", ylabel="activation of x")
    plot(ax, X, {name: function(X) for name, function in ACTIVATIONS.items()})


def activation_slopes(ax: Axes) -> None:
    """Plot their slopes."""
    ax.set(xlim=(-4, 3), ylim=(-0.25, 1.25), xlabel="x", ylabel="slope at x", yticks=[0, 0.5, 1])
    plot(ax, X, {name: slope(function, X) for name, function in ACTIVATIONS.items()})


def values(ax: Axes) -> None:
    """Plot all sigmoids, from far below 0 to far above."""
    x = torch.linspace(-4, 4, 161, dtype=torch.float64)
    ax.set(xlim=(-4, 4), ylim=(-1, 1), xlabel="x", ylabel="sigmoid of x", yticks=[-1, -0.5, 0, 0.5, 1])
    plot(ax, x, {name: sigmoid(x) for name, sigmoid in SIGMOIDS.items()})


def slopes(ax: Axes) -> None:
    """Plot their slopes on a logarithmic scale, for x from 0: all are even functions."""
    x = torch.linspace(0, 5, 101, dtype=torch.float64)
    ax.set(xlim=(0, 5), ylim=(1e-9, 1), yscale="log", xlabel="x", ylabel="slope at x")
    ax.set_yticks([1, 1e-3, 1e-6, 1e-9], labels=["1", "10⁻³", "10⁻⁶", "10⁻⁹"])
    ax.minorticks_off()
    plot(ax, x, {name: slope(sigmoid, x) for name, sigmoid in SIGMOIDS.items()})
