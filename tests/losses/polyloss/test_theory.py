"""The mathematics that the PolyLoss page teaches, each claim checked by numbers."""

import math
from itertools import pairwise

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dlnotes.losses.polyloss import (
    cross_entropy_series,
    functional,
    poly1_binary_minimiser,
    poly1_cross_entropy,
    poly1_focal_loss,
    poly1_gradient,
    poly1_hessian,
    remainder_bounds,
    series_remainder,
    terms_needed,
)

P = torch.tensor([0.02, 0.1, 0.5, 0.9, 0.999, 1.0], dtype=torch.float64)


# The series.


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("terms", [0, 1, 2, 7, 50])
def test_series_is_the_sum_of_its_terms(terms: int, gamma: float) -> None:
    expected = [math.fsum((1 - p) ** (j + gamma) / j for j in range(1, terms + 1)) for p in P.tolist()]
    torch.testing.assert_close(cross_entropy_series(P, terms, gamma), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_series_tends_to_the_loss(gamma: float) -> None:
    torch.testing.assert_close(cross_entropy_series(P, 2000, gamma), -((1 - P) ** gamma) * P.log())


def test_truncated_loss_is_bounded_at_p_0() -> None:
    assert float(cross_entropy_series(torch.zeros(1), 4)) == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4)


def test_series_converges_up_to_p_2_and_not_at_0() -> None:
    """At p = 2 it is the alternating harmonic series, −log 2; at p = 0 the harmonic one, which passes any bound."""
    edge = torch.tensor([2.0, 0.0], dtype=torch.float64)
    at_two, at_zero = cross_entropy_series(edge, 20000).tolist()
    assert at_two == pytest.approx(-math.log(2), abs=1e-4)
    assert at_zero == pytest.approx(math.log(20000) + 0.5772, abs=1e-3)
    assert abs(float(cross_entropy_series(torch.tensor(2.1), 300))) > 1e8


@pytest.mark.parametrize("terms", [0, 1, 5, 40])
def test_remainder_is_the_integral_and_lies_in_its_bounds(terms: int) -> None:
    p = P[:-1]
    lower, upper = remainder_bounds(p, terms)
    integral = torch.tensor(
        [float(mpmath.quad(lambda s: (1 - s) ** terms / s, [q, 2 * q, 1] if q < 0.4 else [q, 1])) for q in p.tolist()],
        dtype=torch.float64,
    )
    torch.testing.assert_close(series_remainder(p, terms), integral, rtol=1e-9, atol=1e-14)
    assert (lower <= integral).all()
    assert (integral <= upper).all()
    torch.testing.assert_close(lower, (1 - p) ** (terms + 1) / (terms + 1))
    torch.testing.assert_close(upper, (1 - p) ** (terms + 1) / ((terms + 1) * p))


@pytest.mark.parametrize("terms", [1, 3, 20])
def test_relative_error_of_the_truncated_gradient(terms: int) -> None:
    p = P.clone().requires_grad_()
    (truncated,) = torch.autograd.grad(cross_entropy_series(p, terms).sum(), p)
    torch.testing.assert_close(1 - truncated / (-1 / P), (1 - P) ** terms)


def test_gradients_are_power_series_too() -> None:
    """−dCE/dp = Σ (1 − p)^{j−1} and −dFL/dp = Σ (1 + γ/j)(1 − p)^{j+γ−1}."""
    p = P[1:-1].clone().requires_grad_()
    for gamma in (0.0, 2.0):
        (slope,) = torch.autograd.grad((-((1 - p) ** gamma) * p.log()).sum(), p)
        series = sum((1 + gamma / j) * (1 - p.detach()) ** (j + gamma - 1) for j in range(1, 400))
        torch.testing.assert_close(-slope, series)


