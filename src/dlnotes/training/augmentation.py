"""Augmentation: images changed at random in training, in ways that leave their classes as they are."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

__all__ = ["AUGMENTATIONS", "flips", "shifted", "unchanged"]


def unchanged(images: Tensor) -> Tensor:
    """Return the images.

    Args:
        images: `(N, C, H, W)`.

    Returns:
        The same.

    Examples:
        >>> import torch
        >>> from dlnotes.training.augmentation import unchanged
        >>> unchanged(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 1, 28, 28])
    """
    return images


def flips(images: Tensor) -> Tensor:
    """Mirror each image, left to right, with a probability of one half.

    Args:
        images: `(N, C, H, W)`.

    Returns:
        Images of the same shape. PyTorch's own generator decides.

    Examples:
        >>> import torch
        >>> from dlnotes.training.augmentation import flips
        >>> _ = torch.manual_seed(0)
        >>> flips(torch.tensor([[1, 2], [1, 2], [1, 2]]).reshape(3, 1, 1, 2)).flatten(1)
        tensor([[2, 1],
                [1, 2],
                [2, 1]])
    """
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    return torch.where(mirrored.to(images.device), images.flip(-1), images)


# --8<-- [start:shifted]
def shifted(images: Tensor, reach: int, generator: Generator) -> Tensor:
    """Move each image at random, by up to `reach` pixels each way.

    Args:
        images: `(N, C, H, W)`. What moves in from outside is 0.
        reach: At least 0.
        generator: Draws a shift for each image.

    Returns:
        `(N, C, H, W)`.

    Raises:
        ValueError: If `reach` is negative.

    Examples:
        >>> import torch
        >>> from dlnotes.training.augmentation import shifted
        >>> image = torch.tensor([[[[1.0, 2.0, 3.0]]]])
        >>> shifted(image, 1, torch.Generator().manual_seed(1))
        tensor([[[[2., 3., 0.]]]])
    """
    if reach < 0:
        raise ValueError(f"reach is {reach}; it must be at least 0")
    height, width = images.shape[-2:]
    padded = nn.functional.pad(images, (reach,) * 4)
    sides, shape = 2 * reach + 1, (len(images), 2, 1)
    top, left = torch.randint(sides, shape, generator=generator).unbind(1)
    rows = (top + torch.arange(height))[:, None, :, None]
    columns = (left + torch.arange(width))[:, None, None, :]
    which = torch.arange(len(images))[:, None, None, None]
    channel = torch.arange(images.shape[1])[:, None, None]
    return padded[which, channel, rows, columns]


# --8<-- [end:shifted]


AUGMENTATIONS: dict[str, Callable[[Tensor], Tensor]] = {"none": unchanged, "flips": flips}
"""The augmentations, by the names that `dlnotes train --augmentation` knows."""
