"""How many windows fit: output sizes of convolution, pooling and transposed convolution."""

from collections.abc import Sequence
from typing import TypeVar, cast

from dlnotes.models.convolution.padding import Padding, conv_window
from dlnotes.models.convolution.window import (
    Size,
    Window,
    count_windows,
    per_dimension,
    positive,
    span,
    symmetric_window,
)

# A pair in, a pair out.
S = TypeVar("S", int, tuple[int], tuple[int, int], tuple[int, int, int], tuple[int, ...])


def conv_output_size(input_size: S, kernel_size: Size, stride: Size = 1, padding: Padding = 0, dilation: Size = 1) -> S:
    """Return the output size of a convolution, ⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1 in each dimension.

    It is the size that `torch.nn.Conv1d`, `Conv2d` and `Conv3d` give, and `torch.nn.functional.conv1d` and so on.

    Args:
        input_size: i ≥ 1: an int for one dimension, a tuple for several, such as (height, width).
        kernel_size: k ≥ 1. An int here and below holds for all dimensions.
        stride: s ≥ 1, the distance from one window to the next.
        padding: p ≥ 0, cells added on both sides. An entry of a tuple may be a pair, (before, after).
            `"valid"` is 0; `"same"` keeps the size, with `same_padding`, and needs stride 1.
        dilation: d ≥ 1, the distance between a window's taps.

    Returns:
        The output size, an int or a tuple as `input_size` is.

    Raises:
        ValueError: If an argument is out of its range, or the window doesn't fit once.
        TypeError: If an argument isn't made of integers.

    Examples:
        >>> from dlnotes.models.convolution import conv_output_size
        >>> conv_output_size(28, 5)
        24
        >>> conv_output_size((28, 28), 5, padding=2)
        (28, 28)
        >>> conv_output_size((224, 224), (7, 3), stride=2, padding=((3, 2), 1))
        (112, 112)

    Source:
        Dumoulin and Visin, arXiv 1603.07285, relationship 6, and 15 with dilation.
    """
    sizes = _per_axis(input_size)
    return _shaped(input_size, output_sizes(sizes, conv_window(len(sizes), kernel_size, stride, padding, dilation)))


def conv_transpose_output_size(
    input_size: S, kernel_size: Size, stride: Size = 1, padding: Size = 0, output_padding: Size = 0, dilation: Size = 1
) -> S:
    """Return the output size of a transposed convolution, (i − 1)s − 2p + d(k − 1) + 1 + q in each dimension.

    It is the size that `torch.nn.ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d` give: q, their
    `output_padding`, picks one of the s input sizes that a convolution with the same arguments takes to i.

    Args:
        input_size: i ≥ 1: an int for one dimension, a tuple for several.
        kernel_size: k ≥ 1. An int here and below holds for all dimensions.
        stride: s ≥ 1, the distance between the places where two neighbours of the input leave the kernel.
        padding: p ≥ 0, cells removed from both ends of the output.
        output_padding: q ≥ 0, cells added at its end; less than the stride or the dilation.
        dilation: d ≥ 1.

    Returns:
        The output size, an int or a tuple as `input_size` is.

    Raises:
        ValueError: If an argument is out of its range, or the padding removes the whole output.
        TypeError: If an argument isn't made of integers.

    Examples:
        >>> from dlnotes.models.convolution import conv_transpose_output_size
        >>> conv_transpose_output_size(14, 4, stride=2, padding=1)
        28
        >>> conv_transpose_output_size((4, 4), 3, stride=2, padding=1, output_padding=(0, 1))
        (7, 8)

    Source:
        Dumoulin and Visin, arXiv 1603.07285, relationship 14.
    """
    sizes = _per_axis(input_size)
    window = symmetric_window(len(sizes), kernel_size, stride, padding, dilation)
    extras = per_dimension("output_padding", output_padding, len(sizes), least=0)
    outputs = []
    for i, q, k, s, d, (p, _) in zip(sizes, extras, *window, strict=True):
        if q >= max(s, d):
            raise ValueError(f"output_padding is {q}; it must be less than stride {s} or dilation {d}")
        uncut = (i - 1) * s + span(k, d) + q
        if uncut <= 2 * p:
            raise ValueError(f"padding is {p}; twice that must be less than the {uncut} cells it is cut from")
        outputs.append(uncut - 2 * p)
    return _shaped(input_size, outputs)


