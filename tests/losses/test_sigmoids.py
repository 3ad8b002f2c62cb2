"""Sigmoids against mpmath at 60 digits: values, slopes, limits, every dtype, any input."""

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

from dlnotes.losses import sigmoids
from dlnotes.losses.sigmoids import SIGMOIDS, differentiated_by, log_sigmoid, logistic, slope, softsign

HALF = [torch.float16, torch.bfloat16]
DTYPES = [*HALF, torch.float32, torch.float64]


class Reference(NamedTuple):
    value: Callable[[mp.mpf], mp.mpf]
    slope: Callable[[mp.mpf], mp.mpf]
    # |x f″/f′|: by how much the slope magnifies a rounding error in x. Where it is left out, the slope may not need it.
    condition: Callable[[float], float] = lambda x: 0.0


REFERENCES = {
    logistic: Reference(lambda x: 1 / (1 + mp.exp(-x)), lambda x: 1 / (2 * mp.cosh(x / 2)) ** 2),
    log_sigmoid: Reference(lambda x: -mp.log1p(mp.exp(-x)), lambda x: 1 / (1 + mp.exp(x))),
    sigmoids.erf_sigmoid: Reference(
        lambda x: mp.erf(mp.sqrt(mp.pi) * x / 2), lambda x: mp.exp(-mp.pi * x * x / 4), lambda x: math.pi / 2 * x * x
    ),
    sigmoids.algebraic_sigmoid: Reference(
        lambda x: x / mp.sqrt(1 + x * x), lambda x: 1 / ((1 + x * x) * mp.sqrt(1 + x * x))
    ),
    sigmoids.tanh_sigmoid: Reference(mp.tanh, lambda x: 1 / mp.cosh(x) ** 2),
    sigmoids.arctan_sigmoid: Reference(
        lambda x: 2 / mp.pi * mp.atan(mp.pi * x / 2), lambda x: 1 / (1 + (mp.pi * x / 2) ** 2)
    ),
    sigmoids.gudermannian_sigmoid: Reference(
        lambda x: 2 / mp.pi * mp.atan(mp.sinh(mp.pi * x / 2)),
        lambda x: mp.sech(mp.pi * x / 2),
        lambda x: math.pi / 2 * abs(x),
    ),
    softsign: Reference(lambda x: x / (1 + abs(x)), lambda x: 1 / (1 + abs(x)) ** 2),
}
ALL = pytest.mark.parametrize("function", REFERENCES, ids=lambda f: f.__name__)
ODD = pytest.mark.parametrize("function", [f for f in SIGMOIDS.values() if f is not logistic], ids=lambda f: f.__name__)
EVERY_DTYPE = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def assert_close(output: Tensor, references: list[mp.mpf], tolerances: list[float]) -> None:
    """Compare to within `tolerances`, in units of eps·|reference|, and a few of the smallest subnormals."""
    limits = torch.finfo(output.dtype)
    for value, reference, tolerance in zip(output.tolist(), references, tolerances, strict=True):
        allowed = tolerance * limits.eps * abs(reference) + 4 * limits.smallest_normal * limits.eps
        assert abs(value - reference) <= allowed, f"{value} is not {mp.nstr(reference, 12)}"


numbers = st.one_of(st.floats(-20, 20), st.floats(-1e4, 1e4), st.floats(allow_nan=False, allow_infinity=False))


@ALL
@EVERY_DTYPE
@settings(max_examples=15, deadline=None)
@given(x=st.lists(numbers, min_size=1, max_size=10))
@example(x=[0.0, 1e4, -1e4, 65504.0, -65504.0, 1e-30, -1e-30])
@example(x=[16.0, -16.0, 17.5, -17.5, 88.0, -88.0, 95.0, -95.0, 103.0, -103.0, 745.0, -745.0])
@example(x=[1e13, 6e18, 1.2e19, 1e154])  # squares that overflow, of numbers whose inverse square doesn't underflow
def test_values_and_slopes_match_mpmath(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype, x: list[float]
) -> None:
    # A number beyond the format becomes the largest one that it has.
    inputs = torch.tensor(x, dtype=torch.float64).clamp(torch.finfo(dtype).min, torch.finfo(dtype).max).to(dtype)
    reference = REFERENCES[function]
    with mp.workdps(60):
        values = [reference.value(mp.mpf(t)) for t in inputs.tolist()]
        slopes = [reference.slope(mp.mpf(t)) for t in inputs.tolist()]
        # Computed in float32 and rounded once: half a unit, and next to nothing more.
        tolerance = 0.51 if dtype in HALF else 4
        conditions = [0.0 if dtype in HALF else reference.condition(t) for t in inputs.tolist()]
        assert_close(function(inputs), values, [tolerance] * len(inputs))
        assert_close(slope(function, inputs), slopes, [tolerance + c for c in conditions])


