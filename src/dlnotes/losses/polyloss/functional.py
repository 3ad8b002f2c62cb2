"""The PolyLoss family as functions: each is cross-entropy with −log p replaced by a function of it."""

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor

from dlnotes.losses._numbers import finite
from dlnotes.losses.polyloss.coefficients import all_finite, class_balance
from dlnotes.losses.polyloss.targets import cross_entropy_of


# --8<-- [start:poly1]
def poly1(nll: Tensor, epsilon: float) -> Tensor:
    """Return −log p + ε(1 − p), given `nll` = −log p.

    Args:
        nll: −log p, any shape.
        epsilon: ε, any finite number.

    Returns:
        A tensor shaped like `nll`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1
        >>> poly1(-torch.tensor([0.5, 0.25]).log(), epsilon=2.0)
        tensor([1.6931, 2.8863])
    """
    return torch.sub(nll, torch.expm1(-nll), alpha=epsilon)


# --8<-- [end:poly1]


def polyn(nll: Tensor, epsilons: Iterable[float]) -> Tensor:
    """Return −log p + Σ_j ε_j (1 − p)^j, j = 1, 2, ..., given `nll` = −log p.

    Args:
        nll: −log p, any shape.
        epsilons: ε_1, ε_2, ..., each finite.

    Returns:
        A tensor shaped like `nll`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import polyn
        >>> polyn(-torch.tensor([0.5, 0.25]).log(), epsilons=[2.0, -1.0])
        tensor([1.4431, 2.3238])
    """
    q = -torch.expm1(-nll)
    polynomial = torch.zeros_like(q)
    for epsilon in reversed(tuple(epsilons)):
        polynomial = (polynomial + epsilon) * q
    return nll + polynomial


def poly1_focal(nll: Tensor, gamma: float, epsilon: float) -> Tensor:
    """Return (1 − p)^γ (−log p + ε(1 − p)), given `nll` = −log p.

    Args:
        nll: −log p, any shape.
        gamma: γ ≥ 0, finite.
        epsilon: ε, any finite number.

    Returns:
        A tensor shaped like `nll`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_focal
        >>> poly1_focal(-torch.tensor([0.5, 0.25]).log(), gamma=2.0, epsilon=2.0)
        tensor([0.4233, 1.6235])
    """
    if gamma == 0:
        return poly1(nll, epsilon)
    # At −log p = 0, q^γ has an infinite slope for γ < 1, and a loss of 0; at ∞ it has the slope 0, and an infinite
    # loss. Both products would be NaN.
    limits = torch.finfo(nll.dtype)
    q = -torch.expm1(-nll.clamp(limits.tiny, limits.max))
    return q**gamma * poly1(nll, epsilon)


