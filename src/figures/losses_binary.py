"""Figures of the page on yes-or-no answers."""

import math
from functools import partial

import torch
from matplotlib.axes import Axes
from torch import Tensor
from torch.special import ndtr

from dlnotes.losses.binary import focal_yes
from dlnotes.losses.sigmoids import slope
from figures.style import COLOURS, plot

PATIENTS = 20_000
GAMMAS = (0, 1, 2, 5)
X = torch.linspace(-3, 4, 141, dtype=torch.float64)
P = torch.linspace(0.02, 0.8, 79, dtype=torch.float64)  # at 1 all curves meet, and their labels would too


def bell(x: Tensor) -> Tensor:
    """Return the density of the standard normal distribution."""
    return torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def even(share: float) -> float:
    """Return the measurement at which yes is as probable as no, if `share` of the patients are ill."""
    return 1 + math.log((1 - share) / share) / 2


def patients(ax: Axes) -> None:
    """Plot how many ill and healthy patients to expect at each measurement, on a logarithmic scale."""
    ax.set(xlim=(-3, 4), ylim=(1, 30_000), yscale="log", xlabel="measurement x", ylabel="patients per unit of x")
    ax.set_yticks([1, 10, 100, 1000, 10_000], labels=["1", "10", "100", "1,000", "10,000"])
    ax.minorticks_off()
    counts = {"healthy": 0.99 * PATIENTS * bell(X), "ill": 0.01 * PATIENTS * bell(X - 2)}
    plot(ax, X, {name: torch.where(count < 1, torch.nan, count) for name, count in counts.items()})
    for share, name in ((0.5, "1 : 1"), (0.01, "99 : 1")):
        ax.axvline(even(share), color="#000000", linewidth=0.8, linestyle=(0, (2, 2)))
        ax.text(even(share) + 0.1, 15_000, name)


def precision_recall(ax: Axes) -> None:
    """Plot precision against recall, for two base rates."""
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="recall", ylabel="precision")
    threshold = torch.linspace(6, -6, 241, dtype=torch.float64)  # of the measurement
    found, alarms = ndtr(2 - threshold), ndtr(-threshold)
    curves = {
        f"{name} ill": share * found / (share * found + (1 - share) * alarms)
        for name, share in (("1 in 100", 0.01), ("1 in 10", 0.1))
    }
    plot(ax, found, curves)
    for probability in (0.5, 0.1, 0.01):
        at = torch.tensor(even(0.01) + math.log(probability / (1 - probability)) / 2)
        recall, precision = float(ndtr(2 - at)), float(0.01 * ndtr(2 - at) / (0.01 * ndtr(2 - at) + 0.99 * ndtr(-at)))
        ax.plot([recall], [precision], "o", color=COLOURS[0], markersize=5)
        aside = 0.02 if recall < 0.8 else -0.12  # away from the labels at the right
        ax.text(recall + aside, precision + 0.04, f"p > {probability}")


def focal(ax: Axes) -> None:
    """Plot focal loss against the probability of the true answer, for several γ."""
    ax.set(xlim=(0, 0.8), ylim=(0, 4), xlabel="probability of the true answer", ylabel="loss")
    plot(ax, P, {name(gamma): focal_yes(torch.logit(P), gamma) for gamma in GAMMAS})


def focal_pulls(ax: Axes) -> None:
    """Plot the size of its gradient by the logit."""
    ax.set(xlim=(0, 0.8), ylim=(0, 1.5), xlabel="probability of the true answer", ylabel="pull on the logit")
    plot(ax, P, {name(gamma): -slope(partial(focal_yes, gamma=gamma), torch.logit(P)) for gamma in GAMMAS})


def name(gamma: float) -> str:
    """Return the label of a curve."""
    return "cross-entropy" if gamma == 0 else f"γ = {gamma}"
