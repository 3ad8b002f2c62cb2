"""Losses for labels of which some are wrong: mean absolute error, generalised and Taylor cross-entropy.

Cross-entropy pulls hardest at what looks least likely, p_t near 0. With noisy labels, those are often the wrong ones.
Each loss here is cross-entropy with −log p replaced by a function of it that is bounded, so no label can pull for ever:

- the mean absolute error, 2(1 − p), whose pull fades at p = 0; the price is that it learns slowly;
- generalised cross-entropy, (1 − p^q)/q, between cross-entropy at q → 0 and half the absolute error at q = 1;
- Taylor cross-entropy, the first N terms of −log p = Σ_j (1 − p)^j / j, from half the absolute error at N = 1 on.

With float16 and bfloat16, −log p is that of `torch.nn.functional.cross_entropy`, and the rest is computed in float32.

Sources: Ghosh, Kumar, Sastry, "Robust Loss Functions under Label Noise for Deep Neural Networks", AAAI 2017, arXiv
1712.09482; Zhang and Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels",
NeurIPS 2018, arXiv 1805.07836; Feng et al., "Can Cross Entropy Loss Be Robust to Label Noise?", IJCAI 2020.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from dlnotes.losses._numbers import finite
from dlnotes.losses.polyloss.targets import cross_entropy_of

__all__ = ["absolute", "absolute_loss", "generalised", "generalised_cross_entropy", "taylor", "taylor_cross_entropy"]

# Below it q · −log p would be 0 in float32, and the loss 0/q. It's −log p to all digits there.
_TINY = torch.finfo(torch.float32).tiny


# --8<-- [start:absolute]
def absolute(nll: Tensor) -> Tensor:
    """Return 2(1 − p), the distance Σ_c |p_c − e_c| to a one-hot target.

    Args:
        nll: −log p, any shape.

    Returns:
        A tensor shaped like `nll`, from 0 to 2.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.noisy_labels import absolute
        >>> absolute(-torch.tensor([0.5, 0.25]).log())
        tensor([1.0000, 1.5000])
    """
    return -2 * torch.expm1(-nll)


# --8<-- [end:absolute]


# --8<-- [start:generalised]
def generalised(nll: Tensor, q: float) -> Tensor:
    """Return (1 − p^q) / q.

    Args:
        nll: −log p, any shape.
        q: Above 0, at most 1.

    Returns:
        A tensor shaped like `nll`, from 0 to 1/q.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.noisy_labels import generalised
        >>> generalised(-torch.tensor([0.5, 0.25]).log(), q=0.5)
        tensor([0.5858, 1.0000])
    """
    return -torch.expm1(-q * nll) / q


# --8<-- [end:generalised]


# --8<-- [start:taylor]
def taylor(nll: Tensor, terms: int) -> Tensor:
    """Return Σ_j (1 − p)^j / j, j = 1 ... N, the first terms of −log p.

    Args:
        nll: −log p, any shape.
        terms: N ≥ 1.

    Returns:
        A tensor shaped like `nll`, from 0 to 1 + 1/2 + ... + 1/N.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.noisy_labels import taylor
        >>> taylor(-torch.tensor([0.5, 0.25]).log(), terms=2)
        tensor([0.6250, 1.0312])
    """
    one_minus_p = -torch.expm1(-nll)
    total = torch.zeros_like(nll)
    for j in range(terms, 0, -1):
        total = one_minus_p * (total + 1 / j)
    return total


# --8<-- [end:taylor]


def absolute_loss(
    input: Tensor,
    target: Tensor,
    *,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute the mean absolute error, 2(1 − p_t).

    All arguments are those of `torch.nn.functional.cross_entropy`. With probability or smoothed targets q, it's the
    mean over the class, Σ_c q_c · 2(1 − p_c).

    Args:
        input: Logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: Class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`.
        weight: A factor for each class, `(C,)`.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`. The mean divides by the weights of the samples that count, but with
            probabilities by N, as in PyTorch.
        label_smoothing: The share of uniform noise mixed into the targets, from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample, shaped like the class indices.

    Raises:
        ValueError: If `reduction` is unknown.
        RuntimeError, IndexError, ValueError: As `torch.nn.functional.cross_entropy` raises them.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.noisy_labels import absolute_loss
        >>> logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 1.5, 0.0]])
        >>> absolute_loss(logits, torch.tensor([0, 2]))
        tensor(1.0160)

    Source:
        Ghosh, Kumar and Sastry 2017.
    """
    return cross_entropy_of(_in_float32(absolute), input, target, weight, ignore_index, reduction, label_smoothing)