def poly1_cross_entropy(
    input: Tensor,
    target: Tensor,
    *,
    epsilon: float = 1.0,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute Poly-1 cross-entropy, −log p_t + ε(1 − p_t).

    All arguments but `epsilon` are those of `torch.nn.functional.cross_entropy`, and ε = 0 *is* that function.
    With probability or smoothed targets q, 1 − p_t becomes Σ_c q_c (1 − p_c).

    Args:
        input: Logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: Class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`. With probabilities
            a logit of −∞ gives NaN, as in PyTorch, even where its probability is 0: mask such a class by −1e4.
        epsilon: ε, any finite number. The loss falls as p_t grows iff ε ≥ −1, and is convex in the logits iff
            −1 ≤ ε ≤ 1. Below −1 its minimum sits at p_t = 1/|ε|, so training stops short of certainty.
        weight: A factor for each class, `(C,)`. It scales the whole loss of a class.
        ignore_index: Samples with this class index count for nothing. Only for class indices.
        reduction: `"mean"`, `"sum"` or `"none"`. The mean divides by the weights of the samples that count, but with
            probabilities by N, as in PyTorch.
        label_smoothing: The share of uniform noise mixed into the targets, from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample, shaped like the class indices.

    Raises:
        TypeError: If `epsilon` is not a number.
        ValueError: If `epsilon` is infinite, NaN or too large for the dtype of the logits, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: As `torch.nn.functional.cross_entropy` raises them.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_cross_entropy
        >>> logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 1.5, 0.0]])
        >>> targets = torch.tensor([0, 2])
        >>> poly1_cross_entropy(logits, targets, epsilon=0.0)  # cross-entropy
        tensor(1.0671)
        >>> poly1_cross_entropy(logits, targets, epsilon=2.0)
        tensor(2.0831)

    Source:
        Leng et al. 2022, arXiv 2204.12511, Poly-1.
    """
    epsilon = finite("epsilon", epsilon, input)
    value = partial(poly1, epsilon=epsilon) if epsilon else None
    return cross_entropy_of(value, input, target, weight, ignore_index, reduction, label_smoothing)


def polyn_cross_entropy(
    input: Tensor,
    target: Tensor,
    *,
    epsilons: Iterable[float],
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute Poly-N cross-entropy, −log p_t + Σ_j ε_j (1 − p_t)^j for j = 1 ... N.

    Args:
        input: Logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: Class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`.
        epsilons: ε_1, ε_2, ..., ε_N, each finite. None, or only zeros, gives `torch.nn.functional.cross_entropy`.
        weight: A factor for each class, `(C,)`.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: From 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample.

    Raises:
        TypeError: If `epsilons` is not a sequence of numbers.
        ValueError: If one of them is infinite, NaN or too large for the dtype of the logits, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: As `torch.nn.functional.cross_entropy` raises them.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import polyn_cross_entropy
        >>> logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 1.5, 0.0]])
        >>> targets = torch.tensor([0, 2])
        >>> polyn_cross_entropy(logits, targets, epsilons=[2.0, -0.5])
        tensor(1.8922)

    Source:
        Leng et al. 2022, arXiv 2204.12511, Poly-N.
    """
    epsilons = all_finite(epsilons, input)
    value = partial(polyn, epsilons=epsilons) if any(epsilons) else None
    return cross_entropy_of(value, input, target, weight, ignore_index, reduction, label_smoothing)


def poly1_focal_loss(
    input: Tensor,
    target: Tensor,
    *,
    gamma: float = 2.0,
    epsilon: float = 1.0,
    alpha: float | Tensor | None = None,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute Poly-1 focal loss, α_t (−(1 − p_t)^γ log p_t + ε(1 − p_t)^{γ+1}), with p = softmax(input).

    ε = 0 is the focal loss (Lin et al., arXiv 1708.02002), and γ = 0 is `poly1_cross_entropy`.

    Args:
        input: Logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: Class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`.
        gamma: γ ≥ 0, finite: how strongly samples that are already right are played down.
        epsilon: ε, any finite number.
        alpha: The balance of the classes, `(C,)`, or for two classes one number α: 1 − α for class 0 and α for class 1.
            Unlike `weight` it stays out of the divisor of the mean.
        weight: A factor for each class, `(C,)`.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: From 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample.

    Raises:
        TypeError: If `gamma` or `epsilon` is not a number, or `alpha` neither a number nor a tensor.
        ValueError: If `gamma` is negative, one of the numbers is infinite or NaN, `alpha` is a number outside [0, 1] or
            one for other than two classes, or has another shape, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: As `torch.nn.functional.cross_entropy` raises them.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_focal_loss
        >>> logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 1.5, 0.0]])
        >>> targets = torch.tensor([0, 2])
        >>> poly1_focal_loss(logits, targets, gamma=2.0, epsilon=1.0)
        tensor(1.0477)

        One logit for each of K independent yes-or-no questions, as in detection: the second logit is 0.

        >>> z = torch.tensor([[1.5, -2.0]])  # (N, K)
        >>> yes = torch.tensor([[1, 0]])
        >>> poly1_focal_loss(torch.stack((torch.zeros_like(z), z), dim=1), yes, alpha=0.25, reduction="none")
        tensor([[0.0032, 0.0026]])

    Source:
        Leng et al. 2022, arXiv 2204.12511, Poly-1 focal.
    """
    gamma, epsilon = finite("gamma", gamma, input, least=0), finite("epsilon", epsilon, input)
    balance = class_balance(alpha, input)
    value = partial(poly1_focal, gamma=gamma, epsilon=epsilon) if gamma or epsilon or alpha is not None else None
    return cross_entropy_of(value, input, target, weight, ignore_index, reduction, label_smoothing, alpha=balance)
