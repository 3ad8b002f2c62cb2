"""Losses for noisy labels: against their definitions, between their limits, and at the ends."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from dlnotes.losses.noisy_labels import (
    absolute,
    absolute_loss,
    generalised,
    generalised_cross_entropy,
    taylor,
    taylor_cross_entropy,
)
from dlnotes.losses.polyloss import cross_entropy_series
from tests.support.opinfo import sample_inputs

LOSSES: dict[str, Callable[..., Tensor]] = {
    "absolute": absolute_loss,
    "generalised": partial(generalised_cross_entropy, q=0.7),
    "taylor": partial(taylor_cross_entropy, terms=3),
}
OF_P: dict[str, Callable[[Tensor], Tensor]] = {
    "absolute": lambda p: 2 * (1 - p),
    "generalised": lambda p: (1 - p**0.7) / 0.7,
    "taylor": lambda p: (1 - p) + (1 - p) ** 2 / 2 + (1 - p) ** 3 / 3,
}
BOUND = {"absolute": 2.0, "generalised": 1 / 0.7, "taylor": 11 / 6}
every_loss = pytest.mark.parametrize("name", list(LOSSES))
Z, Y = torch.randn(4, 3), torch.tensor([0, 1, 2, 1])


@every_loss
def test_torchs_samples_of_cross_entropy_equal_the_definition(name: str) -> None:
    """Every sample with class indices: what a class costs is a function of its probability."""
    for z, (target,), options in sample_inputs("cross_entropy"):
        p = z.softmax(1)
        if target.shape == z.shape:
            reduction = options.get("reduction", "mean")
            weight = options.get("weight", torch.ones(p.shape[1], dtype=p.dtype)).view(-1, *[1] * (p.dim() - 2))
            rows = (weight * target * OF_P[name](p)).sum(1)
            expected = rows if reduction == "none" else rows.sum() if reduction == "sum" else rows.mean()
        else:
            expected = F.nll_loss(-OF_P[name](p), target, **options)
        torch.testing.assert_close(LOSSES[name](z, target, **options), expected)
        gradients = [torch.autograd.grad(loss.sum(), z)[0] for loss in (LOSSES[name](z, target, **options), expected)]
        torch.testing.assert_close(*gradients)


def test_the_absolute_error_is_the_distance_to_the_one_hot_target() -> None:
    rows = (Z.softmax(1) - F.one_hot(Y, 3)).abs().sum(1)
    torch.testing.assert_close(absolute_loss(Z, Y, reduction="none"), rows)


def test_the_family_meets_at_its_ends() -> None:
    half = absolute_loss(Z, Y) / 2
    torch.testing.assert_close(generalised_cross_entropy(Z, Y, q=1), half)
    torch.testing.assert_close(taylor_cross_entropy(Z, Y, terms=1), half)
    for q in (0, 1e-300, 1e-38, 1e-7):
        torch.testing.assert_close(generalised_cross_entropy(Z, Y, q=q), F.cross_entropy(Z, Y))
    torch.testing.assert_close(taylor_cross_entropy(Z, Y, terms=2000), F.cross_entropy(Z, Y))


def test_taylor_is_the_series_of_the_page_on_polyloss() -> None:
    p = torch.rand(20, dtype=torch.float64)
    for terms in (1, 2, 7):
        torch.testing.assert_close(taylor(-p.log(), terms), cross_entropy_series(p, terms))


def test_pulls_are_those_of_the_papers() -> None:
    """By −log p: 2p, p^q, and p times the first N powers of 1 − p."""
    p = torch.linspace(0.01, 1, 50, dtype=torch.float64)
    nll = (-p.log()).requires_grad_()
    expected: list[tuple[Callable[[Tensor], Tensor], Tensor]] = [
        (absolute, 2 * p),
        (partial(generalised, q=0.3), p**0.3),
        (partial(taylor, terms=3), p * (1 + (1 - p) + (1 - p) ** 2)),
    ]
    for formula, pull in expected:
        torch.testing.assert_close(torch.autograd.grad(formula(nll).sum(), nll)[0], pull)


def test_defaults() -> None:
    assert torch.equal(generalised_cross_entropy(Z, Y), generalised_cross_entropy(Z, Y, q=0.7))
    assert torch.equal(taylor_cross_entropy(Z, Y), taylor_cross_entropy(Z, Y, terms=2))


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("size", [30.0, 1e3, 1e30])
def test_huge_logits_reach_the_bound_and_stop_pulling(name: str, dtype: torch.dtype, size: float) -> None:
    size = min(size, float(torch.finfo(dtype).max) / 4)
    z = torch.tensor([[size, -size, 0.0], [size, -size, 0.0]], dtype=dtype, requires_grad=True)
    losses = LOSSES[name](z, torch.tensor([0, 1]), reduction="none")
    torch.testing.assert_close(losses.detach(), torch.tensor([0.0, BOUND[name]], dtype=dtype))
    (gradient,) = torch.autograd.grad(losses.sum(), z)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient))


def test_confident_rows_keep_their_loss_in_bfloat16() -> None:
    """1 − exp(−1e-3) is 0 in bfloat16; expm1 is not."""
    nll = torch.tensor(1e-3, dtype=torch.bfloat16)
    assert float(absolute(nll)) == pytest.approx(2e-3, rel=0.01)
    assert float(generalised(nll, 0.7)) == pytest.approx(1e-3, rel=0.01)
    assert float(taylor(nll, 3)) == pytest.approx(1e-3, rel=0.01)


def test_a_small_q_keeps_its_digits_in_half_precision() -> None:
    z = torch.randn(4, 3, dtype=torch.float16)
    torch.testing.assert_close(generalised_cross_entropy(z, Y, q=1e-8), F.cross_entropy(z, Y), rtol=2e-3, atol=0)


@every_loss
def test_derivatives(name: str) -> None:
    z = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = partial(LOSSES[name], target=torch.tensor([0, -100, 2, 1]), weight=torch.rand(3, dtype=torch.float64))
    assert gradcheck(loss, (z,))
    assert gradgradcheck(loss, (z,))
    torch.testing.assert_close(
        torch.func.vmap(LOSSES[name])(Z.unsqueeze(1), Y.unsqueeze(1)), LOSSES[name](Z, Y, reduction="none")
    )


@every_loss
def test_nothing_to_average(name: str) -> None:
    assert LOSSES[name](torch.zeros(0, 3), torch.zeros(0, dtype=torch.long)).isnan()
    assert LOSSES[name](Z, torch.full((4,), -100), reduction="sum") == 0


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (ValueError, "q is 1.5; it must be from 0 to 1", partial(generalised_cross_entropy, q=1.5)),
        (ValueError, "q is -0.1; it must be from 0 to 1", partial(generalised_cross_entropy, q=-0.1)),
        (ValueError, "q is nan; it must be finite", partial(generalised_cross_entropy, q=math.nan)),
        (TypeError, "q is True, a bool; it must be a number", partial(generalised_cross_entropy, q=True)),
        (ValueError, "terms is 0; it must be at least 1", partial(taylor_cross_entropy, terms=0)),
        (TypeError, "terms is 2.0, a float; it must be an integer", partial(taylor_cross_entropy, terms=2.0)),  # type: ignore[arg-type]
        (TypeError, "terms is True, a bool; it must be an integer", partial(taylor_cross_entropy, terms=True)),
        (ValueError, "reduction is 'avg'", partial(absolute_loss, reduction="avg")),
        (RuntimeError, "label_smoothing is 2", partial(taylor_cross_entropy, label_smoothing=2)),
    ],
)
def test_refusals(error: type[Exception], match: str, call: Callable[..., Tensor]) -> None:
    with pytest.raises(error, match=match):
        call(Z, Y)


def test_any_real_number_will_do_for_q() -> None:
    q: Any = Fraction(1, 2)
    assert torch.equal(generalised_cross_entropy(Z, Y, q=q), generalised_cross_entropy(Z, Y, q=0.5))
