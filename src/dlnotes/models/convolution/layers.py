"""Cross-correlation and pooling from scratch, in any number of dimensions."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.models.convolution.padding import Padding, conv_window
from dlnotes.models.convolution.sizes import output_sizes, pool_window
from dlnotes.models.convolution.window import Pairs, Size, span


# --8<-- [start:windows]
def windows(
    padded: Tensor,
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Tensor:
    """View (N, C, *padded) as (N, C, *output, *kernel), without a copy."""
    every = zip(kernel, stride, dilation, strict=True)
    for axis, (k, s, d) in enumerate(every, start=2):
        padded = padded.unfold(axis, span(k, d), s)[..., ::d]
    return padded


# --8<-- [end:windows]


# --8<-- [start:correlate]
def correlate(windows: Tensor, weight: Tensor) -> Tensor:
    """Multiply every window by every filter, and add up: (N, O, *output)."""
    taps = range(2 - weight.dim(), 0)  # the last axes of both
    axes = [1, *taps]
    sums: Tensor = torch.tensordot(windows, weight, dims=(axes, axes))
    return sums.movedim(-1, 1)


# --8<-- [end:correlate]


def cross_correlation(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Padding = 0,
    dilation: Size = 1,
) -> Tensor:
    """Cross-correlate a batch with a bank of filters: what `torch.nn.functional.conv1d`, `conv2d` and `conv3d` compute.

    Args:
        input: `(N, C, *sizes)`, with one size or more.
        weight: `(O, C, *kernel)`: O filters, each as deep as the input.
        bias: `(O,)`, or none.
        stride: At least 1. An int here and below holds for all dimensions.
        padding: Zeros before and after, at least 0, as in `conv_output_size`.
        dilation: At least 1.

    Returns:
        `(N, O, *output)`.

    Raises:
        ValueError: If shapes don't match, an argument is out of its range, or the kernel doesn't fit.
        TypeError: If a size isn't made of integers.

    Examples:
        >>> import torch
        >>> from dlnotes.models.convolution import cross_correlation
        >>> cross_correlation(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[1.0, 10.0]]]))
        tensor([[[21., 32., 43.]]])
    """
    sizes = _sizes(input)
    if weight.dim() != input.dim() or weight.shape[1] != input.shape[1]:
        raise ValueError(
            f"weight has shape {tuple(weight.shape)} and input {tuple(input.shape)}; weight must be (O, C, *kernel) "
            f"with C = {input.shape[1]} and {len(sizes)} kernel sizes"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"bias has shape {tuple(bias.shape)}; it must be ({weight.shape[0]},), one for each filter")
    window = conv_window(len(sizes), tuple(weight.shape[2:]), stride, padding, dilation)
    output_sizes(sizes, window)  # refuses what doesn't fit
    output = correlate(windows(pad(input, window.padding, 0.0), *window[:3]), weight)
    return output if bias is None else output + bias.reshape(-1, *[1] * len(sizes))


def max_pool(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Take the largest element of each window: what `torch.nn.functional.max_pool1d` to `max_pool3d` compute.

    Args:
        input: `(N, C, *sizes)`, floating-point.
        kernel_size: At least 1. An int here and below holds for all dimensions.
        stride: At least 1; the kernel size unless given.
        padding: Cells of −∞ before and after, at most half the kernel size.
        dilation: At least 1.
        ceil_mode: Whether a window may hang over the end.

    Returns:
        `(N, C, *output)`.

    Raises:
        ValueError: If an argument is out of its range, or no window fits.
        TypeError: If a size isn't made of integers, or the input isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.models.convolution import max_pool
        >>> max_pool(torch.arange(5.0).reshape(1, 1, 5), 2, ceil_mode=True)
        tensor([[[1., 3., 4.]]])
    """
    view = _pool(input, kernel_size, stride, padding, dilation, ceil_mode)
    return view(input, -math.inf, -math.inf).amax(_taps(input))


def avg_pool(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Average each window: what `torch.nn.functional.avg_pool1d` to `avg_pool3d` compute.

    Args:
        input: `(N, C, *sizes)`, floating-point.
        kernel_size: At least 1. An int here and below holds for all dimensions.
        stride: At least 1; the kernel size unless given.
        padding: Zeros before and after, at most half the kernel size.
        ceil_mode: Whether a window may hang over the end. What hangs over the padding, too, never counts.
        count_include_pad: Whether the zeros of the padding count as elements of the window.

    Returns:
        `(N, C, *output)`.

    Raises:
        ValueError: If an argument is out of its range, or no window fits.
        TypeError: If a size isn't made of integers, or the input isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.models.convolution import avg_pool
        >>> avg_pool(torch.ones(1, 1, 4), 2, padding=1)
        tensor([[[0.5000, 1.0000, 0.5000]]])
        >>> avg_pool(torch.ones(1, 1, 4), 2, padding=1, count_include_pad=False)
        tensor([[[1., 1., 1.]]])
    """
    view = _pool(input, kernel_size, stride, padding, 1, ceil_mode)
    wide = torch.promote_types(input.dtype, torch.float32)  # sums of half precision overflow where means don't
    total = view(input, 0.0, 0.0).sum(_taps(input), dtype=wide)
    ones = torch.ones_like(input[:1, :1], dtype=wide)
    return (total / view(ones, float(count_include_pad), 0.0).sum(_taps(input))).to(input.dtype)


def _pool(
    input: Tensor, kernel_size: Size, stride: Size | None, padding: Size, dilation: Size, ceil_mode: bool
) -> Callable[[Tensor, float, float], Tensor]:
    """Read a pool's arguments; return what shows the windows of a tensor, padded with a value, and one beyond it."""
    sizes = _sizes(input)
    if not input.is_floating_point():
        raise TypeError(f"input is {input.dtype}; it must be floating-point: input.float()")
    window = pool_window(len(sizes), kernel_size, stride, padding, dilation)
    every = zip(sizes, output_sizes(sizes, window, ceil_mode), *window, strict=True)
    overhang = tuple((0, max(0, (o - 1) * s + span(k, d) - (p + i + q))) for i, o, k, s, d, (p, q) in every)
    return lambda x, border, beyond: windows(pad(pad(x, window.padding, border), overhang, beyond), *window[:3])


def _taps(batch: Tensor) -> tuple[int, ...]:
    """Return the last axes of a batch's windows."""
    return tuple(range(2 - batch.dim(), 0))


def _sizes(input: Tensor) -> tuple[int, ...]:
    """Return the spatial sizes of a batch."""
    if input.dim() < 3:
        raise ValueError(f"input has shape {tuple(input.shape)}; it must be (N, C, *sizes), with at least one size")
    return tuple(input.shape[2:])


def pad(input: Tensor, pairs: Pairs, value: float) -> Tensor:
    """Pad the spatial dimensions; torch wants the last one first."""
    cells = [cells for pair in reversed(pairs) for cells in pair]
    return F.pad(input, cells, value=value) if any(cells) else input
