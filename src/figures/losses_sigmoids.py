"""Figures of the page on sigmoids."""

import torch
from matplotlib.axes import Axes

from dlnotes.losses.sigmoids import SIGMOIDS, slope
from figures.style import plot


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
