"""Bad input raises what `F.cross_entropy` raises, and the extra arguments say what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses.polyloss import (
    Poly1CrossEntropyLoss,
    poly1_cross_entropy,
    poly1_focal_loss,
    polyn_cross_entropy,
)

from .polyloss_family import LOSSES, every_loss

Z, Y, W, Q = torch.randn(4, 3), torch.tensor([0, 1, 2, 1]), torch.rand(3), torch.rand(4, 3)
BAD: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "no input": ([1.0, 2.0], Y, {}),
    "no target": (Z, [1, 2], {}),
    "0-d input": (torch.tensor(1.0), torch.tensor(1.0), {}),
    "0-d input and index": (torch.tensor(1.0), torch.tensor(1), {}),
    "integer input": (torch.ones(4, 3, dtype=torch.long), Y, {}),
    "batch sizes": (Z, Y[:3], {}),
    "batch sizes, smoothed": (Z, Y[:3], {"label_smoothing": 0.1}),
    "target rank": (Z, Y[:, None], {}),
    "spatial shape": (torch.randn(2, 3, 4), torch.zeros(2, 5, dtype=torch.long), {}),
    "class count": (Z, torch.rand(4, 2), {}),
    "float indices": (Z, Y.float(), {}),
    "int32 indices": (Z, Y.int(), {}),
    "bool indices": (Z, Y.bool(), {}),
    "integer probabilities": (Z, torch.ones(4, 3, dtype=torch.long), {}),
    "target too large": (Z, Y + 5, {}),
    "target negative": (Z, Y - 5, {}),
    "target too large, smoothed": (Z, Y + 5, {"label_smoothing": 0.1}),
    "target too large, weighted": (Z, Y + 5, {"weight": W}),
    "target just too large": (Z, Y + 1, {}),
    "target just negative": (Z, Y - 1, {}),
    "no classes": (torch.randn(4, 0), torch.zeros(4, dtype=torch.long), {}),
    "ignored probabilities": (Z, Q, {"ignore_index": 1}),
    "ignored probabilities of class 0": (Z, Q, {"ignore_index": 0}),
    "weight shape": (Z, Y, {"weight": W[:2]}),
    "weight shape, smoothed": (Z, Y, {"weight": W[:2], "label_smoothing": 0.1}),
    "weight shape, probabilities": (Z, Q, {"weight": W[:2]}),
    "weight rank": (Z, Y, {"weight": W[None]}),
    "weight rank, probabilities": (Z, Q, {"weight": W[None]}),
    "weight dtype": (Z, Y, {"weight": W.double()}),
    "weight wants a gradient": (Z.clone().requires_grad_(), Y, {"weight": W.clone().requires_grad_()}),
    "reduction": (Z, Y, {"reduction": "avg"}),
    "reduction of probabilities": (Z, Q, {"reduction": "avg"}),
    "smoothing above 1": (Z, Y, {"label_smoothing": 1.5}),
    "smoothing of probabilities above 1": (Z, Q, {"label_smoothing": 1.5}),
}


@every_loss
@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_raises_what_torch_raises(name: str, case: str) -> None:
    input, target, options = BAD[case]
    with pytest.raises(Exception) as expected:  # noqa: PT011  # the type is what is being compared
        F.cross_entropy(input, target, **options)
    with pytest.raises(expected.type) as raised:
        LOSSES[name](input, target, **options)
    assert raised.type is expected.type


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_at_epsilon_zero_raises_the_same_message(case: str) -> None:
    input, target, options = BAD[case]
    with pytest.raises(Exception) as expected:  # noqa: PT011  # the type is what is being compared
        F.cross_entropy(input, target, **options)
    with pytest.raises(expected.type) as raised:
        poly1_cross_entropy(input, target, epsilon=0.0, **options)
    assert str(raised.value) == str(expected.value)


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (TypeError, "epsilon must be a number, got bool: True", partial(poly1_cross_entropy, epsilon=True)),
        (TypeError, "ε_2 in epsilons must be a number", partial(polyn_cross_entropy, epsilons=[1.0, False])),
        (TypeError, "gamma must be a number, got bool: True", partial(poly1_focal_loss, gamma=True)),
        (TypeError, "alpha must be a number, got bool: True", partial(poly1_focal_loss, alpha=True)),
        (ValueError, "epsilon is 1e[+]300; the logits are torch.float32", partial(poly1_cross_entropy, epsilon=1e300)),
        (ValueError, "epsilon is -1e[+]300; .* 3.4e[+]38 in size", partial(poly1_focal_loss, epsilon=-1e300)),
        (ValueError, "gamma is 1e[+]300; the logits", partial(poly1_focal_loss, gamma=1e300)),
        (ValueError, "ε_2 in epsilons is 1e[+]300; the l", partial(polyn_cross_entropy, epsilons=[1.0, 1e300])),
        (ValueError, "epsilon must be finite, got an int too large", partial(poly1_cross_entropy, epsilon=10**5000)),
        (ValueError, "epsilon must be finite, got nan", partial(poly1_cross_entropy, epsilon=math.nan)),
        (ValueError, "epsilon must be finite, got inf", partial(poly1_cross_entropy, epsilon=math.inf)),
        (ValueError, "epsilon must be finite, got -inf", partial(poly1_cross_entropy, epsilon=-math.inf)),
        (TypeError, "epsilon must be a number, got str", partial(poly1_cross_entropy, epsilon="2")),
        (TypeError, "epsilon must be a number, got Tensor", partial(poly1_cross_entropy, epsilon=torch.ones(2))),
        (ValueError, "ε_2 in epsilons must be finite", partial(polyn_cross_entropy, epsilons=[1.0, math.nan])),
        (TypeError, r"for one number write \[2.0\]", partial(polyn_cross_entropy, epsilons=2.0)),
        (TypeError, "ε_1 in epsilons must be a number", partial(polyn_cross_entropy, epsilons="2")),
        (ValueError, "gamma must be at least 0, got -1", partial(poly1_focal_loss, gamma=-1)),
        (ValueError, "gamma must be finite", partial(poly1_focal_loss, gamma=math.inf)),
        (ValueError, "epsilon must be finite", partial(poly1_focal_loss, epsilon=math.inf)),
        (ValueError, "alpha must be from 0 to 1, got 1.1", partial(poly1_focal_loss, alpha=1.1)),
        (ValueError, "alpha must be from 0 to 1, got -0.1", partial(poly1_focal_loss, alpha=-0.1)),
        (ValueError, "alpha must be finite", partial(poly1_focal_loss, alpha=math.nan)),
        (TypeError, "alpha must be a number, got list", partial(poly1_focal_loss, alpha=[1.0, 2.0, 3.0])),
        (ValueError, r"balances two classes, not 3; give .* shape \(3,\)", partial(poly1_focal_loss, alpha=0.5)),
        (ValueError, r"alpha must have shape \(3,\)", partial(poly1_focal_loss, alpha=torch.ones(2))),
    ],
)
def test_extra_arguments_are_checked(error: type[Exception], match: str, call: Callable[..., Tensor]) -> None:
    with pytest.raises(error, match=match):
        call(Z, Y)


@pytest.mark.parametrize("target", [Y, Q])
@pytest.mark.parametrize("number", [Fraction(1, 2), np.float32(0.5), np.float16(0.5)], ids=repr)
def test_any_real_number_will_do(number: Any, target: Tensor) -> None:
    for with_number, expected in (
        (poly1_cross_entropy(Z, target, epsilon=number), poly1_cross_entropy(Z, target, epsilon=0.5)),
        (polyn_cross_entropy(Z, target, epsilons=[number]), polyn_cross_entropy(Z, target, epsilons=[0.5])),
        (
            poly1_focal_loss(Z[:, :2], target[:, :2] if target is Q else target % 2, gamma=number, alpha=number),
            poly1_focal_loss(Z[:, :2], target[:, :2] if target is Q else target % 2, gamma=0.5, alpha=0.5),
        ),
        (Poly1CrossEntropyLoss(epsilon=number)(Z, target), poly1_cross_entropy(Z, target, epsilon=0.5)),
    ):
        assert torch.equal(with_number, expected)


def test_how_large_epsilon_may_be_depends_on_the_logits() -> None:
    assert poly1_cross_entropy(Z.double(), Y, epsilon=1e300) > 1e299
    with pytest.raises(ValueError, match=r"epsilon is 1e\+06; the logits are torch\.float16, .* 6\.55e\+04 in size"):
        poly1_cross_entropy(Z.half(), Y, epsilon=1e6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert poly1_cross_entropy(Z.bfloat16(), Y, epsilon=1e6) > 1e5
    loss = Poly1CrossEntropyLoss(epsilon=1e300)  # the module can't know yet
    with pytest.raises(ValueError, match="epsilon is"):
        loss(Z, Y)


@pytest.mark.parametrize("target", [Y, Q])
def test_negative_smoothing_is_refused(target: Tensor) -> None:
    """PyTorch takes it for none."""
    with pytest.raises(RuntimeError, match="between"):
        poly1_cross_entropy(Z, target, label_smoothing=-0.1)


@pytest.mark.parametrize("alpha", [0, 0.0, 1, 1.0])
def test_alpha_may_be_0_or_1(alpha: float) -> None:
    logits = torch.randn(2, 2)
    kept = poly1_focal_loss(logits[1:], torch.tensor([1]), alpha=alpha)
    assert float(kept) == pytest.approx(alpha * float(poly1_focal_loss(logits[1:], torch.tensor([1]))))


def test_epsilon_below_minus_one_is_allowed_and_has_its_minimum_inside() -> None:
    p = torch.tensor([0.4, 0.5, 0.6], dtype=torch.float64)
    logits = torch.stack((p.log(), (1 - p).log()), dim=1)
    losses = poly1_cross_entropy(logits, torch.zeros(3, dtype=torch.long), epsilon=-2.0, reduction="none")
    assert int(losses.argmin()) == 1  # p_t = 1/|ε|
