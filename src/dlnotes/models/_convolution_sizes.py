"""How many windows fit: output sizes of convolution, pooling and transposed convolution."""

from __future__ import annotations

from dlnotes.models._convolution_arguments import (
    Padding,
    S,
    Size,
    dimensions,
    integer,
    pads,
    per_dimension,
    per_window,
    same,
    shaped,
)


# --8<-- [start:counting]
def span(kernel_size: int, dilation: int = 1) -> int:
    """The cells from a window's first tap to its last, both included."""
    return dilation * (kernel_size - 1) + 1


def count_windows(length: int, window: int, stride: int) -> int:
    """How many windows start at 0, stride, 2 stride … and end in the row."""
    return (length - window) // stride + 1


# --8<-- [end:counting]


def _too_large(k: int, d: int, i: int, before: int, after: int) -> str:
    return (
        f"kernel_size is {k}, which spans {span(k, d)} cells with dilation {d}. It must fit in {before + i + after}: "
        f"input_size {i} and padding {before} + {after}"
    )


def conv_output_size(input_size: S, kernel_size: Size, stride: Size = 1, padding: Padding = 0, dilation: Size = 1) -> S:
    """Return the output size of a convolution, ⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1 in each dimension.

    It is the size that `torch.nn.Conv1d`, `Conv2d` and `Conv3d` give, and `torch.nn.functional.conv1d` and so on.

    Source: Vincent Dumoulin, Francesco Visin, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285,
    relationship 6, and 15 with dilation.

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
        ValueError: An argument is out of its range, or the window doesn't fit once.
        TypeError: An argument isn't made of integers.

    Examples:
        >>> from dlnotes.models.convolution import conv_output_size
        >>> conv_output_size(28, 5)
        24
        >>> conv_output_size((28, 28), 5, padding=2)
        (28, 28)
        >>> conv_output_size((224, 224), (7, 3), stride=2, padding=((3, 2), 1))
        (112, 112)
    """
    sizes = dimensions(input_size)
    kernel, steps, gaps = per_window(kernel_size, stride, dilation, len(sizes))
    outputs = []
    for i, k, s, d, (p, q) in zip(sizes, kernel, steps, gaps, pads(padding, kernel, steps, gaps), strict=True):
        if span(k, d) > p + i + q:
            raise ValueError(_too_large(k, d, i, p, q))
        outputs.append(count_windows(p + i + q, span(k, d), s))
    return shaped(input_size, outputs)


