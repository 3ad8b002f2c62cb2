"""LeNet-5 in two variants with 61,706 parameters each.

`lenet` has logistic sigmoids and average pooling, as textbooks build it. `lenet_relu`
has what you would take today: ReLU and max pooling.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to
Document Recognition", Proceedings of the IEEE 86 (1998), section II.B. Both variants
simplify it: each map of the second convolution reads all of the first, pooling has no
weights, the activation isn't a scaled tanh, and the layers after the second pooling,
C5 and the output among them, are linear.
"""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["initialise", "lenet", "lenet_relu", "pad"]


# --8<-- [start:lenet]
def lenet() -> nn.Sequential:
    """Build LeNet with sigmoids, average pooling and Xavier initialisation.

    Returns:
        A model of images `(N, 1, 28, 28)` with 61,706 parameters. Its padding of 2
        makes up for the original's larger images, of 32×32 pixels.

    Examples:
        >>> import torch
        >>> from dlnotes.models.lenet import lenet
        >>> lenet()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    model = nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),  # 28 → 28
        nn.Sigmoid(),
        nn.AvgPool2d(2),  # → 14
        nn.Conv2d(6, 16, kernel_size=5),  # → 10
        nn.Sigmoid(),
        nn.AvgPool2d(2),  # → 5
        nn.Flatten(),  # 16 · 5 · 5 = 400
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )
    return model.apply(initialise)


# --8<-- [end:lenet]


# --8<-- [start:initialise]
def initialise(layer: nn.Module) -> None:
    """Draw the weights of a linear or convolutional layer from U(−a, a).

    a = √(6 / (fan_in + fan_out)) is a compromise between keeping the variance
    of activations and that of gradients from layer to layer. Biases and other
    layers stay as they are.

    Args:
        layer: Any module. `model.apply(initialise)` visits every layer of a model.

    Examples:
        >>> from torch import nn
        >>> from dlnotes.models.lenet import initialise
        >>> layer = nn.Linear(2, 4)
        >>> initialise(layer)  # a = 1
        >>> bool(layer.weight.abs().max() <= 1)
        True

    Source:
        X. Glorot, Y. Bengio, "Understanding the difficulty of training deep
        feedforward neural networks", AISTATS 2010, equation 16.
    """
    if isinstance(layer, nn.Linear | nn.Conv2d):
        nn.init.xavier_uniform_(layer.weight)


# --8<-- [end:initialise]


# --8<-- [start:lenet_relu]
def lenet_relu() -> nn.Sequential:
    """Build LeNet with ReLU and max pooling, initialised as PyTorch does.

    Returns:
        A model of images `(N, 1, 32, 32)` with 61,706 parameters. `pad` makes
        such images from 28×28 pixels.

    Examples:
        >>> import torch
        >>> from dlnotes.models.lenet import lenet_relu
        >>> lenet_relu()(torch.zeros(2, 1, 32, 32)).shape
        torch.Size([2, 10])
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5),  # 32 → 28
        nn.ReLU(),
        nn.MaxPool2d(2),  # → 14
        nn.Conv2d(6, 16, kernel_size=5),  # → 10
        nn.ReLU(),
        nn.MaxPool2d(2),  # → 5
        nn.Flatten(),  # 16 · 5 · 5 = 400
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def pad(images: Tensor) -> Tensor:
    """Surround images of 28×28 pixels with two rows and columns of zeros.

    Args:
        images: `(..., 28, 28)`.

    Returns:
        Images, `(..., 32, 32)`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.lenet import pad
        >>> pad(torch.ones(1, 28, 28)).shape
        torch.Size([1, 32, 32])
    """
    return F.pad(images, (2, 2, 2, 2))


# --8<-- [end:lenet_relu]
