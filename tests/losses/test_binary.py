"""Binary cross-entropy and its relatives: against torch, torchvision, their definitions, and at the ends."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torchvision.ops import sigmoid_focal_loss

from dlnotes.losses.binary import binary_cross_entropy_with_logits, binary_loss, focal_loss
from tests.support.binary_family import LOSSES, OF_P, definition, every_loss, with_gradients
from tests.support.opinfo import sample_inputs

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
Z, Y = torch.randn(4, 3), torch.rand(4, 3)


def test_torchs_own_samples() -> None:
    samples = sample_inputs("binary_cross_entropy_with_logits")
    assert len(samples) > 20
    for z, (y,), options in samples:
        ours = with_gradients(binary_cross_entropy_with_logits, z, y, **options)
        theirs = with_gradients(F.binary_cross_entropy_with_logits, z, y, **options)
        torch.testing.assert_close(ours, theirs)


def test_arguments_come_in_the_order_of_torchs() -> None:
    weight, pos_weight = torch.rand(3), torch.rand(3)
    ours = binary_cross_entropy_with_logits(Z, Y, weight, "sum", pos_weight)
    theirs = F.binary_cross_entropy_with_logits(Z, Y, weight, reduction="sum", pos_weight=pos_weight)
    torch.testing.assert_close(ours, theirs)


@every_loss
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_values_and_gradients_equal_the_definition(name: str, reduction: str) -> None:
    for shape in ((), (5,), (4, 3), (2, 3, 2, 2)):
        z, y = 5 * torch.randn(shape, dtype=torch.float64), torch.rand(shape, dtype=torch.float64)
        ours = with_gradients(LOSSES[name], z, y, reduction=reduction)
        torch.testing.assert_close(ours, with_gradients(partial(definition, OF_P[name]), z, y, reduction=reduction))


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (0.0, 1.0), (1.0, 0.5), (None, 3.0), (0.75, 0.0)])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_focal_loss_is_torchvisions(alpha: float | None, gamma: float, reduction: str) -> None:
    z, y = 3 * torch.randn(6, 5, dtype=torch.float64), torch.randint(2, (6, 5)).double()
    ours = with_gradients(partial(focal_loss, target=y, alpha=alpha, gamma=gamma, reduction=reduction), z)
    theirs = partial(
        sigmoid_focal_loss, targets=y, alpha=-1 if alpha is None else alpha, gamma=gamma, reduction=reduction
    )
    torch.testing.assert_close(ours, with_gradients(theirs, z))


def test_focal_loss_mixes_yes_and_no_for_targets_between() -> None:
    yes, no, mixed = (
        focal_loss(torch.tensor(0.7), torch.tensor(y), alpha=0.25, reduction="none") for y in (1.0, 0.0, 0.3)
    )
    torch.testing.assert_close(mixed, 0.3 * yes + 0.7 * no)


def test_defaults_are_those_of_the_docstrings() -> None:
    torch.testing.assert_close(focal_loss(Z, Y), focal_loss(Z, Y, alpha=None, gamma=2, reduction="mean"))
    torch.testing.assert_close(
        binary_cross_entropy_with_logits(Z, Y), binary_cross_entropy_with_logits(Z, Y, None, "mean", None)
    )


def test_any_function_of_the_logit_will_do() -> None:
    hinge = binary_loss(lambda z: (1 - z).clamp(min=0), Z, Y.round(), reduction="none", neg_weight=3.0)
    signs = 2 * Y.round() - 1
    torch.testing.assert_close(hinge, (1 - signs * Z).clamp(min=0) * torch.where(signs > 0, 1.0, 3.0))


# Extremes.


@every_loss
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [30.0, 60.0, 1e3, 1e30])
def test_huge_logits(name: str, dtype: torch.dtype, size: float) -> None:
    """At p = 0 or 1 each loss is that of the answer that has probability 0 or 1, and its slope ∓1 or 0."""
    size = min(size, torch.finfo(dtype).max)
    z = torch.tensor([size, size, -size, -size], dtype=dtype, requires_grad=True)
    losses = LOSSES[name](z, torch.tensor([1, 0, 1, 0], dtype=dtype), reduction="none")
    (slopes,) = torch.autograd.grad(losses.sum(), z)
    limit = {"poly1": 2.0, "poly1 focal": -0.5}.get(name, 0.0)
    torch.testing.assert_close(losses, torch.tensor([0, size + limit, size + limit, 0], dtype=dtype))
    torch.testing.assert_close(slopes, torch.tensor([0, 1, -1, 0], dtype=dtype))


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_derivatives_are_finite_at_every_size(name: str, dtype: torch.dtype) -> None:
    sizes = 10 ** torch.linspace(-30, 38, 500, dtype=torch.float64)
    z = torch.cat([sizes, -sizes, torch.zeros(1)]).to(dtype).requires_grad_()
    for y in (0.0, 0.3, 1.0):
        losses = LOSSES[name](z, torch.full_like(z, y), reduction="none")
        (first,) = torch.autograd.grad(losses.sum(), z, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), z)
        assert losses.isfinite().all()
        assert first.isfinite().all()
        assert second.isfinite().all()


@pytest.mark.parametrize("z", [-20.0, -80.0])
def test_a_confident_no_keeps_its_loss(z: float) -> None:
    """PyTorch's form, z − log σ(z), subtracts nearly equal numbers."""
    logit, no = torch.tensor(z), torch.tensor(0.0)
    assert F.binary_cross_entropy_with_logits(logit, no) == 0
    assert float(binary_cross_entropy_with_logits(logit, no)) == pytest.approx(math.exp(z), rel=1e-6)


