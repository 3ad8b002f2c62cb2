"""Figures of the page on the series of cross-entropy and on noisy labels."""

import torch
from matplotlib.axes import Axes

from dlnotes.losses.noisy_labels import absolute, generalised, taylor
from dlnotes.losses.polyloss import series_remainder
from figures.style import plot

P = torch.linspace(0, 0.8, 81, dtype=torch.float64)  # at 1 all curves meet, and their labels would too


def pulls(ax: Axes) -> None:
    """Plot how hard an example pulls on the logit of its label, for five losses."""
    ax.set(xlim=(0, 0.8), ylim=(0, 1.05), xlabel="probability p of the label", ylabel="pull on the label's logit")
    nll = (-P.log()).clamp(max=1e3).requires_grad_()
    losses = {
        "cross-entropy": nll,
        "6 terms": taylor(nll, 6),
        "2 terms": taylor(nll, 2),
        "q = 0.7": generalised(nll, 0.7),
        "absolute": absolute(nll),
    }
    slopes = {name: torch.autograd.grad(loss.sum(), nll)[0] for name, loss in losses.items()}
    plot(ax, P, {name: slope * (1 - P) for name, slope in slopes.items()})


def truncation(ax: Axes) -> None:
    """Plot what is lost by stopping the series after N terms, as a share of the loss, on a logarithmic scale."""
    ax.set(xlim=(0, 30), ylim=(5e-5, 1), yscale="log", xlabel="number of terms N", ylabel="lost share of the loss")
    ax.set_yticks([1, 1e-1, 1e-2, 1e-3, 1e-4], labels=["1", "0.1", "0.01", "0.001", "0.0001"])
    ax.minorticks_off()
    terms = range(1, 31)
    curves = {}
    for value in (0.001, 0.01, 0.1, 0.2):
        p = torch.tensor(value, dtype=torch.float64)
        curves[f"p = {value}"] = torch.stack([series_remainder(p, n) / -p.log() for n in terms])
    plot(ax, torch.tensor(terms), curves)
