"""Output sizes against torch's, in over 17,000 random configurations."""

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from dlnotes.models.convolution import (
    adaptive_pool_windows,
    avg_pool,
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
)
from tests.support.torch_layers import AVG_POOL, CONV, CONV_TRANSPOSE, MAX_POOL, several


def outcome(compute: Callable[[], Any], error: type[Exception]) -> Any:
    """What a call gives, or None if it raises this error."""
    try:
        return compute()
    except error:
        return None


def agree(cases: int, draw: Callable[[random.Random], tuple[Callable[[], Any], Callable[[], Any], Any]]) -> None:
    """Compare ours with torch's in so many random cases: the same size, or both refuse; and both must be common."""
    rng = random.Random(0)
    refused = 0
    for _ in range(cases):
        ours, theirs, arguments = draw(rng)
        expected = outcome(theirs, RuntimeError)
        if expected and 0 in expected:  # an output without elements: torch refuses some and lets others pass
            expected = None
        assert outcome(ours, ValueError) == expected, arguments
        refused += expected is None
    assert cases / 50 < refused < cases * 0.9


def spatial(output: Tensor) -> tuple[int, ...]:
    return tuple(output.shape[2:])


def one_dimension(rng: random.Random) -> tuple[int, int, int, int, int]:
    return rng.randint(1, 20), rng.randint(1, 7), rng.randint(1, 5), rng.randint(0, 4), rng.randint(1, 4)


def test_convolution_in_one_dimension() -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        return (
            lambda: (conv_output_size(i, k, s, p, d),),
            lambda: spatial(F.conv1d(torch.ones(1, 1, i), torch.ones(1, 1, k), None, s, p, d)),
            (i, k, s, p, d),
        )

    agree(4000, draw)


@pytest.mark.parametrize("dims", [2, 3])
def test_convolution_in_several_dimensions(dims: int) -> None:
    def draw(rng: random.Random) -> Any:
        size, kernel = several(rng, dims, 1, 9), several(rng, dims, 1, 5)
        options = several(rng, dims, 1, 3), several(rng, dims, 0, 2), several(rng, dims, 1, 2)
        return (
            lambda: conv_output_size(size, kernel, *options),
            lambda: spatial(CONV[dims](torch.ones(1, 1, *size), torch.ones(1, 1, *kernel), None, *options)),
            (size, kernel, options),
        )

    agree(1000, draw)


def test_padding_that_differs_before_and_after() -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        q = rng.randint(0, 4)
        padded = F.pad(torch.ones(1, 1, i), (p, q))
        return (
            lambda: conv_output_size((i,), k, s, ((p, q),), d),
            lambda: spatial(F.conv1d(padded, torch.ones(1, 1, k), None, s, 0, d)),
            (i, k, s, p, q, d),
        )

    agree(1000, draw)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_max_pooling(ceil_mode: bool) -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        return (
            lambda: (pool_output_size(i, k, s, p, d, ceil_mode),),
            lambda: spatial(F.max_pool1d(torch.ones(1, 1, i), k, s, p, d, ceil_mode)),
            (i, k, s, p, d),
        )

    agree(2000, draw)


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("dims", [2, 3])
def test_pooling_in_several_dimensions(dims: int, pool: str) -> None:
    def draw(rng: random.Random) -> Any:
        size, kernel = several(rng, dims, 1, 9), several(rng, dims, 1, 4)
        if (dims, pool) == (3, "average"):  # see test_average_pooling_of_volumes_needs_room_for_the_kernel
            size = tuple(map(max, size, kernel))
        stride: Any = rng.choice([None, several(rng, dims, 1, 4)])
        padding, ceil_mode = several(rng, dims, 0, 2), rng.random() < 0.5
        dilation = several(rng, dims, 1, 2) if pool == "max" else (1,) * dims
        x = torch.ones(1, 1, *size)
        return (
            lambda: pool_output_size(size, kernel, stride, padding, dilation, ceil_mode),
            lambda: spatial(
                MAX_POOL[dims](x, kernel, stride, padding, dilation, ceil_mode)
                if pool == "max"
                else AVG_POOL[dims](x, kernel, stride, padding, ceil_mode)
            ),
            (size, kernel, stride, padding, dilation, ceil_mode),
        )

    agree(600, draw)


def test_average_pooling_of_volumes_needs_room_for_the_kernel() -> None:
    """Torch alone of its pooling functions compares the kernel with the input before padding it."""
    assert pool_output_size((5, 5, 3), 4, padding=1) == (1, 1, 1)
    assert F.max_pool3d(torch.ones(1, 1, 5, 5, 3), 4, padding=1).shape[2:] == (1, 1, 1)
    assert F.avg_pool2d(torch.ones(1, 1, 5, 3), 4, padding=1).shape[2:] == (1, 1)
    with pytest.raises(RuntimeError, match="smaller than kernel size"):
        F.avg_pool3d(torch.ones(1, 1, 5, 5, 3), 4, padding=1)
    assert avg_pool(torch.ones(1, 1, 5, 5, 3), 4, padding=1, count_include_pad=False).item() == 1


