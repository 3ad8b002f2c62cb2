"""Figures of the page on new topic."""

import torch
from matplotlib.axes import Axes

from dlnotes.folder.new_topic import new_topic
from figures.style import plot

X = torch.linspace(-2, 2, 81, dtype=torch.float64)


def values(ax: Axes) -> None:
    """Plot the function and its slope."""
    ax.set(xlim=(-2, 2), ylim=(-4, 4), xlabel="x", ylabel="value")
    plot(ax, X, {"function": new_topic(X), "slope": 2 * X})
