"""What targets, weights and smoothing do: against mpmath, `F.cross_entropy` and the bugs of other implementations."""

import math
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

from dlnotes.losses.polyloss import (
    poly1_cross_entropy,
    poly1_focal_loss,
    polyn_cross_entropy,
)
from tests.support.opinfo import sample_inputs
from tests.support.polyloss_family import LOSSES, every_loss

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


# What public implementations get wrong.


def test_weight_scales_the_polynomial_term_too() -> None:
    logits, target, weight = torch.zeros(1, 2), torch.tensor([0]), torch.tensor([3.0, 1.0])
    loss = poly1_cross_entropy(logits, target, epsilon=2.0, weight=weight, reduction="sum")
    assert float(loss) == pytest.approx(3 * (math.log(2) + 2 * 0.5))


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


# What F.cross_entropy does with masks and dtypes.


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
def test_a_masked_class_counts_for_nothing_as_in_torch(name: str) -> None:
    """With class indices −∞ is a mask. With probabilities it gives 0·∞ = NaN, in torch too; a large number masks."""
    logits, q = torch.tensor([[0.0, 1.0, -math.inf]]), torch.tensor([[0.3, 0.7, 0.0]])
    for masked in (logits, logits.clamp_min(-1e4)):
        torch.testing.assert_close(LOSSES[name](masked, q.argmax(1)), LOSSES[name](logits[:, :2], q.argmax(1)))
    assert F.cross_entropy(logits, q).isnan()
    assert LOSSES[name](logits, q).isnan()
    torch.testing.assert_close(LOSSES[name](logits.clamp_min(-1e4), q), LOSSES[name](logits[:, :2], q[:, :2]))


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["index", "weighted", "smoothed", "probabilities"])
def test_dtypes_are_kept(name: str, dtype: torch.dtype, kind: str) -> None:
    logits = torch.randn(8, 4).to(dtype).requires_grad_()
    target = torch.rand(8, 4).to(dtype) if kind == "probabilities" else torch.randint(4, (8,))
    choices: dict[str, dict[str, Any]] = {
        "smoothed": {"label_smoothing": 0.1},
        "weighted": {"weight": torch.rand(4).to(dtype)},
    }
    options = choices.get(kind, {})
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
    for smoothing in (0.0, 0.1):
        loss = partial(poly1_focal_loss, logits, target, label_smoothing=smoothing)
        torch.testing.assert_close(loss(alpha=alpha), loss(alpha=alpha.float()))


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"weight": torch.ones(3, device="meta")}], ids=str)
def test_meta_tensors(options: dict[str, Any]) -> None:
    """A device without autocast and without values."""
    logits, target = torch.empty(4, 3, device="meta"), torch.empty(4, dtype=torch.long, device="meta")
    assert poly1_cross_entropy(logits, target, reduction="none", **options).shape == (4,)


def test_byte_targets() -> None:
    """Index 156 is no −100, as which it looks in a byte."""
    logits, target = torch.randn(4, 200), torch.tensor([0, 156, 2, 199])
    for ignore_index in (-100, 2):
        for weight in (None, torch.rand(200)):
            for smoothing in (0.0, 0.1):
                options: dict[str, Any] = {"ignore_index": ignore_index, "weight": weight, "label_smoothing": smoothing}
                loss = poly1_cross_entropy(logits, target.byte(), **options)
                torch.testing.assert_close(loss, poly1_cross_entropy(logits, target, **options))


@every_loss
def test_probability_targets_and_their_weights_have_gradients(name: str) -> None:
    q = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(3, dtype=torch.float64, requires_grad=True)
    logits = torch.randn(2, 3, dtype=torch.float64)
    assert gradcheck(lambda q, w: LOSSES[name](logits, q, weight=w, label_smoothing=0.1), (q, weight))


# PyTorch's own examples.


@every_loss
@pytest.mark.parametrize("function", ["cross_entropy", "nll_loss"])
def test_torch_sample_inputs(name: str, function: str) -> None:
    samples = sample_inputs(function)
    assert len(samples) > 10
    for z, (target,), options in samples:
        loss = LOSSES[name](z, target, **options)
        expected = reference(OF_P[name], z, target.detach(), **options)
        torch.testing.assert_close(loss.detach(), expected, equal_nan=True)
        assert gradcheck(lambda z, y=target, o=options: LOSSES[name](z, y, **o), (z,), fast_mode=True)


