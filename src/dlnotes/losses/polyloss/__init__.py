"""PolyLoss: cross-entropy and focal loss with the first coefficients of their power series in 1 − p changed.

Source: Leng et al., "PolyLoss: A Polynomial Expansion Perspective of Classification Loss Functions", ICLR 2022,
arXiv 2204.12511.

Every loss here is `torch.nn.functional.cross_entropy` with −log p replaced by a function of it.
So class weights, `ignore_index`, label smoothing, probability targets, shapes and reductions mean what they mean there.
Those with "binary" in their names are `torch.nn.functional.binary_cross_entropy_with_logits`, changed in the same way.
"""

from dlnotes.losses.polyloss.binary import (
    poly1_binary_cross_entropy_with_logits,
    poly1_binary_focal_loss_with_logits,
)
from dlnotes.losses.polyloss.functional import (
    poly1,
    poly1_cross_entropy,
    poly1_focal,
    poly1_focal_loss,
    polyn,
    polyn_cross_entropy,
)
from dlnotes.losses.polyloss.linear import linear_poly1_cross_entropy
from dlnotes.losses.polyloss.modules import (
    Poly1BCEWithLogitsLoss,
    Poly1CrossEntropyLoss,
    Poly1FocalLoss,
    PolyNCrossEntropyLoss,
)
from dlnotes.losses.polyloss.theory import (
    cross_entropy_series,
    poly1_binary_minimiser,
    poly1_gradient,
    poly1_hessian,
    remainder_bounds,
    series_remainder,
    terms_needed,
)

__all__ = [
    "Poly1BCEWithLogitsLoss",
    "Poly1CrossEntropyLoss",
    "Poly1FocalLoss",
    "PolyNCrossEntropyLoss",
    "cross_entropy_series",
    "linear_poly1_cross_entropy",
    "poly1",
    "poly1_binary_cross_entropy_with_logits",
    "poly1_binary_focal_loss_with_logits",
    "poly1_binary_minimiser",
    "poly1_cross_entropy",
    "poly1_focal",
    "poly1_focal_loss",
    "poly1_gradient",
    "poly1_hessian",
    "polyn",
    "polyn_cross_entropy",
    "remainder_bounds",
    "series_remainder",
    "terms_needed",
]
