"""One buffer against three: same values, same derivatives of every order, less memory."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.utils.checkpoint import checkpoint

from dlnotes.losses.polyloss import lean, poly1_cross_entropy
from tests.support.polyloss_family import LOSSES as FAMILY
from tests.support.polyloss_family import every_loss

BALANCE = torch.tensor([0.2, 1, 2], dtype=torch.float64)
LOSSES = FAMILY | {"focal": partial(FAMILY["focal"], alpha=BALANCE)}


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean, "MIN_ELEMENTS", 0)
    monkeypatch.setattr(lean, "MIN_CLASSES", 1)


@pytest.fixture
def lean_calls(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Record each time that the lean path is taken to its end."""
    calls: list[None] = []
    original = lean._LeanRows.apply

    def record(*arguments: Any) -> Any:
        result = original(*arguments)
        calls.append(None)
        return result

    monkeypatch.setattr(lean._LeanRows, "apply", record)
    return calls


def plainly(function: Callable[[], Any]) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lean, "MIN_ELEMENTS", math.inf)
        return function()


def value_and_gradient(
    loss: Callable[..., Tensor], logits: Tensor, *rest: Any, **options: Any
) -> tuple[Tensor, Tensor]:
    z = logits.detach().clone().requires_grad_()
    value = loss(z, *rest, **options)
    upstream = torch.linspace(0.5, 2.0, value.numel(), dtype=value.dtype).reshape(value.shape)
    (gradient,) = torch.autograd.grad(value, z, upstream)
    return value.detach(), gradient


