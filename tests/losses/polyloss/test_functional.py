"""The formulas of the family: against closed forms, at their ends, and under every transform of PyTorch."""

import math
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from dlnotes.losses.polyloss import (
    poly1,
    poly1_cross_entropy,
    poly1_focal,
    poly1_focal_loss,
    polyn,
    polyn_cross_entropy,
)
from tests.support.polyloss_family import LOSSES, every_loss


def test_small_epsilon_tends_to_cross_entropy() -> None:
    """The branch at ε = 0 hides no jump."""
    logits, target = torch.randn(5, 4, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])
    base = F.cross_entropy(logits, target)
    assert float(poly1_cross_entropy(logits, target, epsilon=1e-9) - base) == pytest.approx(0, abs=1e-8)
    assert float(polyn_cross_entropy(logits, target, epsilons=[0, 1e-9]) - base) == pytest.approx(0, abs=1e-8)
    assert float(poly1_focal_loss(logits, target, gamma=1e-9, epsilon=0) - base) == pytest.approx(0, abs=1e-7)


def test_members_of_the_family_meet() -> None:
    logits, target = torch.randn(6, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 2, 1, 0])
    poly = poly1_cross_entropy(logits, target, epsilon=1.5)
    torch.testing.assert_close(polyn_cross_entropy(logits, target, epsilons=[1.5]), poly)
    torch.testing.assert_close(poly1_focal_loss(logits, target, gamma=0, epsilon=1.5), poly)
    ones = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(
        poly1_focal_loss(logits, target, gamma=0, epsilon=0, alpha=3 * ones), 3 * F.cross_entropy(logits, target)
    )


def test_focal_is_the_published_focal_loss() -> None:
    """Lin et al.'s binary form with sigmoid: logits (0, z), α for class 1 and 1 − α for class 0."""
    z, y = torch.randn(7, dtype=torch.float64), torch.tensor([0, 1, 1, 0, 1, 0, 0])
    p_t = torch.where(y == 1, torch.sigmoid(z), torch.sigmoid(-z))
    alpha_t = torch.where(y == 1, 0.25, 0.75)
    expected = alpha_t * (1 - p_t) ** 2 * (-p_t.log() + 0.7 * (1 - p_t))
    logits = torch.stack((torch.zeros_like(z), z), dim=1)
    torch.testing.assert_close(
        poly1_focal_loss(logits, y, gamma=2, epsilon=0, reduction="none"), -((1 - p_t) ** 2) * p_t.log()
    )
    loss = poly1_focal_loss(logits, y, gamma=2, epsilon=0.7, alpha=0.25, reduction="none")
    torch.testing.assert_close(loss, expected)
    assert float(poly1_focal_loss(logits[0], y[0], epsilon=0.7, alpha=0.25)) == pytest.approx(float(expected[0]))


def test_defaults_are_epsilon_one_and_gamma_two() -> None:
    logits, target = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    p_t = logits.softmax(1).gather(1, target[:, None]).squeeze(1)
    torch.testing.assert_close(poly1_cross_entropy(logits, target), (-p_t.log() + (1 - p_t)).mean())
    torch.testing.assert_close(poly1_focal_loss(logits, target), ((1 - p_t) ** 2 * (-p_t.log() + 1 - p_t)).mean())


def test_epsilon_below_minus_one_is_allowed_and_has_its_minimum_inside() -> None:
    p = torch.tensor([0.4, 0.5, 0.6], dtype=torch.float64)
    logits = torch.stack((p.log(), (1 - p).log()), dim=1)
    losses = poly1_cross_entropy(logits, torch.zeros(3, dtype=torch.long), epsilon=-2.0, reduction="none")
    assert int(losses.argmin()) == 1  # p_t = 1/|ε|


def poly1_slope(nll: Tensor, epsilon: float) -> Tensor:
    return 1 + epsilon * torch.exp(-nll)


def polyn_slope(nll: Tensor, epsilons: list[float]) -> Tensor:
    q = 1 - torch.exp(-nll)
    return 1 + torch.exp(-nll) * sum(j * epsilon * q ** (j - 1) for j, epsilon in enumerate(epsilons, start=1))


def poly1_focal_slope(nll: Tensor, gamma: float, epsilon: float) -> Tensor:
    q = 1 - torch.exp(-nll)
    return q**gamma * (1 + epsilon * (1 - q)) + gamma * (1 - q) * q ** (gamma - 1) * (nll + epsilon * q)


@pytest.mark.parametrize(
    ("function", "slope"), [(poly1, poly1_slope), (polyn, polyn_slope), (poly1_focal, poly1_focal_slope)]
)
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_slopes_are_those_of_the_page(function: Any, slope: Any, gamma: float) -> None:
    arguments: dict[str, Any] = {"epsilons": [0.5, -1.0, 2.0]} if function is polyn else {"epsilon": 1.7}
    if function is poly1_focal:
        arguments["gamma"] = gamma
    nll = torch.tensor([1e-6, 0.01, 0.5, 1.0, 5.0, 50.0], dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(function(nll, **arguments).sum(), nll)
    torch.testing.assert_close(found, slope(nll.detach(), **arguments))
    assert function(torch.zeros(1), **arguments).item() == 0


# Extremes.


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_huge_logits(name: str, dtype: torch.dtype) -> None:
    logits = torch.tensor([[1e4, -1e4, 0.0], [1e4, -1e4, 0.0]], dtype=dtype, requires_grad=True)
    losses = LOSSES[name](logits, torch.tensor([0, 1]), reduction="none")
    limit = {"poly1": 2.0, "polyn": 1.5, "focal": -0.5}[name]
    torch.testing.assert_close(losses.detach(), torch.tensor([0.0, 2e4 + limit], dtype=dtype))
    losses.sum().backward()
    # At p_t = 0 the slope of each loss by −log p_t is 1: all that is left is p − e.
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad, torch.tensor([[0, 0, 0], [1, -1, 0]], dtype=dtype))


