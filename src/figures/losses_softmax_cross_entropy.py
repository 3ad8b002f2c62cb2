"""Figures of the page on softmax and cross-entropy."""

import torch
from matplotlib.axes import Axes

from dlnotes.losses.softmax import cross_entropy
from figures.style import plot

Z = torch.linspace(-4, 10, 141, dtype=torch.float64)


def true_logit(ax: Axes) -> None:
    """Plot the loss of one example with logits 2, z, 0 against z, its true class: plain, smoothed, at a temperature."""
    logits = torch.stack([torch.full_like(Z, 2), Z, torch.zeros_like(Z)], dim=-1)
    truth = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64).expand_as(logits)
    ax.set(xlim=(-4, 10), ylim=(0, 7), xlabel="logit of the true class", ylabel="loss in nats")
    curves = {"plain": cross_entropy(logits, truth), "T = 3": cross_entropy(logits / 3, truth)}
    smoothed = {f"α = {alpha}": cross_entropy(logits, (1 - alpha) * truth + alpha / 3) for alpha in (0.1, 0.3)}
    plot(ax, Z, curves | smoothed)
