"""The gradients of a cross-correlation, with respect to its weight and to its input, without autograd."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.models.convolution.layers import pad, windows
from dlnotes.models.convolution.padding import Padding, conv_window
from dlnotes.models.convolution.sizes import output_sizes
from dlnotes.models.convolution.window import Size, Window, per_dimension


# --8<-- [start:gather]
def gather(windows: Tensor, gradient: Tensor) -> Tensor:
    """Weigh every window by its output's gradient, and add up."""
    places = [0, *range(2, gradient.dim())]  # examples, rows, columns
    dims = (places, places)
    sums: Tensor = torch.tensordot(gradient, windows, dims=dims)
    return sums


# --8<-- [end:gather]


# --8<-- [start:stamp]
def stamp(padded: Tensor, windows: Tensor, products: Tensor) -> Tensor:
    """Add each output's multiple of the kernel where its window lies.

    `windows` is a view of `padded`: to add to a window is to add to the row.
    """
    kernel = windows.shape[padded.dim() :]
    for tap in torch.ones(kernel).nonzero().tolist():
        windows[(..., *tap)] += products[(..., *tap)]
    return padded


# --8<-- [end:stamp]


def weight_gradient(
    input: Tensor,
    gradient: Tensor,
    kernel_size: Size,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> Tensor:
    """Return the gradient of a loss with respect to the weight of a `cross_correlation`.

    Args:
        input: `(N, C, *sizes)`, as the layer got it.
        gradient: `(N, O, *output)`, the gradient with respect to the layer's output.
        kernel_size: At least 1. An int here and below holds for all dimensions.
        stride: The layer's.
        padding: The layer's.
        dilation: The layer's.

    Returns:
        `(O, C, *kernel)`.

    Raises:
        ValueError: If the shapes don't match, or an argument is out of its range.
        TypeError: If a size isn't made of integers.

    Examples:
        >>> import torch
        >>> from dlnotes.models.convolution import weight_gradient
        >>> weight_gradient(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[1.0, 10.0, 100.0]]]), 2)
        tensor([[[321., 432.]]])
    """
    window = conv_window(max(input.dim() - 2, 1), kernel_size, stride, padding, dilation)
    _check(input.shape[2:], gradient, window)
    if len(input) != len(gradient):
        raise ValueError(f"input has {len(input)} examples and gradient {len(gradient)}; they must have as many")
    return gather(windows(pad(input, window.padding, 0.0), *window[:3]), gradient)


def input_gradient(
    gradient: Tensor,
    weight: Tensor,
    input_size: Size,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> Tensor:
    """Return the gradient of a loss with respect to the input of a `cross_correlation`: a transposed convolution.

    Args:
        gradient: `(N, O, *output)`, the gradient with respect to the layer's output.
        weight: `(O, C, *kernel)`, the layer's.
        input_size: The spatial sizes of the input. An int here and below holds for all dimensions.
        stride: The layer's.
        padding: The layer's.
        dilation: The layer's.

    Returns:
        `(N, C, *sizes)`.

    Raises:
        ValueError: If the shapes don't match, or an argument is out of its range.
        TypeError: If a size isn't made of integers.

    Examples:
        >>> import torch
        >>> from dlnotes.models.convolution import input_gradient
        >>> input_gradient(torch.tensor([[[1.0, 10.0]]]), torch.tensor([[[1.0, 2.0, 3.0]]]), 5, stride=2)
        tensor([[[ 1.,  2., 13., 20., 30.]]])
    """
    dims = max(gradient.dim() - 2, 1)
    sizes = per_dimension("input_size", input_size, dims)
    window = conv_window(dims, tuple(weight.shape[2:]), stride, padding, dilation)
    _check(sizes, gradient, window)
    if len(weight) != gradient.shape[1]:
        raise ValueError(f"gradient has {gradient.shape[1]} channels and weight {len(weight)} filters; give one each")
    products = torch.tensordot(gradient, weight, dims=([1], [0])).movedim(1 + dims, 1)
    padded = pad(gradient.new_zeros(len(gradient), weight.shape[1], *sizes), window.padding, 0.0)
    stamped = stamp(padded, windows(padded, *window[:3]), products)
    return F.pad(stamped, [-cells for pair in reversed(window.padding) for cells in pair])


def _check(sizes: Sequence[int], gradient: Tensor, window: Window) -> None:
    """Refuse a gradient that isn't one of an output."""
    expected = tuple(output_sizes(sizes, window))
    if gradient.dim() < 3 or tuple(gradient.shape[2:]) != expected:
        raise ValueError(
            f"gradient has shape {tuple(gradient.shape)}; for an input of the sizes {tuple(sizes)} it must be "
            f"(N, O, *output) with the sizes {expected}"
        )
