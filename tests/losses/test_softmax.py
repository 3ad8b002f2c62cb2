"""Softmax and its family against torch and against exact arithmetic."""

import math

import mpmath
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from dlnotes.losses.softmax import cross_entropy, log_softmax, logsumexp, softmax

SHAPES = [((5,), 0), ((4, 3), -1), ((4, 3), 0), ((2, 5, 4, 3), 1), ((0, 3), -1), ((2, 1), -1)]
PAIRS = [(softmax, torch.softmax), (log_softmax, torch.log_softmax), (logsumexp, torch.logsumexp)]

rows = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_values_and_gradients_are_those_of_torch(ours, theirs, shape, dim, dtype):
    z = (10 * torch.randn(shape)).to(dtype).requires_grad_()
    upstream = torch.randn(theirs(z, dim).shape).to(dtype)
    results = []
    for function in (ours, theirs):
        value = function(z, dim)
        results.append((value, *torch.autograd.grad(value, z, upstream)))
    tolerance = 0.05 if dtype is torch.bfloat16 else None
    torch.testing.assert_close(*results, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_second_derivatives_are_right(ours, theirs):
    z = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(ours, z)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_half_precision_is_rounded_once(ours, theirs, dtype):
    many = torch.zeros(100_000, dtype=dtype)  # more than the largest float16: torch's own log_softmax gives -inf
    for z in (many, (10 * torch.randn(50, 7)).to(dtype)):
        value = ours(z, -1)
        assert value.dtype == dtype
        torch.testing.assert_close(value, theirs(z.double(), -1).to(dtype), rtol=torch.finfo(dtype).eps, atol=1e-6)
    torch.testing.assert_close(softmax(many), torch.softmax(many, -1))
    assert softmax(many).double().sum().item() == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_cross_entropy_survives_many_classes(dtype):
    z = torch.zeros(1, 100_000, dtype=dtype, requires_grad=True)
    for targets in (torch.tensor([7]), torch.full((1, 100_000), 1e-5, dtype=dtype)):
        loss = cross_entropy(z, targets)
        exact = targets.double().sum() * math.log(100_000) if targets.is_floating_point() else math.log(100_000)
        assert loss.item() == pytest.approx(float(exact), rel=torch.finfo(dtype).eps)
        assert torch.autograd.grad(loss.sum(), z)[0].isfinite().all()


def exact(z):
    with mpmath.workdps(50):
        weights = [mpmath.exp(mpmath.mpf(x)) for x in z]
        total = mpmath.fsum(weights)
        return [float(w / total) for w in weights], float(mpmath.log(total))


@given(rows)
def test_large_logits_lose_nothing(z):
    probs, lse = exact(z)
    logits = torch.tensor(z, dtype=torch.float64)
    torch.testing.assert_close(softmax(logits), torch.tensor(probs, dtype=torch.float64), rtol=1e-9, atol=1e-300)
    torch.testing.assert_close(logsumexp(logits).item(), lse, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(log_softmax(logits), logits - lse, rtol=1e-11, atol=1e-11)


def test_logsumexp_keeps_the_dimension_if_asked():
    assert logsumexp(torch.zeros(4, 3, 2), dim=1, keepdim=True).shape == (4, 1, 2)
    assert logsumexp(torch.zeros(4, 3, 2), dim=1).shape == (4, 2)


def test_a_masked_class_gets_probability_zero():
    z = torch.tensor([1.0, -torch.inf, 0.0], requires_grad=True)
    loss = cross_entropy(z, torch.tensor(0))
    loss.backward()
    torch.testing.assert_close(softmax(z)[1].item(), 0.0)
    torch.testing.assert_close(z.grad, torch.tensor([0.2689 - 0.5379, 0.0, 0.2689]), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
@pytest.mark.parametrize("index_dtype", [torch.int64, torch.int32, torch.uint8])
def test_class_indices(shape, dim, index_dtype):
    logits = torch.randn(shape)
    targets = torch.randint(0, shape[dim], logits.select(dim, 0).shape)
    expected = F.nll_loss(
        torch.log_softmax(logits.movedim(dim, -1).reshape(-1, shape[dim]), -1), targets.flatten(), reduction="none"
    )
    torch.testing.assert_close(cross_entropy(logits, targets.to(index_dtype), dim), expected.view(targets.shape))


@pytest.mark.parametrize(("shape", "dim"), SHAPES)
def test_probabilities(shape, dim):
    logits, targets = torch.randn(shape), torch.rand(shape)
    expected = -(targets * torch.log_softmax(logits, dim)).sum(dim)
    torch.testing.assert_close(cross_entropy(logits, targets, dim), expected)


def test_both_kinds_agree_with_torch_on_a_batch():
    logits, targets = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 3, 0])
    soft = torch.softmax(torch.randn(6, 4), 1)
    torch.testing.assert_close(cross_entropy(logits, targets).mean(), F.cross_entropy(logits, targets))
    torch.testing.assert_close(cross_entropy(logits, soft).mean(), F.cross_entropy(logits, soft))


@given(rows, st.floats(0, 5))
def test_gradient_is_s_p_minus_y(z, scale):
    logits = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    y = scale * torch.rand(len(z), dtype=torch.float64)
    cross_entropy(logits, y).backward()
    derived = y.sum() * torch.softmax(logits.detach(), 0) - y
    torch.testing.assert_close(logits.grad, derived, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (torch.zeros(2, 1, dtype=torch.long), r"targets has shape \(2, 1\); class indices \(integers\) must be \(2,\)"),
        (torch.zeros(3, dtype=torch.long), r"targets has shape \(3,\); class indices \(integers\) must be \(2,\)"),
        (torch.zeros(2), r"targets has shape \(2,\); probabilities \(floating point\) must be \(2, 3\)"),
    ],
)
def test_wrong_shapes_are_refused(targets, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(torch.zeros(2, 3), targets)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_impossible_class_is_refused(index):
    with pytest.raises(RuntimeError, match=rf"index {index} is out of bounds for dimension 1 with size 3"):
        cross_entropy(torch.zeros(1, 3), torch.tensor([index]))