@EVERY_DTYPE
@ALL
def test_infinity_gives_the_limits_and_nan_stays(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> None:
    x = torch.tensor([math.inf, -math.inf, math.nan], dtype=dtype)
    limits = {logistic: (1.0, 0.0, 0.0, 0.0), log_sigmoid: (0.0, -math.inf, 0.0, 1.0)}
    high, low, *slopes = limits.get(function, (1.0, -1.0, 0.0, 0.0))
    torch.testing.assert_close(function(x), x.new_tensor([high, low, math.nan]), equal_nan=True, rtol=0, atol=0)
    expected = x.new_tensor([*slopes, math.nan])
    torch.testing.assert_close(slope(function, x), expected, equal_nan=True, rtol=0, atol=0)


def test_the_catalogue_holds_seven_sigmoids_under_the_name_that_they_have() -> None:
    assert {name.lower().removesuffix("_sigmoid"): f for name, f in SIGMOIDS.items()} == {
        f.__name__.removesuffix("_sigmoid"): f for f in REFERENCES if f is not log_sigmoid
    }
    assert set(sigmoids.__all__) == {f.__name__ for f in REFERENCES} | {"SIGMOIDS", "differentiated_by", "slope"}


@ODD
@EVERY_DTYPE
def test_odd_sigmoids_have_slope_one_at_zero_and_logistic_a_quarter(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype
) -> None:
    x = torch.linspace(-8, 8, 41, dtype=dtype)
    zero = torch.zeros((), dtype=dtype)
    assert torch.equal(function(-x), -function(x))
    assert function(zero) == 0
    assert slope(function, zero) == 1
    assert logistic(zero) == 0.5
    assert slope(logistic, zero) == 0.25


def test_they_agree_with_torch_where_torch_is_accurate() -> None:
    x = torch.linspace(-6, 6, 101, dtype=torch.float64)
    theirs = {
        logistic: torch.sigmoid,
        log_sigmoid: F.logsigmoid,
        sigmoids.tanh_sigmoid: torch.tanh,
        softsign: F.softsign,
    }
    for ours, torchs in theirs.items():
        torch.testing.assert_close(ours(x), torchs(x))
        torch.testing.assert_close(slope(ours, x), slope(torchs, x))


def test_torch_loses_the_tail_of_the_gradient_as_the_module_says() -> None:
    x = torch.tensor(20.0)
    assert slope(torch.sigmoid, x) == 0
    assert slope(logistic, x).item() == pytest.approx(2.06e-9, rel=1e-3)


@ALL
def test_gradients_to_second_order(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([-9.0, -1.5, -0.3, 0.2, 0.8, 4.0], dtype=torch.float64, requires_grad=True)  # not softsign's kink
    assert torch.autograd.gradcheck(function, x, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(function, x)


@ALL
@EVERY_DTYPE
def test_second_derivatives_are_finite_far_out(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> None:
    largest = min(torch.finfo(dtype).max, 1e30)
    x = torch.tensor([1e4, -1e4, 300, -300, largest, -largest], dtype=dtype)
    assert slope(lambda x: slope(function, x), x).isfinite().all()


@EVERY_DTYPE
@ALL
def test_second_derivatives_vanish_at_infinity_and_nan_stays(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype
) -> None:
    largest = torch.finfo(dtype).max
    x = torch.tensor([math.inf, -math.inf, largest, -largest, math.nan], dtype=dtype)
    expected = x.new_tensor([0.0, 0.0, 0.0, 0.0, math.nan])
    torch.testing.assert_close(slope(lambda x: slope(function, x), x).abs(), expected, equal_nan=True)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own forward mode uses it
@ALL
def test_forward_mode_gives_what_backward_mode_gives(function: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor([-math.inf, -9.0, -0.3, 0.2, 4.0, math.inf], dtype=torch.float64)
    ones = torch.ones_like(x)
    torch.testing.assert_close(torch.func.jvp(function, (x,), (ones,)), (function(x), slope(function, x)))
    second = slope(lambda x: slope(function, x), x)
    for hessian in (
        torch.func.hessian(lambda x: function(x).sum())(x),  # forward over reverse
        torch.func.jacrev(torch.func.jacfwd(lambda x: function(x).sum()))(x),
        torch.func.jacfwd(torch.func.jacfwd(lambda x: function(x).sum()))(x),
    ):
        torch.testing.assert_close(hessian, second.diag())
    half = torch.tensor([0.5], dtype=torch.float16)
    assert torch.func.jvp(function, (half,), (half,))[1].dtype == torch.float16
    with torch.autograd.forward_ad.dual_level():
        dual = function(torch.autograd.forward_ad.make_dual(x, ones))
        torch.testing.assert_close(torch.autograd.forward_ad.unpack_dual(dual).tangent, slope(function, x))


def test_third_derivative_at_zero() -> None:
    # A derivative written with |x| would get its own second derivative wrong at 0: autograd takes sign(0) = 0.
    x = torch.zeros(1, dtype=torch.float64)
    for function, expected in {
        logistic: -1 / 8,
        log_sigmoid: 0.0,
        sigmoids.tanh_sigmoid: -2.0,
        sigmoids.erf_sigmoid: -math.pi / 2,
        sigmoids.algebraic_sigmoid: -3.0,
        sigmoids.arctan_sigmoid: -(math.pi**2) / 2,
        sigmoids.gudermannian_sigmoid: -(math.pi**2) / 4,
    }.items():
        third = slope(partial(slope, partial(slope, function)), x)
        assert third.item() == pytest.approx(expected, abs=1e-12), function.__name__


@ALL
@EVERY_DTYPE
@pytest.mark.parametrize("shape", [(), (0,), (3, 1, 2)])
def test_shape_and_dtype_are_kept(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    x = torch.ones(shape, dtype=dtype)
    for result in (function(x), slope(function, x)):
        assert result.shape == shape
        assert result.dtype == dtype


@ALL
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_only_floating_point_is_accepted(function: Callable[[Tensor], Tensor], dtype: torch.dtype) -> None:
    with pytest.raises(TypeError, match=rf"^x is {dtype}; it must be floating-point: x\.float\(\)$"):
        function(torch.ones(3, dtype=dtype))


def test_a_half_precision_gradient_is_rounded_once() -> None:
    # softsign′(10⁴) ≈ 10⁻⁸ is 0 in float16; times an incoming gradient of 2¹⁵ it isn't.
    x = torch.tensor(1e4, dtype=torch.float16, requires_grad=True)
    softsign(x).backward(torch.tensor(2.0**15, dtype=torch.float16))
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(2**15 * 9.998e-9, rel=1e-3)


def test_functions_work_under_vmap_and_compile() -> None:
    x = torch.linspace(-3, 3, 7)
    for function in REFERENCES:
        torch.testing.assert_close(torch.func.vmap(torch.func.grad(function))(x), slope(function, x))
    compiled = torch.compile(sigmoids.gudermannian_sigmoid, fullgraph=True, backend="eager")
    leaf = x.clone().requires_grad_()
    compiled(leaf).sum().backward()
    assert leaf.grad is not None
    torch.testing.assert_close(leaf.grad, slope(sigmoids.gudermannian_sigmoid, x))


def test_differentiated_by_uses_the_given_derivative_and_keeps_the_name() -> None:
    @differentiated_by(lambda x: 7 * x)
    def constant(x: Tensor) -> Tensor:
        """Zero."""
        return 0 * x

    x = torch.tensor([1.0, -2.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(constant(x), x, torch.tensor([1.0, 10.0]), create_graph=True)
    assert gradient.tolist() == [7.0, -140.0]
    (second,) = torch.autograd.grad(gradient.sum(), x)
    assert second.tolist() == [7.0, 70.0]
    assert (constant.__name__, constant.__doc__) == ("constant", "Zero.")
