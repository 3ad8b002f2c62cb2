"""What type checkers know of dlnotes. `mypy` reads this file; run as a test, it sees that the values agree."""

from typing import assert_type

import pytest
import torch

import dlnotes
from dlnotes.models.convolution import conv_output_size, conv_transpose_output_size, pool_output_size


def test_a_size_comes_out_as_it_went_in() -> None:
    assert assert_type(conv_output_size(28, 5), int) == 24
    assert assert_type(conv_output_size((28,), 5), tuple[int]) == (24,)
    assert assert_type(conv_output_size((28, 28), 5), tuple[int, int]) == (24, 24)
    assert assert_type(conv_transpose_output_size((4, 4), 3, stride=2), tuple[int, int]) == (9, 9)
    assert assert_type(pool_output_size((28, 28), 2), tuple[int, int]) == (14, 14)
    assert assert_type(pool_output_size((8, 8, 8), 2), tuple[int, int, int]) == (4, 4, 4)
    shape = torch.zeros(1, 1, 28, 28).shape[2:]
    assert assert_type(conv_output_size(shape, 5), tuple[int, ...]) == (24, 24)


def test_a_pair_can_be_unpacked_and_passed_on() -> None:
    height, width = conv_output_size((28, 20), 5)
    assert assert_type(pool_output_size((height, width), 2), tuple[int, int]) == (12, 8)


def test_submodules_are_known_without_an_import_of_their_own() -> None:
    loss = dlnotes.losses.polyloss.poly1_cross_entropy(torch.zeros(1, 4), torch.tensor([3]), epsilon=2.0)
    assert assert_type(loss, torch.Tensor).shape == ()
    assert assert_type(dlnotes.models.convolution.same_padding(5), tuple[int, int]) == (2, 2)


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises(AttributeError):
        dlnotes.losses.polylos  # type: ignore[attr-defined]  # noqa: B018