@pytest.mark.parametrize(
    ("p", "relative", "absolute", "gradient"),
    [(0.5, 5, 7, 7), (0.1, 24, 49, 44), (0.01, 203, 509, 459), (0.001, 1753, 5115, 4603)],
)
def test_terms_needed(p: float, relative: int, absolute: int, gradient: int) -> None:
    assert terms_needed(p, 0.01) == relative
    assert terms_needed(p, 1e-3, "absolute") == absolute
    assert terms_needed(p, 0.01, "gradient") == gradient
    # By definition: N terms are enough and N − 1 are not.
    exact = torch.tensor(p, dtype=torch.float64)
    for terms, tolerance, scale in ((relative, 0.01, -math.log(p)), (absolute, 1e-3, 1.0)):
        assert float(series_remainder(exact, terms)) / scale <= tolerance
        assert float(series_remainder(exact, terms - 1)) / scale > tolerance
    assert (1 - p) ** gradient <= 0.01 < (1 - p) ** (gradient - 1)


def test_terms_needed_at_the_edges() -> None:
    assert [terms_needed(1.0, 0.01, measure) for measure in ("relative", "absolute", "gradient")] == [0, 0, 1]
    assert terms_needed(0.5, 1.0) == 0  # no term at all is wrong by exactly 100 %
    assert terms_needed(0.5, 0.99) == 1
    assert terms_needed(0.5, 0.5, "gradient") == 1
    assert terms_needed(0.5, 1e-9) > 20


@pytest.mark.parametrize(
    ("match", "arguments"),
    [
        ("p is 0; it must be above 0 and at most 1", (0, 0.01)),
        ("p is 1.1; it must be above 0 and at most 1", (1.1, 0.01)),
        ("tolerance is 0; it must be at least 1e-9", (0.5, 0)),
        ("tolerance is nan; it must be at least 1e-9", (0.5, math.nan)),
        ("measure is 'ratio'; choose", (0.5, 0.01, "ratio")),
    ],
)
def test_terms_needed_refuses(match: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=match):
        terms_needed(*arguments)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("function", [cross_entropy_series, series_remainder, remainder_bounds])
def test_negative_counts_are_refused(function: object) -> None:
    with pytest.raises(ValueError, match="terms is -1; it must be at least 0"):
        function(P, -1)  # type: ignore[operator]  # three functions with one signature


def test_first_term_share_of_the_gradient() -> None:
    """It is p for cross-entropy and p(1 + ε)/(1 + εp) for Poly-1, both of −dL/dp."""
    for epsilon in (0.0, 2.0):
        p = P.clone().requires_grad_()
        (whole,) = torch.autograd.grad(functional.poly1(-p.log(), epsilon).sum(), p)
        torch.testing.assert_close(-(1 + epsilon) / whole, P * (1 + epsilon) / (1 + epsilon * P))


# Gradient and Hessian.


@pytest.mark.parametrize("epsilon", [-1.0, 0.0, 2.0])
def test_gradient_formula(epsilon: float) -> None:
    logits = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0, 1, 2, 3, 0])
    one_hot = torch.eye(4, dtype=torch.float64)[target]
    (expected,) = torch.autograd.grad(poly1_cross_entropy(logits, target, epsilon=epsilon, reduction="sum"), logits)
    gradient = poly1_gradient(logits.detach(), one_hot, epsilon)
    torch.testing.assert_close(gradient, expected)
    p = logits.detach().softmax(1)
    p_t = (p * one_hot).sum(1, keepdim=True)
    torch.testing.assert_close(gradient, (1 + epsilon * p_t) * (p - one_hot))
    q, weight = torch.rand(5, 4, dtype=torch.float64), torch.rand(4, dtype=torch.float64)
    soft = poly1_cross_entropy(logits, q, epsilon=epsilon, weight=weight, reduction="sum")
    (expected,) = torch.autograd.grad(soft, logits)
    torch.testing.assert_close(poly1_gradient(logits.detach(), weight * q, epsilon), expected)


def test_gradient_takes_any_leading_shape() -> None:
    logits, q = torch.randn(2, 2, 3, 4, dtype=torch.float64)
    flat = poly1_gradient(logits.reshape(6, 4), q.reshape(6, 4), 2.0)
    torch.testing.assert_close(poly1_gradient(logits, q, 2.0).reshape(6, 4), flat)
    torch.testing.assert_close(poly1_gradient(logits[0, 0], q[0, 0], 2.0), flat[0])


