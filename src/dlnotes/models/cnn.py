"""A small convolutional network for images of 28×28 pixels."""

from torch import nn

__all__ = ["cnn"]


# --8<-- [start:model]
def cnn() -> nn.Sequential:
    """Build two convolutions with max pooling and ReLU, and a linear layer.

    Returns:
        A model of images `(N, 1, 28, 28)` with 8,490 parameters.

    Examples:
        >>> import torch
        >>> from dlnotes.models.cnn import cnn
        >>> cnn()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    return nn.Sequential(
        nn.Conv2d(1, 10, kernel_size=5),  # 28 → 24
        nn.MaxPool2d(2),  # → 12
        nn.ReLU(),
        nn.Conv2d(10, 20, kernel_size=5),  # → 8
        nn.MaxPool2d(2),  # → 4
        nn.ReLU(),
        nn.Flatten(),  # 20 · 4 · 4 = 320
        nn.Linear(320, 10),
    )


# --8<-- [end:model]
