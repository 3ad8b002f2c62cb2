"""A layer and its loss in chunks: equal to the definition, and never holding all logits."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import gradcheck
from torch.utils._python_dispatch import TorchDispatchMode

from dlnotes.losses.polyloss import linear, linear_poly1_cross_entropy, poly1_cross_entropy

EPSILON = 1.7
LOSS = partial(linear_poly1_cross_entropy, epsilon=EPSILON)
Layer = tuple[Tensor, Tensor, Tensor | None]


def composed(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None, **options: Any
) -> Tensor:
    """Return Poly-1 of all logits."""
    logits = F.linear(input, linear_weight, linear_bias)
    return poly1_cross_entropy(logits, target, **{"epsilon": EPSILON} | options)


def definition(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return Poly-1 from probabilities and one-hot targets, for autograd to differentiate."""
    logits = input @ linear_weight.T + (0 if linear_bias is None else linear_bias)
    log_p = logits.log_softmax(1)
    classes = logits.shape[1]
    w = torch.ones(classes, dtype=input.dtype) if weight is None else weight
    soft = target.shape == logits.shape
    ignored = -100 if ignore_index is None else ignore_index
    kept = torch.ones(len(input), dtype=torch.bool) if soft else target != ignored
    q = target if soft else F.one_hot(torch.where(kept, target, 0), classes).to(input.dtype)
    divisor = len(input) if soft else (w * q).sum(1)[kept].sum()
    q = (1 - label_smoothing) * q + label_smoothing / classes
    rows = torch.where(kept, (w * q * (-log_p + EPSILON * (1 - log_p.exp()))).sum(1), 0)
    if reduction == "none":
        return rows
    return rows.sum() if reduction == "sum" else rows.sum() / divisor


def value_and_gradients(loss: Callable[..., Tensor], layer: Layer, target: Tensor, **options: Any) -> list[Tensor]:
    """Return the loss, and the gradients of the layer's parts."""
    parts = [None if part is None else part.detach().clone().requires_grad_() for part in layer]
    input, linear_weight, linear_bias = parts
    value = loss(input, linear_weight, target, linear_bias=linear_bias, **options)
    upstream = torch.linspace(0.5, 2.0, value.numel(), dtype=value.dtype).reshape(value.shape)
    given = [part for part in parts if part is not None]
    return [value.detach(), *torch.autograd.grad(value, given, upstream)]


def example(rows: int = 7, features: int = 3, classes: int = 5, dtype: torch.dtype = torch.float64) -> Layer:
    return (
        torch.randn(rows, features, dtype=dtype),
        torch.randn(classes, features, dtype=dtype),
        torch.randn(classes, dtype=dtype),
    )


TARGETS = {
    "indices": torch.tensor([0, 4, -100, 2, 2, -100, 1]),
    "probabilities": torch.rand(7, 5, dtype=torch.float64),
}
every_target = pytest.mark.parametrize("kind", list(TARGETS))
every_reduction = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


# Values and gradients.


@settings(max_examples=150)
@given(
    rows=st.integers(1, 7),
    classes=st.integers(1, 5),
    size=st.integers(1, 8),
    seed=st.integers(0, 2**31),
    scale=st.sampled_from([0.1, 1.0, 10.0]),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    ignore_index=st.sampled_from([None, -100, 0, 7]),
    label_smoothing=st.sampled_from([0.0, 0.0, 0.1, 1.0]),
    weighted=st.booleans(),
    biased=st.booleans(),
    soft=st.booleans(),
)
def test_equals_the_definition(
    rows: int,
    classes: int,
    size: int,
    seed: int,
    scale: float,
    reduction: str,
    ignore_index: int | None,
    label_smoothing: float,
    weighted: bool,
    biased: bool,
    soft: bool,
) -> None:
    generator = torch.Generator().manual_seed(seed)
    normal = partial(torch.randn, generator=generator, dtype=torch.float64)
    layer = scale * normal(rows, 3), normal(classes, 3), normal(classes) if biased else None
    options: dict[str, Any] = {"reduction": reduction, "label_smoothing": label_smoothing}
    if weighted:
        options["weight"] = 0.1 + torch.rand(classes, generator=generator, dtype=torch.float64)
    if soft:
        target = torch.rand(rows, classes, generator=generator, dtype=torch.float64)
    else:
        options["ignore_index"] = ignore_index
        target = torch.randint(classes, (rows,), generator=generator)
        ignored = torch.rand(rows, generator=generator) < 0.3
        ignored[0] = False
        target = torch.where(ignored, -100 if ignore_index is None else ignore_index, target)
        if ignore_index == 0 and not target.any():
            return  # nothing counts: see below
    expected = value_and_gradients(definition, layer, target, **options)
    found = value_and_gradients(LOSS, layer, target, batch_chunk_size=size, **options)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


