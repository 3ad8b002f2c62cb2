"""Padding that keeps a size, as torch and TensorFlow choose it, and what no padding can be."""

import math
import warnings
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from dlnotes.models.convolution import conv_output_size, cross_correlation, same_padding, tensorflow_same_padding


@given(k=st.integers(1, 9), d=st.integers(1, 4), i=st.integers(1, 30))
def test_same_padding_keeps_the_size_and_the_values(k: int, d: int, i: int) -> None:
    x = torch.arange(1.0, i + 1).reshape(1, 1, i)
    w = torch.arange(1.0, k + 1).reshape(1, 1, k)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")
        expected = F.conv1d(x, w, padding="same", dilation=d)
    before, after = same_padding(k, d)
    assert conv_output_size(i, k, padding="same", dilation=d) == i == expected.shape[2]
    assert before <= after <= before + 1
    torch.testing.assert_close(F.conv1d(F.pad(x, (before, after)), w, dilation=d), expected)
    torch.testing.assert_close(cross_correlation(x, w, padding="same", dilation=d), expected)


def test_valid_is_no_padding() -> None:
    assert conv_output_size((9, 8), (3, 2), 2, "valid") == conv_output_size((9, 8), (3, 2), 2) == (4, 4)


@given(i=st.integers(1, 40), k=st.integers(1, 9), s=st.integers(1, 6), d=st.integers(1, 3))
def test_tensorflows_same_is_the_least_padding_for_all_windows(i: int, k: int, s: int, d: int) -> None:
    before, after = tensorflow_same_padding(i, k, s, d)
    assert before <= after <= before + 1
    needed = math.ceil(i / s)
    if before + after:
        assert conv_output_size((i,), k, s, ((before, after),), d) == (needed,)
        one_less, span = i + before + after - 1, d * (k - 1) + 1
        assert len(range(0, one_less - span + 1, s)) < needed
    else:
        assert conv_output_size(i, k, s, dilation=d) == needed
    if s == 1:
        assert (before, after) == same_padding(k, d)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "pair": (lambda: conv_output_size((5,), 3, 1, ((0, -2),)), "padding is -2; it must be at least 0"),
    "padding dimensions": (
        lambda: conv_output_size(5, 3, 1, (1, 1)),
        r"padding is \(1, 1\), for 2 dimensions; .* a pair \(",
    ),
    "triple": (
        lambda: conv_output_size((5,), 3, 1, ((1, 2, 3),)),  # type: ignore[arg-type]
        r"padding has the entry \(1, 2, 3\); it must be an int or a pair \(before, after\)",
    ),
    "nothing": (
        lambda: conv_output_size((5,), 3, 1, ((),)),  # type: ignore[arg-type]
        r"padding has the entry \(\); it must be an int or a pair",
    ),
    "word": (
        lambda: conv_output_size(5, 3, padding="SAME"),  # type: ignore[arg-type]
        "padding is 'SAME'; it must be 'same', 'valid' or made of ints",
    ),
    "same": (
        lambda: conv_output_size(5, 3, 2, "same"),
        r"padding is 'same' and stride is \(2,\); with 'same' it must be 1",
    ),
    "same kernel": (lambda: same_padding(0), "kernel_size is 0; it must be at least 1"),
    "tensorflow": (lambda: tensorflow_same_padding(5, 3, 0), "stride is 0; it must be at least 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_arguments_are_named(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
