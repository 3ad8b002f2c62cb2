"""Sizes as torch takes them: one int, or a tuple with one for each dimension."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, TypeVar, cast

Size: TypeAlias = int | tuple[int, ...]
Padding: TypeAlias = int | tuple[int | tuple[int, int], ...] | Literal["same", "valid"]
Pairs: TypeAlias = list[tuple[int, int]]

# A pair in, a pair out.
S = TypeVar("S", int, tuple[int], tuple[int, int], tuple[int, int, int], tuple[int, ...])


def integer(name: str, value: Any, least: int) -> int:
    """Return an argument that must be a whole number of at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name} has {value!r}, a {type(value).__name__}; sizes are whole numbers, of type int")
    if number < least:
        raise ValueError(f"{name} is {number}; it must be at least {least}")
    return number


def per_dimension(name: str, value: object, dims: int, least: int) -> tuple[int, ...]:
    """Return an argument once for each dimension."""
    if not isinstance(value, (tuple, list)):
        return (integer(name, value, least),) * dims
    if len(value) != dims:
        raise ValueError(
            f"{name} is {value}, for {len(value)} dimensions; the input has {dims}: give one int, or {dims}"
        )
    return tuple(integer(name, entry, least) for entry in value)


def per_window(
    kernel_size: object, stride: object, dilation: object, dims: int
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the three arguments that say where a window's taps are, each once for each dimension."""
    kernel = per_dimension("kernel_size", kernel_size, dims, 1)
    return kernel, per_dimension("stride", stride, dims, 1), per_dimension("dilation", dilation, dims, 1)


def dimensions(input_size: object) -> tuple[int, ...]:
    """Return the input size as a tuple: of one entry, if it is an int."""
    dims = len(input_size) if isinstance(input_size, (tuple, list)) else 1
    if not dims:
        raise ValueError("input_size is empty; give one int, or a tuple with one for each spatial dimension")
    return per_dimension("input_size", input_size, dims, 1)


def shaped(input_size: S, outputs: Sequence[int]) -> S:
    """Return the outputs in the form in which the input size was given."""
    if not isinstance(input_size, (tuple, list)):
        return outputs[0]
    return cast(S, tuple(outputs))


# --8<-- [start:same]
def same(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """The cells before and after that keep the size at stride 1."""
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


# --8<-- [end:same]


def pads(padding: object, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Pairs:
    """Return the padding before and after the input, for each dimension."""
    dims = len(kernel)
    if isinstance(padding, str):
        if padding == "valid":
            return [(0, 0)] * dims
        if padding != "same":
            raise ValueError(f"padding is {padding!r}; the words are 'same' and 'valid'")
        if any(step != 1 for step in stride):
            raise ValueError(f"padding is 'same' and stride is {tuple(stride)}; 'same' needs stride 1")
        return [same(k, d) for k, d in zip(kernel, dilation, strict=True)]
    if not isinstance(padding, (tuple, list)):
        return [(integer("padding", padding, 0),) * 2] * dims
    if len(padding) != dims:
        raise ValueError(
            f"padding is {padding}, for {len(padding)} dimensions; the input has {dims}: give one int, or for each "
            "dimension an int or a pair (before, after)"
        )
    pairs = []
    for entry in padding:
        pair = tuple(entry) if isinstance(entry, (tuple, list)) else (entry, entry)
        if len(pair) != 2:
            raise ValueError(f"padding has the entry {entry}; an entry is an int or a pair (before, after)")
        pairs.append((integer("padding", pair[0], 0), integer("padding", pair[1], 0)))
    return pairs
