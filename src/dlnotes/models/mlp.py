"""A multilayer perceptron for images of 28×28 pixels."""

from itertools import pairwise

from torch import nn

__all__ = ["mlp"]


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