def generalised_cross_entropy(
    input: Tensor,
    target: Tensor,
    *,
    q: float = 0.7,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute generalised cross-entropy, (1 − p_t^q) / q.

    All arguments but `q` are those of `torch.nn.functional.cross_entropy`. With probability or smoothed targets, it's
    the mean over the class.

    Args:
        input: Logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: Class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`.
        q: From 0, which gives `torch.nn.functional.cross_entropy`, to 1, half the absolute error. The smaller, the more
            the unlikeliest labels pull. Zhang and Sabuncu take .7.
        weight: A factor for each class, `(C,)`.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`. The mean divides by the weights of the samples that count, but with
            probabilities by N, as in PyTorch.
        label_smoothing: The share of uniform noise mixed into the targets, from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample, shaped like the class indices.

    Raises:
        TypeError: If `q` is not a number.
        ValueError: If `q` isn't from 0 to 1, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: As `torch.nn.functional.cross_entropy` raises them.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.noisy_labels import generalised_cross_entropy
        >>> logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 1.5, 0.0]])
        >>> generalised_cross_entropy(logits, torch.tensor([0, 2]), q=0.7)
        tensor(0.6138)

    Source:
        Zhang and Sabuncu 2018, the loss L_q.
    """
    q = finite("q", q, input, least=0, most=1)
    value = _in_float32(partial(generalised, q=q)) if q > _TINY else None
    return cross_entropy_of(value, input, target, weight, ignore_index, reduction, label_smoothing)


def taylor_cross_entropy(
    input: Tensor,
    target: Tensor,
    *,
    terms: int = 2,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute Taylor cross-entropy, Σ_j (1 − p_t)^j / j for j = 1 ... N.

    All arguments but `terms` are those of `torch.nn.functional.cross_entropy`. With probability or smoothed targets,
    it's the mean over the class.

    Args:
        input: Logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: Class indices, `()`, `(N,)` or `(N, d1, ...)`, or probabilities, shaped like `input`.
        terms: N ≥ 1. One gives half the absolute error, ever more tend to cross-entropy.
        weight: A factor for each class, `(C,)`.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`. The mean divides by the weights of the samples that count, but with
            probabilities by N, as in PyTorch.
        label_smoothing: The share of uniform noise mixed into the targets, from 0 to 1.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample, shaped like the class indices.

    Raises:
        TypeError: If `terms` is no integer.
        ValueError: If `terms` is below 1, or `reduction` is unknown.
        RuntimeError, IndexError, ValueError: As `torch.nn.functional.cross_entropy` raises them.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.noisy_labels import taylor_cross_entropy
        >>> logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 1.5, 0.0]])
        >>> taylor_cross_entropy(logits, torch.tensor([0, 2]), terms=2)
        tensor(0.6989)

    Source:
        Feng et al. 2020; `cross_entropy_series` in `dlnotes.losses.polyloss` is the same as a function of p.
    """
    if not isinstance(terms, int) or isinstance(terms, bool):
        raise TypeError(f"terms is {terms!r}, a {type(terms).__name__}; it must be an integer")
    if terms < 1:
        raise ValueError(f"terms is {terms}; it must be at least 1")
    value = _in_float32(partial(taylor, terms=terms))
    return cross_entropy_of(value, input, target, weight, ignore_index, reduction, label_smoothing)


def _in_float32(value: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Return a function that computes in at least float32 and keeps the dtype."""
    return lambda nll: value(nll.to(torch.promote_types(nll.dtype, torch.float32))).to(nll.dtype)
