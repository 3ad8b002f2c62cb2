"""Augmentation: images changed at random in training, in ways that leave their classes as they are."""

from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["AUGMENTATIONS", "flips", "unchanged"]


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


AUGMENTATIONS: dict[str, Callable[[Tensor], Tensor]] = {"none": unchanged, "flips": flips}
"""The augmentations, by the names that `dlnotes train --augmentation` knows."""
