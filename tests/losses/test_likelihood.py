"""Negative log-likelihoods against torch's distributions, and the fit against closed forms."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Laplace, Normal
from torch.nn import functional as F

from dlnotes.losses.likelihood import fit, gaussian_nll, laplace_nll, surprise
from dlnotes.losses.regression import absolute, squared

residuals = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8)
scales = st.floats(1e-2, 1e2)


def test_surprise_of_what_is_certain_likely_and_impossible() -> None:
    costs = surprise(torch.tensor([1.0, 0.5, 0.0], dtype=torch.float64))
    assert costs.tolist() == [0, math.log(2), math.inf]
    assert not costs.signbit().any()  # and not −0
    assert surprise(torch.tensor(math.e, dtype=torch.float64)).item() == -1  # a density
    assert surprise(torch.tensor(-0.1)).isnan()


def test_surprises_of_independent_events_add_up() -> None:
    p, q = torch.rand(2, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(surprise(p * q), surprise(p) + surprise(q))


@settings(max_examples=50, deadline=None)
@given(values=residuals, scale=scales)
def test_noise_equals_torch_distributions(values: list[float], scale: float) -> None:
    r, s = torch.tensor(values, dtype=torch.float64), torch.tensor(scale, dtype=torch.float64)
    torch.testing.assert_close(gaussian_nll(r, s), -Normal(torch.zeros_like(s), s).log_prob(r))
    torch.testing.assert_close(laplace_nll(r, s), -Laplace(torch.zeros_like(s), s).log_prob(r))
    torch.testing.assert_close(
        gaussian_nll(r, s), F.gaussian_nll_loss(r, 0 * r, (s**2).expand(len(r)), full=True, eps=0, reduction="none")
    )


@settings(max_examples=25, deadline=None)
@given(values=residuals, scale=scales)
def test_what_depends_on_the_residual_is_the_squared_and_the_absolute_loss(values: list[float], scale: float) -> None:
    r, s = torch.tensor(values, dtype=torch.float64), torch.tensor(scale, dtype=torch.float64)
    zero = torch.zeros_like(r)
    torch.testing.assert_close(gaussian_nll(r, s) - gaussian_nll(zero, s), squared(r) / (2 * s**2))
    torch.testing.assert_close(laplace_nll(r, s) - laplace_nll(zero, s), absolute(r) / s)


def test_noise_of_each_example_has_its_own_scale_and_gradients() -> None:
    r = torch.tensor([-2.0, 0.5, 3.0], dtype=torch.float64, requires_grad=True)
    s = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    for nll in (gaussian_nll, laplace_nll):
        torch.testing.assert_close(nll(r, s)[2], nll(r[2], s[2]))
        assert torch.autograd.gradcheck(nll, (r, s))


def test_densities_integrate_to_one() -> None:
    r = torch.linspace(-40, 40, 80_001, dtype=torch.float64)
    for nll in (gaussian_nll, laplace_nll):
        assert torch.trapezoid((-nll(r, torch.tensor(1.5, dtype=torch.float64))).exp(), r).item() == pytest.approx(1)


def test_a_fit_finds_the_frequency_the_mean_and_the_median() -> None:
    y = torch.tensor([0.0, 1.0, 1.0, 1.0])
    z = torch.zeros(1, requires_grad=True)
    loss = fit(lambda: F.binary_cross_entropy_with_logits(z.expand(4), y), [z])
    assert z.sigmoid().item() == pytest.approx(0.75, abs=1e-4)
    assert loss == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25), abs=1e-6)
    y = torch.tensor([1.0, 2.0, 3.0, 4.0, 100.0])
    m = torch.tensor(0.0, requires_grad=True)
    fit(lambda: gaussian_nll(m - y, torch.tensor(1.0)).mean(), [m], steps=2000, lr=0.5)
    assert m.item() == pytest.approx(y.mean().item(), abs=1e-2)
    fit(lambda: laplace_nll(m - y, torch.tensor(1.0)).mean(), [m], steps=2000, lr=0.5)
    assert m.item() == pytest.approx(y.median().item(), abs=1e-2)


def test_a_fit_returns_the_loss_where_it_ends_and_changes_only_its_parameters() -> None:
    m, other = torch.tensor(0.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)

    def loss() -> torch.Tensor:
        return (m - 3) ** 2 + other

    assert fit(loss, [m], steps=3) == loss().item() < 11
    assert other.item() == 2


def test_a_fit_takes_smaller_and_smaller_steps() -> None:
    m, path = torch.tensor(0.0, requires_grad=True), []

    def loss() -> torch.Tensor:
        path.append(m.item())
        return -m

    fit(loss, [m], steps=4, lr=1.0)  # Adam's steps have the length of the learning rate if the slope stays
    assert path == pytest.approx([0, 1, 1.75, 2.25, 2.5])


def test_a_fit_without_steps_leaves_everything_as_it_is() -> None:
    m = torch.tensor(2.0, requires_grad=True)
    assert fit(lambda: m**2, [m], steps=0) == 4
    assert m.item() == 2
