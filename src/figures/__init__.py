"""Draws the figures of the pages: one module for each page that has some.

A figure is a function that draws on Matplotlib axes, from what `dlnotes` computes. `make figures` saves each as an SVG,
which is committed; a test draws it again and compares.
"""

from collections.abc import Callable
from typing import TypeAlias

from matplotlib.axes import Axes

from figures import (
    basics_autograd,
    basics_broadcasting,
    basics_indexing,
    basics_linear_algebra,
    basics_reductions,
    basics_setup,
    basics_tensors,
    losses_binary,
    losses_calibration,
    losses_likelihood,
    losses_other_implementations,
    losses_polyloss,
    losses_polyloss_series,
    losses_regression,
    losses_sigmoids,
    losses_softmax_cross_entropy,
    losses_softmax_elsewhere,
    models_cnn,
    models_convolution,
    models_lenet,
    models_linear_regression,
    models_mlp,
    models_softmax_regression,
)

__all__ = ["FIGURES"]

Draw: TypeAlias = Callable[[Axes], None]

# The name of the file in docs/assets/figures, without .svg, and what draws it.
FIGURES: dict[str, Draw] = {
    "setup-layers": basics_setup.layers,
    "tensor-dimensions": basics_tensors.dimensions,
    "indexing": basics_indexing.picks,
    "broadcast-example": basics_broadcasting.example,
    "broadcast-shapes": basics_broadcasting.shapes,
    "matrix-product": basics_linear_algebra.product,
    "tensor-axes": basics_reductions.axes,
    "sums-over-axes": basics_reductions.sums,
    "autograd-chain": basics_autograd.chain,
    "autograd-diamond": basics_autograd.diamond,
    "surprise": losses_likelihood.curve,
    "coin-likelihood": losses_likelihood.coins,
    "noisy-line": losses_likelihood.lines,
    "gradient-by-layer": losses_sigmoids.gradient_by_layer,
    "slopes-by-depth": losses_sigmoids.slopes_by_depth,
    "activations": losses_sigmoids.activations,
    "activation-slopes": losses_sigmoids.activation_slopes,
    "sigmoids": losses_sigmoids.values,
    "sigmoid-slopes": losses_sigmoids.slopes,
    "regression-losses": losses_regression.values,
    "regression-gradients": losses_regression.gradients,
    "three-animals": losses_softmax_cross_entropy.three_animals,
    "segmentation": losses_softmax_cross_entropy.segmentation,
    "true-logit": losses_softmax_cross_entropy.true_logit,
    "softmax-temperature": losses_softmax_elsewhere.temperature,
    "attention-scale": losses_softmax_elsewhere.attention,
    "rare-patients": losses_binary.patients,
    "precision-recall": losses_binary.precision_recall,
    "focal-losses": losses_binary.focal,
    "focal-pulls": losses_binary.focal_pulls,
    "poly1-losses": losses_polyloss.losses,
    "poly1-pulls": losses_polyloss.pulls,
    "poly1-curvature": losses_polyloss.curvature,
    "noisy-label-pulls": losses_polyloss_series.pulls,
    "series-truncation": losses_polyloss_series.truncation,
    "reliability": losses_calibration.reliability,
    "calibration-bias": losses_calibration.bias,
    "other-softmax-losses": losses_other_implementations.softmax,
    "other-sigmoid-losses": losses_other_implementations.sigmoid,
    "least-squares": models_linear_regression.squares,
    "gradient-descent": models_linear_regression.descent,
    "softmax-templates": models_softmax_regression.templates,
    "softmax-curves": models_softmax_regression.curves,
    "mlp-moons": models_mlp.moons,
    "mlp-folds": models_mlp.folds,
    "convolution-windows": models_convolution.windows,
    "convolution-grid": models_convolution.grid,
    "convolution-dilation": models_convolution.dilation,
    "convolution-receptive-field": models_convolution.fields,
    "cnn-filters": models_cnn.filters,
    "cnn-maps": models_cnn.maps,
    "lenet-garments": models_lenet.garments,
    "lenet-seeds": models_lenet.seeds,
}
