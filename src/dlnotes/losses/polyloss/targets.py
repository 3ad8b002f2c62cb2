"""What a target makes of a loss: an index picks a class, probabilities and label smoothing mix them, as in PyTorch."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses._numbers import autocast, loss_dtype
from dlnotes.losses._reduction import reduced
from dlnotes.losses.polyloss.lean import nll_rows


def cross_entropy_of(
    value: Callable[[Tensor], Tensor] | None,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    *,
    alpha: Tensor | None = None,
    lean: bool | None = None,
) -> Tensor:
    """Return `F.cross_entropy` with −log p replaced by `value(−log p)`; None is `F.cross_entropy` itself.

    `value` is elementwise, and 0 at 0. `alpha`, `(C,)`, scales the loss of a class as `weight` does, but doesn't count
    in the divisor of the mean. `lean` says whether class indices get one N×C buffer; None leaves it to `nll_rows`.
    """
    if value is None:
        return F.cross_entropy(
            input,
            target,
            weight=weight,
            ignore_index=ignore_index,
            reduction=reduction,
            label_smoothing=label_smoothing,
        )
    _check(input, target, weight, ignore_index, label_smoothing)
    if weight is not None and autocast(input):
        weight = weight.to(loss_dtype(input))
    if alpha is not None:
        alpha = alpha.to(loss_dtype(input))

    if input.shape == target.shape:
        losses = _class_losses(value, input, alpha, weight)
        q = (1 - label_smoothing) * target + label_smoothing / class_count(input) if label_smoothing else target
        rows = (losses * q).sum(_class_dim(input))
        return reduced(rows, None, reduction)

    if target.dtype == torch.uint8:  # in which −100 is 156
        target = target.long()
    kept = target != ignore_index
    counts = kept if weight is None else _of_target(weight, input, target, ignore_index)
    if label_smoothing:
        losses = _class_losses(value, input, alpha, weight)
        hard = F.nll_loss(-losses, target, ignore_index=ignore_index, reduction="none")
        uniform = torch.where(kept, losses.sum(_class_dim(input)), 0)
        rows = (1 - label_smoothing) * hard + label_smoothing / class_count(input) * uniform
    else:
        rows = value(nll_rows(input, target, ignore_index, lean=lean))
        if alpha is not None:
            rows = rows * _of_target(alpha, input, target, ignore_index)
        if weight is not None:
            rows = rows * counts
    return reduced(rows, counts, reduction)


def _class_losses(value: Callable[[Tensor], Tensor], input: Tensor, *factors: Tensor | None) -> Tensor:
    """Return what each class would cost if it were the target, times its factors, shaped like `input`."""
    losses = value(-F.log_softmax(input, dim=_class_dim(input), dtype=loss_dtype(input)))
    for factor in factors:
        if factor is not None:
            losses = losses * factor.view(-1, *[1] * (losses.dim() - 2))
    return losses


def _of_target(values: Tensor, input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Return each sample's class value, 0 where ignored: PyTorch's own look-up, with its checks."""
    minus_one = input.new_full((), -1, dtype=loss_dtype(input)).expand(input.shape)
    return F.nll_loss(minus_one, target, values, ignore_index=ignore_index, reduction="none")


def _class_dim(input: Tensor) -> int:
    return 0 if input.dim() == 1 else 1


def class_count(input: Tensor) -> int:
    """Return C, the number of classes."""
    return input.shape[_class_dim(input)]  # an IndexError for a 0-d input, as in torch


def _check(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, label_smoothing: float) -> None:
    """Refuse what `F.cross_entropy` refuses and the code above would let pass."""
    for name, value in (("input", input), ("target", target)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} is a {type(value).__name__}; it must be a Tensor")
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing is {label_smoothing}; it must be between 0.0 and 1.0")
    if input.shape != target.shape:
        return
    if not target.is_floating_point():
        raise RuntimeError(
            f"target has the shape of the input and dtype {target.dtype}; probabilities must be floating-point, "
            "and class indices have one dimension fewer than the input"
        )
    if ignore_index >= 0:
        raise RuntimeError(f"ignore_index is {ignore_index}; it has no meaning for probabilities, so leave it out")
    if weight is not None and weight.shape != (class_count(input),):
        raise RuntimeError(f"weight has shape {tuple(weight.shape)}; it must be ({class_count(input)},), one a class")
