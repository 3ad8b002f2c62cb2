"""The range test raises the learning rate by a constant factor, and ends where the loss breaks."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlnotes.training.range_test import range_test

BATCHES = [(torch.eye(3)[:2], torch.tensor([0, 1])), (torch.eye(3)[2:], torch.tensor([2]))]


def run(low: float, high: float, steps: int) -> tuple[nn.Linear, list[tuple[float, float]]]:
    torch.manual_seed(0)
    model = nn.Linear(3, 3)
    return model, range_test(model, torch.optim.SGD(model.parameters(), lr=123.0), BATCHES, low, high, steps)


def test_each_step_multiplies_the_learning_rate() -> None:
    _, found = run(1e-4, 1.0, 5)
    assert [lr for lr, _ in found] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])


def test_batches_start_again_and_every_group_gets_the_rate() -> None:
    model = nn.Linear(3, 3)
    groups: list[dict[str, Any]] = [{"params": [model.weight]}, {"params": [model.bias], "lr": 5.0}]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    assert len(range_test(model, optimizer, BATCHES, 1e-3, 1e-1, 7)) == 7
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([1e-1, 1e-1])


def test_the_losses_are_a_running_mean_without_bias() -> None:
    """Steps too short to change anything: each batch's loss is known."""
    model, found = run(1e-12, 2e-12, 4)
    with torch.no_grad():
        losses = [nn.functional.cross_entropy(model(x), y).item() for x, y in BATCHES] * 2
    for step, (_, mean) in enumerate(found):
        weights = [0.9 ** (step - k) for k in range(step + 1)]
        expected = sum(w * loss for w, loss in zip(weights, losses, strict=False)) / sum(weights)
        assert mean == pytest.approx(expected, rel=1e-5)


def test_it_ends_where_the_loss_explodes() -> None:
    model = nn.Linear(3, 3)
    quarrel = [(torch.ones(1, 3), torch.tensor([target])) for target in (0, 1, 2)]  # no weights suit all three
    found = range_test(model, torch.optim.SGD(model.parameters(), lr=1.0), quarrel, 1e-2, 1e5, 50)
    assert 2 < len(found) < 50
    assert found[-1][1] >= 4 * min(loss for _, loss in found)


def test_it_ends_at_a_loss_that_is_not_a_number() -> None:
    class Broken(nn.Linear):
        def forward(self, input: Tensor) -> Tensor:
            return super().forward(input) * math.nan

    model = Broken(3, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    assert len(range_test(model, optimizer, BATCHES, 1e-3, 1.0, 9)) == 1


@pytest.mark.parametrize(("low", "high", "steps"), [(0.0, 1.0, 5), (1.0, 1.0, 5), (2.0, 1.0, 5), (1e-3, 1.0, 1)])
def test_ranges_that_do_not_rise_are_refused(low: float, high: float, steps: int) -> None:
    with pytest.raises(ValueError, match="steps at least 2"):
        run(low, high, steps)