@every_loss
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(
    rows=st.integers(1, 6),
    seed=st.integers(0, 2**31),
    scale=st.sampled_from([0.1, 1.0, 30.0, 1e4]),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    ignore_index=st.sampled_from([-100, 0, 7]),
    weighted=st.booleans(),
)
def test_equals_the_plain_path(
    name: str, rows: int, seed: int, scale: float, reduction: str, ignore_index: int, weighted: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(rows, 3, generator=generator, dtype=torch.float64)
    target = torch.randint(3, (rows,), generator=generator)
    target = torch.where(torch.rand(rows, generator=generator) < 0.3, ignore_index, target)
    weight = torch.tensor([0.3, 1, 2], dtype=torch.float64) if weighted else None

    def run() -> tuple[Tensor, Tensor]:
        options = {"reduction": reduction, "ignore_index": ignore_index, "weight": weight}
        return value_and_gradient(LOSSES[name], logits, target, **options)

    torch.testing.assert_close(run(), plainly(run), equal_nan=True, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own forward mode uses it
def test_is_taken_exactly_where_it_applies(lean_calls: list[None]) -> None:
    z, y = torch.randn(4, 3, requires_grad=True), torch.tensor([0, 1, 2, 0])
    loss = LOSSES["poly1"]

    class Subclass(torch.Tensor):
        pass

    taken = {
        "leaf": lambda: loss(z, y),
        "byte targets": lambda: loss(z, y.byte()),
        "parameter": lambda: loss(torch.nn.Parameter(z.detach()), y),
        "not a leaf": lambda: loss(2 * z, y),
        "weights and reduction": lambda: loss(z, y, weight=torch.rand(3), reduction="none"),
        "float64": lambda: loss(z.double(), y),
        "strided": lambda: loss(torch.randn(3, 4, requires_grad=True).t(), y),
    }
    not_taken = {
        "no gradient wanted": lambda: loss(z.detach(), y),
        "probabilities": lambda: loss(z, z.detach().softmax(1)),
        "smoothing": lambda: loss(z, y, label_smoothing=0.1),
        "one sample": lambda: loss(z[0], y[0]),
        "images": lambda: loss(z[:, :, None], y[:, None]),
        "half": lambda: loss(z.bfloat16(), y),
        "subclass": lambda: loss(z.as_subclass(Subclass), y),
        "target subclass": lambda: loss(z, y.as_subclass(Subclass)),
        "vmap": lambda: torch.func.vmap(loss)(torch.randn(2, 4, 3, requires_grad=True), torch.stack((y, y))),
        "grad": lambda: torch.func.grad(loss)(z, y),
        "epsilon 0": lambda: poly1_cross_entropy(z, y, epsilon=0),
        "compile": lambda: torch.compile(loss, backend="eager", fullgraph=True)(z, y),
        "meta": lambda: loss(torch.randn(4, 3, device="meta", requires_grad=True), y.to("meta"), reduction="none"),
    }
    for name, call in {**taken, **not_taken}.items():
        lean_calls.clear()
        call()
        assert len(lean_calls) == (name in taken), name
    with torch.no_grad():
        lean_calls.clear()
        loss(z, y)
        assert not lean_calls
    with torch.autograd.forward_ad.dual_level():
        loss(torch.autograd.forward_ad.make_dual(z, torch.ones_like(z)), y)
        assert not lean_calls


@pytest.mark.parametrize(("shape", "expected"), [((4, 6), 1), ((2, 12), 1), ((3, 7), 0), ((8, 5), 0)])
def test_needs_enough_elements_and_classes(
    shape: tuple[int, int], expected: int, lean_calls: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean, "MIN_ELEMENTS", 24)
    monkeypatch.setattr(lean, "MIN_CLASSES", 6)
    LOSSES["poly1"](torch.randn(shape, requires_grad=True), torch.zeros(shape[0], dtype=torch.long))
    assert len(lean_calls) == expected


def test_the_shipped_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 2^18 elements and 64 classes on, as `benchmarks/losses.py --crossover` measures."""
    monkeypatch.undo()
    for shape, expected in {
        (256, 10): False,
        (4096, 10): False,
        (4096, 64): True,
        (4095, 64): False,
        (4200, 63): False,
        (4096, 1000): True,
        (512, 50257): True,
    }.items():
        logits = torch.empty(1, requires_grad=True).expand(shape)
        assert lean._pays(logits, torch.zeros(shape[0], dtype=torch.long)) is expected


@every_loss
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("targets", [[0, 2, 1], [0, -100, 2]], ids=["all", "some ignored"])
def test_first_and_second_derivatives(name: str, reduction: str, targets: list[int]) -> None:
    logits = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(3, dtype=torch.float64)
    loss = partial(LOSSES[name], target=torch.tensor(targets), weight=weight, reduction=reduction)
    assert gradcheck(loss, (logits,))
    assert gradgradcheck(loss, (logits,))


@every_loss
def test_second_derivatives_equal_the_plain_ones(name: str) -> None:
    logits, target = torch.randn(4, 3, dtype=torch.float64), torch.tensor([0, 1, -100, 2])

    def hessian() -> Tensor:
        return torch.autograd.functional.hessian(lambda z: LOSSES[name](z, target), logits)

    torch.testing.assert_close(hessian(), plainly(hessian))


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own forward mode uses it
def test_transforms_of_something_else(lean_calls: list[None]) -> None:
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = partial(LOSSES["poly1"], target=torch.tensor([0, 1, -100, 2]))
    (gradient,) = torch.autograd.grad(loss(logits), logits)
    value = loss(logits).detach()
    lean_calls.clear()
    factors = torch.tensor([0.5, 2.0], dtype=torch.float64)

    def scaled(factor: Tensor) -> Tensor:
        return factor * loss(logits)

    for results in (
        torch.func.vmap(scaled)(factors),
        torch.func.jvp(scaled, (factors,), (factors,))[1],
        factors * torch.func.vmap(torch.func.grad(scaled))(factors),
        factors * torch.func.vmap(torch.func.jacfwd(scaled))(factors),
    ):
        torch.testing.assert_close(results.detach(), factors * value)
        (found,) = torch.autograd.grad(results.sum(), logits)
        torch.testing.assert_close(found, 2.5 * gradient)
    torch.testing.assert_close(torch.func.functionalize(scaled)(factors[0]).detach(), 0.5 * value)
    assert not lean_calls


def test_transforms_of_the_logits() -> None:
    logits, target = torch.randn(4, 3, dtype=torch.float64), torch.tensor([0, 1, -100, 2])
    loss = partial(LOSSES["poly1"], target=target)
    expected = plainly(lambda: torch.autograd.functional.hessian(loss, logits))
    for hessian in (torch.func.hessian(loss), torch.func.jacrev(torch.func.grad(loss))):
        torch.testing.assert_close(hessian(logits), expected)
        torch.testing.assert_close(hessian(logits.clone().requires_grad_()).detach(), expected)


def test_batched_upstream_gradients() -> None:
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    rows = LOSSES["poly1"](logits, torch.tensor([0, 1, -100, 2]), reduction="none")
    upstream = torch.eye(4, dtype=torch.float64)
    (together,) = torch.autograd.grad(rows, logits, upstream, is_grads_batched=True, retain_graph=True)
    one_by_one = torch.stack([torch.autograd.grad(rows, logits, g, retain_graph=True)[0] for g in upstream])
    torch.testing.assert_close(together, one_by_one)


def test_backward_twice() -> None:
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = LOSSES["poly1"](logits, torch.tensor([0, 1, -100, 2]))
    loss.backward(retain_graph=True)
    assert logits.grad is not None
    first = logits.grad.clone()
    loss.backward(retain_graph=True)
    torch.testing.assert_close(logits.grad, 2 * first)
    loss.backward()
    torch.testing.assert_close(logits.grad, 3 * first)
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        loss.backward()


def test_a_differentiated_backward_leaves_the_buffer_for_later() -> None:
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = LOSSES["poly1"](logits, torch.tensor([0, 1, -100, 2]))
    (first,) = torch.autograd.grad(loss, logits, create_graph=True)
    (second,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(first.detach(), second)
    assert first.requires_grad
    assert not second.requires_grad


def test_logits_may_be_overwritten_after_the_loss() -> None:
    """As with `F.cross_entropy`, which doesn't keep them either."""
    leaf = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0, 1, 2, 2])
    logits = leaf * 1
    loss = LOSSES["poly1"](logits, target)
    logits.detach().zero_()
    (gradient,) = torch.autograd.grad(loss, leaf)
    torch.testing.assert_close(gradient, value_and_gradient(lambda z: LOSSES["poly1"](z, target) * 2, leaf)[1])


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointing(reentrant: bool) -> None:
    logits, target = torch.randn(4, 3, dtype=torch.float64, requires_grad=True), torch.tensor([0, 1, -100, 2])
    LOSSES["poly1"](logits, target).backward()
    direct, logits.grad = logits.grad, None
    checkpoint(LOSSES["poly1"], logits, target, use_reentrant=reentrant).backward()
    torch.testing.assert_close(logits.grad, direct)