@every_loss
def test_confident_answers_keep_all_digits(name: str) -> None:
    z = torch.tensor([15.0, 20.0, 25.0])
    for logits, y in ((z, torch.ones(3)), (-z, torch.zeros(3))):
        exact = with_gradients(partial(LOSSES[name], target=y.double(), reduction="none"), logits.double())
        found = with_gradients(partial(LOSSES[name], target=y, reduction="none"), logits)
        torch.testing.assert_close([it.double() for it in found], exact, rtol=1e-5, atol=0)


@every_loss
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_no_elements(name: str, reduction: str) -> None:
    z = torch.zeros(0, 3, requires_grad=True)
    loss = LOSSES[name](z, torch.zeros(0, 3), reduction=reduction)
    expected = F.binary_cross_entropy_with_logits(z, torch.zeros(0, 3), reduction=reduction)
    assert torch.equal(loss.isnan(), expected.isnan())
    assert loss.shape == expected.shape
    assert torch.autograd.grad(loss.sum(), z)[0].shape == (0, 3)


@every_loss
def test_nan_stays_in_its_place(name: str) -> None:
    losses = LOSSES[name](torch.tensor([math.nan, 1.0]), torch.tensor([0.0, 1.0]), reduction="none")
    assert losses.isnan().tolist() == [True, False]


# Dtypes and layouts.


@every_loss
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_dtypes_are_kept_and_rounded_once(name: str, dtype: torch.dtype, reduction: str) -> None:
    z, y = (6 * torch.randn(40)).to(dtype), torch.rand(40).to(dtype)
    loss, gradient = with_gradients(partial(LOSSES[name], target=y, reduction=reduction), z)
    assert loss.dtype == gradient.dtype == dtype
    exact, exact_gradient = with_gradients(partial(LOSSES[name], target=y.double(), reduction=reduction), z.double())
    tolerance = 8 * torch.finfo(torch.float32).eps if dtype == torch.float32 else torch.finfo(dtype).eps
    torch.testing.assert_close(loss.double(), exact, rtol=tolerance, atol=1e-7)
    torch.testing.assert_close(gradient.double(), exact_gradient, rtol=2 * tolerance, atol=1e-7)


def test_a_mean_over_many_half_elements_does_not_overflow() -> None:
    z, y = torch.full((40,), 5e4, dtype=torch.float16), torch.zeros(40, dtype=torch.float16)
    assert binary_cross_entropy_with_logits(z, y).item() == torch.tensor(5e4).half().item()


@every_loss
def test_of_two_dtypes_the_wider_counts(name: str) -> None:
    z, y = torch.randn(5), torch.rand(5)
    assert LOSSES[name](z.bfloat16(), y).dtype == LOSSES[name](z, y.bfloat16()).dtype == torch.float32
    assert LOSSES[name](z.double(), y).dtype == LOSSES[name](z, y.double()).dtype == torch.float64


@every_loss
def test_autocast_computes_in_float32(name: str) -> None:
    z, y = torch.randn(5).bfloat16(), torch.rand(5).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = LOSSES[name](z, y)
        assert loss.dtype == F.binary_cross_entropy_with_logits(z, y).dtype == torch.float32
    torch.testing.assert_close(loss, LOSSES[name](z.float(), y.float()))


@every_loss
def test_strides_do_not_matter(name: str) -> None:
    z, y = torch.randn(3, 4), torch.rand(3, 4)
    torch.testing.assert_close(LOSSES[name](z.t(), y.t(), reduction="none"), LOSSES[name](z, y, reduction="none").t())
    torch.testing.assert_close(LOSSES[name](z[:, ::2], y[:, ::2]), LOSSES[name](z[:, ::2].clone(), y[:, ::2].clone()))


