"""Figures of the page on softmax regression: the garments, and the templates that it learns."""

from functools import cache

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import Tensor

from dlnotes.models.linear_regression import minibatches, sgd_step
from dlnotes.training.datasets import CLASSES, load
from figures.pixels import canvas, grey, shades
from figures.style import plot

EPOCHS = 10
COLUMN, ROW = 46, 69  # from a class to the next


@cache
def trained() -> tuple[Tensor, dict[str, Tensor]]:
    """Train as the page does, in float64; return the weights, (784, 10), and what each epoch measured."""
    train, test = load("fashion-mnist-small")
    inputs, unseen = (images.flatten(1).double() / 255 for images in (train.images, test.images))
    torch.manual_seed(0)
    weight = (0.01 * torch.randn(784, 10)).double().requires_grad_()
    bias = torch.zeros(10, dtype=torch.float64, requires_grad=True)
    found = []
    for _ in range(EPOCHS):
        losses, right = [], []
        for x, y in minibatches(inputs, train.targets, 32):
            logits = x @ weight + bias
            loss = F.cross_entropy(logits, y, reduction="none")
            loss.mean().backward()
            sgd_step([weight, bias], lr=0.05)
            losses.append(loss.detach())
            right.append(logits.argmax(dim=1) == y)
        answers = (unseen @ weight + bias).argmax(dim=1)
        accuracies = (hits.double().mean() for hits in (torch.cat(right), answers == test.targets))
        found.append([torch.cat(losses).mean(), *accuracies])
    names = ("loss", "accuracy", "test accuracy")
    return weight.detach(), dict(zip(names, torch.tensor(found).T, strict=True))


def templates(ax: Axes) -> None:
    """Draw the first training image of each class, and below it the weights of the class."""
    (images, targets), _ = load("fashion-mnist-small")
    weight, _ = trained()
    canvas(ax, 5 * COLUMN, 2 * ROW)
    for index, name in enumerate(CLASSES["fashion-mnist"]):
        left, top = 9 + COLUMN * (index % 5), 1 + ROW * (index // 5)
        grey(ax, images[targets == index][0], left, top)
        shades(ax, weight[:, index].reshape(28, 28), left, top + 30)
        ax.text(left + 14, top + 64.5, name, ha="center")


def curves(ax: Axes) -> None:
    """Plot loss and accuracies after each epoch."""
    _, found = trained()
    ax.set(xlim=(1, EPOCHS), ylim=(0.4, 1.5), xlabel="epoch")
    plot(ax, torch.arange(1, EPOCHS + 1), found)