@pytest.mark.parametrize("target", [[0, 3, 0], [0, -1, 0], [-100, 3, 0], [-100, -1, 0]])
def test_targets_out_of_range(target: list[int]) -> None:
    logits = torch.randn(3, 3, requires_grad=True)
    with pytest.raises(IndexError) as expected:
        F.cross_entropy(logits, torch.tensor(target))
    with pytest.raises(IndexError) as raised:
        LOSSES["poly1"](logits, torch.tensor(target))
    assert str(raised.value) == str(expected.value)


@pytest.mark.parametrize(
    "target", [torch.zeros(2, dtype=torch.long), torch.zeros(3, dtype=torch.int32), torch.zeros(3)]
)
def test_bad_targets_reach_torch(target: Tensor) -> None:
    logits = torch.randn(3, 3, requires_grad=True)
    with pytest.raises(Exception) as expected:  # noqa: PT011  # the type is what is being compared
        F.cross_entropy(logits, target)
    with pytest.raises(expected.type):
        LOSSES["poly1"](logits, target)


def test_byte_targets() -> None:
    logits, target = torch.randn(4, 3), torch.tensor([0, 1, 2, 2])
    for ignore_index in (-100, 0):
        torch.testing.assert_close(
            value_and_gradient(LOSSES["poly1"], logits, target.byte(), ignore_index=ignore_index),
            value_and_gradient(LOSSES["poly1"], logits, target, ignore_index=ignore_index),
        )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_underflow_of_p_t(dtype: torch.dtype) -> None:
    """At p_t = e^−100 a float32 softmax is 0 or denormal; the loss is still 100."""
    logits = torch.tensor([[100.0, 0.0, 3.0], [0.0, 95.0, -1e4], [1.0, 2.0, 3.0]], dtype=dtype)
    target = torch.tensor([1, 2, 0])

    def run() -> tuple[Tensor, Tensor]:
        return value_and_gradient(LOSSES["poly1"], logits, target, reduction="none")

    torch.testing.assert_close(run(), plainly(run))
    assert run()[0][:2].tolist() == pytest.approx([102.0, 10097.0])


