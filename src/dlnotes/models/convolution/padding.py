"""Padding that keeps a size, in PyTorch and elsewhere, and every way to write a convolution's padding."""

from typing import Literal, TypeAlias

from dlnotes.models.convolution.window import Window, entries, integer, positive, span, symmetric_window

Padding: TypeAlias = int | tuple[int | tuple[int, int], ...] | Literal["same", "valid"]


@positive
# --8<-- [start:same]
def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Return the padding before and after that keeps the size at stride 1.

    It is what `padding="same"` means in torch. The total is d(k − 1). If it is
    odd, the cell that is left goes after the input.

    Args:
        kernel_size: k ≥ 1.
        dilation: d ≥ 1.

    Returns:
        The cells before and after.

    Raises:
        ValueError: If an argument is less than 1.
        TypeError: If an argument isn't an integer.

    Examples:
        >>> from dlnotes.models.convolution import same_padding
        >>> same_padding(5), same_padding(4)
        ((2, 2), (1, 2))
    """
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


# --8<-- [end:same]


@positive
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
        ValueError: If an argument is less than 1.
        TypeError: If an argument isn't an integer.

    Examples:
        >>> from dlnotes.models.convolution import tensorflow_same_padding
        >>> tensorflow_same_padding(224, 3, stride=2), tensorflow_same_padding(225, 3, stride=2)
        ((0, 1), (1, 1))
    """
    last_start = (-(-input_size // stride) - 1) * stride
    total = max(last_start + span(kernel_size, dilation) - input_size, 0)
    return total // 2, total - total // 2


def conv_window(dims: int, kernel_size: object, stride: object, padding: object, dilation: object) -> Window:
    """Read a convolution's arguments; its padding may be a word, or differ before and after."""
    simple = not isinstance(padding, (str, tuple, list))
    window = symmetric_window(dims, kernel_size, stride, padding if simple else 0, dilation)
    if simple or padding == "valid":
        return window
    if isinstance(padding, (tuple, list)):
        borders = entries("padding", padding, dims, "for each dimension an int or a pair (before, after)")
        return window._replace(padding=tuple(map(_before_and_after, borders)))
    if padding != "same":
        raise ValueError(f"padding is {padding!r}; it must be 'same', 'valid' or made of ints")
    if any(step != 1 for step in window.stride):
        raise ValueError(f"padding is 'same' and stride is {window.stride}; with 'same' it must be 1")
    return window._replace(padding=tuple(map(same_padding, window.kernel, window.dilation)))


def _before_and_after(border: object) -> tuple[int, int]:
    pair = border if isinstance(border, (tuple, list)) else (border, border)
    if len(pair) != 2:
        raise ValueError(f"padding has the entry {border}; it must be an int or a pair (before, after)")
    return integer("padding", pair[0], least=0), integer("padding", pair[1], least=0)
