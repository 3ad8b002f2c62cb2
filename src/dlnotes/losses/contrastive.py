"""Which of N keys belongs to a query? InfoNCE answers by cross-entropy over the batch's own similarities.

Source: A. van den Oord, Y. Li, O. Vinyals, "Representation Learning with Contrastive Predictive Coding",
arXiv 1807.03748 (2018), equation 4; with cosines divided by a temperature in the place of its log-bilinear scores.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses.softmax import cross_entropy

__all__ = ["info_nce"]


# --8<-- [start:info_nce]
def info_nce(queries: Tensor, keys: Tensor, temperature: float) -> Tensor:
    """Compute the cross-entropy of finding each query's own key among all N.

    Args:
        queries: Floating point, `(N, d)`.
        keys: `(N, d)`. Row i belongs to row i of `queries`; the others are its
            negatives.
        temperature: T, above 0. The cosines are divided by it.

    Returns:
        One loss per query, `(N,)`, above 0 for N > 1. Take `.mean()` for the loss
        of a batch.

    Raises:
        ValueError: If the shapes aren't the same `(N, d)`, or the temperature
            isn't above 0.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.contrastive import info_nce
        >>> info_nce(torch.eye(3), torch.eye(3), temperature=0.5)
        tensor([0.2395, 0.2395, 0.2395])
    """
    if queries.ndim != 2 or queries.shape != keys.shape:
        given = f"queries is {tuple(queries.shape)}, keys {tuple(keys.shape)}"
        raise ValueError(f"{given}; both must be of one shape, (N, d)")
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}; it must be above 0")
    cosines = F.normalize(queries, dim=1) @ F.normalize(keys, dim=1).T
    own = torch.arange(len(keys), device=keys.device)
    return cross_entropy(cosines / temperature, own)


# --8<-- [end:info_nce]
