"""The deep perceptron: its parts, and what reaches its first layer."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlnotes.models.deep_mlp import Layer, deep_mlp, first_to_last


def nothing(module):
    pass


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("normalise", [False, True])
def test_depth_and_parts(normalise):
    model = deep_mlp(3, nothing, nn.Sigmoid, normalise)
    kinds = [type(module) for module in model.modules()]
    assert kinds.count(Layer) == 3
    assert kinds.count(nn.Linear) == 5
    assert kinds.count(nn.Sigmoid) == 4
    assert kinds.count(nn.BatchNorm1d) == 4 * normalise
    assert model(torch.rand(5, 1, 28, 28)).shape == (5, 10)


def test_a_residual_layer_adds_its_input():
    layer = Layer(nn.ReLU, normalise=False, residual=True)
    x = torch.randn(4, 64)
    torch.testing.assert_close(layer(x), x + layer.linear(x.relu()))
    layer.residual = False
    torch.testing.assert_close(layer(x), layer.linear(x.relu()))


def test_every_weight_is_initialised():
    def zeros(module):
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.weight)

    model = deep_mlp(2, zeros)
    assert all(not parameter.any() for name, parameter in model.named_parameters() if "weight" in name)


def test_the_comparison_of_gradients():
    model = deep_mlp(1, nothing)
    x, t = torch.rand(6, 1, 28, 28), torch.arange(6)
    ratio = first_to_last(model, x, t)
    loss = F.cross_entropy(model(x), t)
    weights = [model.get_parameter(f"{at}.weight") for at in (1, len(model) - 1)]
    first, last = torch.autograd.grad(loss, weights)
    assert ratio == pytest.approx(float(first.norm() / last.norm()))
    assert first_to_last(model, x, t) == ratio  # nothing accumulates
    model.get_parameter("1.weight").requires_grad_(False)
    with pytest.raises(ValueError, match="its weight must require one"):
        first_to_last(model, x, t)
