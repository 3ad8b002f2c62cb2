"""The squared, absolute and Huber losses of a residual r = input − target.

`squared_loss`, `absolute_loss` and `huber_loss` equal `torch.nn.functional.mse_loss`, `l1_loss` and `huber_loss` in
values and gradients, with one difference: torch broadcasts an (N, 1) input against an (N,) target to N×N residuals and
only warns. Here the shapes must be equal.

Sources: C. F. Gauss 1809 for squares; R. J. Boscovich 1757 for absolute values; P. J. Huber, "Robust Estimation of a
Location Parameter", Annals of Mathematical Statistics 35 (1964).
"""

from typing import Literal, TypeAlias

import torch
from torch import Tensor

__all__ = ["absolute", "absolute_loss", "huber", "huber_loss", "squared", "squared_loss"]

Reduction: TypeAlias = Literal["none", "mean", "sum"]


# --8<-- [start:formulas]
def squared(r: Tensor) -> Tensor:
    """Return r², with the gradient 2r.

    Args:
        r: Residuals, any shape.

    Returns:
        A tensor shaped like `r`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.regression import squared
        >>> squared(torch.tensor([-3.0, 0.5]))
        tensor([9.0000, 0.2500])
    """
    return r * r


def absolute(r: Tensor) -> Tensor:
    """Return |r|, with the gradient sign r. Autograd takes 0 at the kink.

    Args:
        r: Residuals, any shape.

    Returns:
        A tensor shaped like `r`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.regression import absolute
        >>> absolute(torch.tensor([-3.0, 0.5]))
        tensor([3.0000, 0.5000])
    """
    return r.abs()


def huber(r: Tensor, delta: float = 1.0) -> Tensor:
    """Return r²/2 if |r| ≤ δ, else δ(|r| − δ/2). The gradient is r, clipped.

    Args:
        r: Residuals, any shape.
        delta: δ > 0.

    Returns:
        A tensor shaped like `r`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.regression import huber
        >>> huber(torch.tensor([-3.0, 0.5]))
        tensor([2.5000, 0.1250])
    """
    clipped = r.clamp(-delta, delta)
    return clipped * (r - clipped / 2)


# --8<-- [end:formulas]


def _residual(input: Tensor, target: Tensor) -> Tensor:
    """Return input − target, without broadcasting."""
    if input.shape != target.shape:
        same_but_for_ones = [n for n in input.shape if n != 1] == [n for n in target.shape if n != 1]
        advice = "Pass target.reshape(input.shape)" if same_but_for_ones else "Check that both come from the same batch"
        raise ValueError(
            f"input has shape {tuple(input.shape)} and target {tuple(target.shape)}; they must be equal: broadcasting "
            f"would pair predictions with other examples' targets. {advice}."
        )
    if not torch.promote_types(input.dtype, target.dtype).is_floating_point:
        raise TypeError(f"input is {input.dtype} and target {target.dtype}; one must be floating-point: input.float()")
    return input - target


def _reduce(losses: Tensor, reduction: Reduction) -> Tensor:
    match reduction:
        case "none":
            return losses
        case "mean":
            return losses.mean()
        case "sum":
            return losses.sum()
    raise ValueError(f"reduction is {reduction!r}; choose 'none', 'mean' or 'sum'")


def squared_loss(input: Tensor, target: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """Compute the squared loss, (input − target)², without a factor ½: what `torch.nn.functional.mse_loss` computes.

    Args:
        input: Predictions, any shape.
        target: The values to predict, shaped like `input`.
        reduction: `"none"` keeps every loss, `"mean"` averages them over all elements, `"sum"` adds them up.

    Returns:
        The losses, shaped like `input`, or a scalar. The mean of no elements is NaN.

    Raises:
        ValueError: If the shapes differ, or `reduction` is none of the three.
        TypeError: If neither tensor is floating-point, or one is complex.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.regression import squared_loss
        >>> squared_loss(torch.tensor([1.0, 5.0]), torch.tensor([0.0, 2.0]))
        tensor(5.)
    """
    return _reduce(squared(_residual(input, target)), reduction)


def absolute_loss(input: Tensor, target: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """Compute the absolute loss, |input − target|: what `torch.nn.functional.l1_loss` computes.

    Args:
        input: Predictions, any shape.
        target: The values to predict, shaped like `input`.
        reduction: `"none"` keeps every loss, `"mean"` averages them over all elements, `"sum"` adds them up.

    Returns:
        The losses, shaped like `input`, or a scalar. The mean of no elements is NaN.

    Raises:
        ValueError: If the shapes differ, or `reduction` is none of the three.
        TypeError: If neither tensor is floating-point, or one is complex.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.regression import absolute_loss
        >>> absolute_loss(torch.tensor([1.0, 5.0]), torch.tensor([0.0, 2.0]))
        tensor(2.)
    """
    return _reduce(absolute(_residual(input, target)), reduction)


def huber_loss(input: Tensor, target: Tensor, *, delta: float = 1.0, reduction: Reduction = "mean") -> Tensor:
    """Compute the Huber loss: half the squared loss up to |r| = δ, then δ times the absolute loss, less δ²/2.

    It equals `torch.nn.functional.huber_loss`, and δ times `smooth_l1_loss` with β = δ.

    Args:
        input: Predictions, any shape.
        target: The values to predict, shaped like `input`.
        delta: δ > 0, where the parabola becomes a line. With infinity, the loss is half the squared loss.
        reduction: `"none"` keeps every loss, `"mean"` averages them over all elements, `"sum"` adds them up.

    Returns:
        The losses, shaped like `input`, or a scalar. The mean of no elements is NaN.

    Raises:
        ValueError: If the shapes differ, `delta` isn't positive, or `reduction` is none of the three.
        TypeError: If neither tensor is floating-point, or one is complex.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.regression import huber_loss
        >>> huber_loss(torch.tensor([1.0, 5.0]), torch.tensor([0.0, 2.0]), delta=2.0, reduction="none")
        tensor([0.5000, 4.0000])
    """
    if not delta > 0:
        raise ValueError(f"delta is {delta}; it must be positive. For the absolute loss, call absolute_loss")
    return _reduce(huber(_residual(input, target), delta), reduction)
