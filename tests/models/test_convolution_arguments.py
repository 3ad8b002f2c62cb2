"""Sizes in every form that is allowed, and what is refused, in words."""

from typing import Any

import numpy as np
import pytest
import torch

from dlnotes.models.convolution import (
    adaptive_pool_windows,
    avg_pool,
    conv_output_size,
    conv_transpose_output_size,
    cross_correlation,
    max_pool,
    pool_output_size,
    same_padding,
    tensorflow_same_padding,
)


def test_the_form_of_the_sizes() -> None:
    assert conv_output_size(5, 3) == 3
    assert conv_output_size((5,), 3) == (3,)
    assert conv_output_size((5, 6), (3, 2), stride=(1, 2), padding=(1, (0, 1)), dilation=1) == (5, 3)
    assert conv_output_size(torch.Size((5, 6)), 3) == (3, 4)
    assert conv_output_size(np.int64(5), torch.tensor(3)) == 3
    assert type(conv_output_size(np.int64(5), 3)) is int
    assert pool_output_size([5, 5], 2) == (2, 2)


BAD = {
    "kernel": (lambda: conv_output_size(5, 0), "kernel_size is 0; it must be at least 1"),
    "input": (lambda: conv_output_size((5, 0), 1), "input_size is 0; it must be at least 1"),
    "stride": (lambda: conv_output_size(5, 3, 0), "stride is 0; it must be at least 1"),
    "negative padding": (lambda: conv_output_size(5, 3, 1, -1), "padding is -1; it must be at least 0"),
    "pair": (lambda: conv_output_size((5,), 3, 1, ((0, -2),)), "padding is -2; it must be at least 0"),
    "dilation": (lambda: pool_output_size(5, 3, dilation=0), "dilation is 0; it must be at least 1"),
    "too large": (
        lambda: conv_output_size(4, 3, padding=1, dilation=3),
        r"kernel_size is 3, which spans 7 cells with dilation 3\. It must fit in 6: input_size 4 and padding 1 \+ 1",
    ),
    "pool too large": (lambda: pool_output_size((9, 2), 3), "kernel_size is 3, which spans 3 cells"),
    "pool padding": (
        lambda: pool_output_size(9, 3, padding=2, dilation=4),
        "padding is 2; it must be at most half of kernel_size 3, rounded down: 1",
    ),
    "dimensions": (
        lambda: conv_output_size((5, 5), (3, 3, 3)),
        r"kernel_size is \(3, 3, 3\), for 3 dimensions; the input has 2: give one int, or 2",
    ),
    "padding dimensions": (lambda: conv_output_size(5, 3, 1, (1, 1)), r"padding is \(1, 1\), for 2 dimensions"),
    "triple": (lambda: conv_output_size((5,), 3, 1, ((1, 2, 3),)), r"padding has the entry \(1, 2, 3\); an entry is"),
    "empty": (lambda: conv_output_size((), 3), "input_size is empty"),
    "word": (lambda: conv_output_size(5, 3, padding="SAME"), "padding is 'SAME'; the words are 'same' and 'valid'"),
    "same": (
        lambda: conv_output_size(5, 3, 2, "same"),
        r"padding is 'same' and stride is \(2,\); 'same' needs stride 1",
    ),
    "output padding": (
        lambda: conv_transpose_output_size(5, 3, 2, output_padding=2),
        "output_padding is 2; it must be less than stride 2 or dilation 1",
    ),
    "transposed padding": (
        lambda: conv_transpose_output_size(2, 1, padding=1),
        "padding is 1; twice that must be less than the 2 cells it is cut from",
    ),
    "adaptive": (lambda: adaptive_pool_windows(5, 0), "output_size is 0; it must be at least 1"),
    "same kernel": (lambda: same_padding(0), "kernel_size is 0; it must be at least 1"),
    "tensorflow": (lambda: tensorflow_same_padding(5, 3, 0), "stride is 0; it must be at least 1"),
    "no channels": (lambda: max_pool(torch.ones(5, 5), 2), r"input has shape \(5, 5\); it must be \(N, C, \*sizes\)"),
    "channels": (
        lambda: cross_correlation(torch.ones(1, 3, 5, 5), torch.ones(6, 1, 3, 3)),
        r"weight has shape \(6, 1, 3, 3\) and input \(1, 3, 5, 5\); weight must be \(O, C, \*kernel\) with C = 3",
    ),
    "bias": (
        lambda: cross_correlation(torch.ones(1, 1, 5), torch.ones(2, 1, 3), torch.ones(1)),
        r"bias has shape \(1,\); it must be \(2,\)",
    ),
    "weight too large": (
        lambda: cross_correlation(torch.ones(1, 1, 2), torch.ones(1, 1, 3)),
        "kernel_size is 3, which spans 3 cells",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_impossible_arguments_are_named(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize("value", [2.0, "3", True, None, torch.ones(2)], ids=repr)
def test_sizes_are_whole_numbers(value: Any) -> None:
    for call in (lambda: conv_output_size(5, value), lambda: conv_output_size((5, 5), (3, value))):
        with pytest.raises(TypeError, match=r"^kernel_size has .* sizes are whole numbers, of type int"):
            call()
    with pytest.raises(TypeError, match=r"^input is torch\.int64; it must be floating-point: input\.float\(\)"):
        avg_pool(torch.ones(1, 1, 5, dtype=torch.int64), 2)