# Derivatives and transforms.


@every_loss
def test_first_and_second_derivatives(name: str) -> None:
    z = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    y = torch.rand(3, 4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(LOSSES[name], (z, y))
    assert gradgradcheck(LOSSES[name], (z, y))


@every_loss
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own forward mode uses it
def test_forward_mode(name: str) -> None:
    z = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    loss = partial(LOSSES[name], target=torch.rand(3, 4, dtype=torch.float64))
    assert gradcheck(loss, (z,), check_forward_ad=True, check_backward_ad=False)


@every_loss
def test_vmap_and_grad(name: str) -> None:
    z, y = torch.randn(5, 3, dtype=torch.float64), torch.rand(5, 3, dtype=torch.float64)
    loss = LOSSES[name]
    torch.testing.assert_close(
        torch.func.vmap(loss)(z, y), torch.stack([loss(a, b) for a, b in zip(z, y, strict=True)])
    )
    for a, b, gradient in zip(z, y, torch.func.vmap(torch.func.grad(loss))(z, y), strict=True):
        torch.testing.assert_close(gradient, with_gradients(partial(loss, target=b), a)[1] / 0.5)


@every_loss
def test_compiles_to_one_graph(name: str) -> None:
    z = torch.randn(4, 3, requires_grad=True)
    torch._dynamo.reset()
    compiled = torch.compile(LOSSES[name], backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(z, Y), LOSSES[name](z, Y))
    gradients = [torch.autograd.grad(f(z, Y), z)[0] for f in (compiled, LOSSES[name])]
    torch.testing.assert_close(*gradients)


# Refusals.


@every_loss
@pytest.mark.parametrize(
    ("error", "match", "input", "target", "options"),
    [
        (TypeError, "input is a list; it must be a Tensor", [0.0], Y, {}),
        (TypeError, "target is a float; it must be a Tensor", Z, 1.0, {}),
        (TypeError, r"target is torch.int64; it must be floating-point: target.float\(\)", Z, Y.long(), {}),
        (TypeError, "target is torch.bool; it must be floating-point", Z, Y > 0.5, {}),
        (TypeError, "input is torch.int64; it must be floating-point", Z.long(), Y, {}),
        (TypeError, "input is torch.complex64; it must be floating-point", Z * 1j, Y, {}),
        (ValueError, r"input has shape \(4, 3\) and target \(4,\); they must be equal", Z, Y[:, 0], {}),
        (ValueError, r"input has shape \(4, 1\) and target \(4,\)", Z[:, :1], Y[:, 0], {}),
        (ValueError, "reduction is 'avg'; choose", Z, Y, {"reduction": "avg"}),
    ],
)
def test_refusals(name: str, error: type[Exception], match: str, input: Any, target: Any, options: Any) -> None:
    with pytest.raises(error, match=match):
        LOSSES[name](input, target, **options)


@pytest.mark.parametrize("name", ["weight", "pos_weight"])
@pytest.mark.parametrize("shape", [(4,), (2, 4, 3), (1, 4, 3), (4, 3, 1)])
def test_weights_must_broadcast_to_the_logits(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=rf"^{name} has shape .*; it must broadcast to that of the input, \(4, 3\)"):
        binary_cross_entropy_with_logits(Z, Y, **{name: torch.ones(shape)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (TypeError, "gamma is True, a bool; it must be a number", partial(focal_loss, gamma=True)),
        (ValueError, "gamma is -1; it must be at least 0", partial(focal_loss, gamma=-1)),
        (ValueError, "gamma is inf; it must be finite", partial(focal_loss, gamma=math.inf)),
        (ValueError, "gamma is 1e[+]300; the logits are torch.float32", partial(focal_loss, gamma=1e300)),
        (ValueError, "alpha is 1.1; it must be from 0 to 1", partial(focal_loss, alpha=1.1)),
        (ValueError, "alpha is -1; it must be from 0 to 1", partial(focal_loss, alpha=-1)),
        (TypeError, "alpha is '1', a str", partial(focal_loss, alpha="1")),  # type: ignore[arg-type]
        (RuntimeError, "label_smoothing is 1.5; it must be b", partial(binary_loss, torch.exp, label_smoothing=1.5)),
    ],
)
def test_numbers_are_checked(error: type[Exception], match: str, call: Callable[..., Tensor]) -> None:
    with pytest.raises(error, match=match):
        call(Z, Y)
