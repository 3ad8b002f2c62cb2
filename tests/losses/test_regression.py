"""Squared, absolute and Huber losses against torch and against their definitions."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from dlnotes.losses.regression import absolute, absolute_loss, huber, huber_loss, squared, squared_loss
from dlnotes.losses.sigmoids import slope

Loss = Callable[..., Tensor]
LOSSES: dict[Loss, Loss] = {squared_loss: F.mse_loss, absolute_loss: F.l1_loss, huber_loss: F.huber_loss}
ALL = pytest.mark.parametrize("loss", LOSSES, ids=lambda f: f.__name__)
REDUCTIONS = ["none", "mean", "sum"]

residuals = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=12)
deltas = st.floats(1e-3, 1e3)


def value_and_gradients(loss: Loss, input: Tensor, target: Tensor, **options: object) -> list[Tensor]:
    """The loss, and the gradients of a weighted sum of it with respect to input and target."""
    leaves = input.clone().requires_grad_(), target.clone().requires_grad_()
    value = loss(*leaves, **options)
    weights = torch.arange(1.0, value.numel() + 1).reshape(value.shape).to(value)
    return [value.detach(), *torch.autograd.grad(value, leaves, weights)]


@ALL
@pytest.mark.parametrize("reduction", REDUCTIONS)
@settings(max_examples=25, deadline=None)
@given(values=residuals, offset=st.floats(-10, 10))
def test_values_and_gradients_equal_torch(loss: Loss, reduction: str, values: list[float], offset: float) -> None:
    input = torch.tensor(values, dtype=torch.float64)
    target = torch.full_like(input, offset)
    ours = value_and_gradients(loss, input, target, reduction=reduction)
    theirs = value_and_gradients(LOSSES[loss], input, target, reduction=reduction)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@settings(max_examples=25, deadline=None)
@given(values=residuals, delta=deltas)
def test_huber_equals_torch_and_delta_times_smooth_l1(reduction: str, values: list[float], delta: float) -> None:
    input = torch.tensor(values, dtype=torch.float64)
    target = torch.ones_like(input)
    ours = value_and_gradients(huber_loss, input, target, reduction=reduction, delta=delta)
    torch.testing.assert_close(ours, value_and_gradients(F.huber_loss, input, target, reduction=reduction, delta=delta))
    smooth_l1 = value_and_gradients(F.smooth_l1_loss, input, target, reduction=reduction, beta=delta)
    torch.testing.assert_close(ours, [delta * part for part in smooth_l1])


@settings(max_examples=50, deadline=None)
@given(values=residuals, delta=deltas)
def test_formulas_equal_their_definitions(values: list[float], delta: float) -> None:
    r = torch.tensor(values, dtype=torch.float64)
    parabola_or_line = [x * x / 2 if abs(x) <= delta else delta * (abs(x) - delta / 2) for x in values]
    torch.testing.assert_close(squared(r), r.new_tensor([x * x for x in values]))
    torch.testing.assert_close(absolute(r), r.new_tensor([abs(x) for x in values]))
    torch.testing.assert_close(huber(r, delta), r.new_tensor(parabola_or_line))
    torch.testing.assert_close(slope(squared, r), 2 * r)
    torch.testing.assert_close(slope(absolute, r), r.sign())
    torch.testing.assert_close(
        slope(lambda r: huber(r, delta), r), r.new_tensor([max(-delta, min(delta, x)) for x in values])
    )


def test_defaults_are_the_mean_and_delta_one() -> None:
    input, target = torch.tensor([3.0, 0.0]), torch.tensor([1.0, 0.5])
    assert squared_loss(input, target).item() == (4 + 0.25) / 2
    assert absolute_loss(input, target).item() == (2 + 0.5) / 2
    assert huber_loss(input, target).item() == (1.5 + 0.125) / 2
    assert huber(input - target).tolist() == [1.5, 0.125]


def test_where_the_losses_bend() -> None:
    r = torch.tensor([-2.0, 0.0, 2.0])
    assert slope(absolute, r).tolist() == [-1, 0, 1]  # autograd's choice at the kink
    at_delta = torch.tensor([-1.5, 1.5])
    assert huber(at_delta, 1.5).tolist() == [1.125, 1.125]
    assert slope(lambda r: huber(r, 1.5), at_delta).tolist() == [-1.5, 1.5]  # the two pieces join with equal slopes
    inside_and_out = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert slope(lambda r: slope(lambda r: huber(r, 1.5), r), inside_and_out).tolist() == [0, 1, 1, 1, 0]
    assert slope(lambda r: slope(squared, r), r).tolist() == [2, 2, 2]


def test_an_infinite_delta_halves_the_squared_loss() -> None:
    input, target = torch.tensor([1e4, -3.0]), torch.zeros(2)
    assert huber_loss(input, target, delta=math.inf).item() == squared_loss(input, target).item() / 2


@ALL
def test_gradients_to_second_order(loss: Loss) -> None:
    input = torch.tensor([[-3.0, -0.4], [0.3, 5.0]], dtype=torch.float64, requires_grad=True)
    target = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    for reduction in REDUCTIONS:
        assert torch.autograd.gradcheck(lambda i, t, r=reduction: loss(i, t, reduction=r), (input, target))
        assert torch.autograd.gradgradcheck(lambda i, t, r=reduction: loss(i, t, reduction=r), (input, target))


@ALL
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 1)])
def test_dtypes_and_shapes(loss: Loss, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    input, target = torch.randn(shape).to(dtype), torch.randn(shape).to(dtype)
    for reduction in REDUCTIONS:
        result = loss(input, target, reduction=reduction)
        assert result.dtype == dtype
        assert result.shape == (shape if reduction == "none" else ())
        torch.testing.assert_close(result, LOSSES[loss](input, target, reduction=reduction))


def test_huber_survives_what_overflows_squared() -> None:
    input, target = torch.tensor([300.0, -6e4], dtype=torch.float16), torch.zeros(2, dtype=torch.float16)
    assert squared_loss(input, target, reduction="none").isinf().all()
    losses, gradient, _ = value_and_gradients(huber_loss, input, target, reduction="none")
    assert losses.tolist() == [299.5, 6e4]
    assert gradient.tolist() == [1, -2]  # sign r, times the weights 1 and 2


@ALL
def test_infinity_and_nan_reach_the_loss_as_in_torch(loss: Loss) -> None:
    input, target = torch.tensor([math.inf, -math.inf, math.nan, 1.0]), torch.zeros(4)
    ours = value_and_gradients(loss, input, target, reduction="none")
    theirs = value_and_gradients(LOSSES[loss], input, target, reduction="none")
    torch.testing.assert_close(ours, theirs, equal_nan=True)


@ALL
def test_no_elements(loss: Loss) -> None:
    empty = torch.ones(0)
    assert loss(empty, empty).isnan()
    assert loss(empty, empty, reduction="sum") == 0
    assert loss(empty, empty, reduction="none").shape == (0,)


@ALL
@pytest.mark.parametrize(
    ("input", "target"), [((5, 1), (5,)), ((5,), (5, 1)), ((), (1,)), ((5, 3), (1, 5, 3))], ids=str
)
def test_shapes_that_differ_by_ones_are_refused_with_the_cure(
    loss: Loss, input: tuple[int, ...], target: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="must be equal") as error:
        loss(torch.ones(input), torch.ones(target))
    assert str(error.value) == (
        f"input has shape {input} and target {target}; they must be equal: broadcasting would pair predictions with "
        "other examples' targets. Pass target.reshape(input.shape)."
    )
    loss(torch.ones(input), torch.ones(target).reshape(input))  # the cure works


@ALL
@pytest.mark.parametrize(
    ("input", "target"), [((2, 3), (3, 2)), ((4,), (5,)), ((4, 3), (3,)), ((6,), (2, 3)), ((3, 1), (2,))], ids=str
)
def test_other_shapes_are_refused_without_a_cure_that_would_mix_them_up(
    loss: Loss, input: tuple[int, ...], target: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="must be equal") as error:
        loss(torch.ones(input), torch.ones(target))
    assert str(error.value).endswith("targets. Check that both come from the same batch.")


def test_torch_only_warns_about_what_is_refused_here() -> None:
    column, row = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0])
    with pytest.warns(UserWarning, match="broadcast"):
        assert F.mse_loss(column, row, reduction="none").shape == (3, 3)
    assert squared_loss(column, row.reshape(column.shape)) == 0


@ALL
def test_one_integer_tensor_is_promoted_two_are_refused(loss: Loss) -> None:
    numbers = torch.tensor([1, 2])
    assert loss(torch.zeros(2), numbers, reduction="none").dtype == torch.float32
    assert loss(numbers, torch.zeros(2), reduction="none").dtype == torch.float32
    with pytest.raises(TypeError, match=r"^input is torch\.int64 and target torch\.int64; .* input\.float\(\)"):
        loss(numbers, numbers)
    with pytest.raises(TypeError, match=r"^input is torch\.complex64 and target torch\.float32; "):
        loss(torch.ones(2, dtype=torch.complex64), torch.ones(2))


@ALL
def test_an_unknown_reduction_is_refused(loss: Loss) -> None:
    with pytest.raises(ValueError, match=r"^reduction is 'average'; choose 'none', 'mean' or 'sum'"):
        loss(torch.ones(2), torch.ones(2), reduction="average")


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_delta_must_be_positive(delta: float) -> None:
    with pytest.raises(ValueError, match=f"^delta is {delta}; it must be positive"):
        huber_loss(torch.ones(2), torch.ones(2), delta=delta)
