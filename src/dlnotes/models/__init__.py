"""Models: one module for each page."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = [
    "batch_normalisation",
    "cnn",
    "convolution",
    "deep_mlp",
    "lenet",
    "linear_regression",
    "mlp",
    "optimizers",
    "resnet",
    "softmax_regression",
]

if TYPE_CHECKING:
    from dlnotes.models import (
        batch_normalisation,
        cnn,
        convolution,
        deep_mlp,
        lenet,
        linear_regression,
        mlp,
        optimizers,
        resnet,
        softmax_regression,
    )
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
