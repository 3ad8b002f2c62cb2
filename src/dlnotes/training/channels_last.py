"""A memory format that makes training on a CPU faster: channels that lie last, and mean pooling that uses it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["MeanPool2d", "channels_last"]


# --8<-- [start:channels_last]
class MeanPool2d(nn.Module):
    """Mean pooling as a convolution of each channel with equal weights.

    Equals `nn.AvgPool2d(size)` up to rounding. With channels last it is faster,
    with channels first slower.

    Args:
        size: Of the window and of the stride, at least 1.

    Examples:
        >>> import torch
        >>> from dlnotes.training.channels_last import MeanPool2d
        >>> MeanPool2d(2)(torch.ones(1, 1, 4, 4))
        tensor([[[[1., 1.],
                  [1., 1.]]]])
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, images: Tensor) -> Tensor:
        """Pool images (N, C, H, W) to (N, C, ⌊H / size⌋, ⌊W / size⌋).

        Args:
            images: `(N, C, H, W)`.

        Returns:
            `(N, C, ⌊H / size⌋, ⌊W / size⌋)`.
        """
        channels, size = images.shape[-3], self.size
        mean = images.new_full((channels, 1, size, size), 1 / size**2)
        return F.conv2d(images, mean, stride=size, groups=channels)


def channels_last(model: nn.Module) -> nn.Module:
    """Make a model fast for images that are stored with their channels last.

    Args:
        model: Is changed: the layout of its weights, and each of its layers
            `nn.AvgPool2d(n)`, nested ones too, becomes `MeanPool2d(n)`. Names
            and values of parameters stay.

    Returns:
        The model.

    Examples:
        >>> from torch import nn
        >>> from dlnotes.training.channels_last import channels_last
        >>> channels_last(nn.Sequential(nn.Conv2d(1, 2, 3), nn.AvgPool2d(2)))
        Sequential(
          (0): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))
          (1): MeanPool2d()
        )
    """
    for module in list(model.modules()):
        for name, layer in list(module._modules.items()):
            if size := plain_size(layer):
                setattr(module, name, MeanPool2d(size))
    return model.to(memory_format=torch.channels_last)


def plain_size(layer: nn.Module | None) -> int | None:
    """Return n of a layer that computes what `nn.AvgPool2d(n)` does."""
    if not isinstance(layer, nn.AvgPool2d):
        return None
    size = layer.kernel_size
    other = layer.padding or layer.ceil_mode or layer.divisor_override
    if type(layer).forward is not nn.AvgPool2d.forward or other:
        return None
    return size if isinstance(size, int) and layer.stride == size else None


# --8<-- [end:channels_last]