def conv_transpose_output_size(
    input_size: S, kernel_size: Size, stride: Size = 1, padding: Size = 0, output_padding: Size = 0, dilation: Size = 1
) -> S:
    """Return the output size of a transposed convolution, (i − 1)s − 2p + d(k − 1) + 1 + q in each dimension.

    It is the size that `torch.nn.ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d` give: q, their
    `output_padding`, picks one of the s input sizes that a convolution with the same arguments takes to i.

    Source: Dumoulin and Visin, arXiv 1603.07285, relationship 14.

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
        ValueError: An argument is out of its range, or the padding removes the whole output.
        TypeError: An argument isn't made of integers.

    Examples:
        >>> from dlnotes.models.convolution import conv_transpose_output_size
        >>> conv_transpose_output_size(14, 4, stride=2, padding=1)
        28
        >>> conv_transpose_output_size((4, 4), 3, stride=2, padding=1, output_padding=(0, 1))
        (7, 8)
    """
    sizes = dimensions(input_size)
    dims = len(sizes)
    kernel, steps, gaps = per_window(kernel_size, stride, dilation, dims)
    cuts = per_dimension("padding", padding, dims, 0)
    extras = per_dimension("output_padding", output_padding, dims, 0)
    outputs = []
    for i, k, s, p, q, d in zip(sizes, kernel, steps, cuts, extras, gaps, strict=True):
        if q >= max(s, d):
            raise ValueError(f"output_padding is {q}; it must be less than stride {s} or dilation {d}")
        uncut = (i - 1) * s + span(k, d) + q
        if uncut <= 2 * p:
            raise ValueError(f"padding is {p}; twice that must be less than the {uncut} cells it is cut from")
        outputs.append(uncut - 2 * p)
    return shaped(input_size, outputs)


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
        ValueError: An argument is out of its range, or no window fits.
        TypeError: An argument isn't made of integers.

    Examples:
        >>> from dlnotes.models.convolution import pool_output_size
        >>> pool_output_size(5, 2), pool_output_size(5, 2, ceil_mode=True)
        (2, 3)
        >>> pool_output_size((112, 112), 3, stride=2, padding=1)
        (56, 56)
    """
    sizes = dimensions(input_size)
    kernel, steps, gaps = per_window(kernel_size, kernel_size if stride is None else stride, dilation, len(sizes))
    borders = per_dimension("padding", padding, len(sizes), 0)
    outputs = []
    for i, k, s, p, d in zip(sizes, kernel, steps, borders, gaps, strict=True):
        if p > k // 2:
            raise ValueError(f"padding is {p}; it must be at most half of kernel_size {k}, rounded down: {k // 2}")
        windows = pool_windows(i + 2 * p, i + p, span(k, d), s, ceil_mode)
        if windows < 1:
            raise ValueError(_too_large(k, d, i, p, p))
        outputs.append(windows)
    return shaped(input_size, outputs)


# --8<-- [start:ceil]
def pool_windows(
    length: int,
    last_start: int,
    window: int,
    stride: int,
    ceil_mode: bool,
) -> int:
    """How many windows pooling has in a padded row of this length."""
    if not ceil_mode:
        return count_windows(length, window, stride)
    # One more if cells are left, unless it starts in the padding at the end.
    overhanging = -(-(length - window) // stride) + 1
    return min(overhanging, -(-last_start // stride))


# --8<-- [end:ceil]


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
        ValueError: An argument is less than 1.
        TypeError: An argument isn't an integer.

    Examples:
        >>> from dlnotes.models.convolution import adaptive_pool_windows
        >>> adaptive_pool_windows(7, 3)
        [(0, 3), (2, 5), (4, 7)]
    """
    i, o = integer("input_size", input_size, 1), integer("output_size", output_size, 1)
    return [(a * i // o, -(-(a + 1) * i // o)) for a in range(o)]


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Return the padding before and after that keeps the size at stride 1: what `padding="same"` means in torch.

    The total is d(k − 1). If it is odd, the cell that is left goes after the input.

    Args:
        kernel_size: k ≥ 1.
        dilation: d ≥ 1.

    Returns:
        The cells before and after.

    Raises:
        ValueError: An argument is less than 1.
        TypeError: An argument isn't an integer.

    Examples:
        >>> from dlnotes.models.convolution import same_padding
        >>> same_padding(5), same_padding(4)
        ((2, 2), (1, 2))
    """
    return same(integer("kernel_size", kernel_size, 1), integer("dilation", dilation, 1))


def tensorflow_same_padding(input_size: int, kernel_size: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Return the padding before and after that TensorFlow, Keras and JAX mean by "SAME".

    It is the least padding that gives ⌈i/s⌉ windows, so it depends on the input size. If it is odd, the cell that is
    left goes after the input. With stride 1 it is `same_padding`.

    Args:
        input_size: i ≥ 1.
        kernel_size: k ≥ 1.
        stride: s ≥ 1.
        dilation: d ≥ 1.

    Returns:
        The cells before and after. To use them in torch, pad with `torch.nn.functional.pad` first.

    Raises:
        ValueError: An argument is less than 1.
        TypeError: An argument isn't an integer.

    Examples:
        >>> from dlnotes.models.convolution import tensorflow_same_padding
        >>> tensorflow_same_padding(224, 3, stride=2), tensorflow_same_padding(225, 3, stride=2)
        ((0, 1), (1, 1))
    """
    i, k = integer("input_size", input_size, 1), integer("kernel_size", kernel_size, 1)
    s, d = integer("stride", stride, 1), integer("dilation", dilation, 1)
    total = max((-(-i // s) - 1) * s + span(k, d) - i, 0)
    return total // 2, total - total // 2
