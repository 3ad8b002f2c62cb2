"""Cross-entropy with −log p replaced by a function of it, and everything else as in PyTorch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses._fused import Pointwise, target_rows


def cross_entropy_of(
    pointwise: Pointwise | None,
    input: Tensor,
    target: Tensor,
    *,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    alpha: Tensor | None = None,
) -> Tensor:
    """Return `F.cross_entropy` with −log p replaced by `pointwise.value(−log p)`; None is `F.cross_entropy` itself.

    Args:
        pointwise: the function and its derivative.
        input: logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: class indices or probabilities.
        weight: a factor for each class, `(C,)`, that also counts in the divisor of the mean.
        ignore_index: the class index of samples that count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: from 0 to 1.
        alpha: a factor for each class, `(C,)`, that doesn't count in the divisor.

    Returns:
        A scalar, or with `reduction="none"` one loss a sample.

    Raises:
        TypeError, ValueError, RuntimeError, IndexError: as `F.cross_entropy` does.
    """
    if pointwise is None:
        return F.cross_entropy(
            input,
            target,
            weight=weight,
            ignore_index=ignore_index,
            reduction=reduction,
            label_smoothing=label_smoothing,
        )
    _check(input, target, reduction, label_smoothing)
    if weight is not None and _autocast(input):
        weight = weight.to(rows_dtype(input))
    if input.shape == target.shape:
        rows, counts = _probability_rows(pointwise, input, target, weight, alpha, ignore_index, label_smoothing)
    elif label_smoothing:
        rows, counts = _smoothed_rows(pointwise, input, target, weight, alpha, ignore_index, label_smoothing)
    else:
        rows, counts = _index_rows(pointwise, input, target, weight, alpha, ignore_index)
    return _reduce(rows, counts, reduction)


# Each of the next three returns the rows (one loss a sample) and the counts (what each adds to the mean's divisor).


def _index_rows(
    pointwise: Pointwise,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    alpha: Tensor | None,
    ignore_index: int,
) -> tuple[Tensor, Tensor]:
    rows = target_rows(pointwise, input, target, ignore_index)
    if alpha is not None:
        rows = rows * _of_target(alpha.to(rows.dtype), rows, input.shape, target, ignore_index)
    if weight is None:
        return rows, target != ignore_index
    counts = _of_target(weight, rows, input.shape, target, ignore_index)
    return rows * counts, counts


def _of_target(values: Tensor, rows: Tensor, shape: torch.Size, target: Tensor, ignore_index: int) -> Tensor:
    """Return each sample's class value, 0 where ignored: PyTorch's own look-up, with its checks."""
    minus_one = rows.new_full((), -1).expand(shape)
    return F.nll_loss(minus_one, target, values, ignore_index=ignore_index, reduction="none")


def _probability_rows(
    pointwise: Pointwise,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    alpha: Tensor | None,
    ignore_index: int,
    label_smoothing: float,
) -> tuple[Tensor, Tensor]:
    _check_probabilities(input, target, weight, ignore_index)
    dim = class_dim(input)
    losses = _class_losses(pointwise, input, alpha)
    q = (1 - label_smoothing) * target + label_smoothing / input.shape[dim] if label_smoothing else target
    rows = (_times(losses, weight) * q).sum(dim)
    return rows, torch.ones_like(rows, dtype=torch.bool)


def _smoothed_rows(
    pointwise: Pointwise,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    alpha: Tensor | None,
    ignore_index: int,
    label_smoothing: float,
) -> tuple[Tensor, Tensor]:
    losses = _class_losses(pointwise, input, alpha)
    dim = class_dim(input)
    hard = F.nll_loss(-losses, target, weight, ignore_index=ignore_index, reduction="none")
    kept = target != ignore_index
    uniform = torch.where(kept, _times(losses, weight).sum(dim), 0)
    rows = (1 - label_smoothing) * hard + label_smoothing / input.shape[dim] * uniform
    return rows, kept if weight is None else _of_target(weight, rows, input.shape, target, ignore_index)


def _class_losses(pointwise: Pointwise, input: Tensor, alpha: Tensor | None) -> Tensor:
    """Return what each class would cost if it were the target, shaped like `input`."""
    losses = pointwise.value(-F.log_softmax(input, dim=class_dim(input), dtype=rows_dtype(input)))
    return _times(losses, alpha.to(losses.dtype) if alpha is not None else None)


def _times(losses: Tensor, values: Tensor | None) -> Tensor:
    """Multiply the losses of each class by its value."""
    if values is None:
        return losses
    return losses * values.view(-1, *[1] * (losses.dim() - 2))


def _reduce(rows: Tensor, counts: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return rows
    total = _sum(rows)
    if reduction == "mean":
        total = total / _sum(counts)
    return total.to(rows.dtype)


def _sum(values: Tensor) -> Tensor:
    """Return a sum that holds more than half precision does: it overflows long before a mean."""
    return values.sum(dtype=torch.promote_types(values.dtype, torch.float32) if values.is_floating_point() else None)


def class_dim(input: Tensor) -> int:
    """Return the dimension of logits that holds the classes."""
    return 0 if input.dim() == 1 else 1


def rows_dtype(input: Tensor) -> torch.dtype:
    """Return the dtype in which losses of these logits are computed."""
    return torch.promote_types(input.dtype, torch.float32) if _autocast(input) else input.dtype


def _autocast(input: Tensor) -> bool:
    device = input.device.type
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)


def _check(input: Tensor, target: Tensor, reduction: str, label_smoothing: float) -> None:
    """Refuse what `F.cross_entropy` refuses and the code above would let pass."""
    for name, value in (("input", input), ("target", target)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} must be a Tensor, got {type(value).__name__}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'{reduction} is not a valid value for reduction: use "mean", "sum" or "none"')
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")


def _check_probabilities(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> None:
    if not target.is_floating_point():
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype}: "
            "class indices have one dimension fewer than the input"
        )
    if ignore_index >= 0:
        raise RuntimeError(f"ignore_index is not supported for floating point target, got {ignore_index}")
    classes = input.shape[class_dim(input)]  # an IndexError for a 0-d input, as in torch
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}"
        )
