"""Figures of the page on regression losses."""

import math

import torch
from matplotlib.axes import Axes

from dlnotes.losses.regression import absolute, huber, squared
from dlnotes.losses.sigmoids import slope
from figures.style import COLOURS, plot

LOSSES = {"half squared": lambda r: squared(r) / 2, "absolute": absolute, "Huber, δ = 1": huber}
R = torch.arange(-120, 121, dtype=torch.float64) / 40  # with an exact 0


def values(ax: Axes) -> None:
    """Plot the three losses of a residual."""
    ax.set(xlim=(-3, 3), ylim=(0, 4.5), yticks=range(5), xlabel="residual r", ylabel="loss")
    plot(ax, R, {name: loss(R) for name, loss in LOSSES.items()})


def gradients(ax: Axes) -> None:
    """Plot their derivatives; where there is none, a dot for what autograd takes."""
    curves = {name: slope(loss, R) for name, loss in LOSSES.items()}
    (at_zero,) = curves["absolute"][R == 0].tolist()
    curves["absolute"][R == 0] = math.nan
    ax.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="residual r", ylabel="derivative of the loss")
    plot(ax, R, curves)
    ax.plot([0], [at_zero], "o", color=COLOURS[1], zorder=3)
