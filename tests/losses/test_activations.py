"""ReLU, GELU and SiLU against mpmath and against PyTorch: values, slopes, second derivatives; a stack of layers."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import mpmath as mp
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from dlnotes.losses import activations
from dlnotes.losses.activations import ACTIVATIONS, gelu, normal_cdf, normal_pdf, relu, silu, slope_by_depth, stack
from dlnotes.losses.sigmoids import slope

HALF = [torch.float16, torch.bfloat16]
DTYPES = [*HALF, torch.float32, torch.float64]


def normal(x: mp.mpf) -> mp.mpf:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x: mp.mpf) -> mp.mpf:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def sigma(x: mp.mpf) -> mp.mpf:
    return 1 / (1 + mp.exp(-x))


class Reference(NamedTuple):
    torchs: Callable[[Tensor], Tensor]
    value: Callable[[mp.mpf], mp.mpf]
    # The two terms of the slope, which may cancel: rounding errors are relative to the larger of them.
    terms: Callable[[mp.mpf], tuple[mp.mpf, mp.mpf]]
    # |x f′/f|, by how much the tail magnifies a rounding error in x.
    condition: Callable[[float], float] = lambda x: 0.0


REFERENCES = {
    relu: Reference(F.relu, lambda x: max(x, mp.mpf(0)), lambda x: (mp.mpf(x > 0), mp.mpf(0))),
    gelu: Reference(
        F.gelu, lambda x: x * normal(x), lambda x: (normal(x), x * density(x)), lambda x: x * x if x < 0 else 0.0
    ),
    silu: Reference(F.silu, lambda x: x * sigma(x), lambda x: (sigma(x), x * sigma(x) * sigma(-x))),
}
ALL = pytest.mark.parametrize("function", REFERENCES, ids=lambda f: f.__name__)
EVERY_DTYPE = pytest.mark.parametrize("dtype", DTYPES, ids=str)

numbers = st.one_of(st.floats(-20, 20), st.floats(-1e4, 1e4), st.floats(allow_nan=False, allow_infinity=False))


@ALL
@EVERY_DTYPE
@settings(max_examples=15, deadline=None)
@given(x=st.lists(numbers, min_size=1, max_size=10))
@example(x=[0.0, 1e4, -1e4, 65504.0, -65504.0, 1e-30, -1e-30])
@example(x=[-5.0, -8.0, -12.9, -13.5, -37.0, -39.0, 88.0, -88.0, -103.0, -745.0, 1e19, -1e19, 1e154, -1e154])
def test_values_and_slopes_match_mpmath(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype, x: list[float]
) -> None:
    # A number beyond the format becomes the largest one that it has.
    limits = torch.finfo(dtype)
    inputs = torch.tensor(x, dtype=torch.float64).clamp(limits.min, limits.max).to(dtype)
    reference = REFERENCES[function]
    values, slopes = function(inputs).tolist(), slope(function, inputs).tolist()
    with mp.workdps(60):
        for t, value, steepness in zip(inputs.tolist(), values, slopes, strict=True):
            expected, terms = reference.value(mp.mpf(t)), reference.terms(mp.mpf(t))
            condition = reference.condition(t)
            # Computed in float32 and rounded once: half a unit, and next to nothing more.
            error = 0.51 if dtype in HALF else 4 + condition
            # Factors below the smallest normal number have lost digits before x multiplies them.
            tiny = 4 * limits.smallest_normal * limits.eps * max(1, min(abs(t), 1e3)) ** 2
            assert abs(value - expected) <= error * limits.eps * abs(expected) + tiny, t
            before = 2.0**-20 if dtype in HALF else (4 + condition) * limits.eps
            after = 0.51 * limits.eps if dtype in HALF else 0
            allowed = before * max(map(abs, terms)) + after * abs(sum(terms)) + tiny
            assert abs(steepness - sum(terms)) <= allowed, t


@ALL
def test_they_agree_with_torch(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.linspace(-6, 6, 241, dtype=torch.float64)
    theirs = REFERENCES[function].torchs
    torch.testing.assert_close(function(x), theirs(x))
    torch.testing.assert_close(slope(function, x), slope(theirs, x))
    torch.testing.assert_close(slope(partial(slope, function), x), slope(partial(slope, theirs), x))


def test_relu_has_slope_0_at_its_kink_as_in_torch() -> None:
    x = torch.tensor([-0.0, 0.0, 1e-45])
    assert slope(relu, x).tolist() == slope(F.relu, x).tolist() == [0, 0, 1]


def test_torch_loses_the_left_tail_of_gelu_as_the_module_says() -> None:
    x = torch.tensor(-8.0)
    assert F.gelu(x) == 0
    assert gelu(x).item() == pytest.approx(-5.0e-15, rel=0.01)


@ALL
def test_gradients_to_second_order(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([-9.0, -1.5, -0.3, 0.2, 0.8, 4.0], dtype=torch.float64, requires_grad=True)  # not ReLU's kink
    assert torch.autograd.gradcheck(function, x, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(function, x)


@ALL
@EVERY_DTYPE
def test_everything_is_finite_far_out(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> None:
    largest = torch.finfo(dtype).max
    x = torch.tensor([1e4, -1e4, largest, -largest], dtype=dtype)
    assert function(x).tolist() == [x[0], 0, x[2], 0]
    assert slope(function, x).tolist() == [1, 0, 1, 0]
    assert slope(partial(slope, function), x).tolist() == [0, 0, 0, 0]


@ALL
@EVERY_DTYPE
def test_nan_stays_and_infinity_is_reached(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> None:
    x = torch.tensor([math.nan, math.inf], dtype=dtype)
    torch.testing.assert_close(function(x), x, equal_nan=True)
    assert slope(function, x[:1]).isnan().all() or function is relu


@ALL
@pytest.mark.parametrize("shape", [(), (0,), (3, 1, 2)])
def test_shape_and_dtype_are_kept(function: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> None:
    x = torch.ones(shape, dtype=torch.float16)
    for result in (function(x), slope(function, x)):
        assert result.shape == shape
        assert result.dtype == torch.float16


@ALL
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_only_floating_point_is_accepted(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> None:
    with pytest.raises(TypeError, match=rf"^x is {dtype}; it must be floating-point: x\.float\(\)$"):
        function(torch.ones(3, dtype=dtype))


def test_the_normal_distribution_and_its_density() -> None:
    x = torch.linspace(-9, 9, 37, dtype=torch.float64)
    with mp.workdps(60):
        below = torch.tensor([float(normal(mp.mpf(t))) for t in x.tolist()], dtype=torch.float64)
    torch.testing.assert_close(normal_cdf(x), below, rtol=1e-13, atol=0)
    torch.testing.assert_close(normal_pdf(x), slope(torch.special.ndtr, x))
    torch.testing.assert_close(normal_pdf(x), slope(normal_cdf, x))


def test_the_bounds_in_the_docstrings_are_reached() -> None:
    x = torch.linspace(-3, 3, 60_001, dtype=torch.float64)
    assert relu(x).min() == 0
    assert gelu(x).min().item() == pytest.approx(-0.17, abs=5e-5)
    assert silu(x).min().item() == pytest.approx(-0.2785, abs=5e-5)
    assert normal_pdf(x).max().item() == pytest.approx(0.3989, abs=5e-5)


def test_the_catalogue_has_all_three_under_their_names() -> None:
    assert {name.lower(): function for name, function in ACTIVATIONS.items()} == {f.__name__: f for f in REFERENCES}
    assert {f.__name__ for f in REFERENCES} < set(activations.__all__)


@pytest.mark.parametrize("function", [torch.tanh, torch.sigmoid, gelu], ids=["tanh", "logistic", "gelu"])
def test_slope_by_depth_is_what_autograd_says_of_the_whole_stack(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([[-1.0, 0.0], [0.5, 2.0]], dtype=torch.float64)
    slopes = slope_by_depth(function, x, layers=4)
    assert slopes.shape == (5, 2, 2)

    def through(depth: int, x: Tensor) -> Tensor:
        for _ in range(depth):
            x = function(x)
        return x

    for depth, row in enumerate(slopes):
        torch.testing.assert_close(row, slope(partial(through, depth), x))


def test_slope_by_depth_of_no_layer_and_of_fewer() -> None:
    assert slope_by_depth(torch.tanh, torch.ones(3), layers=0).tolist() == [[1, 1, 1]]
    with pytest.raises(ValueError, match=r"^layers is -1; it must be at least 0$"):
        slope_by_depth(torch.tanh, torch.ones(3), layers=-1)


def test_a_stack_applies_the_function_between_its_layers_only() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 3, generator=generator)
    first, second, last = (torch.randn(shape, generator=generator) for shape in ((3, 4), (4, 2), (2,)))
    expected = torch.tanh(torch.tanh(x @ first) @ second) @ last
    torch.testing.assert_close(stack(torch.tanh, x, [first, second, last]), expected)
    assert stack(torch.tanh, x, [first]).equal(x @ first)
