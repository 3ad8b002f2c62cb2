"""Losses of yes-or-no answers, from logits: binary cross-entropy and focal loss.

A logit z is the log-odds of yes: p = 1/(1 + e^−z). The log-odds of no are −z, so one function ℓ says what both answers
cost: ℓ(z) if the answer is yes, ℓ(−z) if it's no. Each element of `input` is a question of its own. So the same losses
serve one question for each example, many (multi-label), or one for each pixel.

float16 and bfloat16 are computed in float32 and rounded once. Values and gradients are finite for every finite logit.

Sources: D. R. Cox, "The Regression Analysis of Binary Sequences", Journal of the Royal Statistical Society B 20 (1958),
for the likelihood; Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, arXiv 1708.02002, for focal loss.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from dlnotes.losses._numbers import finite, loss_dtype
from dlnotes.losses._reduction import reduced
from dlnotes.losses.sigmoids import log_sigmoid

__all__ = ["binary_cross_entropy_with_logits", "binary_loss", "focal_loss"]


# --8<-- [start:cross_entropy_yes]
def cross_entropy_yes(z: Tensor) -> Tensor:
    """Return −log p, what yes costs; no costs the same at −z."""
    return -log_sigmoid(z)


# --8<-- [end:cross_entropy_yes]


# --8<-- [start:focal_yes]
def focal_yes(z: Tensor, gamma: float) -> Tensor:
    """Return −(1 − p)^γ log p."""
    return -torch.exp(gamma * logsigmoid(-z)) * logsigmoid(z)


# --8<-- [end:focal_yes]


def binary_loss(
    of_yes: Callable[[Tensor], Tensor],
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | float | None = None,
    neg_weight: Tensor | float | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Mix what yes and no cost as the target says: y ℓ(z) + (1 − y) ℓ(−z).

    Args:
        of_yes: ℓ, which maps logits to what they cost if the answer is yes, element by element. In place of float16 and
            bfloat16 it gets float32.
        input: The logits z, any shape.
        target: The probabilities y of yes, from 0 to 1, floating-point, shaped like `input`.
        weight: Factors of the losses, any shape that broadcasts to that of `input`.
        reduction: `"mean"`, over all elements, `"sum"` or `"none"`.
        pos_weight: A factor of ℓ(z), what yes costs: any shape that broadcasts to that of `input`.
        neg_weight: A factor of ℓ(−z), what no costs: any shape that broadcasts to that of `input`.
        label_smoothing: The share α of a fair coin mixed into the targets, from 0 to 1: yes becomes 1 − α/2, no α/2, as
            in `torch.nn.functional.cross_entropy` with two classes.

    Returns:
        A scalar, or with `reduction="none"` the losses, shaped like `input`. The mean of no elements is NaN.

    Raises:
        TypeError: If `input` or `target` is no floating-point tensor.
        ValueError: If shapes don't fit together, or `reduction` is unknown.
        RuntimeError: If `label_smoothing` is out of range.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.binary import binary_loss
        >>> hinge = lambda z: (1 - z).clamp(min=0)
        >>> binary_loss(hinge, torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]), reduction="none")
        tensor([0.5000, 1.5000])
    """
    z, y = _fitting(input, target, weight, pos_weight, neg_weight)
    y = _smoothed(y, label_smoothing)
    yes, no = y * of_yes(z), (1 - y) * of_yes(-z)
    losses = _times(weight, _times(pos_weight, yes) + _times(neg_weight, no))
    return reduced(losses, None, reduction).to(_dtype(input, target))


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Compute −log p for yes and −log(1 − p) for no, with p = 1/(1 + e^−z).

    It equals `torch.nn.functional.binary_cross_entropy_with_logits`, and keeps digits that get lost there: at z = −20,
    no costs 2e-9 here, and in float32 0 there.

    Args:
        input: The logits z, any shape.
        target: The probabilities of yes, from 0 to 1, floating-point, shaped like `input`.
        weight: Factors of the losses, any shape that broadcasts to that of `input`. The mean doesn't divide by them.
        reduction: `"mean"`, over all elements, `"sum"` or `"none"`.
        pos_weight: Factors of what yes costs, any shape that broadcasts to that of `input`: above 1 they raise recall,
            below 1 precision.

    Returns:
        A scalar, or with `reduction="none"` the losses, shaped like `input`. The mean of no elements is NaN.

    Raises:
        TypeError: If `input` or `target` is no floating-point tensor.
        ValueError: If shapes don't fit together, or `reduction` is unknown.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.binary import binary_cross_entropy_with_logits
        >>> z, y = torch.tensor([1000.0, 0.0, -1000.0]), torch.tensor([0.0, 1.0, 0.0])
        >>> binary_cross_entropy_with_logits(z, y, reduction="none")
        tensor([1.0000e+03, 6.9315e-01, 0.0000e+00])
    """
    return binary_loss(cross_entropy_yes, input, target, weight, reduction, pos_weight)


def focal_loss(
    input: Tensor,
    target: Tensor,
    *,
    alpha: float | None = None,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> Tensor:
    """Compute −(1 − p)^γ log p for yes and −p^γ log(1 − p) for no.

    With p = 1/(1 + e^−z), and times α for yes and 1 − α for no. γ = 0 without α is binary cross-entropy. For targets of
    0 and 1 it equals torchvision's `sigmoid_focal_loss`; a target y between them mixes the two, y to 1 − y.

    Args:
        input: The logits z, any shape.
        target: The probabilities of yes, from 0 to 1, floating-point, shaped like `input`.
        alpha: α, from 0 to 1, the share of yes in the loss. None leaves out both factors. Lin et al. take 0.25.
        gamma: γ ≥ 0, finite: how strongly answers that are already right are played down.
        reduction: `"mean"`, over all elements, `"sum"` or `"none"`. Lin et al. divide the sum by the number of yes.

    Returns:
        A scalar, or with `reduction="none"` the losses, shaped like `input`. The mean of no elements is NaN.

    Raises:
        TypeError: If `input` or `target` is no floating-point tensor, or `alpha` or `gamma` no number.
        ValueError: If the shapes differ, a number is out of range, or `reduction` is unknown.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.binary import focal_loss
        >>> z, y = torch.tensor([3.0, 0.0, -3.0]), torch.ones(3)
        >>> focal_loss(z, y, reduction="none")
        tensor([1.0928e-04, 1.7329e-01, 2.7663e+00])

    Source:
        Lin et al. 2017, arXiv 1708.02002, equation 5.
    """
    gamma = finite("gamma", gamma, input, least=0)
    of_yes = partial(focal_yes, gamma=gamma)
    return binary_loss(of_yes, input, target, None, reduction, *balance(alpha))


def balance(alpha: float | None) -> tuple[float | None, float | None]:
    """Return the factors of yes and no, α and 1 − α."""
    if alpha is None:
        return None, None
    alpha = finite("alpha", alpha, least=0, most=1)
    return alpha, 1 - alpha


def _times(factor: Tensor | float | None, losses: Tensor) -> Tensor:
    return losses if factor is None else factor * losses


def _smoothed(target: Tensor, label_smoothing: float) -> Tensor:
    """Return targets with a share of a fair coin mixed in."""
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing is {label_smoothing}; it must be between 0.0 and 1.0")
    return (1 - label_smoothing) * target + label_smoothing / 2 if label_smoothing else target


def _dtype(input: Tensor, target: Tensor) -> torch.dtype:
    """Return the dtype of the losses."""
    return torch.promote_types(loss_dtype(input), target.dtype)


def _fitting(input: Tensor, target: Tensor, *factors: Tensor | float | None) -> tuple[Tensor, Tensor]:
    """Return logits and targets in the dtype to compute with; refuse what doesn't fit together."""
    for name, value in (("input", input), ("target", target)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} is a {type(value).__name__}; it must be a Tensor")
        if not value.is_floating_point():
            raise TypeError(f"{name} is {value.dtype}; it must be floating-point: {name}.float()")
    if input.shape != target.shape:
        raise ValueError(
            f"input has shape {tuple(input.shape)} and target {tuple(target.shape)}; they must be equal: "
            "broadcasting would pair logits with other questions' answers"
        )
    for name, factor in zip(("weight", "pos_weight", "neg_weight"), factors, strict=True):
        if isinstance(factor, Tensor) and not _broadcasts(factor.shape, input.shape):
            raise ValueError(
                f"{name} has shape {tuple(factor.shape)}; it must broadcast to that of the input, {tuple(input.shape)}"
            )
    wide = torch.promote_types(_dtype(input, target), torch.float32)
    return input.to(wide), target.to(wide)


def _broadcasts(shape: torch.Size, larger: torch.Size) -> bool:
    pairs = zip(reversed(shape), reversed(larger), strict=False)
    return len(shape) <= len(larger) and all(n in (1, m) for n, m in pairs)
