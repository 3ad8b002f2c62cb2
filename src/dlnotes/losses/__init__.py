"""Losses from scratch: one module for each page below `losses/`."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = ["binary", "calibration", "noisy_labels", "polyloss", "regression", "sigmoids", "softmax"]

if TYPE_CHECKING:
    from dlnotes.losses import binary, calibration, noisy_labels, polyloss, regression, sigmoids, softmax
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
