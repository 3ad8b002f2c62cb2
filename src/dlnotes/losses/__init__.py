"""Losses from scratch: what the pages below `losses/` derive."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = [
    "activations",
    "binary",
    "calibration",
    "contrastive",
    "distillation",
    "likelihood",
    "noisy_labels",
    "polyloss",
    "regression",
    "sigmoids",
    "softmax",
]

if TYPE_CHECKING:
    from dlnotes.losses import (
        activations,
        binary,
        calibration,
        contrastive,
        distillation,
        likelihood,
        noisy_labels,
        polyloss,
        regression,
        sigmoids,
        softmax,
    )
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
