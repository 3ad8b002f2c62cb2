"""Sums and means of losses, as in PyTorch, whatever their dtype and even of nothing."""

import math
from typing import Any

import pytest
import torch

from dlnotes.losses._reduction import reduced
from dlnotes.losses.polyloss import (
    poly1_cross_entropy,
)
from tests.support.polyloss_family import LOSSES, every_loss


def test_weighted_mean_divides_by_the_weights() -> None:
    logits, target, weight = torch.zeros(2, 2), torch.tensor([0, 1]), torch.tensor([3.0, 1.0])
    assert float(poly1_cross_entropy(logits, target, epsilon=2.0, weight=weight)) == pytest.approx(math.log(2) + 1)


@every_loss
@pytest.mark.parametrize("options", [{}, {"weight": torch.ones(3)}, {"label_smoothing": 0.1}], ids=str)
@pytest.mark.parametrize("kind", ["empty", "all ignored"])
def test_nothing_that_counts(name: str, options: dict[str, Any], kind: str) -> None:
    rows = 0 if kind == "empty" else 2
    logits = torch.randn(rows, 3, requires_grad=True)
    target = torch.full((rows,), -100)
    none = LOSSES[name](logits, target, reduction="none", **options)
    assert none.shape == (rows,)
    assert not none.any()
    assert LOSSES[name](logits, target, reduction="sum", **options) == 0
    mean = LOSSES[name](logits, target, **options)
    assert mean.isnan()
    if not options.get("label_smoothing"):  # smoothed, torch itself sends NaN back
        mean.backward()
        assert logits.grad is not None
        assert not logits.grad.any()


@every_loss
def test_empty_batch_of_probabilities(name: str) -> None:
    assert LOSSES[name](torch.randn(0, 3), torch.rand(0, 3)).isnan()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@every_loss
def test_half_precision_weights_are_summed_without_overflow(name: str, dtype: torch.dtype) -> None:
    logits, target, weight = torch.randn(3000, 3), torch.arange(3).repeat(1000), torch.tensor([40.0, 41.0, 42.5])
    loss = LOSSES[name](logits.to(dtype), target, weight=weight.to(dtype))
    wide = LOSSES[name](logits.to(dtype).double(), target, weight=weight.to(dtype).double())
    assert loss.dtype == dtype
    torch.testing.assert_close(loss, wide.to(dtype), rtol=1.01 * torch.finfo(dtype).eps, atol=0)


def test_a_mean_of_many_half_rows_does_not_overflow() -> None:
    logits = torch.tensor([[30.0, 0.0]], dtype=torch.float16).expand(9000, 2)
    loss = poly1_cross_entropy(logits, torch.ones(9000, dtype=torch.long), epsilon=2.0)
    assert loss.dtype == torch.float16
    assert loss.item() == 32


def test_a_mean_over_many_half_rows_of_probabilities_counts_them_all() -> None:
    logits, q = torch.tensor([[0.0, 30.0], [1.0, 0.0]], dtype=torch.float16).unsqueeze(1).expand(2, 70000, 2)
    assert poly1_cross_entropy(logits, q, epsilon=2.0).item() == 32


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_mean_divides_by_weights_that_half_precision_could_not_add_up(dtype: torch.dtype) -> None:
    """In float16 a sum ends at 65504, in bfloat16 adding 1 to 256 changes nothing."""
    rows = torch.full((70000,), 3.0, dtype=dtype)
    for weights in (torch.ones_like(rows), torch.ones(70000, dtype=torch.bool)):
        mean = reduced(rows, weights, "mean")
        assert mean.dtype == dtype
        assert mean.item() == 3
    assert reduced(rows, weights, "none") is rows
    assert reduced(rows[:5], weights[:5], "sum").item() == 15
    with pytest.raises(ValueError, match='reduction is \'avg\'; choose "mean", "sum" or "none"'):
        reduced(rows, weights, "avg")