@every_loss
def test_infinities_and_nan(name: str) -> None:
    nan, inf = math.nan, math.inf
    logits = torch.tensor([[0.0, -inf, 1.0], [0.0, -inf, 1.0], [nan, 0.0, 0.0], [inf, 0.0, 0.0], [nan, 0.0, 0.0]])
    target = torch.tensor([0, 1, 1, 1, -100])

    def run() -> tuple[Tensor, Tensor]:
        return value_and_gradient(LOSSES[name], logits, target, reduction="none")

    one, three = run(), plainly(run)
    torch.testing.assert_close(one, three, equal_nan=True)
    assert one[0][1] == inf
    assert one[1][1].isfinite().all()
    assert one[0][2:4].isnan().all()
    assert one[0][4] == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_all_ignored(weighted: bool) -> None:
    logits, target = torch.randn(3, 3), torch.full((3,), -100)
    weight = torch.ones(3) if weighted else None
    value, gradient = value_and_gradient(LOSSES["poly1"], logits, target, weight=weight)
    assert value.isnan()
    assert not gradient.any()
    value, gradient = value_and_gradient(LOSSES["poly1"], logits, target, weight=weight, reduction="sum")
    assert value == 0
    assert not gradient.any()


def test_autocast_keeps_float32() -> None:
    logits, target = torch.randn(4, 3, requires_grad=True), torch.tensor([0, 1, -100, 2])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = LOSSES["poly1"](logits, target, weight=torch.ones(3))
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, LOSSES["poly1"](logits, target))


def test_float32_is_as_exact_as_the_plain_path() -> None:
    torch.manual_seed(0)
    logits, target = 5 * torch.randn(400, 300), torch.randint(300, (400,))
    exact = value_and_gradient(LOSSES["poly1"], logits.double(), target, reduction="none")

    def errors(results: tuple[Tensor, Tensor]) -> list[float]:
        return [float((a.double() - b).abs().max()) for a, b in zip(results, exact, strict=True)]

    def run() -> tuple[Tensor, Tensor]:
        return value_and_gradient(LOSSES["poly1"], logits, target, reduction="none")

    for one, three in zip(errors(run()), errors(plainly(run)), strict=True):
        assert one <= 2 * three + 1e-6


def test_peak_memory_is_one_buffer() -> None:
    logits, target = torch.randn(256, 1000, requires_grad=True), torch.randint(1000, (256,))
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        LOSSES["poly1"](logits, target).backward()
    held = peak = 0
    for event in sorted(profile.kineto_results.events(), key=lambda e: e.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    assert logits.numel() * 4 <= peak <= 1.1 * logits.numel() * 4
