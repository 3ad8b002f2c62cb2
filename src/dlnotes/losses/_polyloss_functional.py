"""The PolyLoss family as functions: each is cross-entropy with −log p replaced by a function of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from dlnotes.losses._fused import Pointwise
from dlnotes.losses._generalised_cross_entropy import class_dim, cross_entropy_of, rows_dtype


# --8<-- [start:poly1]
def poly1(nll: Tensor, epsilon: float) -> Tensor:
    """Return −log p + ε(1 − p), given `nll` = −log p (any shape)."""
    return torch.sub(nll, torch.expm1(-nll), alpha=epsilon)


def poly1_slope(nll: Tensor, epsilon: float) -> Tensor:
    """Return the derivative of `poly1` by `nll`, 1 + εp."""
    return 1 + epsilon * torch.exp(-nll)


# --8<-- [end:poly1]


def polyn(nll: Tensor, epsilons: Iterable[float]) -> Tensor:
    """Return −log p + Σ_j ε_j (1 − p)^j, j = 1, 2, ..., given `nll` = −log p (any shape)."""
    q = -torch.expm1(-nll)
    polynomial = torch.zeros_like(q)
    for epsilon in reversed(tuple(epsilons)):
        polynomial = (polynomial + epsilon) * q
    return nll + polynomial


def polyn_slope(nll: Tensor, epsilons: Iterable[float]) -> Tensor:
    """Return the derivative of `polyn` by `nll`, 1 + p Σ_j j ε_j (1 − p)^{j−1}."""
    q = -torch.expm1(-nll)
    polynomial = torch.zeros_like(q)
    for j, epsilon in reversed(tuple(enumerate(epsilons, start=1))):
        polynomial = polynomial * q + j * epsilon
    return 1 + torch.exp(-nll) * polynomial


def poly1_focal(nll: Tensor, gamma: float, epsilon: float) -> Tensor:
    """Return (1 − p)^γ (−log p + ε(1 − p)), given `nll` = −log p (any shape)."""
    if gamma == 0:
        return poly1(nll, epsilon)
    return _miss(nll) ** gamma * poly1(nll, epsilon)


def poly1_focal_slope(nll: Tensor, gamma: float, epsilon: float) -> Tensor:
    """Return the derivative of `poly1_focal` by `nll`: (1 − p)^γ (1 + εp) + γ p (1 − p)^{γ−1} (−log p + ε(1 − p))."""
    if gamma == 0:
        return poly1_slope(nll, epsilon)
    q = _miss(nll)
    outer = gamma * torch.exp(-nll) * q ** (gamma - 1)
    return q**gamma * poly1_slope(nll, epsilon) + outer * poly1(_between(nll), epsilon)


def _miss(nll: Tensor) -> Tensor:
    """Return 1 − p, where `nll` is kept off its ends.

    At −log p = 0, q^γ has an infinite slope for γ < 1, and a loss of 0; at ∞ it has the slope 0, and an infinite loss.
    Both products would be NaN.
    """
    return -torch.expm1(-_between(nll))


def _between(nll: Tensor) -> Tensor:
    limits = torch.finfo(nll.dtype)
    return nll.clamp(limits.tiny, limits.max)


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
    r"""Poly-1 cross-entropy, −log p_t + ε(1 − p_t).

    All arguments but `epsilon` are those of `torch.nn.functional.cross_entropy`, and ε = 0 *is* that function.
    With probability or smoothed targets q, 1 − p_t becomes Σ_c q_c (1 − p_c).

    Args:
        input: logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`. With probabilities
            a logit of −∞ gives NaN, as in PyTorch, even where its probability is 0: mask such a class by −1e4.
        epsilon: ε, any finite number. The loss falls as p_t grows iff ε ≥ −1, and is convex in the logits iff
            −1 ≤ ε ≤ 1. Below −1 its minimum sits at p_t = 1/|ε|, so training stops short of certainty.
        weight: a factor for each class, `(C,)`. It scales the whole loss of a class.
        ignore_index: samples with this class index count for nothing. Only for class indices.
        reduction: `"mean"` (over the weights of the samples that count), `"sum"` or `"none"`.
        label_smoothing: the share of uniform noise mixed into the targets, from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample, shaped like the class indices.

    Raises:
        TypeError: `epsilon` is not a number.
        ValueError: `epsilon` is infinite, NaN or too large for the dtype of the logits, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: what `torch.nn.functional.cross_entropy` raises.

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
    epsilon = fitting("epsilon", epsilon, input)
    return cross_entropy_of(
        _pointwise(poly1, poly1_slope, epsilon=epsilon) if epsilon != 0 else None,
        input,
        target,
        weight=weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


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
    """Poly-N cross-entropy, −log p_t + Σ_j ε_j (1 − p_t)^j for j = 1 ... N.

    Args:
        input: logits, as for `poly1_cross_entropy`.
        target: class indices or probabilities.
        epsilons: ε_1, ε_2, ..., ε_N, each finite. None, or only zeros, gives `torch.nn.functional.cross_entropy`.
        weight: a factor for each class, `(C,)`.
        ignore_index: samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample.

    Raises:
        TypeError: `epsilons` is not a sequence of numbers.
        ValueError: one of them is infinite, NaN or too large for the dtype of the logits, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: what `torch.nn.functional.cross_entropy` raises.

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
    epsilons = tuple(fitting(name_of(j), epsilon, input) for j, epsilon in enumerate(checked_epsilons(epsilons), 1))
    return cross_entropy_of(
        _pointwise(polyn, polyn_slope, epsilons=epsilons) if any(epsilons) else None,
        input,
        target,
        weight=weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


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
    """Poly-1 focal loss, α_t (−(1 − p_t)^γ log p_t + ε(1 − p_t)^{γ+1}), with p = softmax(input).

    ε = 0 is the focal loss (Lin et al., arXiv 1708.02002), and γ = 0 is `poly1_cross_entropy`.

    Args:
        input: logits, as for `poly1_cross_entropy`.
        target: class indices or probabilities.
        gamma: γ ≥ 0, finite: how strongly samples that are already right are played down.
        epsilon: ε, any finite number.
        alpha: the balance of the classes, `(C,)`, or for two classes one number α: 1 − α for class 0 and α for class 1.
            Unlike `weight` it stays out of the divisor of the mean.
        weight: a factor for each class, `(C,)`.
        ignore_index: samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample.

    Raises:
        TypeError: `gamma` or `epsilon` is not a number, or `alpha` neither a number nor a tensor.
        ValueError: `gamma` is negative, one of the numbers is infinite or NaN, `alpha` is a number outside [0, 1], or a
            number for other than two classes, or has another shape, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: what `torch.nn.functional.cross_entropy` raises.

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
    check_focal(gamma, epsilon, alpha)
    gamma, epsilon = fitting("gamma", gamma, input), fitting("epsilon", epsilon, input)
    plain = gamma == 0 and epsilon == 0 and alpha is None
    return cross_entropy_of(
        None if plain else _pointwise(poly1_focal, poly1_focal_slope, gamma=gamma, epsilon=epsilon),
        input,
        target,
        weight=weight,
        alpha=None if alpha is None else _class_balance(alpha, input),
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def _pointwise(value: Callable[..., Tensor], slope: Callable[..., Tensor], **settings: Any) -> Pointwise:
    return Pointwise(partial(value, **settings), partial(slope, **settings))


def check_finite(name: str, value: float) -> float:
    """Return a number as a float, and refuse what isn't finite or no number; `name` is used in the message."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}: {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got an {type(value).__name__} too large for a float") from None
    if not -math.inf < number < math.inf:
        raise ValueError(f"{name} must be finite, got {value}")
    return number


def fitting(name: str, value: float, input: Tensor) -> float:
    """Return a number as a float, and refuse what the dtype in which the loss is computed can't hold."""
    number = check_finite(name, value)
    if isinstance(input, Tensor) and input.is_floating_point():  # torch refuses anything else
        largest = torch.finfo(rows_dtype(input)).max
        if abs(number) > largest:
            raise ValueError(
                f"{name} is {number:g}; the logits are {input.dtype}, so it must be at most {largest:.3g} in size, "
                "or the logits a wider dtype"
            )
    return number


def checked_epsilons(epsilons: Iterable[float]) -> tuple[float, ...]:
    """Return the coefficients of Poly-N as a tuple, each of them checked."""
    if not isinstance(epsilons, Iterable):
        raise TypeError(
            f"epsilons must be a sequence of numbers, got {epsilons!r}; for one number write [{epsilons!r}]"
        )
    epsilons = tuple(epsilons)
    for j, epsilon in enumerate(epsilons, start=1):
        check_finite(name_of(j), epsilon)
    return epsilons


def name_of(j: int) -> str:
    """Return what messages call the j-th coefficient of Poly-N."""
    return f"ε_{j} in epsilons"


def check_focal(gamma: float, epsilon: float, alpha: float | Tensor | None) -> None:
    """Refuse what `poly1_focal_loss` can't use, as far as it shows without the logits."""
    check_finite("gamma", gamma)
    check_finite("epsilon", epsilon)
    if gamma < 0:
        raise ValueError(f"gamma must be at least 0, got {gamma}")
    if alpha is None or isinstance(alpha, Tensor):
        return
    check_finite("alpha", alpha)
    if not 0 <= alpha <= 1:
        raise ValueError(
            f"alpha must be from 0 to 1, got {alpha}; to balance classes freely give a tensor of shape (C,)"
        )


def _class_balance(alpha: float | Tensor, input: Tensor) -> Tensor:
    """Return α for each class, `(C,)`."""
    classes = input.shape[class_dim(input)]
    if not isinstance(alpha, Tensor):
        if classes != 2:
            raise ValueError(
                f"one number for alpha balances two classes, not {classes}; give a tensor of shape ({classes},)"
            )
        return input.new_tensor([1 - float(alpha), float(alpha)])
    if alpha.shape != (classes,):
        raise ValueError(f"alpha must have shape ({classes},), one factor a class, got {tuple(alpha.shape)}")
    return alpha
