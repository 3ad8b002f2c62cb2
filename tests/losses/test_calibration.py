"""Reliability, calibration error, Brier score and temperature: against definitions by hand and a search."""

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlnotes.losses.calibration import brier_score, expected_calibration_error, fit_temperature, reliability_table

P = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
Y = torch.tensor([0, 1, 0, 1])


def predictions(n: int, classes: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Logits, and targets drawn from their softmax."""
    generator = torch.Generator().manual_seed(seed)
    z = 2 * torch.randn(n, classes, dtype=torch.float64, generator=generator)
    return z, torch.multinomial(z.softmax(1), 1, generator=generator).squeeze(1)


def by_hand(p: Tensor, y: Tensor, bins: int) -> float:
    """Guo et al.'s error, one bin after another."""
    total = 0.0
    for m in range(bins):
        inside = [
            (max(row), float(row.index(max(row)) == t))
            for row, t in zip(p.tolist(), y.tolist(), strict=True)
            if m / bins < max(row) <= (m + 1) / bins
        ]
        if inside:
            gap = sum(right for _, right in inside) / len(inside) - sum(c for c, _ in inside) / len(inside)
            total += len(inside) / len(p) * abs(gap)
    return total


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 20), st.integers(0, 1000))
def test_the_error_is_guos(n: int, classes: int, bins: int, seed: int) -> None:
    z, y = predictions(n, classes, seed)
    error = expected_calibration_error(z.softmax(1), y, bins)
    assert error == pytest.approx(by_hand(z.softmax(1), y, bins), abs=1e-12)


def test_the_table() -> None:
    table = reliability_table(P, Y, bins=4)
    assert table.counts.tolist() == [0, 0, 2, 2]
    assert table.confidence[2:].tolist() == pytest.approx([0.65, 0.85])
    assert table.accuracy[2:].tolist() == [0.0, 1.0]
    assert table.accuracy[:2].isnan().all()
    assert table.confidence[:2].isnan().all()


def test_a_confidence_on_a_border_is_in_the_bin_below() -> None:
    p = torch.tensor([[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]])
    assert reliability_table(p, torch.zeros(3).long(), bins=4).counts.tolist() == [0, 1, 1, 1]


@given(st.integers(1, 50), st.integers(1, 12))
def test_bins_of_equal_mass_hold_as_many(n: int, bins: int) -> None:
    z, y = predictions(n)
    table = reliability_table(z.softmax(1), y, bins, equal_mass=True)
    assert int(table.counts.sum()) == n
    assert table.counts.max() - table.counts.min() <= 1
    filled = table.confidence[table.counts > 0]
    assert (filled.diff() > 0).all()


def test_more_bins_than_predictions() -> None:
    p = torch.tensor([[0.9, 0.1], [0.6, 0.4]])
    assert reliability_table(p, torch.zeros(2).long(), bins=4, equal_mass=True).counts.tolist() == [1, 0, 1, 0]


def test_bins_of_equal_mass_keep_equal_confidences_together() -> None:
    p, y = torch.tensor([[1.0, 0.0]]).expand(6, 2), torch.tensor([0, 0, 0, 0, 1, 1])
    for order in (y, y.flip(0)):
        assert expected_calibration_error(p, order, bins=3, equal_mass=True) == pytest.approx(1 / 3)


def test_a_calibrated_model_has_an_error_that_is_noise() -> None:
    """It shrinks with the number of predictions, and grows with that of bins."""
    few, many = ((z.softmax(1), y) for z, y in (predictions(200), predictions(20_000)))
    assert 3 * expected_calibration_error(*many) < expected_calibration_error(*few)
    assert expected_calibration_error(*few, bins=100) > expected_calibration_error(*few, bins=10)


def test_brier_score_is_the_squared_distance() -> None:
    z, y = predictions(50)
    expected = F.mse_loss(z.softmax(1), F.one_hot(y, 4).double(), reduction="sum") / 50
    assert brier_score(z.softmax(1), y) == pytest.approx(float(expected))
    assert brier_score(torch.eye(3), torch.arange(3)) == 0
    assert brier_score(torch.eye(3), torch.tensor([1, 2, 0])) == 2


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_softmax_in_any_dtype_is_a_distribution(dtype: torch.dtype) -> None:
    z = torch.randn(20, 5000).to(dtype)
    assert 0 <= expected_calibration_error(z.softmax(1), torch.zeros(20, dtype=torch.int32)) <= 1


def test_probabilities_may_be_rounded() -> None:
    p, y = torch.tensor([[0.331, 0.331, 0.333], [0.668, 0.168, 0.168]]), torch.tensor([2, 0])
    assert brier_score(p, y) == pytest.approx((2 * 0.331**2 + 0.667**2 + 0.332**2 + 2 * 0.168**2) / 2)


# Temperature.


def nll(z: Tensor, y: Tensor, temperature: float) -> float:
    return float(F.cross_entropy(z.double() / temperature, y))


@given(st.integers(0, 200), st.integers(30, 80), st.floats(-3, 3))
def test_no_other_temperature_is_better(seed: int, n: int, log_scale: float) -> None:
    z, y = predictions(n, 3, seed)
    z = z * math.exp(log_scale)
    temperature = fit_temperature(z, y)
    least = nll(z, y, temperature)
    for factor in (0.5, 0.99, 0.9999, 1.0001, 1.01, 2.0):
        assert nll(z, y, temperature * factor) >= least - 1e-14
    assert fit_temperature(5 * z, y) == pytest.approx(5 * temperature)


