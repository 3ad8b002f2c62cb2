"""The networks: their shapes layer by layer, their parameters, their first weights."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from dlnotes.models.cnn import cnn
from dlnotes.models.lenet import initialise, lenet, lenet_relu, pad
from dlnotes.models.mlp import mlp
from dlnotes.models.resnet import resnet
from dlnotes.models.softmax_regression import softmax_regression

LENET = [(6, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 10, 10), (16, 5, 5), (400,), (120,), (120,)]
LENET += [(84,), (84,), (10,)]
NETWORKS = {
    softmax_regression: (28, 7850, [(784,), (10,)]),
    mlp: (28, 575_050, [(784,), *[(n,) for n in (512, 512, 256, 256, 128, 128, 64, 64)], (10,)]),
    cnn: (
        28,
        8490,
        [(10, 24, 24), (10, 12, 12), (10, 12, 12), (20, 8, 8), (20, 4, 4), (20, 4, 4), (320,), (10,)],
    ),
    lenet: (28, 61_706, LENET),
    lenet_relu: (32, 61_706, LENET),
    resnet: (
        28,
        77_754,
        [(16, 28, 28), *[(16, 14, 14)] * 4, (32, 7, 7), (64, 4, 4), (64, 1, 1), (64,), (10,)],
    ),
}
ALL = pytest.mark.parametrize("build", NETWORKS, ids=lambda f: f.__name__)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@ALL
def test_shapes_and_parameters(build):
    size, parameters, shapes = NETWORKS[build]
    model = build()
    x = torch.rand(3, 1, size, size)
    found = []
    for layer in model:
        x = layer(x)
        found.append(tuple(x.shape[1:]))
    assert found == shapes
    assert sum(p.numel() for p in model.parameters()) == parameters


@ALL
def test_no_examples_are_allowed(build):
    """A process that gets none of a batch relies on it."""
    size, _, _ = NETWORKS[build]
    model = build()
    F.cross_entropy(model(torch.rand(0, 1, size, size)), torch.zeros(0, dtype=torch.long), reduction="sum").backward()
    assert all(p.grad.abs().sum() == 0 for p in model.parameters())


@ALL
def test_the_seed_decides_the_weights(build):
    first = build().state_dict()
    torch.manual_seed(0)
    again, other = build().state_dict(), build().state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_every_layer_of_the_perceptron_has_a_relu_but_the_last():
    layers = [type(layer) for layer in mlp()]
    assert layers == [nn.Flatten, *[nn.Linear, nn.ReLU] * 4, nn.Linear]


def test_the_variants_of_lenet():
    kinds = [type(layer) for layer in lenet()]
    swap = {nn.Sigmoid: nn.ReLU, nn.AvgPool2d: nn.MaxPool2d}
    assert [swap.get(kind, kind) for kind in kinds] == [type(layer) for layer in lenet_relu()]
    assert kinds.count(nn.Sigmoid) == 4
    assert kinds.count(nn.AvgPool2d) == 2


@pytest.mark.parametrize("layer", [nn.Linear(400, 120), nn.Conv2d(6, 16, 5)], ids=str)
def test_weights_are_drawn_as_by_xavier(layer):
    outputs, inputs = layer.weight.shape[:2]
    field = layer.weight[0, 0].numel()
    bound = math.sqrt(6 / (field * (inputs + outputs)))
    bias = layer.bias.detach().clone()
    initialise(layer)
    assert layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.05)
    assert torch.equal(layer.bias, bias)


def test_lenet_starts_with_such_weights_and_softmax_regression_with_small_ones():
    assert lenet().get_parameter("9.weight").abs().max() > 1 / math.sqrt(120)  # PyTorch's own bound
    linear = softmax_regression()
    assert linear.get_parameter("1.weight").std().item() == pytest.approx(0.01, rel=0.05)
    assert linear.get_parameter("1.bias").abs().max() == 0


def test_padding_adds_two_zeros_on_every_side():
    image = torch.rand(2, 1, 28, 28)
    padded = pad(image)
    assert padded.shape == (2, 1, 32, 32)
    assert torch.equal(padded[..., 2:-2, 2:-2], image)
    assert padded.sum().item() == pytest.approx(image.sum().item())
    torch.manual_seed(0)
    conv = nn.Conv2d(1, 6, 5, padding=2)
    torch.testing.assert_close(F.conv2d(padded, conv.weight, conv.bias), conv(image))