def test_transposed_convolution() -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        q = rng.randint(0, 4)
        return (
            lambda: (conv_transpose_output_size(i, k, s, p, q, d),),
            lambda: spatial(F.conv_transpose1d(torch.ones(1, 1, i), torch.ones(1, 1, k), None, s, p, q, dilation=d)),
            (i, k, s, p, q, d),
        )

    agree(2000, draw)


@pytest.mark.parametrize("dims", [2, 3])
def test_transposed_convolution_in_several_dimensions(dims: int) -> None:
    def draw(rng: random.Random) -> Any:
        size, kernel = several(rng, dims, 1, 4), several(rng, dims, 1, 4)
        s, p = several(rng, dims, 1, 3), several(rng, dims, 0, 2)
        q, d = several(rng, dims, 0, 1), several(rng, dims, 1, 2)
        weight = torch.ones(1, 1, *kernel)
        return (
            lambda: conv_transpose_output_size(size, kernel, s, p, q, d),
            lambda: spatial(CONV_TRANSPOSE[dims](torch.ones(1, 1, *size), weight, None, s, p, q, dilation=d)),
            (size, kernel, s, p, q, d),
        )

    agree(400, draw)


def test_a_transposed_convolution_undoes_the_size_and_is_the_adjoint() -> None:
    rng = random.Random(0)
    torch.manual_seed(0)
    tried = 0
    for _ in range(1500):
        i, k, s, p, d = one_dimension(rng)
        o = outcome(partial(conv_output_size, i, k, s, p, d), ValueError)
        if o is None:
            continue
        tried += 1
        left_over = (i + 2 * p - d * (k - 1) - 1) % s
        assert conv_transpose_output_size(o, k, s, p, left_over, d) == i
        x, y, w = (torch.randn(1, 1, n, dtype=torch.float64) for n in (i, o, k))
        forth = F.conv1d(x, w, None, s, p, d)
        back = F.conv_transpose1d(y, w, None, s, p, left_over, dilation=d)
        torch.testing.assert_close((forth * y).sum(), (x * back).sum())
    assert tried > 800


@given(i=st.integers(1, 40), o=st.integers(1, 40))
def test_adaptive_pooling(i: int, o: int) -> None:
    found = adaptive_pool_windows(i, o)
    torch.manual_seed(i)
    x = torch.randn(1, 1, i, dtype=torch.float64)
    means = torch.stack([x[0, 0, start:end].mean() for start, end in found])
    maxima = torch.stack([x[0, 0, start:end].max() for start, end in found])
    torch.testing.assert_close(F.adaptive_avg_pool1d(x, o)[0, 0], means)
    torch.testing.assert_close(F.adaptive_max_pool1d(x, o)[0, 0], maxima)


@given(data=st.data())
def test_unfold_has_as_many_columns_as_the_output_has_places(data: st.DataObject) -> None:
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    size = data.draw(st.tuples(st.integers(5, 9), st.integers(5, 9)))
    kernel, stride, dilation = data.draw(pair), data.draw(pair), data.draw(st.just((1, 2)))
    padding = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    columns = F.unfold(torch.ones(1, 1, *size), kernel, dilation, padding, stride).shape[2]
    assert columns == math.prod(conv_output_size(size, kernel, stride, padding, dilation))


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((9, 4, 4, 2, 1, True), 3),
        ((32, 1, 2), 16),
        ((32, 1, 2, 0, 1, True), 16),
        ((5, 2), 2),
        ((2, 3, 2, 0, 1, True), 1),
    ],
    ids=str,
)
def test_pooling_examples(arguments: Any, size: int) -> None:
    assert pool_output_size(*arguments) == size
    assert F.max_pool1d(torch.ones(1, 1, arguments[0]), *arguments[1:]).shape[2] == size


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "too large": (
        lambda: conv_output_size(4, 3, padding=1, dilation=3),
        r"kernel_size is 3, which spans 7 cells with dilation 3; it must fit in 6: input_size 4 and padding 1 \+ 1",
    ),
    "pool too large": (lambda: pool_output_size((9, 2), 3), "kernel_size is 3, which spans 3 cells"),
    "pool padding": (
        lambda: pool_output_size(9, 3, padding=2, dilation=4),
        "padding is 2; it must be at most half of kernel_size 3, rounded down: 1",
    ),
    "empty": (lambda: conv_output_size((), 3), "input_size is empty"),
    "output padding": (
        lambda: conv_transpose_output_size(5, 3, 2, output_padding=2),
        "output_padding is 2; it must be less than stride 2 or dilation 1",
    ),
    "transposed padding": (
        lambda: conv_transpose_output_size(2, 1, padding=1),
        "padding is 1; twice that must be less than the 2 cells it is cut from",
    ),
    "adaptive": (lambda: adaptive_pool_windows(5, 0), "output_size is 0; it must be at least 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_arguments_are_named(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
