"""What the explorer of PolyLoss should show: random settings, and the numbers that dlnotes computes for them."""

import random
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses.polyloss import (
    cross_entropy_series,
    poly1_cross_entropy,
    poly1_hessian,
    remainder_bounds,
    series_remainder,
    terms_needed,
)
from dlnotes.losses.softmax import softmax

POLY_START = {"epsilon": 2, "terms": 5, "p": 0.1}


def poly_setting(draw: random.Random) -> dict[str, Any]:
    p = draw.choice([draw.uniform(0.001, 0.999), draw.uniform(0.001, 0.02), draw.uniform(0.9, 0.999)])
    return {
        "epsilon": draw.choice([round(draw.uniform(-2, 5), 1), round(draw.uniform(-2, 5), 3)]),
        "terms": draw.choice([draw.randint(1, 10), draw.randint(1, 100)]),
        "p": round(p, 3),
    }


def logits(p: float, classes: int = 2) -> Tensor:
    """Logits whose first class has the probability p, and the others equal shares of the rest."""
    rest = torch.full((classes - 1,), (1 - p) / (classes - 1), dtype=torch.float64)
    return torch.cat([torch.tensor([p], dtype=torch.float64), rest]).log()


def loss_and_pull(loss: Callable[[Tensor], Tensor], p: float) -> tuple[float, float]:
    z = logits(p).requires_grad_()
    result = loss(z)
    result.backward()
    assert z.grad is not None
    return result.item(), -z.grad[0].item()


def poly_values(setting: dict[str, Any]) -> dict[str, float]:
    epsilon, terms, value = setting["epsilon"], setting["terms"], setting["p"]
    first = torch.tensor(0)
    losses: dict[str, Callable[[Tensor], Tensor]] = {
        "poly": lambda z: poly1_cross_entropy(z, first, epsilon=epsilon),
        "ce": lambda z: F.cross_entropy(z, first),
        "series": lambda z: cross_entropy_series(softmax(z)[0], terms),
    }
    expected = {}
    for name, loss in losses.items():
        expected[f"loss-{name}"], expected[f"pull-{name}"] = loss_and_pull(loss, value)
    p = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    least, most = remainder_bounds(p, terms)
    (truncated,) = torch.autograd.grad(cross_entropy_series(p, terms), p)
    (full,) = torch.autograd.grad(-p.log(), p)
    hessian = poly1_hessian(logits(value, classes=3), target=0, epsilon=epsilon)
    apart = torch.tensor([0, 1, -1], dtype=torch.float64)  # among the others: mean 0, variance 1
    return expected | {
        "lost": series_remainder(p, terms).item(),
        "least": least.item(),
        "most": most.item(),
        "lost-gradient": (1 - truncated / full).item(),
        "terms-loss": terms_needed(value, 0.01),
        "terms-gradient": terms_needed(value, 0.01, "gradient"),
        "curvature-true": hessian[0, 0].item(),
        "curvature-others": (apart @ hessian @ apart).item(),
    }
