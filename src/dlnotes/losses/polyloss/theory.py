"""What the pages on PolyLoss compute about the loss: its series, gradient, Hessian and minimiser."""

import math
from typing import Literal

import torch
from torch import Tensor


# --8<-- [start:series]
def cross_entropy_series(p: Tensor, terms: int, gamma: float = 0.0) -> Tensor:
    """Return the first N terms of focal loss, Σ_j (1 − p)^{j+γ} / j.

    Args:
        p: Probabilities, any shape.
        terms: N ≥ 0.
        gamma: γ ≥ 0. At 0 the sum is that of cross-entropy.

    Returns:
        A tensor shaped like `p`.

    Raises:
        ValueError: If `terms` is negative.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import cross_entropy_series
        >>> cross_entropy_series(torch.tensor([0.5, 0.1]), terms=5)
        tensor([0.6885, 1.8301])
    """
    if terms < 0:
        raise ValueError(f"terms is {terms}; it must be at least 0")
    q = 1 - p
    total = torch.zeros_like(p)
    for j in range(terms, 0, -1):
        total = q * (total + 1 / j)
    return q**gamma * total


# --8<-- [end:series]


def series_remainder(p: Tensor, terms: int) -> Tensor:
    """Return R_N = −log p − Σ_{j ≤ N} (1 − p)^j / j, what N terms of the series lose.

    Args:
        p: Probabilities above 0, any shape. The difference is taken in their dtype: once R_N nears its rounding error
            (1e-15 in float64), trust `remainder_bounds` instead.
        terms: N ≥ 0.

    Returns:
        A tensor shaped like `p`.

    Raises:
        ValueError: If `terms` is negative.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import series_remainder
        >>> series_remainder(torch.tensor([0.5, 0.1]), terms=5)
        tensor([0.0046, 0.4725])
    """
    return -torch.log(p) - cross_entropy_series(p, terms)


def remainder_bounds(p: Tensor, terms: int) -> tuple[Tensor, Tensor]:
    """Return a lower and an upper bound of R_N: (1 − p)^{N+1} / (N + 1), and the same divided by p.

    They follow from R_N = ∫_p^1 (1 − s)^N / s ds and 1 ≤ 1/s ≤ 1/p.

    Args:
        p: Probabilities above 0, any shape.
        terms: N ≥ 0.

    Returns:
        Two tensors shaped like `p`.

    Raises:
        ValueError: If `terms` is negative.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import remainder_bounds
        >>> remainder_bounds(torch.tensor([0.5, 0.1]), terms=5)
        (tensor([0.0026, 0.0886]), tensor([0.0052, 0.8857]))
    """
    if terms < 0:
        raise ValueError(f"terms is {terms}; it must be at least 0")
    lower = (1 - p) ** (terms + 1) / (terms + 1)
    return lower, lower / p


def terms_needed(p: float, tolerance: float, measure: Literal["relative", "absolute", "gradient"] = "relative") -> int:
    """Return the smallest N whose truncated series is within a tolerance of cross-entropy at the probability p.

    Args:
        p: A probability, 0 < p ≤ 1.
        tolerance: The largest error allowed, at least 1e-9, well above the rounding error of the sum.
        measure: What the tolerance bounds: `"relative"`, R_N / −log p; `"absolute"`, R_N;
            `"gradient"`, the relative error of the derivative, which is exactly (1 − p)^N.

    Returns:
        The number of terms N.

    Raises:
        ValueError: If an argument is outside its range.

    Examples:
        >>> from dlnotes.losses.polyloss import terms_needed
        >>> [terms_needed(p, 0.01) for p in (0.5, 0.1, 0.01)]
        [5, 24, 203]
    """
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}; it must be above 0 and at most 1")
    if not tolerance >= 1e-9:
        raise ValueError(f"tolerance is {tolerance}; it must be at least 1e-9")
    if measure not in ("relative", "absolute", "gradient"):
        raise ValueError(f'measure is {measure!r}; choose "relative", "absolute" or "gradient"')
    loss = -math.log(p)
    scale = loss if measure == "relative" and loss else 1.0
    terms, power, total = 0, 1.0, 0.0
    while (power if measure == "gradient" else (loss - total) / scale) > tolerance:
        terms += 1
        power *= 1 - p
        total += power / terms
    return terms


