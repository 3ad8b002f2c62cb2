"""Figures of the page on softmax outside classifiers."""

import torch
from matplotlib.axes import Axes

from dlnotes.losses.softmax import softmax
from figures.style import plot

LOGITS = torch.tensor([3.0, 2.0, 1.0, 0.0], dtype=torch.float64)
QUERIES, KEYS = 1000, 8


def temperature(ax: Axes) -> None:
    """Plot the probabilities of four scores against the temperature, on a logarithmic axis."""
    ax.set(xlim=(0.1, 10), ylim=(0, 1), xscale="log", xlabel="temperature T", ylabel="probability")
    ax.set_xticks([0.1, 0.3, 1, 3, 10], labels=["0.1", "0.3", "1", "3", "10"])
    ax.minorticks_off()
    temperatures = torch.logspace(-1, 1, 81, dtype=torch.float64)
    p = softmax(LOGITS / temperatures[:, None])
    plot(ax, temperatures, {f"score {int(z)}": p[:, i] for i, z in enumerate(LOGITS)})


def attention(ax: Axes) -> None:
    """Plot the largest of eight attention weights, a mean over random queries, against the number of components."""
    ax.set(xlim=(1, 1024), ylim=(0, 1), xscale="log", xlabel="components d", ylabel="largest of 8 weights, mean")
    sizes = [2**power for power in range(11)]
    ax.set_xticks(sizes[::2], labels=map(str, sizes[::2]))
    ax.minorticks_off()
    random = torch.Generator().manual_seed(0)
    plain, scaled = [], []
    for d in sizes:
        query = torch.randn(QUERIES, d, dtype=torch.float64, generator=random)
        keys = torch.randn(QUERIES, KEYS, d, dtype=torch.float64, generator=random)
        scores = torch.einsum("nd,nkd->nk", query, keys)
        plain.append(softmax(scores).amax(-1).mean())
        scaled.append(softmax(scores / d**0.5).amax(-1).mean())
    plot(ax, torch.tensor(sizes), {"dot products": torch.stack(plain), "divided by √d": torch.stack(scaled)})
