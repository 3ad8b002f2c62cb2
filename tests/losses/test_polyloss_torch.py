"""Extreme logits, dtypes, autocast, derivatives, vmap and compile, as with `F.cross_entropy`."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from dlnotes.losses import _polyloss_functional as functional
from dlnotes.losses.polyloss import poly1_cross_entropy, poly1_focal_loss

from .polyloss_family import LOSSES, every_loss

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
def test_masked_classes_cost_nothing(name: str) -> None:
    """A logit of −inf is how a class is ruled out."""
    masked = torch.tensor([[1.0, -math.inf, 2.0]], requires_grad=True)
    loss = LOSSES[name](masked, torch.tensor([0]))
    loss.backward()
    left = torch.tensor([[1.0, 2.0]], requires_grad=True)
    expected = LOSSES[name](left, torch.tensor([0]))
    expected.backward()
    assert masked.grad is not None
    assert left.grad is not None
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(masked.grad, torch.tensor([[left.grad[0, 0], 0.0, left.grad[0, 1]]]))


@every_loss
def test_nan_stays_in_its_row(name: str) -> None:
    logits = torch.tensor([[math.nan, 0.0], [1.0, 0.0]])
    losses = LOSSES[name](logits, torch.tensor([0, 1]), reduction="none")
    assert losses.isnan().tolist() == [True, False]
    assert LOSSES[name](logits, torch.tensor([0, 1])).isnan()


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


def test_a_mean_of_many_half_rows_does_not_overflow() -> None:
    logits = torch.tensor([[30.0, 0.0]], dtype=torch.float16).expand(9000, 2)
    loss = poly1_cross_entropy(logits, torch.ones(9000, dtype=torch.long), epsilon=2.0)
    assert loss.dtype == torch.float16
    assert loss.item() == 32


def test_a_mean_over_many_half_rows_of_probabilities_counts_them_all() -> None:
    logits, q = torch.tensor([[0.0, 30.0], [1.0, 0.0]], dtype=torch.float16).unsqueeze(1).expand(2, 70000, 2)
    assert poly1_cross_entropy(logits, q, epsilon=2.0).item() == 32


# Dtypes, autocast, transforms.


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["index", "weighted", "smoothed", "probabilities"])
def test_dtypes_are_kept(name: str, dtype: torch.dtype, kind: str) -> None:
    logits = torch.randn(8, 4).to(dtype).requires_grad_()
    target = torch.rand(8, 4).to(dtype) if kind == "probabilities" else torch.randint(4, (8,))
    options: dict[str, Any] = {
        "smoothed": {"label_smoothing": 0.1},
        "weighted": {"weight": torch.rand(4).to(dtype)},
    }.get(kind, {})
    loss = LOSSES[name](logits, target, **options)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.dtype == gradient.dtype == F.cross_entropy(logits, target, **options).dtype == dtype
    wide = {key: value.double() if isinstance(value, Tensor) else value for key, value in options.items()}
    exact = LOSSES[name](logits.double(), target.double() if kind == "probabilities" else target, **wide)
    torch.testing.assert_close(loss.double(), exact, rtol=16 * torch.finfo(dtype).eps, atol=4 * torch.finfo(dtype).eps)


@every_loss
@pytest.mark.parametrize("kind", ["index", "weighted", "smoothed", "weighted and smoothed", "probabilities"])
def test_autocast_computes_in_float32(name: str, kind: str) -> None:
    logits = torch.randn(8, 4).bfloat16()
    target = torch.rand(8, 4) if kind == "probabilities" else torch.randint(4, (8,))
    options: dict[str, Any] = {}
    if "smoothed" in kind:
        options["label_smoothing"] = 0.1
    if "weighted" in kind:
        options["weight"] = torch.rand(4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = LOSSES[name](logits, target, **options)
        assert loss.dtype == F.cross_entropy(logits, target, **options).dtype == torch.float32
    torch.testing.assert_close(loss, LOSSES[name](logits.float(), target, **options))


def test_autocast_with_half_weights_and_alpha() -> None:
    logits, target, half = torch.randn(8, 4).bfloat16(), torch.randint(4, (8,)), torch.rand(4).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = poly1_focal_loss(logits, target, weight=half, alpha=half)
    torch.testing.assert_close(loss, poly1_focal_loss(logits.float(), target, weight=half.float(), alpha=half.float()))


def test_alpha_may_have_another_dtype() -> None:
    logits, target = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    alpha = torch.tensor([0.25, 0.5, 1.0], dtype=torch.float64)
    for options in ({}, {"label_smoothing": 0.1}):
        loss = poly1_focal_loss(logits, target, alpha=alpha, **options)
        torch.testing.assert_close(loss, poly1_focal_loss(logits, target, alpha=alpha.float(), **options))


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"weight": torch.ones(3, device="meta")}], ids=str)
def test_meta_tensors(options: dict[str, Any]) -> None:
    """A device without autocast and without values."""
    logits, target = torch.empty(4, 3, device="meta"), torch.empty(4, dtype=torch.long, device="meta")
    assert poly1_cross_entropy(logits, target, reduction="none", **options).shape == (4,)


def test_byte_targets() -> None:
    logits, target = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    torch.testing.assert_close(poly1_cross_entropy(logits, target.byte()), poly1_cross_entropy(logits, target))


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
def test_probability_targets_and_their_weights_have_gradients(name: str) -> None:
    q = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(3, dtype=torch.float64, requires_grad=True)
    logits = torch.randn(2, 3, dtype=torch.float64)
    assert gradcheck(lambda q, w: LOSSES[name](logits, q, weight=w, label_smoothing=0.1), (q, weight))


@every_loss
@pytest.mark.parametrize("kind", ["index", "weighted", "smoothed", "probabilities"])
def test_vmap_and_grad(name: str, kind: str) -> None:
    logits = torch.randn(5, 2, 3, dtype=torch.float64)
    target = torch.rand(5, 2, 3, dtype=torch.float64) if kind == "probabilities" else torch.randint(3, (5, 2))
    options: dict[str, Any] = {
        "smoothed": {"label_smoothing": 0.1},
        "weighted": {"weight": torch.rand(3, dtype=torch.float64)},
    }.get(kind, {})
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


@pytest.mark.parametrize("name", ["poly1", "polyn", "poly1_focal"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_slopes_are_the_derivatives(name: str, gamma: float) -> None:
    arguments: dict[str, Any] = {"epsilons": [0.5, -1.0, 2.0]} if name == "polyn" else {"epsilon": 1.7}
    if name == "poly1_focal":
        arguments["gamma"] = gamma
    nll = torch.tensor([1e-6, 0.01, 0.5, 1.0, 5.0, 50.0], dtype=torch.float64, requires_grad=True)
    value = getattr(functional, name)(nll, **arguments)
    (expected,) = torch.autograd.grad(value.sum(), nll)
    torch.testing.assert_close(getattr(functional, f"{name}_slope")(nll.detach(), **arguments), expected)
    assert getattr(functional, name)(torch.zeros(1), **arguments).item() == 0