@pytest.mark.parametrize("target", [0, 2])
@pytest.mark.parametrize("epsilon", [-1.0, 0.0, 2.0])
def test_hessian_formula(epsilon: float, target: int) -> None:
    z = torch.randn(4, dtype=torch.float64)
    expected = torch.autograd.functional.hessian(
        lambda z: poly1_cross_entropy(z, torch.tensor(target), epsilon=epsilon), z
    )
    torch.testing.assert_close(poly1_hessian(z, target, epsilon), expected)
    copy = z.clone()
    poly1_hessian(z, target, epsilon)
    assert torch.equal(z, copy)


# What ε does.


@pytest.mark.parametrize("epsilon", [-3.0, -1.5, -1.01, -1.0, 0.0, 2.0])
def test_falls_in_p_iff_epsilon_is_at_least_minus_one(epsilon: float) -> None:
    p = torch.linspace(0.001, 1, 2000, dtype=torch.float64)
    loss = functional.poly1(-p.log(), epsilon)
    assert bool((loss.diff() < 0).all()) == (epsilon >= -1)
    minimum = 1.0 if epsilon >= -1 else 1 / abs(epsilon)
    assert float(p[loss.argmin()]) == pytest.approx(minimum, abs=1e-3)


def curvature(z: Tensor, v: Tensor, target: int, epsilon: float) -> Tensor:
    """Return vᵀHv from the mean and variance of v over the other classes."""
    p = z.softmax(0)
    p_t = p[target]
    others = torch.arange(len(z)) != target
    share = p[others] / p[others].sum()
    mean = (share * v[others]).sum()
    variance = (share * (v[others] - mean) ** 2).sum()
    between = p_t * (1 - p_t) * (1 - epsilon * (1 - 2 * p_t)) * (mean - v[target]) ** 2
    return (1 + epsilon * p_t) * (1 - p_t) * variance + between


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**31), epsilon=st.floats(-3, 3), target=st.integers(0, 3))
def test_curvature_formula(seed: int, epsilon: float, target: int) -> None:
    z, v = 2 * torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(v @ poly1_hessian(z, target, epsilon) @ v, curvature(z, v, target, epsilon))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**31), epsilon=st.floats(-1, 1), scale=st.sampled_from([0.1, 1.0, 5.0]))
