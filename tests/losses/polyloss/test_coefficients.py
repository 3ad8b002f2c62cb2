"""ε, γ and α say what is wrong with them."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dlnotes.losses.polyloss import (
    Poly1CrossEntropyLoss,
    poly1_cross_entropy,
    poly1_focal_loss,
    polyn_cross_entropy,
)

Z, Y, Q = torch.randn(4, 3), torch.tensor([0, 1, 2, 1]), torch.rand(4, 3)


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (TypeError, "epsilon is True, a bool; it must be a number", partial(poly1_cross_entropy, epsilon=True)),
        (
            TypeError,
            "ε_2 in epsilons is False, a bool; it m",
            partial(polyn_cross_entropy, epsilons=[1.0, False]),
        ),
        (TypeError, "gamma is True, a bool; it must be a number", partial(poly1_focal_loss, gamma=True)),
        (TypeError, "alpha is True, a bool; it must be a number", partial(poly1_focal_loss, alpha=True)),
        (ValueError, "epsilon is 1e[+]300; the logits are torch.float32", partial(poly1_cross_entropy, epsilon=1e300)),
        (ValueError, "epsilon is -1e[+]300; .* 3.4e[+]38 in size", partial(poly1_focal_loss, epsilon=-1e300)),
        (ValueError, "gamma is 1e[+]300; the logits", partial(poly1_focal_loss, gamma=1e300)),
        (ValueError, "ε_2 in epsilons is 1e[+]300; the l", partial(polyn_cross_entropy, epsilons=[1.0, 1e300])),
        (
            ValueError,
            "epsilon is an int too large for a float",
            partial(poly1_cross_entropy, epsilon=10**5000),
        ),
        (ValueError, "epsilon is nan; it must be finite", partial(poly1_cross_entropy, epsilon=math.nan)),
        (ValueError, "epsilon is inf; it must be finite", partial(poly1_cross_entropy, epsilon=math.inf)),
        (ValueError, "epsilon is -inf; it must be finite", partial(poly1_cross_entropy, epsilon=-math.inf)),
        (
            TypeError,
            "epsilon is '2', a str; it must be a number",
            partial(poly1_cross_entropy, epsilon="2"),  # type: ignore[arg-type]
        ),
        (
            TypeError,
            r"epsilon is tensor\(.*\), a Tensor; it",
            partial(poly1_cross_entropy, epsilon=torch.ones(2)),  # type: ignore[arg-type]
        ),
        (
            ValueError,
            "ε_2 in epsilons is nan; it must be f",
            partial(polyn_cross_entropy, epsilons=[1.0, math.nan]),
        ),
        (TypeError, r"for one number write \[2.0\]", partial(polyn_cross_entropy, epsilons=2.0)),  # type: ignore[arg-type]
        (
            TypeError,
            "ε_1 in epsilons is '2', a str; it must be a number",
            partial(polyn_cross_entropy, epsilons="2"),  # type: ignore[arg-type]
        ),
        (ValueError, "gamma is -1; it must be at least 0", partial(poly1_focal_loss, gamma=-1)),
        (ValueError, "gamma is inf; it must be finite", partial(poly1_focal_loss, gamma=math.inf)),
        (ValueError, "epsilon is inf; it must be finite", partial(poly1_focal_loss, epsilon=math.inf)),
        (ValueError, "alpha is 1.1; it must be from 0 to 1", partial(poly1_focal_loss, alpha=1.1)),
        (ValueError, "alpha is -0.1; it must be from 0 to 1", partial(poly1_focal_loss, alpha=-0.1)),
        (ValueError, "alpha is nan; it must be finite", partial(poly1_focal_loss, alpha=math.nan)),
        (
            TypeError,
            "alpha is .1.0, 2.0., a list; it must be",
            partial(poly1_focal_loss, alpha=[1.0, 2.0]),  # type: ignore[arg-type]
        ),
        (ValueError, r"balances two classes; for 3, give .* shape \(3,\)", partial(poly1_focal_loss, alpha=0.5)),
        (ValueError, r"alpha has shape \(2,\); it must be \(3,\)", partial(poly1_focal_loss, alpha=torch.ones(2))),
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


@pytest.mark.parametrize("alpha", [0, 0.0, 1, 1.0])
def test_alpha_may_be_0_or_1(alpha: float) -> None:
    logits = torch.randn(2, 2)
    kept = poly1_focal_loss(logits[1:], torch.tensor([1]), alpha=alpha)
    assert float(kept) == pytest.approx(alpha * float(poly1_focal_loss(logits[1:], torch.tensor([1]))))
