"""ReLU, GELU and SiLU with their derivatives in closed form, and what a stack of layers does to a slope.

The three activations take a floating-point tensor of any shape and keep its shape, dtype and device; other dtypes are a
`TypeError`. Values and slopes are finite for every finite input. NaN stays NaN, and at ±∞ `gelu` and `silu` can give
NaN, as PyTorch's do. float16 and bfloat16 are computed in float32 and rounded once.

`torch.nn.functional` has all three, faster, and good enough to train with. What its `gelu` loses is the far left tail:
at x = −8 in float32 it rounds to 0, where x Φ(x) is −5.0e-15.

Sources: V. Nair, G. E. Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010, for ReLU;
D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv 1606.08415 (2016), for GELU and SiLU.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dlnotes.losses.sigmoids import differentiated_by, logistic, slope

__all__ = ["ACTIVATIONS", "gelu", "normal_cdf", "normal_pdf", "relu", "silu", "slope_by_depth", "stack"]


# --8<-- [start:stack]
def stack(
    function: Callable[[Tensor], Tensor],
    x: Tensor,
    weights: Sequence[Tensor],
) -> Tensor:
    """Return what a stack of layers makes of x.

    Each layer multiplies by its weights and applies the function. The last one only multiplies.

    Args:
        function: The activation, elementwise.
        x: Inputs, `(N, D)`.
        weights: One matrix for each layer, at least one. The first has the shape `(D, H)`, and each takes what the one
            before gives. The last may be a vector.

    Returns:
        `(N, K)` for K outputs, or `(N,)` if the last weights are a vector.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import relu, stack
        >>> stack(relu, torch.tensor([[1.0, -1.0]]), [torch.eye(2), torch.tensor([3.0, 5.0])])
        tensor([3.])
    """
    *hidden, last = weights
    for weight in hidden:
        x = function(x @ weight)
    return x @ last


# --8<-- [end:stack]


# --8<-- [start:slope-by-depth]
def slope_by_depth(
    function: Callable[[Tensor], Tensor],
    x: Tensor,
    layers: int,
) -> Tensor:
    """Return the slope at x of the function applied 0, 1, 2, … times.

    Args:
        function: Maps a tensor to one of the same shape, element by element.
        x: Floating-point, any shape.
        layers: How often to apply the function at most, at least 0.

    Returns:
        `(layers + 1, *x.shape)`. The first row is 1.

    Raises:
        ValueError: If `layers` is negative.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import slope_by_depth
        >>> slope_by_depth(torch.tanh, torch.tensor(1.0), layers=3)
        tensor([1.0000, 0.4200, 0.2469, 0.1677])
    """
    if layers < 0:
        raise ValueError(f"layers is {layers}; it must be at least 0")
    slopes = [torch.ones_like(x)]
    for _ in range(layers):
        slopes.append(slopes[-1] * slope(function, x))
        x = function(x)
    return torch.stack(slopes)


# --8<-- [end:slope-by-depth]


# --8<-- [start:activations]
@differentiated_by(lambda x: x.sign().clamp(min=0))
def relu(x: Tensor) -> Tensor:
    """Return max(x, 0).

    At 0, where it has a kink, its slope is taken as 0, as in PyTorch.

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, at least 0.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import relu
        >>> relu(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([0., 0., 1.])
    """
    return x.clamp(min=0)


def normal_pdf(x: Tensor) -> Tensor:
    """Return φ(x) = exp(−x²/2) / √2π, the bell curve.

    It is the density of the standard normal distribution.

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from 0 to 0.3989.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import normal_pdf
        >>> normal_pdf(torch.tensor([0.0, 1.0, 1e4]))
        tensor([0.3989, 0.2420, 0.0000])
    """
    return torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@differentiated_by(normal_pdf)
def normal_cdf(x: Tensor) -> Tensor:
    """Return Φ(x), the probability that a standard normal number is below x.

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from 0 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import normal_cdf
        >>> normal_cdf(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([0.1587, 0.5000, 0.8413])
    """
    return torch.erfc(-x / math.sqrt(2)) / 2


@differentiated_by(lambda x: normal_cdf(x) + x * normal_pdf(x))
def gelu(x: Tensor) -> Tensor:
    """Return x Φ(x).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, at least −0.17.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import gelu
        >>> gelu(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.0000,  0.8413])
    """
    return x * normal_cdf(x)


@differentiated_by(lambda x: logistic(x) * (1 + x * logistic(-x)))
def silu(x: Tensor) -> Tensor:
    """Return x σ(x).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, at least −0.2785.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.activations import silu
        >>> silu(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.2689,  0.0000,  0.7311])
    """
    return x * logistic(x)


# --8<-- [end:activations]


ACTIVATIONS = {"ReLU": relu, "GELU": gelu, "SiLU": silu}
"""The three activations by name."""
