"""The losses of yes-or-no answers, each beside its definition, for the tests that hold for all of them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from dlnotes.losses.binary import binary_cross_entropy_with_logits, focal_loss
from dlnotes.losses.polyloss import poly1_binary_cross_entropy_with_logits, poly1_binary_focal_loss_with_logits

LOSSES: dict[str, Callable[..., Tensor]] = {
    "cross-entropy": binary_cross_entropy_with_logits,
    "focal": partial(focal_loss, gamma=1.5),
    "poly1": partial(poly1_binary_cross_entropy_with_logits, epsilon=2.0),
    "poly1 focal": partial(poly1_binary_focal_loss_with_logits, gamma=0.5, epsilon=-0.5),
}
OF_P: dict[str, Callable[[Tensor], Tensor]] = {  # what an answer costs that has the probability p
    "cross-entropy": lambda p: -p.log(),
    "focal": lambda p: -((1 - p) ** 1.5) * p.log(),
    "poly1": lambda p: -p.log() + 2 * (1 - p),
    "poly1 focal": lambda p: -((1 - p) ** 0.5) * p.log() - 0.5 * (1 - p) ** 1.5,
}
every_loss = pytest.mark.parametrize("name", list(LOSSES))


def definition(
    of_p: Callable[[Tensor], Tensor],
    z: Tensor,
    y: Tensor,
    weight: Tensor | float = 1.0,
    pos_weight: Tensor | float = 1.0,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """The loss in the most direct form, in float64."""
    p, y = torch.sigmoid(z.double()), y.double() * (1 - label_smoothing) + label_smoothing / 2
    losses = weight * (pos_weight * y * of_p(p) + (1 - y) * of_p(1 - p))
    reductions: dict[str, Any] = {"none": lambda: losses, "sum": losses.sum, "mean": losses.mean}
    return reductions[reduction]()


def with_gradients(loss: Callable[..., Tensor], *arguments: Tensor, **options: Any) -> list[Tensor]:
    """A loss, and the gradients by all its arguments of a sum with different factors."""
    leaves = [argument.detach().clone().requires_grad_() for argument in arguments]
    value = loss(*leaves, **options)
    factors = torch.linspace(0.5, 2, value.numel()).reshape(value.shape).to(value)
    return [value.detach(), *torch.autograd.grad(value, leaves, factors)]