def pool_output_size(
    input_size: S,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> S:
    """Return the output size of max or average pooling.

    The size is that of a convolution. In ceil mode, one more window may hang over the end of the input, as long as it
    starts inside the input or the padding before it. `torch.nn.MaxPool1d` to `MaxPool3d` and `AvgPool1d` to `AvgPool3d`
    count like this.

    Args:
        input_size: i ≥ 1: an int for one dimension, a tuple for several.
        kernel_size: k ≥ 1. An int here and below holds for all dimensions.
        stride: s ≥ 1; the kernel size unless given.
        padding: p from 0 to ⌊k/2⌋, whatever the dilation.
        dilation: d ≥ 1. Average pooling has none.
        ceil_mode: Whether a window may hang over the end.

    Returns:
        The output size, an int or a tuple as `input_size` is.

    Raises:
        ValueError: If an argument is out of its range, or no window fits.
        TypeError: If an argument isn't made of integers.

    Examples:
        >>> from dlnotes.models.convolution import pool_output_size
        >>> pool_output_size(5, 2), pool_output_size(5, 2, ceil_mode=True)
        (2, 3)
        >>> pool_output_size((112, 112), 3, stride=2, padding=1)
        (56, 56)
    """
    sizes = _per_axis(input_size)
    window = pool_window(len(sizes), kernel_size, stride, padding, dilation)
    return _shaped(input_size, output_sizes(sizes, window, ceil_mode))


def pool_window(dims: int, kernel_size: object, stride: object, padding: object, dilation: object) -> Window:
    """Read a pool's arguments; its stride is the kernel size unless given."""
    window = symmetric_window(dims, kernel_size, kernel_size if stride is None else stride, padding, dilation)
    for k, (p, _) in zip(window.kernel, window.padding, strict=True):
        if p > k // 2:
            raise ValueError(f"padding is {p}; it must be at most half of kernel_size {k}, rounded down: {k // 2}")
    return window


def output_sizes(sizes: Sequence[int], window: Window, ceil_mode: bool = False) -> list[int]:
    """Count the windows in each dimension, and refuse those that don't fit."""
    outputs = []
    for i, k, s, d, (p, q) in zip(sizes, *window, strict=True):
        row, m = p + i + q, span(k, d)
        outputs.append(count_in_ceil_mode(row, p + i, m, s) if ceil_mode else count_windows(row, m, s))
        if outputs[-1] < 1:
            raise ValueError(
                f"kernel_size is {k}, which spans {m} cells with dilation {d}; it must fit in {row}: "
                f"input_size {i} and padding {p} + {q}"
            )
    return outputs


# --8<-- [start:ceil]
def count_in_ceil_mode(length: int, end: int, window: int, stride: int) -> int:
    """Count the windows that start before `end`; the last may hang over."""
    hanging_over = -(-(length - window) // stride) + 1  # rounded up
    return min(hanging_over, -(-end // stride))


# --8<-- [end:ceil]


@positive
def adaptive_pool_windows(input_size: int, output_size: int) -> list[tuple[int, int]]:
    """Return the windows of adaptive pooling: the one of output a starts at ⌊a i/o⌋ and ends before ⌈(a + 1) i/o⌉.

    `torch.nn.AdaptiveAvgPool1d` to `AdaptiveMaxPool3d` use these windows in each dimension. Their sizes differ by at
    most one, and they may overlap.

    Args:
        input_size: i ≥ 1, in one dimension.
        output_size: o ≥ 1, the number of windows; it may exceed i.

    Returns:
        For each window its start and its end, which is excluded, counted from 0.

    Raises:
        ValueError: If an argument is less than 1.
        TypeError: If an argument isn't an integer.

    Examples:
        >>> from dlnotes.models.convolution import adaptive_pool_windows
        >>> adaptive_pool_windows(7, 3)
        [(0, 3), (2, 5), (4, 7)]
    """
    i, o = input_size, output_size
    return [(a * i // o, -(-(a + 1) * i // o)) for a in range(o)]


def _per_axis(input_size: object) -> tuple[int, ...]:
    """Return the input size as a tuple: of one entry, if it is an int."""
    dims = len(input_size) if isinstance(input_size, (tuple, list)) else 1
    if not dims:
        raise ValueError("input_size is empty; give one int, or a tuple with one for each spatial dimension")
    return per_dimension("input_size", input_size, dims)


def _shaped(input_size: S, outputs: Sequence[int]) -> S:
    """Return the outputs in the form in which the input size was given."""
    if not isinstance(input_size, (tuple, list)):
        return outputs[0]
    return cast(S, tuple(outputs))
