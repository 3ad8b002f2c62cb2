"""The modules say what the functions say."""

import copy
import io
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlnotes.losses.polyloss import (
    Poly1CrossEntropyLoss,
    Poly1FocalLoss,
    PolyNCrossEntropyLoss,
    poly1_cross_entropy,
    poly1_focal_loss,
    polyn_cross_entropy,
)

PAIRS: dict[str, tuple[type[nn.CrossEntropyLoss], Any, dict[str, Any]]] = {
    "poly1": (Poly1CrossEntropyLoss, poly1_cross_entropy, {"epsilon": 2.0}),
    "polyn": (PolyNCrossEntropyLoss, polyn_cross_entropy, {"epsilons": (1.0, -0.5)}),
    "focal": (Poly1FocalLoss, poly1_focal_loss, {"gamma": 1.5, "epsilon": 0.5, "alpha": torch.tensor([0.2, 1.0, 3.0])}),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "weight": {"weight": torch.tensor([0.5, 1.0, 2.0])},
    "ignore_index": {"ignore_index": 1},
    "reduction": {"reduction": "none"},
    "label_smoothing": {"label_smoothing": 0.2},
}
LOGITS, TARGET = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
every_pair = pytest.mark.parametrize("name", list(PAIRS))


@every_pair
@pytest.mark.parametrize("options", list(OPTIONS))
def test_equals_the_function(name: str, options: str) -> None:
    module, function, own = PAIRS[name]
    torch.testing.assert_close(
        module(**own, **OPTIONS[options])(LOGITS, TARGET),
        function(LOGITS, TARGET, **own, **OPTIONS[options]),
    )


@every_pair
def test_minus_100_is_ignored_unless_you_say_otherwise(name: str) -> None:
    module, function, own = PAIRS[name]
    assert torch.equal(module(**own)(LOGITS, torch.tensor([0, 1, 2, 1, -100])), function(LOGITS[:4], TARGET[:4], **own))


@pytest.mark.parametrize(("module", "function"), [PAIRS["poly1"][:2], PAIRS["focal"][:2]])
def test_defaults_are_those_of_the_function(module: type[nn.Module], function: Any) -> None:
    assert torch.equal(module()(LOGITS, TARGET), function(LOGITS, TARGET))


@every_pair
def test_weight_and_alpha_are_buffers(name: str) -> None:
    module, _, own = PAIRS[name]
    loss = module(**own, weight=torch.ones(3))
    assert isinstance(loss, nn.CrossEntropyLoss)
    assert not list(loss.parameters())
    assert set(loss.state_dict()) == {"weight"} | ({"alpha"} if name == "focal" else set())
    assert all(buffer.dtype == torch.float64 for buffer in copy.deepcopy(loss).double().buffers())
    file = io.BytesIO()
    torch.save(loss.state_dict(), file)
    file.seek(0)
    other = module(**own, weight=torch.zeros(3))
    other.load_state_dict(torch.load(file))
    torch.testing.assert_close(other(LOGITS, TARGET), loss(LOGITS, TARGET))


def test_one_number_for_alpha() -> None:
    logits, target = torch.randn(4, 2), torch.tensor([0, 1, 1, 0])
    loss = Poly1FocalLoss(alpha=0.25)
    assert not loss.state_dict()
    torch.testing.assert_close(loss(logits, target), poly1_focal_loss(logits, target, alpha=0.25))


def test_settings_are_shown() -> None:
    assert repr(Poly1CrossEntropyLoss(epsilon=2)) == "Poly1CrossEntropyLoss(epsilon=2.0)"
    assert repr(PolyNCrossEntropyLoss(epsilons=[1, 2])) == "PolyNCrossEntropyLoss(epsilons=(1.0, 2.0))"
    assert repr(Poly1FocalLoss()) == "Poly1FocalLoss(gamma=2.0, epsilon=1.0, alpha=None)"


def test_epsilon_can_follow_a_schedule() -> None:
    loss = Poly1CrossEntropyLoss(epsilon=2.0)
    loss.epsilon = 0.5
    assert torch.equal(loss(LOGITS, TARGET), poly1_cross_entropy(LOGITS, TARGET, epsilon=0.5))
    compiled = torch.compile(loss, backend="eager", fullgraph=True)
    for epsilon in (0.5, 0.25, 0.125):
        loss.epsilon = epsilon
        torch.testing.assert_close(compiled(LOGITS, TARGET), poly1_cross_entropy(LOGITS, TARGET, epsilon=epsilon))


@pytest.mark.parametrize(
    ("error", "module", "own"),
    [
        (ValueError, Poly1CrossEntropyLoss, {"epsilon": math.inf}),
        (TypeError, Poly1CrossEntropyLoss, {"epsilon": None}),
        (ValueError, PolyNCrossEntropyLoss, {"epsilons": [math.nan]}),
        (TypeError, PolyNCrossEntropyLoss, {"epsilons": 1.0}),
        (ValueError, Poly1FocalLoss, {"gamma": -0.5}),
        (ValueError, Poly1FocalLoss, {"epsilon": math.nan}),
        (ValueError, Poly1FocalLoss, {"alpha": 2.0}),
    ],
)
def test_bad_settings_are_refused_at_once(error: type[Exception], module: type[nn.Module], own: dict[str, Any]) -> None:
    with pytest.raises(error):
        module(**own)


def test_trains() -> None:
    """A few steps of gradient descent find a separable problem's answer."""
    torch.manual_seed(0)
    inputs = torch.randn(60, 2)
    targets = (inputs[:, 0] > inputs[:, 1]).long()
    model, loss = nn.Linear(2, 2), Poly1CrossEntropyLoss(epsilon=2.0)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
    value = Tensor()
    for _ in range(50):
        optimiser.zero_grad()
        value = loss(model(inputs), targets)
        value.backward()
        optimiser.step()
    assert (model(inputs).argmax(1) == targets).float().mean() > 0.95
