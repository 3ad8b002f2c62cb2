"""Softmax regression: one linear layer from pixels to logits, with `torch.nn`."""

from torch import nn

__all__ = ["softmax_regression"]


# --8<-- [start:model]
def softmax_regression() -> nn.Sequential:
    """Build the linear classifier: 784 pixels in, 10 logits out.

    The softmax is part of the loss: `torch.nn.functional.cross_entropy` takes
    logits.

    Returns:
        A model of images `(N, 1, 28, 28)` with 7,850 parameters. The weights are
        drawn from a normal distribution with standard deviation 0.01.

    Examples:
        >>> import torch
        >>> from dlnotes.models.softmax_regression import softmax_regression
        >>> softmax_regression()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    linear = nn.Linear(784, 10)
    nn.init.normal_(linear.weight, std=0.01)
    nn.init.zeros_(linear.bias)
    return nn.Sequential(nn.Flatten(), linear)


# --8<-- [end:model]
