"""The window that slides: how far it reaches, how often it fits, and its arguments, read once."""

import functools
import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

Size: TypeAlias = int | tuple[int, ...]
Pairs: TypeAlias = tuple[tuple[int, int], ...]
Function = TypeVar("Function", bound=Callable[..., object])


# --8<-- [start:counting]
def span(kernel_size: int, dilation: int = 1) -> int:
    """Count a window's cells, from its first tap to its last."""
    return dilation * (kernel_size - 1) + 1


def count_windows(length: int, window: int, stride: int) -> int:
    """Count the windows that start at 0, stride, … and end in the row."""
    return (length - window) // stride + 1


# --8<-- [end:counting]


class Window(NamedTuple):
    """What slides over an input: one entry for each dimension."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: Pairs  # before and after


def symmetric_window(dims: int, kernel_size: object, stride: object, padding: object, dilation: object) -> Window:
    """Read the arguments of a layer that pads as much before the input as after it."""
    kernel = per_dimension("kernel_size", kernel_size, dims)
    steps, gaps = per_dimension("stride", stride, dims), per_dimension("dilation", dilation, dims)
    return Window(kernel, steps, gaps, tuple((p, p) for p in per_dimension("padding", padding, dims, least=0)))


def per_dimension(name: str, value: object, dims: int, least: int = 1) -> tuple[int, ...]:
    """Return an argument of whole numbers, one for each dimension."""
    if not isinstance(value, (tuple, list)):
        return (integer(name, value, least),) * dims
    return tuple([integer(name, entry, least) for entry in entries(name, value, dims)])


def entries(name: str, value: Sequence[object], dims: int, form: str = "") -> Sequence[object]:
    """Return an argument's entries, if there is one for each dimension."""
    if len(value) != dims:
        raise ValueError(
            f"{name} is {value}, for {len(value)} dimensions; the input has {dims}: give one int, or {form or dims}"
        )
    return value


def integer(name: str, value: Any, least: int = 1) -> int:
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


def positive(function: Function) -> Function:
    """Let a function refuse arguments that aren't whole numbers of at least 1."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: object, **kwargs: object) -> object:
        given = signature.bind(*args, **kwargs).arguments
        return function(**{name: integer(name, value) for name, value in given.items()})

    return cast(Function, checked)