def test_the_slope_is_zero_there() -> None:
    z, y = predictions(500)
    beta = torch.tensor(1 / fit_temperature(3 * z, y), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(F.cross_entropy(3 * beta * z, y), beta)
    assert float(slope) == pytest.approx(0, abs=1e-12)


def test_it_finds_the_temperature_that_the_targets_were_drawn_at() -> None:
    z, y = predictions(50_000)
    assert fit_temperature(2.5 * z, y) == pytest.approx(2.5, rel=0.03)
    assert fit_temperature((0.4 * z).float(), y) == pytest.approx(0.4, rel=0.03)


@pytest.mark.parametrize("size", [1e-200, 1e-3, 1e3, 1e200])
def test_logits_of_any_size(size: float) -> None:
    z, y = predictions(100)
    assert fit_temperature(size * z, y) == pytest.approx(size * fit_temperature(z, y), rel=1e-9)


def test_an_outlier_does_not_throw_it_off() -> None:
    """Where the curvature has faded, a plain Newton step would jump too far."""
    z, y = predictions(100)
    z = torch.cat([z, torch.tensor([[1e6, 0, 0, 0]], dtype=torch.float64)])
    temperature = fit_temperature(z, torch.cat([y, torch.tensor([0])]))
    assert temperature == pytest.approx(fit_temperature(z[:-1], y), rel=1e-6)
    nearly_separable = torch.tensor([[1.0, 0.0]] * 50 + [[0.001, 0.0]])
    temperature = fit_temperature(nearly_separable, torch.tensor([0] * 50 + [1]))
    least = nll(nearly_separable, torch.tensor([0] * 50 + [1]), temperature)
    assert all(nll(nearly_separable, torch.tensor([0] * 50 + [1]), temperature * f) > least for f in (0.9, 1.1))


def test_separable_logits_have_no_temperature() -> None:
    z, y = torch.tensor([[2.0, 0.0], [1.0, 3.0]]), torch.tensor([0, 1])
    with pytest.raises(ValueError, match=r"every target has the largest logit .* NLL falls as T falls to 0: take more"):
        fit_temperature(z, y)
    with pytest.raises(ValueError, match="every target has the largest"):
        fit_temperature(torch.zeros(2, 2), y)
    assert nll(z, y, 0.01) < nll(z, y, 0.1) < nll(z, y, 1.0)


def test_logits_that_know_nothing_have_no_temperature() -> None:
    z, y = torch.tensor([[2.0, 0.0], [1.0, 3.0], [1.0, 0.0]]), torch.tensor([1, 0, 0])
    with pytest.raises(ValueError, match="no larger than the mean of all, so the NLL falls as T grows"):
        fit_temperature(z, y)
    assert nll(z, y, 1000.0) < nll(z, y, 10.0) < nll(z, y, 1.0)


# Refusals.


@pytest.mark.parametrize("function", [expected_calibration_error, reliability_table, brier_score, fit_temperature])
@pytest.mark.parametrize(
    ("error", "match", "values", "targets"),
    [
        (TypeError, "(probabilities|logits) is a list; it must be a Tensor", [[1.0]], Y),
        (TypeError, "targets is a int; it must be a Tensor", P, 1),
        (TypeError, "is torch.int64; it must be floating-point", P.long(), Y),
        (TypeError, "targets is torch.float32; it must hold class indices", P, Y.float()),
        (TypeError, "targets is torch.bool; it must hold class indices", P, Y > 0),
        (ValueError, r"has shape \(4,\) and targets \(4,\); they must be \(N, C\) and \(N,\)", P[:, 0], Y),
        (ValueError, r"has shape \(4, 2\) and targets \(3,\)", P, Y[:3]),
        (ValueError, r"has shape \(4, 2\) and targets \(4, 1\)", P, Y[:, None]),
        (ValueError, r"has shape \(0, 2\) and targets \(0,\); .* at least 1", P[:0], Y[:0]),
        (ValueError, "targets holds 2; of 2 classes, each must be from 0 to 1", P, Y + 1),
        (ValueError, "targets holds -1; of 2 classes", P, Y - 1),
    ],
)
def test_what_does_not_fit_is_refused(
    function: Any, error: type[Exception], match: str, values: Any, targets: Any
) -> None:
    with pytest.raises(error, match=match):
        function(values, targets)


@pytest.mark.parametrize("function", [expected_calibration_error, reliability_table, brier_score])
@pytest.mark.parametrize(
    ("match", "p"),
    [
        (
            r"probabilities holds -2; they must be from 0 to 1: for logits, pass logits.softmax\(dim=1\)",
            1 - 3 * P.round(),
        ),
        ("probabilities holds 1.8; they", 2 * P),
        ("probabilities holds nan", P * math.nan),
        ("a row of probabilities sums to 0.9; each must sum to 1: for logits", 0.9 * P),
    ],
)
def test_logits_are_refused_as_probabilities(function: Any, match: str, p: Tensor) -> None:
    with pytest.raises(ValueError, match=match):
        function(p, Y)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_temperature_needs_finite_logits(value: float) -> None:
    with pytest.raises(ValueError, match="logits holds NaN or infinity; they must be finite"):
        fit_temperature(torch.tensor([[0.0, value]]), torch.tensor([0]))


@pytest.mark.parametrize(("error", "bins"), [(ValueError, 0), (ValueError, -3), (TypeError, 2.0), (TypeError, True)])
@pytest.mark.parametrize("equal_mass", [False, True])
def test_bins_are_checked(error: type[Exception], bins: Any, equal_mass: bool) -> None:
    with pytest.raises(error, match=f"bins is {bins}"):
        expected_calibration_error(P, Y, bins, equal_mass=equal_mass)
