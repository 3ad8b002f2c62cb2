"""The residual network: what its blocks add, and its first weights."""

import pytest
import torch
from torch import nn

from dlnotes.models.resnet import Residual, initialise, resnet


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def silence(block):
    """Let the branch give 0: its last batch normalisation multiplies by that."""
    nn.init.zeros_(block.get_parameter("branch.4.weight"))
    return block


def test_a_silent_branch_leaves_the_input_as_it_is():
    x = torch.rand(2, 8, 6, 6)
    assert torch.equal(silence(Residual(8, 8))(x), x)


@pytest.mark.parametrize(("inputs", "outputs", "stride"), [(8, 16, 2), (8, 16, 1), (8, 8, 2)])
def test_where_shapes_change_the_shortcut_projects(inputs, outputs, stride):
    x = torch.rand(2, inputs, 7, 7)
    block = silence(Residual(inputs, outputs, stride))
    found = block(x)
    convolution, normalisation = block.shortcut
    expected = torch.einsum("oi,nihw->nohw", convolution.weight[:, :, 0, 0], x[..., ::stride, ::stride])
    torch.testing.assert_close(found, normalisation(expected).relu())


def test_the_branch_is_added_before_the_relu():
    block = Residual(4, 4).eval()
    nn.init.constant_(block.get_parameter("branch.4.bias"), -10.0)
    x = torch.rand(2, 4, 5, 5)
    assert block(x).max() == 0
    assert (block.branch(x) + x).max() < 0


def test_the_gradient_reaches_the_input_of_twenty_blocks():
    x = torch.rand(4, 8, 5, 5, requires_grad=True)
    nn.Sequential(*(silence(Residual(8, 8)) for _ in range(20)))(x).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.ones_like(x))


def test_weights_have_twice_the_variance_of_one_over_fan_in():
    layer, linear = nn.Conv2d(50, 100, 3), nn.Linear(300, 200)
    untouched = linear.get_parameter("bias"), layer.get_parameter("bias")
    before = [parameter.clone() for parameter in untouched]
    for part in (layer, linear):
        initialise(part)
    assert layer.weight.var().item() == pytest.approx(2 / 450, rel=0.02)
    assert linear.weight.var().item() == pytest.approx(2 / 300, rel=0.02)
    assert all(map(torch.equal, untouched, before))
    deepest = resnet().get_parameter("6.branch.3.weight")
    assert deepest.var().item() == pytest.approx(2 / 576, rel=0.05)
