"""From the loss of each sample to one number: the sum or the weighted mean, as in PyTorch."""

import torch
from torch import Tensor


def reduced(rows: Tensor, counts: Tensor | None, reduction: str) -> Tensor:
    """Return the losses of the samples as they are, their sum, or their sum divided by that of the counts.

    A count is what a sample adds to the divisor of the mean: its weight, or whether it counts at all. None
    stands for 1 each.
    """
    if reduction == "none":
        return rows
    if reduction == "sum":
        return _sum(rows).to(rows.dtype)
    if reduction == "mean":
        return (_sum(rows) / (rows.numel() if counts is None else _sum(counts))).to(rows.dtype)
    raise ValueError(f'reduction is {reduction!r}; choose "mean", "sum" or "none"')


def _sum(values: Tensor) -> Tensor:
    """Return a sum that holds more than half precision does: it overflows long before a mean."""
    return values.sum(dtype=torch.promote_types(values.dtype, torch.float32) if values.is_floating_point() else None)
