"""Values and gradients of convolution and pooling from scratch, against torch's."""

import itertools
import math
import random
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dlnotes.models.convolution import avg_pool, cross_correlation, max_pool
from tests.support.torch_layers import AVG_POOL, CONV, MAX_POOL, several


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_values_of_cross_correlation(dims: int) -> None:
    rng = random.Random(dims)
    torch.manual_seed(dims)
    for _ in range(150):
        size, kernel = several(rng, dims, 5, 8), several(rng, dims, 1, 3)
        stride, padding, dilation = several(rng, dims, 1, 3), several(rng, dims, 0, 2), several(rng, dims, 1, 2)
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        w = torch.randn(4, 3, *kernel, dtype=torch.float64)
        b = torch.randn(4, dtype=torch.float64) if rng.random() < 0.5 else None
        torch.testing.assert_close(
            cross_correlation(x, w, b, stride, padding, dilation), CONV[dims](x, w, b, stride, padding, dilation)
        )


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_values_of_pooling(dims: int) -> None:
    rng = random.Random(dims)
    torch.manual_seed(dims)
    overhung = 0
    for _ in range(200):
        size, kernel, stride = several(rng, dims, 3, 8), several(rng, dims, 1, 3), several(rng, dims, 1, 4)
        padding = tuple(rng.randint(0, k // 2) for k in kernel)
        dilation = several(rng, dims, 1, 2) if min(size) > 5 else (1,) * dims
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        for ceil_mode, count in itertools.product((False, True), repeat=2):
            torch.testing.assert_close(
                avg_pool(x, kernel, stride, padding, ceil_mode, count),
                AVG_POOL[dims](x, kernel, stride, padding, ceil_mode, count),
            )
        floor, ceil = (max_pool(x, kernel, stride, padding, dilation, mode) for mode in (False, True))
        torch.testing.assert_close(floor, MAX_POOL[dims](x, kernel, stride, padding, dilation, False))
        torch.testing.assert_close(ceil, MAX_POOL[dims](x, kernel, stride, padding, dilation, True))
        overhung += floor.shape != ceil.shape
    assert overhung > 40


def test_dilation_is_a_kernel_stuffed_with_zeros() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(1, 1, 12), torch.randn(1, 1, 3)
    for d in (1, 2, 3):
        stuffed = torch.zeros(1, 1, d * 2 + 1)
        stuffed[..., ::d] = w
        torch.testing.assert_close(cross_correlation(x, w, dilation=d), cross_correlation(x, stuffed))


def test_pooling_takes_nan_to_the_output_as_torch_does() -> None:
    x = torch.tensor([[[1.0, math.nan, 2.0, 3.0]]])
    torch.testing.assert_close(max_pool(x, 2), F.max_pool1d(x, 2), equal_nan=True)
    torch.testing.assert_close(avg_pool(x, 2), F.avg_pool1d(x, 2), equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_pools_without_overflow_and_rounds_once(dtype: torch.dtype) -> None:
    large = torch.full((1, 1, 4, 4), 60_000.0, dtype=dtype)
    assert torch.equal(avg_pool(large, 2), F.avg_pool2d(large, 2))
    torch.manual_seed(0)
    x = torch.randn(2, 3, 50, 51, dtype=dtype)
    for kernel, padding, count in ((3, 1, False), (50, 25, True)):  # a count of 2,500 isn't a number of bfloat16
        ours, theirs = avg_pool(x, kernel, 2, padding, True, count), F.avg_pool2d(x, kernel, 2, padding, True, count)
        assert ours.dtype == dtype
        torch.testing.assert_close(ours, theirs, rtol=torch.finfo(dtype).eps, atol=0)


def test_gradients_flow_through_the_layers_as_through_torchs() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(1, 2, 6, 5, requires_grad=True), torch.randn(3, 2, 3, 2, requires_grad=True)

    def gradients(output: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(output.square().sum(), (x, w))

    ours = max_pool(avg_pool(cross_correlation(x, w, padding=1), 2), 2, 1)
    theirs = F.max_pool2d(F.avg_pool2d(F.conv2d(x, w, padding=1), 2), 2, 1)
    torch.testing.assert_close(gradients(ours), gradients(theirs))


def test_padding_grows_the_output_and_dims_its_border() -> None:
    ones, kernel = torch.ones(1, 1, 5, 5), torch.arange(1.0, 10).reshape(1, 1, 3, 3)
    output = cross_correlation(ones, kernel, padding=1)[0, 0]
    assert output.shape == (5, 5)
    assert output[1:-1, 1:-1].unique().tolist() == [45]
    assert output[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [28, 24, 16, 12]


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
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


@pytest.mark.parametrize("case", REFUSED)
def test_impossible_arguments_are_named(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_pools_need_floating_point() -> None:
    for pool in (max_pool, avg_pool):
        with pytest.raises(TypeError, match=r"^input is torch\.int64; it must be floating-point: input\.float\(\)"):
            pool(torch.ones(1, 1, 5, dtype=torch.int64), 2)
