"""The PolyLoss family for yes-or-no answers: one question, many at once (multi-label), or one for each pixel."""

from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from dlnotes.losses._numbers import finite
from dlnotes.losses.binary import balance, binary_loss


# --8<-- [start:poly1_yes]
def poly1_yes(z: Tensor, epsilon: float) -> Tensor:
    """Return −log p + ε(1 − p), what yes costs; no costs the same at −z."""
    log_p, log_one_minus_p = logsigmoid(z), logsigmoid(-z)
    return -log_p + epsilon * log_one_minus_p.exp()


def poly1_focal_yes(z: Tensor, gamma: float, epsilon: float) -> Tensor:
    """Return (1 − p)^γ times that."""
    return torch.exp(gamma * logsigmoid(-z)) * poly1_yes(z, epsilon)


# --8<-- [end:poly1_yes]


def poly1_binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    *,
    epsilon: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute −log p + ε(1 − p) for yes and −log(1 − p) + εp for no.

    With p = 1/(1 + e^−z). A target y between 0 and 1 mixes the two: y(−log p + ε(1 − p)) + (1 − y)(−log(1 − p) + εp).
    All arguments but `epsilon` and `label_smoothing` are those of `binary_cross_entropy_with_logits` in
    `torch.nn.functional`, and ε = 0 is that function.

    Args:
        input: The logits z, any shape.
        target: The probabilities y of yes, from 0 to 1, floating-point, shaped like `input`.
        epsilon: ε, any finite number. The loss falls as the answer's probability grows iff ε ≥ −1, and is convex in the
            logits iff −1 ≤ ε ≤ 1.
        weight: Factors of the losses, any shape that broadcasts to that of `input`. The mean doesn't divide by them.
        reduction: `"mean"`, over all elements, `"sum"` or `"none"`.
        pos_weight: Factors of what yes costs, any shape that broadcasts to that of `input`.
        label_smoothing: The share of a fair coin mixed into the targets, from 0 to 1: with α, yes becomes 1 − α/2 and
            no becomes α/2, as in `torch.nn.functional.cross_entropy` with two classes.

    Returns:
        A scalar, or with `reduction="none"` the losses, shaped like `input`. The mean of no elements is NaN.

    Raises:
        TypeError: If `input` or `target` is no floating-point tensor, or `epsilon` no number.
        ValueError: If `epsilon` is infinite, NaN or too large for the dtype of the logits, shapes don't fit together,
            or `reduction` is unknown.
        RuntimeError: If `label_smoothing` is out of range.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_binary_cross_entropy_with_logits
        >>> z, y = torch.tensor([2.0, 0.0, -1.0]), torch.tensor([1.0, 1.0, 1.0])
        >>> poly1_binary_cross_entropy_with_logits(z, y, epsilon=0.0, reduction="none")  # binary cross-entropy
        tensor([0.1269, 0.6931, 1.3133])
        >>> poly1_binary_cross_entropy_with_logits(z, y, epsilon=2.0, reduction="none")
        tensor([0.3653, 1.6931, 2.7754])

    Source:
        Leng et al. 2022, arXiv 2204.12511, Poly-1.
    """
    epsilon = finite("epsilon", epsilon, input)
    of_yes = partial(poly1_yes, epsilon=epsilon)
    return binary_loss(of_yes, input, target, weight, reduction, pos_weight, label_smoothing=label_smoothing)


def poly1_binary_focal_loss_with_logits(
    input: Tensor,
    target: Tensor,
    *,
    gamma: float = 2.0,
    epsilon: float = 1.0,
    alpha: float | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute Poly-1 focal loss of yes-or-no answers: α(−(1 − p)^γ log p + ε(1 − p)^{γ+1}) for yes.

    No costs the same with 1 − p for p and 1 − α for α, and a target between 0 and 1 mixes the two. ε = 0 is focal loss,
    and γ = 0 without α is `poly1_binary_cross_entropy_with_logits`.

    Args:
        input: The logits z, any shape; p = 1/(1 + e^−z).
        target: The probabilities of yes, from 0 to 1, floating-point, shaped like `input`.
        gamma: γ ≥ 0, finite: how strongly answers that are already right are played down.
        epsilon: ε, any finite number.
        alpha: α, from 0 to 1, the share of yes in the loss. None leaves out both factors.
        weight: Factors of the losses, any shape that broadcasts to that of `input`. The mean doesn't divide by them.
        reduction: `"mean"`, over all elements, `"sum"` or `"none"`.
        label_smoothing: The share of a fair coin mixed into the targets, from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the losses, shaped like `input`. The mean of no elements is NaN.

    Raises:
        TypeError: If `input` or `target` is no floating-point tensor, or `gamma`, `epsilon` or `alpha` no number.
        ValueError: If one of the numbers is out of range, shapes don't fit together, or `reduction` is unknown.
        RuntimeError: If `label_smoothing` is out of range.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_binary_focal_loss_with_logits
        >>> z, y = torch.tensor([[1.5, -2.0]]), torch.tensor([[1.0, 0.0]])
        >>> poly1_binary_focal_loss_with_logits(z, y, alpha=0.25, reduction="none")
        tensor([[0.0032, 0.0026]])

    Source:
        Leng et al. 2022, arXiv 2204.12511, Poly-1 focal.
    """
    gamma, epsilon = finite("gamma", gamma, input, least=0), finite("epsilon", epsilon, input)
    of_yes = partial(poly1_focal_yes, gamma=gamma, epsilon=epsilon)
    return binary_loss(of_yes, input, target, weight, reduction, *balance(alpha), label_smoothing=label_smoothing)
