"""Batch normalisation from scratch, against PyTorch's: values, gradients, running means."""

import pytest
import torch
from torch import nn

from dlnotes.models.batch_normalisation import BatchNorm

SHAPES = {(5, 3): nn.BatchNorm1d, (4, 3, 2, 6): nn.BatchNorm2d}


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    torch.manual_seed(0)
    return request.param


def pair(shape):
    """Ours and PyTorch's, with the same random parameters."""
    ours, theirs = BatchNorm(3, share=0.3), SHAPES[shape](3, momentum=0.3)
    for mine, other in ((ours.scale, theirs.weight), (ours.shift, theirs.bias)):
        nn.init.normal_(mine)
        with torch.no_grad():
            other.copy_(mine)
    return ours, theirs


def test_values_gradients_and_running_means_are_those_of_pytorch(shape):
    ours, theirs = pair(shape)
    for _ in range(3):
        x = (7 + 3 * torch.randn(shape)).requires_grad_()
        other = x.detach().clone().requires_grad_()
        found, expected = ours(x), theirs(other)
        torch.testing.assert_close(found, expected)
        pull = torch.randn(shape)
        found.backward(pull)
        expected.backward(pull)
        torch.testing.assert_close(x.grad, other.grad, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(ours.mean, theirs.running_mean)
        torch.testing.assert_close(ours.variance, theirs.running_var)
    torch.testing.assert_close(ours.scale.grad, theirs.weight.grad)
    torch.testing.assert_close(ours.shift.grad, theirs.bias.grad)


def test_evaluation_uses_the_running_means_and_leaves_them(shape):
    ours, theirs = pair(shape)
    for _ in range(2):
        x = 7 + 3 * torch.randn(shape)
        ours(x), theirs(x)
    before = ours.mean.clone()
    x = torch.randn(shape)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))
    torch.testing.assert_close(ours(x[:1]), ours(x)[:1])
    assert torch.equal(ours.mean, before)


def test_running_means_are_saved_and_not_trained(shape):
    ours = BatchNorm(3)
    assert set(ours.state_dict()) == {"scale", "shift", "mean", "variance"}
    assert {name for name, _ in ours.named_parameters()} == {"scale", "shift"}


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1, 1)])
def test_one_value_a_channel_is_refused_in_training(shape):
    layer = BatchNorm(3)
    with pytest.raises(ValueError, match="a batch has 1 value a channel; give it 2"):
        layer(torch.ones(shape))
    assert layer.eval()(torch.ones(shape)).shape == shape
