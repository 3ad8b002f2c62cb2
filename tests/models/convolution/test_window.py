"""A window's arguments in every form that is allowed, and what is refused, in words."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from dlnotes.models.convolution import conv_output_size, pool_output_size, same_padding
from dlnotes.models.convolution.window import count_windows, span


def test_the_form_of_the_sizes() -> None:
    five: Any = np.int64(5)
    three: Any = torch.tensor(3)
    assert conv_output_size(5, 3) == 3
    assert conv_output_size((5,), 3) == (3,)
    assert conv_output_size((5, 6), (3, 2), stride=(1, 2), padding=(1, (0, 1)), dilation=1) == (5, 3)
    assert conv_output_size(torch.Size((5, 6)), 3) == (3, 4)
    assert conv_output_size(five, three) == 3
    assert type(conv_output_size(five, 3)) is int
    assert [type(cells) for cells in same_padding(five, three)] == [int, int]
    sizes: Any = [5, 5]
    assert pool_output_size(sizes, 2) == (2, 2)


def test_windows_are_counted_as_they_slide() -> None:
    for length, kernel_size, stride, dilation in itertools.product(range(9, 15), range(1, 5), range(1, 5), range(1, 3)):
        taps = range(0, dilation * kernel_size, dilation)
        starts = [start for start in range(0, length, stride) if start + taps[-1] < length]
        assert span(kernel_size, dilation) == taps[-1] + 1
        assert count_windows(length, span(kernel_size, dilation), stride) == len(starts)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "kernel": (lambda: conv_output_size(5, 0), "kernel_size is 0; it must be at least 1"),
    "input": (lambda: conv_output_size((5, 0), 1), "input_size is 0; it must be at least 1"),
    "stride": (lambda: conv_output_size(5, 3, 0), "stride is 0; it must be at least 1"),
    "negative padding": (lambda: conv_output_size(5, 3, 1, -1), "padding is -1; it must be at least 0"),
    "dilation": (lambda: pool_output_size(5, 3, dilation=0), "dilation is 0; it must be at least 1"),
    "dimensions": (
        lambda: conv_output_size((5, 5), (3, 3, 3)),
        r"kernel_size is \(3, 3, 3\), for 3 dimensions; the input has 2: give one int, or 2",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_arguments_are_named(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize("value", [2.0, "3", True, None, torch.ones(2)], ids=repr)
def test_sizes_are_whole_numbers(value: Any) -> None:
    for call in (
        lambda: conv_output_size(5, value),
        lambda: conv_output_size((5, 5), (3, value)),
        lambda: same_padding(value),
    ):
        with pytest.raises(TypeError, match=r"^kernel_size has .* sizes are whole numbers, of type int"):
            call()