# --8<-- [start:gradient]
def poly1_gradient(logits: Tensor, targets: Tensor, epsilon: float) -> Tensor:
    """Return the gradient of Poly-1 by the logits.

    Its entries are p_k Σ_c q_c(1 + εp_c) − q_k(1 + εp_k).

    Args:
        logits: z, `(..., C)`.
        targets: q, `(..., C)`: one-hot or probabilities, perhaps times weights.
        epsilon: ε.

    Returns:
        A tensor shaped like `logits`: the gradient of each sample's own loss.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_gradient
        >>> poly1_gradient(torch.zeros(2), torch.eye(2)[0], epsilon=2.0)
        tensor([-1.,  1.])
    """
    p = torch.softmax(logits, dim=-1)
    pull = targets * (1 + epsilon * p)
    return p * pull.sum(dim=-1, keepdim=True) - pull


# --8<-- [end:gradient]


# --8<-- [start:hessian]
def poly1_hessian(logits: Tensor, target: int, epsilon: float) -> Tensor:
    """Return the Hessian of Poly-1 at one sample.

    It is (1 + εp_t)(diag p − ppᵀ) − εp_t(p − e)(p − e)ᵀ, with e one-hot at t.

    Args:
        logits: z, `(C,)`.
        target: The true class t.
        epsilon: ε. The matrix is positive semidefinite at every z iff |ε| ≤ 1.

    Returns:
        A symmetric matrix, `(C, C)`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import poly1_hessian
        >>> poly1_hessian(torch.zeros(2), target=0, epsilon=2.0)
        tensor([[ 0.2500, -0.2500],
                [-0.2500,  0.2500]])
    """
    p = torch.softmax(logits, dim=0)
    p_t = p[target]
    ascent = p.clone()
    ascent[target] -= 1
    softmax_part = (1 + epsilon * p_t) * (torch.diag(p) - torch.outer(p, p))
    return softmax_part - epsilon * p_t * torch.outer(ascent, ascent)


# --8<-- [end:hessian]


def poly1_binary_minimiser(eta: float, epsilon: float) -> float:
    """Return the p that minimises the expected binary Poly-1 loss when class 1 has probability η.

    A proper scoring rule would give η back. Poly-1 gives the root in [0, 1] of p − η = ε(2η − 1) p(1 − p). The more
    probable class stays so iff ε > −2; at ε = −2 the answer is ½ whatever η is.

    Args:
        eta: η, from 0 to 1.
        epsilon: ε, finite. The expected loss is convex in p whatever ε is, so there is one minimum.

    Returns:
        The predicted probability that costs least.

    Raises:
        ValueError: If an argument is outside its range.

    Examples:
        >>> from dlnotes.losses.polyloss import poly1_binary_minimiser
        >>> [round(poly1_binary_minimiser(0.7, epsilon), 3) for epsilon in (-1, 0, 2)]
        [0.604, 0.7, 0.819]
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"eta is {eta}; it must be from 0 to 1")
    if not math.isfinite(epsilon):
        raise ValueError(f"epsilon is {epsilon}; it must be finite")
    if eta < 0.5:  # by symmetry: the other side of ½ would subtract nearly equal numbers
        return 1 - poly1_binary_minimiser(1 - eta, epsilon)
    k = epsilon * (2 * eta - 1)
    # k p² + (1 − k) p − η = 0, solved in the form that stays finite at k = 0.
    return 2 * eta / ((1 - k) + math.sqrt((1 - k) ** 2 + 4 * k * eta))
