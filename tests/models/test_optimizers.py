"""The updates are those of torch.optim, over many steps."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dlnotes.models.optimizers import adam, adamw, momentum, nesterov, rmsprop, sgd

STEPS = 12


def gradient(weight: Tensor) -> Tensor:
    """Of Σ w⁴ / 4 + w: different at every step and for every element."""
    return weight**3 + 1


def run(update: Callable[..., tuple[Tensor, ...]], start: Tensor, states: int, **options: object) -> Tensor:
    weight, *state = [start, *(torch.zeros_like(start) for _ in range(states))]
    for step in range(1, STEPS + 1):
        numbered = {"step": step} if update in (adam, adamw) else {}
        result = update(weight, *state, gradient(weight), **numbered, **options)
        weight, *state = result if isinstance(result, tuple) else (result,)
    return weight


@pytest.mark.parametrize(
    ("update", "states", "options", "optimizer", "theirs"),
    [
        (sgd, 0, {"lr": 0.1}, torch.optim.SGD, {}),
        (momentum, 1, {"lr": 0.05, "mu": 0.9}, torch.optim.SGD, {"momentum": 0.9}),
        (nesterov, 1, {"lr": 0.05, "mu": 0.9}, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
        (rmsprop, 1, {"lr": 0.02}, torch.optim.RMSprop, {}),
        (rmsprop, 1, {"lr": 0.02, "alpha": 0.5, "eps": 0.1}, torch.optim.RMSprop, {"alpha": 0.5, "eps": 0.1}),
        (adam, 2, {"lr": 0.02}, torch.optim.Adam, {}),
        (adamw, 2, {"lr": 0.02, "decay": 0.3}, torch.optim.AdamW, {"weight_decay": 0.3}),
        (
            adamw,
            2,
            {"lr": 0.02, "decay": 0, "betas": (0.5, 0.7), "eps": 0.1},
            torch.optim.Adam,
            {"betas": (0.5, 0.7), "eps": 0.1},
        ),
        (adam, 2, {"lr": 0.02, "betas": (0.5, 0.7), "eps": 0.1}, torch.optim.Adam, {"betas": (0.5, 0.7), "eps": 0.1}),
    ],
)
def test_updates_are_those_of_torch(update, states, options, optimizer, theirs) -> None:
    start = torch.tensor([-1.0, 0.0, 0.3, 1.5], dtype=torch.float64)
    weight = start.clone().requires_grad_()
    stepper = optimizer([weight], lr=options["lr"], **theirs)
    for _ in range(STEPS):
        weight.grad = gradient(weight.detach())
        stepper.step()
    ours = run(update, start, states, **options)
    torch.testing.assert_close(ours, weight.detach(), rtol=1e-12, atol=1e-12)
    assert not torch.allclose(ours, start)
