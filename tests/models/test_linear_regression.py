"""Linear regression finds the plane that the data were made from, and takes the steps that torch's optimizer takes."""

import pytest
import torch
from torch import nn

from dlnotes.models.linear_regression import closed_form, minibatches, predict, sgd_step, synthetic_data, train

WEIGHT, BIAS = torch.tensor([2.0, -3.4]), 4.2


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def test_synthetic_data_lie_near_the_plane() -> None:
    inputs, targets = synthetic_data(WEIGHT, BIAS, 10_000)
    distance = targets - predict(inputs, WEIGHT, BIAS)
    assert inputs.shape == (10_000, 2)
    assert float(distance.mean()) == pytest.approx(0, abs=0.004)  # 4 standard errors
    assert float(distance.std()) == pytest.approx(0.1, abs=0.003)


def test_predictions_are_those_of_a_linear_layer() -> None:
    layer = nn.Linear(3, 1)
    inputs = torch.randn(5, 3)
    torch.testing.assert_close(predict(inputs, layer.weight[0], layer.bias[0]), layer(inputs)[:, 0])


def test_closed_form_is_exact_without_noise() -> None:
    weight, bias = closed_form(*synthetic_data(WEIGHT.double(), BIAS, 20, noise=0))
    torch.testing.assert_close(weight, WEIGHT.double())
    assert float(bias) == pytest.approx(BIAS)


def test_no_step_lowers_the_loss_of_the_closed_form() -> None:
    inputs, targets = synthetic_data(WEIGHT.double(), BIAS, 100)
    parameters = [part.requires_grad_() for part in closed_form(inputs, targets)]
    ((predict(inputs, *parameters) - targets) ** 2).mean().backward()
    for parameter in parameters:
        torch.testing.assert_close(parameter.grad, torch.zeros_like(parameter))


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (
            torch.zeros(4),
            torch.zeros(4),
            r"inputs has shape \(4,\) and targets \(4,\); they must be \(N, features\) and \(N,\)",
        ),
        (torch.zeros(4, 2), torch.zeros(4, 1), r"inputs has shape \(4, 2\) and targets \(4, 1\); they must"),
        (torch.zeros(2, 2), torch.zeros(2), "inputs has 2 rows; give more than 2"),
    ],
)
def test_closed_form_refuses(inputs: torch.Tensor, targets: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        closed_form(inputs, targets)


def test_minibatches_take_each_example_once_with_its_target() -> None:
    inputs = torch.arange(23.0)
    batches = list(minibatches(inputs, 2 * inputs, 5))
    assert [len(x) for x, _ in batches] == [5, 5, 5, 5, 3]
    assert all(torch.equal(2 * x, y) for x, y in batches)
    order = torch.cat([x for x, _ in batches])
    assert not torch.equal(order, inputs)
    assert torch.equal(order.sort().values, inputs)


def test_step_is_that_of_torch() -> None:
    ours = torch.randn(3, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([theirs], lr=0.3)
    for parameter in (ours, theirs):
        (parameter**3).sum().backward()
    sgd_step([ours], lr=0.3)
    optimizer.step()
    torch.testing.assert_close(ours, theirs)
    assert ours.grad is None


def test_training_finds_the_plane() -> None:
    """The settings and the accuracy of the page."""
    inputs, targets = synthetic_data(WEIGHT, BIAS, 10_000)
    weight, bias = train(inputs, targets, lr=0.03, batch_size=10, epochs=10)
    assert float((weight - WEIGHT).abs().max()) < 0.02
    assert abs(float(bias) - BIAS) < 0.02


def test_training_keeps_the_precision_of_the_inputs() -> None:
    inputs, targets = synthetic_data(WEIGHT.double(), BIAS, 200, noise=0)
    weight, bias = train(inputs, targets, lr=0.5, batch_size=100, epochs=100)
    assert weight.dtype == bias.dtype == torch.float64
    torch.testing.assert_close(weight, WEIGHT.double(), rtol=0, atol=1e-9)


def test_more_epochs_come_closer() -> None:
    inputs, targets = synthetic_data(WEIGHT, BIAS, 1_000)
    errors = [float((train(inputs, targets, lr=0.01, batch_size=50, epochs=n)[0] - WEIGHT).norm()) for n in (1, 3, 9)]
    assert errors == sorted(errors, reverse=True)
