"""Figures of the page on softmax and cross-entropy."""

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes

from dlnotes.losses.likelihood import surprise
from dlnotes.losses.softmax import cross_entropy, softmax
from figures.cells import BLUE, GREY, ORANGE, PLAIN, SILVER, WIDTH, canvas, grid, text
from figures.style import COLOURS, LARGE, plot

ANIMALS = ("cat", "dog", "hen")
Z = torch.linspace(-4, 10, 57, dtype=torch.float64)

IGNORED = 255
LABELS = torch.tensor([[0, 0, 0, 0, 0], [0, 255, 255, 255, 255], [0, 255, 1, 1, 1], [0, 255, 1, 1, 1]])
GUESS = torch.tensor([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 1, 1, 1, 2], [0, 1, 1, 1, 1]])


def three_animals(ax: Axes) -> None:
    """Plot −log p against p, with a dot for each of three classes whose logits are 2, 1 and 0."""
    ax.set(xlim=(0, 1), ylim=(0, 4), yticks=range(5), xlabel="probability p of the true class", ylabel="cost, −log p")
    p = torch.linspace(-4, 0, 33, dtype=torch.float64).exp()
    plot(ax, p, {"−log p": surprise(p)})
    given = softmax(torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64))
    for animal, at, cost in zip(ANIMALS, given.tolist(), surprise(given).tolist(), strict=True):
        ax.hlines(cost, 0, at, linestyles=":", color=COLOURS[1], linewidth=1.2)
        ax.plot([at], [cost], "o", color=COLOURS[1], zorder=3, label=animal)
        words = f"{animal}, p = {at:.2f}: {cost:.2f}"
        ax.annotate(words, (at, cost), (7, 5), textcoords="offset points")


def segmentation(ax: Axes) -> None:
    """Draw the labels of a small image, what a model guesses, and what each pixel costs."""
    canvas(ax)
    logits = 3 * F.one_hot(GUESS, 3).movedim(-1, 0)[None].double()
    losses = F.cross_entropy(logits, LABELS[None], ignore_index=IGNORED, reduction="none")[0]
    tints = {0: PLAIN, 1: BLUE, 2: ORANGE, IGNORED: SILVER}
    high = [[ORANGE if loss > 1 else PLAIN for loss in row] for row in losses.tolist()]
    numbers = [[f"{loss:.1f}" if loss else "0" for loss in row] for row in losses.tolist()]
    parts = (
        ("label", LABELS.tolist(), [[tints[k] for k in row] for row in LABELS.tolist()]),
        ("guess", GUESS.tolist(), [[tints[k] for k in row] for row in GUESS.tolist()]),
        ("loss", numbers, high),
    )
    size, gap = 21, 18
    left = (WIDTH - 3 * 5 * size - 2 * gap) / 2
    for at, (name, rows, colours) in enumerate(parts):
        x = left + at * (5 * size + gap)
        text(ax, x + 2.5 * size, 50, name, size=LARGE)
        grid(ax, x, 66, size, rows, colours)
    text(ax, WIDTH / 2, 176, f"0 grass, 1 cat, 2 dog, {IGNORED} doesn't count", colour=GREY)


def true_logit(ax: Axes) -> None:
    """Plot the loss of one example with logits 2, z, 0 against z, its true class: plain, smoothed, at a temperature."""
    logits = torch.stack([torch.full_like(Z, 2), Z, torch.zeros_like(Z)], dim=-1)
    truth = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64).expand_as(logits)
    ax.set(xlim=(-4, 10), ylim=(0, 7), xlabel="logit of the true class", ylabel="loss in nats")
    curves = {"plain": cross_entropy(logits, truth), "T = 3": cross_entropy(logits / 3, truth)}
    smoothed = {f"α = {alpha}": cross_entropy(logits, (1 - alpha) * truth + alpha / 3) for alpha in (0.1, 0.3)}
    plot(ax, Z, curves | smoothed)