def test_confident_rows_keep_their_loss_in_bfloat16() -> None:
    """1 − exp(−1e-3) is 0 in bfloat16; expm1 is not."""
    nll = torch.tensor(1e-3, dtype=torch.bfloat16)
    assert float(1 - torch.exp(-nll)) == 0
    assert float(poly1(nll, 1000.0)) == pytest.approx(1.001, rel=0.01)
    assert float(polyn(nll, [1000.0])) == pytest.approx(1.001, rel=0.01)
    assert float(poly1_focal(nll, 1.0, 1000.0)) == pytest.approx(1.001e-3, rel=0.01)


@every_loss
def test_a_target_logit_of_minus_infinity_pulls_as_in_cross_entropy(name: str) -> None:
    """There p_t = 0, and each loss of the family has the slope 1 by −log p_t: the gradient is p − e."""
    for loss in (LOSSES[name], partial(LOSSES[name], weight=torch.ones(3)), partial(poly1_focal_loss, epsilon=0.0)):
        logits = torch.tensor([[0.0, 1.0, -math.inf]], requires_grad=True)
        value = loss(logits, torch.tensor([2]))
        assert value == math.inf
        (gradient,) = torch.autograd.grad(value, logits)
        torch.testing.assert_close(gradient, logits.detach().softmax(1) - torch.tensor([[0.0, 0.0, 1.0]]))


@pytest.mark.parametrize("gamma", [0.01, 0.5, 1.0, 2.0, 7.0])
def test_focal_has_finite_derivatives_at_certainty(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    loss = poly1_focal_loss(logits, torch.tensor([0]), gamma=gamma, epsilon=1.0)
    (first,) = torch.autograd.grad(loss, logits, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), logits)
    assert loss.item() == 0
    assert torch.equal(first.detach(), torch.zeros(1, 2))
    assert torch.equal(second, torch.zeros(1, 2))


@every_loss
def test_nan_stays_in_its_row(name: str) -> None:
    logits = torch.tensor([[math.nan, 0.0], [1.0, 0.0]])
    losses = LOSSES[name](logits, torch.tensor([0, 1]), reduction="none")
    assert losses.isnan().tolist() == [True, False]
    assert LOSSES[name](logits, torch.tensor([0, 1])).isnan()


# Derivatives and transforms.


@every_loss
@pytest.mark.parametrize("kind", ["index", "smoothed", "probabilities"])
def test_first_and_second_derivatives(name: str, kind: str) -> None:
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    target = torch.rand(3, 4, dtype=torch.float64) if kind == "probabilities" else torch.tensor([0, -100, 3])
    weight = torch.rand(4, dtype=torch.float64)
    loss = partial(LOSSES[name], target=target, weight=weight, label_smoothing=0.1 * (kind == "smoothed"))
    assert gradcheck(loss, (logits,))
    assert gradgradcheck(loss, (logits,))


@every_loss
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own forward mode uses it
def test_forward_mode(name: str) -> None:
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    loss = partial(LOSSES[name], target=torch.tensor([0, -100, 3]))
    assert gradcheck(loss, (logits,), check_forward_ad=True, check_backward_ad=False)


@every_loss
@pytest.mark.parametrize("kind", ["index", "weighted", "smoothed", "probabilities"])
def test_vmap_and_grad(name: str, kind: str) -> None:
    logits = torch.randn(5, 2, 3, dtype=torch.float64)
    target = torch.rand(5, 2, 3, dtype=torch.float64) if kind == "probabilities" else torch.randint(3, (5, 2))
    choices: dict[str, dict[str, Any]] = {
        "smoothed": {"label_smoothing": 0.1},
        "weighted": {"weight": torch.rand(3, dtype=torch.float64)},
    }
    options = choices.get(kind, {})
    loss = partial(LOSSES[name], **options)
    torch.testing.assert_close(
        torch.func.vmap(loss)(logits, target), torch.stack([loss(z, y) for z, y in zip(logits, target, strict=True)])
    )
    per_sample = torch.func.vmap(torch.func.grad(loss))(logits, target)
    for z, y, gradient in zip(logits, target, per_sample, strict=True):
        z = z.clone().requires_grad_()
        torch.testing.assert_close(gradient, torch.autograd.grad(loss(z, y), z)[0])


@pytest.mark.parametrize(("name", "kind"), [("poly1", "index"), ("polyn", "smoothed"), ("focal", "probabilities")])
def test_compiles_to_one_graph(name: str, kind: str) -> None:
    logits = torch.randn(4, 3, requires_grad=True)
    target = torch.rand(4, 3) if kind == "probabilities" else torch.tensor([0, 1, -100, 2])
    loss = partial(LOSSES[name], label_smoothing=0.1 * (kind == "smoothed"), weight=torch.rand(3))
    torch._dynamo.reset()
    compiled = torch.compile(loss, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(logits, target), loss(logits, target))
    gradients = [torch.autograd.grad(f(logits, target), logits)[0] for f in (compiled, loss)]
    torch.testing.assert_close(*gradients)
