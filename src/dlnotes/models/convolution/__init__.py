"""Convolution: output sizes, convolution and pooling from scratch, gradients, and what a stack of layers does.

Source: Vincent Dumoulin, Francesco Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285.

Arguments have torch's names, order and defaults; sizes and values equal torch's.
"""

from dlnotes.models.convolution.gradients import input_gradient, weight_gradient
from dlnotes.models.convolution.layers import avg_pool, cross_correlation, max_pool
from dlnotes.models.convolution.padding import same_padding, tensorflow_same_padding
from dlnotes.models.convolution.receptive_fields import ReceptiveField, receptive_field
from dlnotes.models.convolution.shape_tables import LayerShape, ShapeTable, shape_table
from dlnotes.models.convolution.sizes import (
    adaptive_pool_windows,
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
)

__all__ = [
    "LayerShape",
    "ReceptiveField",
    "ShapeTable",
    "adaptive_pool_windows",
    "avg_pool",
    "conv_output_size",
    "conv_transpose_output_size",
    "cross_correlation",
    "input_gradient",
    "max_pool",
    "pool_output_size",
    "receptive_field",
    "same_padding",
    "shape_table",
    "tensorflow_same_padding",
    "weight_gradient",
]
