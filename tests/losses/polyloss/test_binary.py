"""PolyLoss for yes-or-no answers: against the definition, and as the case of two classes."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlnotes.losses.binary import focal_loss
from dlnotes.losses.polyloss import (
    Poly1BCEWithLogitsLoss,
    poly1_binary_cross_entropy_with_logits,
    poly1_binary_focal_loss_with_logits,
    poly1_binary_minimiser,
    poly1_cross_entropy,
    poly1_focal_loss,
)
from tests.support.binary_family import OF_P, definition, with_gradients
from tests.support.opinfo import sample_inputs

Z, Y = torch.randn(4, 3), torch.rand(4, 3)


def test_torchs_own_samples_with_epsilon_zero() -> None:
    for z, (y,), options in sample_inputs("binary_cross_entropy_with_logits"):
        ours = with_gradients(partial(poly1_binary_cross_entropy_with_logits, epsilon=0.0), z, y, **options)
        torch.testing.assert_close(ours, with_gradients(F.binary_cross_entropy_with_logits, z, y, **options))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_torchs_own_samples_with_another_epsilon(smoothing: float) -> None:
    for z, (y,), options in sample_inputs("binary_cross_entropy_with_logits"):
        loss = partial(poly1_binary_cross_entropy_with_logits, epsilon=2.0)
        expected = with_gradients(partial(definition, OF_P["poly1"]), z, y, label_smoothing=smoothing, **options)
        torch.testing.assert_close(with_gradients(loss, z, y, label_smoothing=smoothing, **options), expected)


@given(st.floats(-3, 3), st.sampled_from([0.0, 0.5, 2.0]), st.booleans(), st.sampled_from([0.0, 0.2]))
def test_it_is_the_loss_of_two_classes_with_the_logits_0_and_z(
    epsilon: float, gamma: float, soft: bool, smoothing: float
) -> None:
    z = torch.randn(6, dtype=torch.float64)
    yes = torch.rand(6, dtype=torch.float64)
    yes = yes if soft else yes.round()
    two, pair = torch.stack((torch.zeros_like(z), z), dim=1), torch.stack((1 - yes, yes), dim=1)
    options: dict[str, Any] = {"epsilon": epsilon, "label_smoothing": smoothing, "reduction": "none"}
    torch.testing.assert_close(
        poly1_binary_cross_entropy_with_logits(z, yes, pos_weight=torch.tensor(3.0, dtype=torch.float64), **options),
        poly1_cross_entropy(two, pair, weight=torch.tensor([1.0, 3.0], dtype=torch.float64), **options),
    )
    torch.testing.assert_close(
        poly1_binary_focal_loss_with_logits(z, yes, gamma=gamma, alpha=0.25, **options),
        poly1_focal_loss(two, pair, gamma=gamma, alpha=0.25, **options),
    )


def test_members_of_the_family_meet() -> None:
    torch.testing.assert_close(
        poly1_binary_focal_loss_with_logits(Z, Y, gamma=1.5, epsilon=0, alpha=0.25),
        focal_loss(Z, Y, gamma=1.5, alpha=0.25),
    )
    torch.testing.assert_close(
        poly1_binary_focal_loss_with_logits(Z, Y, gamma=0, epsilon=1.5),
        poly1_binary_cross_entropy_with_logits(Z, Y, epsilon=1.5),
    )


def test_weight_scales_focal_loss() -> None:
    weight = torch.rand(3)
    loss = partial(poly1_binary_focal_loss_with_logits, Z, Y, reduction="none")
    torch.testing.assert_close(loss(weight=weight), weight * loss())


def test_defaults_are_epsilon_one_and_gamma_two() -> None:
    p, yes = torch.sigmoid(Z), torch.ones_like(Z)
    torch.testing.assert_close(poly1_binary_cross_entropy_with_logits(Z, yes), (-p.log() + 1 - p).mean())
    torch.testing.assert_close(poly1_binary_focal_loss_with_logits(Z, yes), ((1 - p) ** 2 * (-p.log() + 1 - p)).mean())


@pytest.mark.parametrize("epsilon", [-1.0, 0.5, 2.0])
def test_its_minimum_over_soft_targets_is_that_of_the_theory(epsilon: float) -> None:
    p = poly1_binary_minimiser(0.7, epsilon)
    z = torch.tensor(math.log(p / (1 - p)), dtype=torch.float64, requires_grad=True)
    loss = poly1_binary_cross_entropy_with_logits(z, torch.tensor(0.7, dtype=torch.float64), epsilon=epsilon)
    assert float(torch.autograd.grad(loss, z)[0]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("loss", [poly1_binary_cross_entropy_with_logits, poly1_binary_focal_loss_with_logits])
@pytest.mark.parametrize(
    ("error", "match", "options"),
    [
        (TypeError, "epsilon is True, a bool; it must be a number", {"epsilon": True}),
        (TypeError, "epsilon is '2', a str; it must be a number", {"epsilon": "2"}),
        (ValueError, "epsilon is nan; it must be finite", {"epsilon": math.nan}),
        (ValueError, "epsilon is 1e[+]300; the logits are torch.float32", {"epsilon": 1e300}),
        (RuntimeError, "label_smoothing is -0.1; it must be between 0.0 and 1.0", {"label_smoothing": -0.1}),
        (ValueError, r"weight has shape \(4,\); it must broadcast", {"weight": torch.ones(4)}),
    ],
)
def test_refusals(loss: Callable[..., Tensor], error: type[Exception], match: str, options: dict[str, Any]) -> None:
    with pytest.raises(error, match=match):
        loss(Z, Y, **options)


def test_integers_are_refused_with_smoothing_too() -> None:
    with pytest.raises(TypeError, match=r"target is torch\.int64"):
        poly1_binary_cross_entropy_with_logits(Z, Y.long(), label_smoothing=0.1)


@pytest.mark.parametrize(
    ("match", "options"), [("gamma is -1; it must be at least 0", {"gamma": -1}), ("alpha is 2; it must", {"alpha": 2})]
)
def test_focal_refusals(match: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=match):
        poly1_binary_focal_loss_with_logits(Z, Y, **options)


def test_any_real_number_will_do() -> None:
    half: Any = Fraction(1, 2)
    for loss in (poly1_binary_cross_entropy_with_logits, poly1_binary_focal_loss_with_logits):
        assert torch.equal(loss(Z, Y, epsilon=half), loss(Z, Y, epsilon=0.5))


# The module.


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight": torch.tensor([0.5, 0.25, 2.0])},
        {"pos_weight": torch.tensor([0.5, 3.0, 1.0])},
        {"reduction": "none"},
        {"label_smoothing": 0.2},
    ],
    ids=str,
)
def test_the_module_says_what_the_function_says(options: dict[str, Any]) -> None:
    ours = Poly1BCEWithLogitsLoss(epsilon=2.0, **options)(Z, Y)
    torch.testing.assert_close(ours, poly1_binary_cross_entropy_with_logits(Z, Y, epsilon=2.0, **options))


def test_the_module_is_one_of_torchs() -> None:
    loss = Poly1BCEWithLogitsLoss(weight=torch.ones(3), pos_weight=torch.ones(3))
    assert isinstance(loss, torch.nn.BCEWithLogitsLoss)
    assert set(loss.state_dict()) == {"weight", "pos_weight"}
    assert repr(loss) == "Poly1BCEWithLogitsLoss(epsilon=1.0)"
    assert torch.equal(loss(Z, Y), poly1_binary_cross_entropy_with_logits(Z, Y))
    with pytest.raises(ValueError, match="epsilon is inf"):
        Poly1BCEWithLogitsLoss(epsilon=math.inf)