def test_convex_for_epsilon_from_minus_one_to_one(seed: int, epsilon: float, scale: float) -> None:
    z = scale * torch.randn(5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    assert float(torch.linalg.eigvalsh(poly1_hessian(z, 0, epsilon)).min()) > -1e-12


def test_not_convex_at_epsilon_2_where_p_is_below_a_quarter() -> None:
    v = torch.tensor([1.0, 0.0], dtype=torch.float64)
    for p_t, sign in ((0.1, -1), (0.24, -1), (0.26, 1), (0.9, 1)):
        z = torch.tensor([math.log(p_t), math.log(1 - p_t)], dtype=torch.float64)
        assert math.copysign(1, float(v @ poly1_hessian(z, 0, 2.0) @ v)) == sign
    # The definition itself, without a derivative: the midpoint lies above the chord.
    left, right = torch.tensor([[-4.0, 0.0], [-1.5, 0.0]], dtype=torch.float64)
    losses = [float(poly1_cross_entropy(z, torch.tensor(0), epsilon=2.0)) for z in (left, (left + right) / 2, right)]
    assert losses[1] > (losses[0] + losses[2]) / 2


@pytest.mark.parametrize("epsilon", [1.05, -1.05])
def test_not_convex_just_outside(epsilon: float) -> None:
    """Above 1 at small p_t, between t and the rest; below −1 at large p_t, among the rest."""
    p_t = 0.01 if epsilon > 0 else 0.99
    p = torch.tensor([p_t, (1 - p_t) / 2, (1 - p_t) / 2], dtype=torch.float64)
    assert float(torch.linalg.eigvalsh(poly1_hessian(p.log(), 0, epsilon)).min()) < 0


def expected_loss(p: Tensor, eta: float, epsilon: float) -> Tensor:
    return eta * functional.poly1(-p.log(), epsilon) + (1 - eta) * functional.poly1(-torch.log1p(-p), epsilon)


@pytest.mark.parametrize(
    ("eta", "epsilon", "answer"),
    [(0.7, 2.0, 0.819), (0.7, -1.0, 0.604), (0.7, 0.0, 0.7), (0.7, -2.0, 0.5), (0.7, -3.0, 0.41)],
)
def test_not_a_proper_scoring_rule(eta: float, epsilon: float, answer: float) -> None:
    grid = torch.linspace(0.0005, 0.9995, 2000, dtype=torch.float64)
    assert float(grid[expected_loss(grid, eta, epsilon).argmin()]) == pytest.approx(answer, abs=6e-4)
    assert round(poly1_binary_minimiser(eta, epsilon), 3) == answer


@pytest.mark.parametrize("epsilon", [-2.1, -2.0, -1.9, 0.0, 5.0])
def test_the_more_probable_class_stays_so_iff_epsilon_is_above_minus_two(epsilon: float) -> None:
    for eta in (0.51, 0.7, 0.99):
        assert (poly1_binary_minimiser(eta, epsilon) > 0.5) == (epsilon > -2)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(eta=st.floats(0.001, 0.999), epsilon=st.floats(-50, 50))
def test_minimiser_satisfies_its_equation(eta: float, epsilon: float) -> None:
    p = poly1_binary_minimiser(eta, epsilon)
    assert 0 < p < 1
    assert p - eta == pytest.approx(epsilon * (2 * eta - 1) * p * (1 - p), abs=1e-9)
    assert poly1_binary_minimiser(1 - eta, epsilon) == pytest.approx(1 - p)


def test_minimiser_at_the_edges() -> None:
    assert poly1_binary_minimiser(1, 2.0) == 1
    assert poly1_binary_minimiser(0, 2.0) == 0
    assert poly1_binary_minimiser(0.5, 40.0) == 0.5
    assert poly1_binary_minimiser(1, -4.0) == pytest.approx(1 / 4)  # certain data, yet the loss stops at 1/|ε|
    for eta, epsilon, match in ((-0.1, 1, "eta"), (1.1, 1, "eta"), (0.5, math.inf, "epsilon"), (0.5, math.nan, "eps")):
        with pytest.raises(ValueError, match=match):
            poly1_binary_minimiser(eta, epsilon)


def test_not_only_a_larger_learning_rate() -> None:
    """Poly-1 points where cross-entropy points, sample by sample, but the factor 1 + εp_t differs."""
    logits, target = torch.randn(3, 4, dtype=torch.float64), torch.tensor([0, 1, 2])
    one_hot = torch.eye(4, dtype=torch.float64)[target]
    factors = poly1_gradient(logits, one_hot, 2.0) / poly1_gradient(logits, one_hot, 0.0)
    p_t = logits.softmax(1)[torch.arange(3), target]
    torch.testing.assert_close(factors, (1 + 2 * p_t)[:, None].expand(3, 4))


# The limits behind the series.


def test_limits() -> None:
    errors = [abs(math.log1p(x) / x - 1) for x in (0.1, 0.01, 0.001)]
    assert all(after == pytest.approx(before / 10, rel=0.1) for before, after in pairwise(errors))
    assert math.log(1.001) / 0.001 == pytest.approx(1, abs=1e-3)
    quadratic = [(math.log(1 + h) - h) / h**2 for h in (1e-2, -1e-2, 1e-3)]
    assert quadratic == pytest.approx([-1 / 2] * 3, rel=0.01)


def test_focal_modulates_poly1() -> None:
    """FL + ε(1 − p)^{γ+1} = (1 − p)^γ (CE + ε(1 − p))."""
    logits, target = torch.randn(6, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 2, 1, 0])
    p_t = logits.softmax(1)[torch.arange(6), target]
    focal = -((1 - p_t) ** 2) * p_t.log()
    whole = poly1_focal_loss(logits, target, gamma=2, epsilon=1.5, reduction="none")
    torch.testing.assert_close(whole, focal + 1.5 * (1 - p_t) ** 3)
    poly = poly1_cross_entropy(logits, target, epsilon=1.5, reduction="none")
    torch.testing.assert_close(whole, (1 - p_t) ** 2 * poly)