@pytest.mark.parametrize("name", list(ZERO))
@pytest.mark.parametrize("function", ["cross_entropy", "nll_loss"])
def test_torch_sample_inputs_at_epsilon_zero(name: str, function: str) -> None:
    for z, (target,), options in sample_inputs(function):
        losses = [loss(z, target, **options) for loss in (ZERO[name], F.cross_entropy)]
        torch.testing.assert_close(*losses, rtol=0, atol=0, equal_nan=True)
        gradients = [torch.autograd.grad(loss.sum(), z)[0] for loss in losses]
        torch.testing.assert_close(*gradients, rtol=0, atol=0, equal_nan=True)


# What F.cross_entropy refuses.


Z, Y, W, Q = torch.randn(4, 3), torch.tensor([0, 1, 2, 1]), torch.rand(3), torch.rand(4, 3)
BAD: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "no input": ([1.0, 2.0], Y, {}),
    "no target": (Z, [1, 2], {}),
    "0-d input": (torch.tensor(1.0), torch.tensor(1.0), {}),
    "0-d input and index": (torch.tensor(1.0), torch.tensor(1), {}),
    "integer input": (torch.ones(4, 3, dtype=torch.long), Y, {}),
    "batch sizes": (Z, Y[:3], {}),
    "batch sizes, smoothed": (Z, Y[:3], {"label_smoothing": 0.1}),
    "target rank": (Z, Y[:, None], {}),
    "spatial shape": (torch.randn(2, 3, 4), torch.zeros(2, 5, dtype=torch.long), {}),
    "class count": (Z, torch.rand(4, 2), {}),
    "float indices": (Z, Y.float(), {}),
    "int32 indices": (Z, Y.int(), {}),
    "bool indices": (Z, Y.bool(), {}),
    "integer probabilities": (Z, torch.ones(4, 3, dtype=torch.long), {}),
    "target too large": (Z, Y + 5, {}),
    "target negative": (Z, Y - 5, {}),
    "target too large, smoothed": (Z, Y + 5, {"label_smoothing": 0.1}),
    "target too large, weighted": (Z, Y + 5, {"weight": W}),
    "target just too large": (Z, Y + 1, {}),
    "target just negative": (Z, Y - 1, {}),
    "no classes": (torch.randn(4, 0), torch.zeros(4, dtype=torch.long), {}),
    "ignored probabilities": (Z, Q, {"ignore_index": 1}),
    "ignored probabilities of class 0": (Z, Q, {"ignore_index": 0}),
    "weight shape": (Z, Y, {"weight": W[:2]}),
    "weight shape, smoothed": (Z, Y, {"weight": W[:2], "label_smoothing": 0.1}),
    "weight shape, probabilities": (Z, Q, {"weight": W[:2]}),
    "weight rank": (Z, Y, {"weight": W[None]}),
    "weight rank, probabilities": (Z, Q, {"weight": W[None]}),
    "weight dtype": (Z, Y, {"weight": W.double()}),
    "weight wants a gradient": (Z.clone().requires_grad_(), Y, {"weight": W.clone().requires_grad_()}),
    "reduction": (Z, Y, {"reduction": "avg"}),
    "reduction of probabilities": (Z, Q, {"reduction": "avg"}),
    "smoothing above 1": (Z, Y, {"label_smoothing": 1.5}),
    "smoothing of probabilities above 1": (Z, Q, {"label_smoothing": 1.5}),
}


@every_loss
@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_raises_what_torch_raises(name: str, case: str) -> None:
    input, target, options = BAD[case]
    with pytest.raises(Exception) as expected:  # noqa: PT011  # the type is what is being compared
        F.cross_entropy(input, target, **options)
    with pytest.raises(expected.type) as raised:
        LOSSES[name](input, target, **options)
    assert raised.type is expected.type


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_at_epsilon_zero_raises_the_same_message(case: str) -> None:
    input, target, options = BAD[case]
    with pytest.raises(Exception) as expected:  # noqa: PT011  # the type is what is being compared
        F.cross_entropy(input, target, **options)
    with pytest.raises(expected.type) as raised:
        poly1_cross_entropy(input, target, epsilon=0.0, **options)
    assert str(raised.value) == str(expected.value)


@pytest.mark.parametrize("target", [Y, Q])
def test_negative_smoothing_is_refused(target: Tensor) -> None:
    """PyTorch takes it for none."""
    with pytest.raises(RuntimeError, match="between"):
        poly1_cross_entropy(Z, target, label_smoothing=-0.1)
