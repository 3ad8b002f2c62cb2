"""Multilayer perceptrons: one for images of 28×28 pixels, and one with two layers, differentiated by hand.

Source: Rumelhart, Hinton and Williams 1986 for backpropagation through hidden layers.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["gradients", "mlp", "two_layers", "two_moons"]


# --8<-- [start:moons]
def two_moons(count: int, noise: float = 0.15) -> tuple[Tensor, Tensor]:
    """Make random points on two half circles that reach into each other.

    Args:
        count: How many points; the classes take turns.
        noise: Standard deviation of what is added to each coordinate.

    Returns:
        Inputs `(count, 2)` and targets `(count,)`, each 0 or 1.

    Examples:
        >>> from dlnotes.models.mlp import two_moons
        >>> inputs, targets = two_moons(4)
        >>> inputs.shape, targets
        (torch.Size([4, 2]), tensor([0, 1, 0, 1]))
    """
    targets = torch.arange(count) % 2
    angle = torch.pi * torch.rand(count)
    across = angle.cos() + targets
    up = torch.where(targets == 0, angle.sin(), 0.5 - angle.sin())
    points = torch.stack([across, up], dim=1)
    return points + noise * torch.randn(count, 2), targets
    # --8<-- [end:moons]


# --8<-- [start:two-layers]
def two_layers(x: Tensor, W: Tensor, b: Tensor, V: Tensor, c: Tensor) -> Tensor:
    """Return the logits of a network with one hidden layer.

    Args:
        x: Inputs, `(N, n)`.
        W: The first layer's weights, `(m, n)`.
        b: Its biases, `(m,)`.
        V: The second layer's weights, `(C, m)`.
        c: Its biases, `(C,)`.

    Returns:
        Logits, `(N, C)`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.mlp import two_layers
        >>> W, b = torch.tensor([[1.0], [-1.0]]), torch.zeros(2)
        >>> two_layers(torch.tensor([[3.0], [-2.0]]), W, b, torch.ones(1, 2), torch.zeros(1))
        tensor([[3.],
                [2.]])
    """
    a = x @ W.T + b
    return a.relu() @ V.T + c
    # --8<-- [end:two-layers]


# --8<-- [start:gradients]
def gradients(
    x: Tensor, y: Tensor, W: Tensor, b: Tensor, V: Tensor, c: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients of the mean cross-entropy by W, b, V and c.

    Args:
        x: Inputs, `(N, n)`.
        y: True classes, `(N,)`.
        W: The first layer's weights, `(m, n)`.
        b: Its biases, `(m,)`.
        V: The second layer's weights, `(C, m)`.
        c: Its biases, `(C,)`.

    Returns:
        A gradient for each of the four parameters, with its shape.

    Examples:
        >>> import torch
        >>> from dlnotes.models.mlp import gradients
        >>> x, y = torch.tensor([[1.0]]), torch.tensor([0])
        >>> gradients(x, y, torch.ones(1, 1), torch.zeros(1), torch.zeros(2, 1), torch.zeros(2))[2]
        tensor([[-0.5000],
                [ 0.5000]])
    """
    a = x @ W.T + b  # forward, keeping what the way back needs
    h = a.relu()
    p = (h @ V.T + c).softmax(dim=1)
    dz = (p - F.one_hot(y, len(c))) / len(y)  # backward, layer by layer
    da = (dz @ V) * (a > 0)
    return da.T @ x, da.sum(dim=0), dz.T @ h, dz.sum(dim=0)
    # --8<-- [end:gradients]


# --8<-- [start:model]
def mlp() -> nn.Sequential:
    """Build the perceptron 784-512-256-128-64-10 with ReLU between layers.

    Returns:
        A model of images `(N, 1, 28, 28)` with 575,050 parameters.

    Examples:
        >>> import torch
        >>> from dlnotes.models.mlp import mlp
        >>> mlp()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise((784, 512, 256, 128, 64)):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


# --8<-- [end:model]
