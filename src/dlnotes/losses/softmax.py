"""Softmax, log-sum-exp and cross-entropy from scratch, safe for large logits.

One dimension, `dim`, holds the C classes; all others are batch dimensions. float16 and bfloat16 are
computed in float32 and rounded once. The page "Softmax and cross-entropy" derives every line.

Sources: J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs", in
Neurocomputing, Springer 1990, for softmax; P. Blanchard, D. J. Higham, N. J. Higham, "Accurately computing the
log-sum-exp and softmax functions", IMA Journal of Numerical Analysis 41 (2021), for the forms that don't overflow.
"""

import torch
from torch import Tensor

__all__ = ["cross_entropy", "log_softmax", "logsumexp", "softmax"]


# --8<-- [start:softmax]
def softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Turn logits into probabilities.

    Args:
        logits: Floating point, `(..., C, ...)`. Of the C logits, at least one
            must be finite; -inf masks a class, +inf gives NaN.
        dim: The dimension that holds the C classes.

    Returns:
        Probabilities, shaped like `logits`: in [0, 1], summing to 1 along `dim`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.softmax import softmax
        >>> softmax(torch.tensor([1000.0, 1001.0]))
        tensor([0.2689, 0.7311])
    """
    if logits.dtype in (torch.float16, torch.bfloat16):
        return softmax(logits.float(), dim).to(logits.dtype)
    weights = (logits - logits.amax(dim, keepdim=True).detach()).exp()
    return weights / weights.sum(dim, keepdim=True)


# --8<-- [end:softmax]


# --8<-- [start:logsumexp]
def logsumexp(logits: Tensor, dim: int = -1, keepdim: bool = False) -> Tensor:
    """Compute log Σ exp(logits), a smooth maximum.

    Args:
        logits: Floating point, `(..., C, ...)`. Of the C logits, at least one
            must be finite; -inf masks a class, +inf gives NaN.
        dim: The dimension to sum over.
        keepdim: Keep that dimension, with size 1.

    Returns:
        Shape of `logits` without `dim`. Each value lies between the largest of
        the C logits and that plus log C.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.softmax import logsumexp
        >>> logsumexp(torch.tensor([1000.0, 1001.0]))
        tensor(1001.3132)
    """
    if logits.dtype in (torch.float16, torch.bfloat16):
        return logsumexp(logits.float(), dim, keepdim).to(logits.dtype)
    largest = logits.amax(dim, keepdim=True).detach()
    result = largest + (logits - largest).exp().sum(dim, keepdim=True).log()
    return result if keepdim else result.squeeze(dim)


# --8<-- [end:logsumexp]


# --8<-- [start:log_softmax]
def log_softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Compute log softmax(logits) without computing softmax.

    Args:
        logits: Floating point, `(..., C, ...)`. Of the C logits, at least one
            must be finite; -inf masks a class, +inf gives NaN.
        dim: The dimension that holds the C classes.

    Returns:
        Log-probabilities, shaped like `logits`, at most 0.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.softmax import log_softmax
        >>> log_softmax(torch.tensor([0.0, 1000.0]))
        tensor([-1000.,     0.])
    """
    if logits.dtype in (torch.float16, torch.bfloat16):
        return log_softmax(logits.float(), dim).to(logits.dtype)
    return logits - logsumexp(logits, dim, keepdim=True)


# --8<-- [end:log_softmax]


# --8<-- [start:cross_entropy]
def cross_entropy(logits: Tensor, targets: Tensor, dim: int = -1) -> Tensor:
    """Compute the cross-entropy of each example, from logits.

    Args:
        logits: Floating point, `(..., C, ...)`.
        targets: Either class indices: integers in [0, C), shaped like `logits`
            without `dim`. Or probabilities: floating point, shaped like `logits`.
        dim: The dimension that holds the C classes.

    Returns:
        One loss per example, shape of `logits` without `dim`. Take `.mean()` for
        the loss of a batch.

    Raises:
        ValueError: If the shape of `targets` is neither of the two.
        RuntimeError: If a class index is not in [0, C); from `torch.gather`.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.softmax import cross_entropy
        >>> cross_entropy(torch.tensor([[0.0, 0.0], [0.0, 1000.0]]), torch.tensor([0, 0]))
        tensor([6.9315e-01, 1.0000e+03])
    """
    log_probs = log_softmax(logits, dim)
    if targets.is_floating_point():
        _require_shape("probabilities (floating point)", targets, logits.shape)
        return -(targets * log_probs).sum(dim)
    one_class = logits.select(dim, 0)
    _require_shape("class indices (integers)", targets, one_class.shape)
    return -log_probs.gather(dim, targets.long().unsqueeze(dim)).squeeze(dim)


def _require_shape(kind: str, targets: Tensor, shape: torch.Size) -> None:
    if targets.shape != shape:
        given, needed = tuple(targets.shape), tuple(shape)
        raise ValueError(f"targets has shape {given}; {kind} must be {needed}")


# --8<-- [end:cross_entropy]
