"""PolyLoss against mpmath, against `F.cross_entropy`, and against the bugs of other implementations."""

from __future__ import annotations

import math
import sys
import types
import unittest
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import gradcheck

from dlnotes.losses import _polyloss_functional as functional
from dlnotes.losses.polyloss import poly1_cross_entropy, poly1_focal_loss, polyn_cross_entropy

from .polyloss_family import LOSSES, every_loss

# The same losses of a probability, as the paper defines them.
OF_P: dict[str, Callable[[Any], Any]] = {
    "poly1": lambda p: -mpmath.log(p) + 2 * (1 - p),
    "polyn": lambda p: -mpmath.log(p) + 0.5 * (1 - p) - (1 - p) ** 2 + 2 * (1 - p) ** 3,
    "focal": lambda p: -((1 - p) ** 1.5) * mpmath.log(p) - 0.5 * (1 - p) ** 2.5,
}


def reference(
    of_p: Callable[[Any], Any],
    logits: Tensor,
    target: Tensor,
    *,
    weight: Tensor | None = None,
    alpha: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute a loss sample by sample in 40-digit arithmetic, from the definitions alone."""
    soft = logits.shape == target.shape
    class_dim = 0 if logits.dim() == 1 else 1
    classes = logits.shape[class_dim]
    z = logits.detach().double().movedim(class_dim, -1)
    w = [1.0] * classes if weight is None else weight.tolist()
    a = [1.0] * classes if alpha is None else alpha.tolist()
    rows, divisor = [], mpmath.mpf(0)
    ys = target.movedim(class_dim, -1).reshape(-1, classes).tolist() if soft else target.flatten().tolist()
    with mpmath.workdps(40):
        for scores, y in zip(z.reshape(-1, classes).tolist(), ys, strict=True):
            if y == ignore_index:
                rows.append(mpmath.mpf(0))
                continue
            exponentials = [mpmath.exp(score) for score in scores]
            q = y if soft else [float(c == y) for c in range(classes)]
            row = mpmath.mpf(0)
            for c in range(classes):
                share = (1 - label_smoothing) * q[c] + label_smoothing / classes
                row += w[c] * a[c] * share * of_p(exponentials[c] / mpmath.fsum(exponentials))
            rows.append(row)
            divisor += 1 if soft else w[y]
        if reduction == "none":
            shape = z.shape[:-1] if soft else target.shape
            return torch.tensor([float(row) for row in rows], dtype=torch.float64).reshape(shape)
        total = mpmath.fsum(rows)
        if reduction == "mean":
            total = total / divisor if divisor else mpmath.nan
        return torch.tensor(float(total), dtype=torch.float64)


def dense(value: Callable[[Tensor], Tensor], logits: Tensor, target: Tensor, **options: Any) -> Tensor:
    """Compute a loss from one-hot targets, so that autograd gives an independent gradient. Only (N, C), "sum"."""
    classes = logits.shape[1]
    smoothing = options.get("label_smoothing", 0.0)
    q = target if target.shape == logits.shape else F.one_hot(target.clamp(0), classes).to(logits.dtype)
    q = (1 - smoothing) * q + smoothing / classes
    for name in ("weight", "alpha"):
        if options.get(name) is not None:
            q = q * options[name]
    if target.shape != logits.shape:
        q = q * (target != options.get("ignore_index", -100)).unsqueeze(1)
    return (q * value(-torch.log_softmax(logits, 1))).sum()


def plain_value(name: str) -> Callable[[Tensor], Tensor]:
    """Return the loss as a function of −log p, in the most direct form."""

    def value(nll: Tensor) -> Tensor:
        q = 1 - torch.exp(-nll)
        return {
            "poly1": lambda: nll + 2 * q,
            "polyn": lambda: nll + 0.5 * q - q**2 + 2 * q**3,
            "focal": lambda: q**1.5 * nll - 0.5 * q**2.5,
        }[name]()

    return value


@st.composite
def cases(draw: st.DrawFn, ranks: tuple[int, int] = (1, 4)) -> tuple[Tensor, Tensor, dict[str, Any]]:
    """Draw logits, targets and every option of `F.cross_entropy`."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    classes = draw(st.integers(1, 5))
    dims = draw(st.integers(*ranks))
    shape = (classes,) if dims == 1 else (draw(st.integers(1, 4)), classes, 2, 3)[:dims]
    scale = draw(st.sampled_from([0.1, 1.0, 10.0]))
    logits = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    options: dict[str, Any] = {
        "reduction": draw(st.sampled_from(["mean", "sum", "none"])),
        "label_smoothing": draw(st.sampled_from([0.0, 0.0, 0.1, 1.0])),
    }
    if draw(st.booleans()):
        options["weight"] = torch.rand(classes, generator=generator, dtype=torch.float64) + 0.1
    index_shape = shape[:1] * (dims > 1) + shape[2:]
    if draw(st.booleans()) and shape != index_shape:
        target = torch.rand(shape, generator=generator, dtype=torch.float64)
    else:
        target = torch.randint(classes, index_shape, generator=generator)
        options["ignore_index"] = draw(st.sampled_from([-100, -1, 0]))
        ignored = torch.rand(index_shape, generator=generator) < 0.3
        target = torch.where(ignored, options["ignore_index"], target)
    return logits, target, options


@every_loss
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(case=cases())
def test_values_equal_the_definition(name: str, case: tuple[Tensor, Tensor, dict[str, Any]]) -> None:
    logits, target, options = case
    expected = reference(OF_P[name], logits, target, **options)
    torch.testing.assert_close(LOSSES[name](logits, target, **options), expected, equal_nan=True, rtol=1e-9, atol=1e-11)


@every_loss
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(case=cases(ranks=(2, 2)))
def test_gradients_equal_those_of_the_one_hot_form(name: str, case: tuple[Tensor, Tensor, dict[str, Any]]) -> None:
    logits, target, options = case
    options["reduction"] = "sum"
    logits.requires_grad_()
    (gradient,) = torch.autograd.grad(LOSSES[name](logits, target, **options), logits)
    (expected,) = torch.autograd.grad(dense(plain_value(name), logits, target, **options), logits)
    torch.testing.assert_close(gradient, expected, rtol=1e-7, atol=1e-9)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(case=cases(ranks=(2, 4)))
def test_alpha_scales_the_loss_of_a_class_but_not_the_divisor(case: tuple[Tensor, Tensor, dict[str, Any]]) -> None:
    logits, target, options = case
    alpha = torch.linspace(0.2, 1.5, logits.shape[1], dtype=torch.float64)
    loss = LOSSES["focal"](logits, target, alpha=alpha, **options)
    expected = reference(OF_P["focal"], logits, target, alpha=alpha, **options)
    torch.testing.assert_close(loss, expected, equal_nan=True, rtol=1e-9, atol=1e-11)


ZERO = {
    "poly1": partial(poly1_cross_entropy, epsilon=0.0),
    "polyn": partial(polyn_cross_entropy, epsilons=[0.0, 0.0]),
    "no terms": partial(polyn_cross_entropy, epsilons=[]),
    "focal": partial(poly1_focal_loss, gamma=0.0, epsilon=0.0),
}


@pytest.mark.parametrize("name", list(ZERO))
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(case=cases())
def test_epsilon_zero_is_cross_entropy_to_the_bit(name: str, case: tuple[Tensor, Tensor, dict[str, Any]]) -> None:
    logits, target, options = case
    results = []
    for loss in (ZERO[name], F.cross_entropy):
        z = logits.clone().requires_grad_()
        value = loss(z, target, **options)
        results.append((value.detach(), *torch.autograd.grad(value.sum(), z)))
    torch.testing.assert_close(*results, rtol=0, atol=0, equal_nan=True)


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


# What public implementations get wrong.


def test_weight_scales_the_polynomial_term_too() -> None:
    logits, target, weight = torch.zeros(1, 2), torch.tensor([0]), torch.tensor([3.0, 1.0])
    loss = poly1_cross_entropy(logits, target, epsilon=2.0, weight=weight, reduction="sum")
    assert float(loss) == pytest.approx(3 * (math.log(2) + 2 * 0.5))


def test_weighted_mean_divides_by_the_weights() -> None:
    logits, target, weight = torch.zeros(2, 2), torch.tensor([0, 1]), torch.tensor([3.0, 1.0])
    assert float(poly1_cross_entropy(logits, target, epsilon=2.0, weight=weight)) == pytest.approx(math.log(2) + 1)


@every_loss
def test_ignore_index_neither_crashes_nor_counts(name: str) -> None:
    logits, target = torch.randn(4, 3), torch.tensor([0, -100, 2, -100])
    torch.testing.assert_close(LOSSES[name](logits, target), LOSSES[name](logits[::2], target[::2]))


def test_p_t_comes_from_the_logits_not_from_a_weighted_or_smoothed_loss() -> None:
    """exp(−ce) of a weighted ce is p_t^w, of a smoothed ce a geometric mean."""
    logits, target = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([0])  # p = (3/4, 1/4)
    weight = torch.tensor([2.0, 1.0])
    weighted = poly1_cross_entropy(logits, target, epsilon=1.0, weight=weight, reduction="sum")
    assert float(weighted) == pytest.approx(2 * (math.log(4 / 3) + 1 / 4))
    smoothed = poly1_cross_entropy(logits, target, epsilon=1.0, label_smoothing=0.2)
    assert float(smoothed) == pytest.approx(0.9 * (math.log(4 / 3) + 1 / 4) + 0.1 * (math.log(4) + 3 / 4))


def test_probability_targets_are_averaged_over_not_maximised() -> None:
    logits, q = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([[0.6, 0.4]])
    expected = 0.6 * (math.log(4 / 3) + 1 / 4) + 0.4 * (math.log(4) + 3 / 4)
    assert float(poly1_cross_entropy(logits, q, epsilon=1.0)) == pytest.approx(expected)


@every_loss
def test_images_are_pixels_in_a_row(name: str) -> None:
    logits, target = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    flat = logits.movedim(1, -1).reshape(-1, 3)
    torch.testing.assert_close(LOSSES[name](logits, target), LOSSES[name](flat, target.flatten()))


def test_confident_rows_keep_their_loss_in_bfloat16() -> None:
    """1 − exp(−1e-3) is 0 in bfloat16; expm1 is not."""
    nll = torch.tensor(1e-3, dtype=torch.bfloat16)
    assert float(1 - torch.exp(-nll)) == 0
    assert float(functional.poly1(nll, 1000.0)) == pytest.approx(1.001, rel=0.01)
    assert float(functional.polyn(nll, [1000.0])) == pytest.approx(1.001, rel=0.01)
    assert float(functional.poly1_focal(nll, 1.0, 1000.0)) == pytest.approx(1.001e-3, rel=0.01)


@every_loss
def test_a_target_logit_of_minus_infinity_pulls_as_in_cross_entropy(name: str) -> None:
    """There p_t = 0, and each loss of the family has the slope 1 by −log p_t: the gradient is p − e."""
    for loss in (LOSSES[name], partial(LOSSES[name], weight=torch.ones(3)), partial(poly1_focal_loss, epsilon=0.0)):
        logits = torch.tensor([[0.0, 1.0, -math.inf]], requires_grad=True)
        value = loss(logits, torch.tensor([2]))
        assert value == math.inf
        (gradient,) = torch.autograd.grad(value, logits)
        torch.testing.assert_close(gradient, logits.detach().softmax(1) - torch.tensor([[0.0, 0.0, 1.0]]))


@every_loss
def test_a_masked_class_counts_for_nothing_as_in_torch(name: str) -> None:
    """With class indices −∞ is a mask. With probabilities it gives 0·∞ = NaN, in torch too; a large number masks."""
    logits, q = torch.tensor([[0.0, 1.0, -math.inf]]), torch.tensor([[0.3, 0.7, 0.0]])
    for masked in (logits, logits.clamp_min(-1e4)):
        torch.testing.assert_close(LOSSES[name](masked, q.argmax(1)), LOSSES[name](logits[:, :2], q.argmax(1)))
    assert F.cross_entropy(logits, q).isnan()
    assert LOSSES[name](logits, q).isnan()
    torch.testing.assert_close(LOSSES[name](logits.clamp_min(-1e4), q), LOSSES[name](logits[:, :2], q[:, :2]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@every_loss
def test_half_precision_weights_are_summed_without_overflow(name: str, dtype: torch.dtype) -> None:
    logits, target, weight = torch.randn(3000, 3), torch.arange(3).repeat(1000), torch.tensor([40.0, 41.0, 42.5])
    loss = LOSSES[name](logits.to(dtype), target, weight=weight.to(dtype))
    wide = LOSSES[name](logits.to(dtype).double(), target, weight=weight.to(dtype).double())
    assert loss.dtype == dtype
    torch.testing.assert_close(loss, wide.to(dtype), rtol=1.01 * torch.finfo(dtype).eps, atol=0)


# PyTorch's own examples.


@pytest.fixture(scope="module")
def torch_samples() -> list[Any]:
    """Return the inputs that PyTorch tests `cross_entropy` with."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import expecttest  # noqa: F401  # torch's test utilities import it, for a base class that is not used here
        except ModuleNotFoundError:
            stand_in = types.ModuleType("expecttest")
            stand_in.TestCase = unittest.TestCase  # type: ignore[attr-defined]  # made here
            patch.setitem(sys.modules, "expecttest", stand_in)
        try:
            from torch.testing._internal.common_methods_invocations import op_db
        except ImportError as error:
            pytest.skip(f"this torch ships no test utilities: {error}")
    (operator,) = (op for op in op_db if op.name == "nn.functional.cross_entropy")
    return list(operator.sample_inputs("cpu", torch.float64, requires_grad=True))


@every_loss
def test_torch_sample_inputs(name: str, torch_samples: list[Any]) -> None:
    assert len(torch_samples) > 10
    for sample in torch_samples:
        (target,), options = sample.args, sample.kwargs
        loss = LOSSES[name](sample.input, target, **options)
        torch.testing.assert_close(loss.detach(), reference(OF_P[name], sample.input, target.detach(), **options))
        assert gradcheck(lambda z, y=target, o=options: LOSSES[name](z, y, **o), (sample.input,), fast_mode=True)
