"""A small residual network for images of 28×28 pixels: LeNet's task, with what came after it.

Sources: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv 1512.03385
(the block, figure 2, and its shortcut "B", section 3.3); the same authors, "Delving Deep into Rectifiers", ICCV 2015,
arXiv 1502.01852 (the weights, equation 10).
"""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Residual", "initialise", "resnet"]


# --8<-- [start:residual]
class Residual(nn.Module):
    """Two convolutions whose result is added to their input.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        stride: Of the first convolution. 2 halves height and width.

    Examples:
        >>> import torch
        >>> from dlnotes.models.resnet import Residual
        >>> Residual(16, 32, stride=2)(torch.zeros(1, 16, 14, 14)).shape
        torch.Size([1, 32, 7, 7])
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential()  # the identity, if shapes agree
        if inputs != outputs or stride != 1:
            fit = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut.extend([fit, nn.BatchNorm2d(outputs)])

    def forward(self, images: Tensor) -> Tensor:
        """Add the branch to the shortcut.

        Args:
            images: `(N, inputs, H, W)`.

        Returns:
            `(N, outputs, ⌈H / stride⌉, ⌈W / stride⌉)`, at least 0.
        """
        return F.relu(self.shortcut(images) + self.branch(images))


# --8<-- [end:residual]


# --8<-- [start:initialise]
def initialise(layer: nn.Module) -> None:
    """Draw a linear or convolutional layer's weights from N(0, 2 / fan_in).

    So ReLU layers keep the variance of their sums. Biases and other layers
    stay as they are.

    Args:
        layer: Any module. `model.apply(initialise)` visits every layer.

    Examples:
        >>> import torch
        >>> from torch import nn
        >>> from dlnotes.models.resnet import initialise
        >>> _ = torch.manual_seed(0)
        >>> layer = nn.Conv2d(50, 100, 2)  # fan_in = 200
        >>> initialise(layer)
        >>> round(layer.weight.var().item(), 3)
        0.01
    """
    if isinstance(layer, nn.Linear | nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")


# --8<-- [end:initialise]


# --8<-- [start:resnet]
def resnet() -> nn.Sequential:
    """Build a residual network with batch normalisation.

    Returns:
        A model of images `(N, 1, 28, 28)` with 77,754 parameters.

    Examples:
        >>> import torch
        >>> from dlnotes.models.resnet import resnet
        >>> resnet()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        nn.MaxPool2d(2),  # 28 → 14, before what would be slow on all pixels
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Residual(16, 16),
        Residual(16, 32, stride=2),  # → 7
        Residual(32, 64, stride=2),  # → 4
        nn.AdaptiveAvgPool2d(1),  # the mean of each map
        nn.Flatten(),
        nn.Linear(64, 10),
    )
    return model.apply(initialise)


# --8<-- [end:resnet]