@every_reduction
@every_target
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.2}, {"weight": torch.arange(1, 6).double()}], ids=str)
def test_gradients_are_those_of_the_values(reduction: str, kind: str, options: dict[str, Any]) -> None:
    layer = tuple(part.requires_grad_() for part in example() if part is not None)

    def loss(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return LOSS(x, w, TARGETS[kind], linear_bias=b, reduction=reduction, batch_chunk_size=2, **options)

    assert gradcheck(loss, layer, nondet_tol=1e-12)  # the second time, factors come in before the products


@every_reduction
def test_any_size_of_chunks_gives_the_same(reduction: str) -> None:
    layer = example()
    results = [
        value_and_gradients(LOSS, layer, TARGETS["indices"], reduction=reduction, batch_chunk_size=size)
        for size in (1, 2, 3, 6, 7, 8, 1000, None)
    ]
    for result in results[1:]:
        torch.testing.assert_close(result, results[0])


def test_float32_is_as_exact_as_with_all_logits() -> None:
    """Over more classes than one product computes at once, and with chunks that don't divide the rows."""
    input, linear_weight, linear_bias = example(500, 40, 3 * linear.CLASSES_AT_ONCE + 5, torch.float32)
    layer = 0.5 * input, linear_weight, linear_bias
    target = torch.randint(len(linear_weight), (500,))
    wide = tuple(None if part is None else part.double() for part in layer)
    exact = value_and_gradients(definition, wide, target)  # type: ignore[arg-type]  # zip keeps no lengths

    def errors(results: list[Tensor]) -> list[float]:
        return [float((a.double() - b).abs().max() / b.abs().max()) for a, b in zip(results, exact, strict=True)]

    found = value_and_gradients(LOSS, layer, target, batch_chunk_size=64)
    for ours, theirs in zip(errors(found), errors(value_and_gradients(composed, layer, target)), strict=True):
        assert ours <= 2 * theirs + 1e-6


@every_reduction
@every_target
def test_epsilon_zero_is_cross_entropy(reduction: str, kind: str) -> None:
    layer, target = example(), TARGETS[kind]
    found = value_and_gradients(partial(LOSS, epsilon=0.0), layer, target, reduction=reduction, batch_chunk_size=2)

    def cross_entropy(x: Tensor, w: Tensor, y: Tensor, *, linear_bias: Tensor, reduction: str) -> Tensor:
        return F.cross_entropy(F.linear(x, w, linear_bias), y, reduction=reduction)

    torch.testing.assert_close(found, value_and_gradients(cross_entropy, layer, target, reduction=reduction))
    theirs: Callable[..., Tensor] = F.linear_cross_entropy
    torch.testing.assert_close(found, value_and_gradients(theirs, layer, target, reduction=reduction))


@pytest.mark.parametrize("target", [torch.tensor(2), torch.rand(5, dtype=torch.float64)])
@every_reduction
def test_one_sample(target: Tensor, reduction: str) -> None:
    input, *rest = example()
    found = value_and_gradients(LOSS, (input[0], rest[0], rest[1]), target, reduction=reduction)  # type: ignore[arg-type]
    assert found[0].shape == ()
    torch.testing.assert_close(
        found,
        value_and_gradients(composed, (input[0], rest[0], rest[1]), target, reduction=reduction),  # type: ignore[arg-type]
    )


def test_a_class_masked_by_its_bias() -> None:
    input, linear_weight, _ = example()
    bias = torch.tensor([0.0, 0.1, 0.2, -math.inf, 0.3], dtype=torch.float64)
    layer = input, linear_weight, bias
    torch.testing.assert_close(
        value_and_gradients(LOSS, layer, TARGETS["indices"], batch_chunk_size=2),
        value_and_gradients(composed, layer, TARGETS["indices"]),
    )


def test_epsilon_may_be_a_fraction() -> None:
    input, linear_weight, _ = example()
    loss = partial(LOSS, input, linear_weight, TARGETS["indices"])
    assert loss(epsilon=Fraction(1, 2)) == loss(epsilon=0.5)


def test_byte_targets() -> None:
    input, linear_weight, _ = example(4, 3, 200)
    target = torch.tensor([0, 156, 2, 199])
    torch.testing.assert_close(LOSS(input, linear_weight, target.byte()), LOSS(input, linear_weight, target))


# Nothing that counts.


@every_reduction
@pytest.mark.parametrize("options", [{}, {"weight": torch.ones(5, dtype=torch.float64)}], ids=str)
@pytest.mark.parametrize("rows", [0, 5], ids=["empty", "all ignored"])
def test_nothing_that_counts(rows: int, options: dict[str, Any], reduction: str) -> None:
    layer, target = example(rows), torch.full((rows,), -100)
    found = value_and_gradients(LOSS, layer, target, reduction=reduction, batch_chunk_size=2, **options)
    torch.testing.assert_close(
        found, value_and_gradients(composed, layer, target, reduction=reduction, **options), equal_nan=True
    )
    assert found[0].isnan().any() == (reduction == "mean")
    assert not any(gradient.any() for gradient in found[1:])


def test_empty_batch_of_probabilities() -> None:
    input, linear_weight, _ = example(0)
    assert LOSS(input, linear_weight, torch.rand(0, 5, dtype=torch.float64)).isnan()


# Memory and work.


class Watch(TorchDispatchMode):
    """Record the names of all operations, and the largest tensor that one of them returned."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.names.append(func.overloadpacket.__name__)
        for value in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(value, Tensor):
                self.largest = max(self.largest, value.numel())
        return result


@contextmanager
def watched() -> Iterator[Watch]:
    with Watch() as watch:
        yield watch


@every_reduction
@every_target
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_never_holds_all_logits(reduction: str, kind: str, label_smoothing: float) -> None:
    layer, size, classes = example(64, 4, 50), 8, 50
    target = torch.rand(64, 50, dtype=torch.float64) if kind == "probabilities" else torch.randint(classes, (64,))
    losses: dict[str, Callable[..., Tensor]] = {"ours": partial(LOSS, batch_chunk_size=size), "composed": composed}
    largest = {}
    for name, loss in losses.items():
        with watched() as watch:
            value_and_gradients(loss, layer, target, reduction=reduction, label_smoothing=label_smoothing)
        largest[name] = watch.largest
    assert largest == {"ours": size * classes, "composed": 64 * classes}


def test_never_holds_all_logits_by_default() -> None:
    input, linear_weight, _ = example(600, 2, linear.MIN_ELEMENTS // 300, torch.float32)
    with watched() as watch:
        value_and_gradients(LOSS, (input, linear_weight, None), torch.zeros(600, dtype=torch.long))
    assert watch.largest == 300 * len(linear_weight)


def test_the_shipped_sizes() -> None:
    """256 rows, as `benchmarks/linear_loss.py` measures, or four million logits."""
    for classes, rows in {50257: 256, 20000: 256, 1000: 4194, 10: 419430, 0: 1 << 22}.items():
        assert linear._chunk_size(None, classes) == rows
    assert linear._chunk_size(3, 50257) == 3


@pytest.mark.parametrize("wanted", [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
def test_computes_only_the_gradients_that_are_wanted(wanted: tuple[int, int, int]) -> None:
    parts = [part.requires_grad_(bool(want)) for part, want in zip(example(), wanted, strict=True) if part is not None]
    x, w, b = parts
    expected = value_and_gradients(composed, (x, w, b), TARGETS["indices"])[1:]
    with watched() as watch:
        loss = LOSS(x, w, TARGETS["indices"], linear_bias=b, batch_chunk_size=7)
        if any(wanted):
            loss.backward()
    counts = {name: watch.names.count(name) for name in ("mm", "addmm_", "zeros_like")}
    assert counts == {"mm": 1 + wanted[0], "addmm_": wanted[1], "zeros_like": sum(wanted)}
    for part, want, gradient in zip(parts, wanted, expected, strict=True):
        if want:
            torch.testing.assert_close(part.grad, gradient / 0.5)
        else:
            assert part.grad is None


@every_reduction
def test_without_gradients_only_the_logits_are_computed(reduction: str) -> None:
    x, w, b = (part.requires_grad_() for part in example() if part is not None)
    with torch.no_grad(), watched() as watch:
        loss = LOSS(x, w, TARGETS["indices"], linear_bias=b, reduction=reduction, batch_chunk_size=7)
    assert not loss.requires_grad
    assert watch.names.count("mm") == 1
    assert not {"addmm_", "zeros_like"} & set(watch.names)
    torch.testing.assert_close(loss, composed(x, w, TARGETS["indices"], linear_bias=b, reduction=reduction).detach())


def test_mean_forms_its_gradients_on_the_way_forward_and_none_on_the_way_back() -> None:
    for reduction, products in {"mean": (12, 0), "sum": (12, 0), "none": (4, 12)}.items():
        x, w, _ = (part.requires_grad_() for part in example() if part is not None)
        with watched() as forward:
            loss = LOSS(x, w, TARGETS["indices"], reduction=reduction, batch_chunk_size=2).sum()
        with watched() as back:
            loss.backward()
        assert tuple(sum(name in ("mm", "addmm_") for name in way.names) for way in (forward, back)) == products


# Backward, once more and twice.


def test_upstream_gradients_scale() -> None:
    x, w, b = (part.requires_grad_() for part in example() if part is not None)
    for loss in (LOSS, composed):
        (-3 * loss(x, w, TARGETS["indices"], linear_bias=b)).backward()
        gradients, x.grad, w.grad, b.grad = [part.grad for part in (x, w, b)], None, None, None
        if loss is LOSS:
            found = gradients
    torch.testing.assert_close(found, gradients)


@every_reduction
def test_backward_again(reduction: str) -> None:
    x, w, b = (part.requires_grad_() for part in example() if part is not None)
    loss = LOSS(x, w, TARGETS["indices"], linear_bias=b, reduction=reduction, batch_chunk_size=2).sum()
    loss.backward(retain_graph=True)
    first = [part.grad.clone() for part in (x, w, b) if part.grad is not None]
    loss.backward(retain_graph=True)
    torch.testing.assert_close([x.grad, w.grad, b.grad], [2 * gradient for gradient in first])
    loss.backward()
    torch.testing.assert_close([x.grad, w.grad, b.grad], [3 * gradient for gradient in first])
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own forward mode uses it
def test_second_derivatives_and_transforms_are_refused() -> None:
    x, w, _ = (part.requires_grad_() for part in example() if part is not None)

    def loss(x: Tensor) -> Tensor:
        return LOSS(x, w, TARGETS["indices"])

    with pytest.raises(RuntimeError, match="differentiated once, so create_graph must be False"):
        torch.autograd.grad(loss(x), x, create_graph=True)
    with pytest.raises(RuntimeError, match="setup_context"):
        torch.func.grad(loss)(x)
    with pytest.raises(RuntimeError, match="setup_context"):
        torch.func.vmap(loss)(x.unsqueeze(0))
    with torch.autograd.forward_ad.dual_level(), pytest.raises(RuntimeError, match="jvp"):
        loss(torch.autograd.forward_ad.make_dual(x, torch.ones_like(x)))


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # torch looks at it itself
def test_compiles_with_a_break() -> None:
    layer = example()
    torch._dynamo.reset()
    compiled = torch.compile(LOSS, backend="eager")
    torch.testing.assert_close(
        value_and_gradients(compiled, layer, TARGETS["indices"]), value_and_gradients(LOSS, layer, TARGETS["indices"])
    )


# Dtypes.


@every_reduction
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["indices", "probabilities", "smoothed", "weighted"])
def test_dtypes_are_kept(dtype: torch.dtype, kind: str, reduction: str) -> None:
    layer = tuple(None if part is None else part.to(dtype) for part in example())
    target = TARGETS.get(kind, TARGETS["indices"])
    if kind == "probabilities":
        target = target.to(dtype)
    options: dict[str, Any] = {"reduction": reduction, "label_smoothing": 0.1 * (kind == "smoothed")}
    if kind == "weighted":
        options["weight"] = torch.rand(5).to(dtype)
    found = value_and_gradients(LOSS, layer, target, batch_chunk_size=2, **options)  # type: ignore[arg-type]
    options = {name: value.double() if isinstance(value, Tensor) else value for name, value in options.items()}
    wide = tuple(None if part is None else part.double() for part in layer)
    if kind == "probabilities":
        target = target.double()
    exact = value_and_gradients(LOSS, wide, target, **options)  # type: ignore[arg-type]
    assert {part.dtype for part in found} == {dtype}
    eps = torch.finfo(dtype).eps
    torch.testing.assert_close([part.double() for part in found], exact, rtol=16 * eps, atol=8 * eps)


def test_float64_probabilities_give_a_float64_loss_as_with_all_logits() -> None:
    input, linear_weight, _ = example(dtype=torch.float32)
    found = LOSS(input, linear_weight, TARGETS["probabilities"], batch_chunk_size=2)
    expected = composed(input, linear_weight, TARGETS["probabilities"])
    assert found.dtype == expected.dtype == torch.float64
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_without_loss(dtype: torch.dtype) -> None:
    """In bfloat16 adding 0.5 to 256 changes nothing; in float16 a sum ends at 65504."""
    rows = 150_000
    input = torch.ones(rows, 1, dtype=dtype).requires_grad_()
    linear_weight, linear_bias = torch.zeros(2, 1, dtype=dtype), torch.zeros(2, dtype=dtype)
    layer = [part.requires_grad_() for part in (linear_weight, linear_bias)]
    loss = linear_poly1_cross_entropy(
        input, layer[0], torch.zeros(rows, dtype=torch.long), epsilon=0.0, linear_bias=layer[1], batch_chunk_size=1000
    )
    gradients = torch.autograd.grad(loss, layer)
    assert loss.item() == pytest.approx(math.log(2), rel=torch.finfo(dtype).eps)
    assert gradients[0].tolist() == [[-0.5], [0.5]]
    assert gradients[1].tolist() == [-0.5, 0.5]


@every_target
@pytest.mark.parametrize("weight", [None, torch.rand(5), torch.rand(5).bfloat16()], ids=["none", "float", "half"])
def test_autocast(kind: str, weight: Tensor | None) -> None:
    """The products are those of autocast, the loss and the sums float32, also if you go back within autocast."""
    layer = example(dtype=torch.float32)
    target = TARGETS[kind].float() if kind == "probabilities" else TARGETS[kind]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for reduction in ("mean", "none"):
            options = {"weight": weight, "reduction": reduction}
            found = value_and_gradients(LOSS, layer, target, batch_chunk_size=2, **options)
            expected = value_and_gradients(composed, layer, target, **options)
            assert {part.dtype for part in found} == {torch.float32}
            torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)


def test_autocast_leaves_float64_alone() -> None:
    layer = example()
    expected = value_and_gradients(composed, layer, TARGETS["indices"])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = value_and_gradients(LOSS, layer, TARGETS["indices"])
    torch.testing.assert_close(found, expected)


# Refusals.


X, W, B, Y = torch.randn(4, 2), torch.randn(3, 2), torch.randn(3), torch.tensor([0, 1, 2, 1])
BAD: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "no input": ([1.0, 2.0], W, Y, {}),
    "no layer": (X, None, Y, {}),
    "no target": (X, W, [1, 2], {}),
    "no bias": (X, W, Y, {"linear_bias": [1.0, 2.0, 3.0]}),
    "no weight": (X, W, Y, {"weight": [1.0, 2.0, 3.0]}),
    "integer input": (torch.ones(4, 2, dtype=torch.long), torch.ones(3, 2, dtype=torch.long), Y, {}),
    "other dtype": (X, W.double(), Y, {}),
    "bias of another dtype": (X, W, Y, {"linear_bias": B.double()}),
    "features": (X, torch.randn(3, 4), Y, {}),
    "bias shape": (X, W, Y, {"linear_bias": torch.randn(2)}),
    "batch sizes": (X, W, Y[:3], {}),
    "target rank": (X, W, Y[:, None], {}),
    "class count": (X, W, torch.rand(4, 2), {}),
    "float indices": (X, W, Y.float(), {}),
    "int32 indices": (X, W, Y.int(), {}),
    "integer probabilities": (X, W, torch.ones(4, 3, dtype=torch.long), {}),
    "target too large": (X, W, Y + 1, {}),
    "target negative": (X, W, Y - 1, {}),
    "target too large, smoothed": (X, W, Y + 1, {"label_smoothing": 0.1}),
    "no classes": (X, torch.randn(0, 2), Y, {}),
    "ignored probabilities": (X, W, torch.rand(4, 3), {"ignore_index": 0}),
    "weight shape": (X, W, Y, {"weight": torch.rand(2)}),
    "weight shape, probabilities": (X, W, torch.rand(4, 3), {"weight": torch.rand(2)}),
    "weight dtype": (X, W, Y, {"weight": torch.rand(3).double()}),
    "reduction": (X, W, Y, {"reduction": "avg"}),
    "smoothing": (X, W, Y, {"label_smoothing": 1.5}),
    "epsilon": (X, W, Y, {"epsilon": math.inf}),
    "epsilon type": (X, W, Y, {"epsilon": "1"}),
    "weight wants a gradient": (X, W.clone().requires_grad_(), Y, {"weight": torch.rand(3).requires_grad_()}),
}
OTHER: dict[str, type[Exception]] = {  # where torch has another, for what is the same mistake
    "target rank": ValueError,
    "class count": ValueError,
    "integer input": RuntimeError,
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_raises_what_it_raises_with_all_logits(case: str) -> None:
    input, linear_weight, target, options = BAD[case]
    with pytest.raises(Exception) as expected:  # noqa: PT011  # the type is what is being compared
        composed(input, linear_weight, target, **options)
    with pytest.raises(OTHER.get(case, expected.type)) as raised:
        linear_poly1_cross_entropy(input, linear_weight, target, batch_chunk_size=2, **options)
    assert raised.type is OTHER.get(case, expected.type)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"input": 3}, TypeError, "input is a int; it must be a Tensor"),
        ({"linear_bias": 3}, TypeError, "linear_bias is a int; it must be a Tensor"),
        ({"input": X.long()}, RuntimeError, "input has dtype torch.int64; it must be floating-point"),
        ({"input": X[None]}, RuntimeError, r"input has shape \(1, 4, 2\); it must be .* so flatten the rest"),
        ({"linear_weight": W[:, None]}, RuntimeError, r"linear_weight has shape \(3, 1, 2\); it must be \(C, 2\)"),
        ({"linear_weight": W.double()}, RuntimeError, "linear_weight has dtype .*64; it must be .*float32"),
        ({"linear_bias": B[:2]}, RuntimeError, r"linear_bias has shape \(2,\); it must be \(3,\), one a class"),
        ({"target": Y[:3]}, ValueError, r"target has shape \(3,\); it must be \(4,\) .* or \(4, 3\)"),
        ({"reduction": "avg"}, ValueError, "reduction is 'avg'"),
        ({"batch_chunk_size": 0}, ValueError, "batch_chunk_size is 0; it must be at least 1"),
        ({"batch_chunk_size": 2.0}, TypeError, "batch_chunk_size is 2.0, a float; it must be a whole number or None"),
        ({"batch_chunk_size": True}, TypeError, "batch_chunk_size is True, a bool"),
        ({"weight": B.clone().requires_grad_()}, RuntimeError, r"weight wants a gradient.* give weight.detach\(\)"),
        ({"target": torch.rand(4, 3, requires_grad=True)}, RuntimeError, "target wants a gradient"),
    ],
)
def test_messages(options: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments = {"input": X, "linear_weight": W, "target": Y} | options
    with pytest.raises(error, match=message):
        linear_poly1_cross_entropy(**arguments)


def test_an_unknown_reduction_is_refused_before_the_work() -> None:
    with watched() as watch, pytest.raises(ValueError, match="reduction"):
        LOSS(X, W, Y, reduction="avg")
    assert "mm" not in watch.names


def test_without_gradients_a_weight_may_want_one() -> None:
    weight = torch.rand(3, requires_grad=True)
    with torch.no_grad():
        torch.testing.assert_close(LOSS(X, W, Y, weight=weight), composed(X, W, Y, weight=weight.detach()))
