"""Decay, dropout, shifts and early stopping: what they compute, against PyTorch and by hand."""

import pytest
import torch
from torch import nn

from dlnotes.training.regularisation import Best, Dropout, decay, l2


def step(optimizer, weight):
    optimizer.zero_grad()
    ((weight - 1) ** 4).sum().backward()
    optimizer.step()


def test_the_gradient_of_l2_is_the_strength_times_the_weights():
    weights = [torch.randn(3, 2, requires_grad=True), torch.randn(5, requires_grad=True)]
    l2(weights, 0.3).backward()
    for weight in weights:
        torch.testing.assert_close(weight.grad, 0.3 * weight.detach())


@pytest.mark.parametrize(
    ("ours", "theirs"), [(torch.optim.Adam, torch.optim.AdamW), (torch.optim.SGD, torch.optim.SGD)]
)
def test_decay_before_a_step_is_what_pytorch_does(ours, theirs):
    start = torch.tensor([2.0, -3.0, 0.5])
    one, other = (start.clone().requires_grad_() for _ in range(2))
    plain, decaying = ours([one], lr=0.1), theirs([other], lr=0.1, weight_decay=0.2)
    for _ in range(5):
        gradient_at = one.detach().clone()
        one.grad = 4 * (gradient_at - 1) ** 3
        decay([one], 0.1, 0.2)
        plain.step()
        step(decaying, other)
    torch.testing.assert_close(one, other)
    assert not torch.allclose(one, start)


def test_decay_leaves_no_trace_in_the_graph():
    weight = torch.ones(2, requires_grad=True)
    decay([weight], 0.5, 1.0)
    assert weight.tolist() == [0.5, 0.5]
    assert weight.is_leaf


def test_dropout_keeps_the_mean_and_zeroes_a_share():
    torch.manual_seed(0)
    out = Dropout(0.3)(torch.ones(100_000))
    assert set(out.unique().tolist()) == {0.0, torch.tensor(1 / 0.7).item()}
    assert abs((out == 0).float().mean() - 0.3) < 0.01
    assert abs(out.mean() - 1) < 0.01


@pytest.mark.parametrize("layer", [Dropout(0.5).eval(), Dropout(0.0)])
def test_dropout_changes_nothing_in_evaluation_or_with_p_0(layer):
    hidden = torch.randn(4, 5)
    torch.testing.assert_close(layer(hidden), hidden, rtol=0, atol=0)


@pytest.mark.parametrize("p", [-0.1, 1, float("nan")])
def test_dropout_refuses_what_is_no_probability_below_1(p):
    with pytest.raises(ValueError, match=r"it must be from 0 to below 1"):
        Dropout(p)


def test_best_stops_after_its_patience_and_brings_the_best_weights_back():
    model = nn.Linear(1, 1, bias=False)
    best, stopped = Best(model, patience=2), []
    for value, loss in enumerate((0.9, 0.5, 0.6, 0.4, 0.4, 0.7)):
        nn.init.constant_(model.weight, value)
        stopped.append(best.stop(loss))
    assert stopped == [False, False, False, False, False, True]
    assert best.loss == 0.4
    best.restore()
    assert model.weight.item() == 3


def test_best_refuses_no_patience():
    with pytest.raises(ValueError, match="patience is 0; it must be at least 1"):
        Best(nn.Linear(1, 1), 0)
