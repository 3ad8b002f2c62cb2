"""Two moons, and the network with one hidden layer: its logits and its gradients."""

import pytest
import torch
import torch.nn.functional as F

from dlnotes.models.mlp import gradients, two_layers, two_moons


def test_moons_without_noise_lie_on_two_half_circles():
    torch.manual_seed(0)
    points, targets = two_moons(100, noise=0)
    centres = torch.stack([targets, targets / 2], dim=1)
    torch.testing.assert_close((points - centres).norm(dim=1), torch.ones(100))
    assert (points[targets == 0, 1] >= 0).all()
    assert (points[targets == 1, 1] <= 0.5).all()
    assert targets.bincount().tolist() == [50, 50]


def test_noise_has_the_given_deviation():
    torch.manual_seed(0)
    quiet = two_moons(10_000, noise=0)[0]
    torch.manual_seed(0)
    noisy = two_moons(10_000, noise=0.3)[0]
    assert (noisy - quiet).std().item() == pytest.approx(0.3, rel=0.05)


@pytest.fixture
def network():
    torch.manual_seed(0)
    sizes = [(5, 3), (5,), (4, 5), (4,)]
    return [torch.randn(size, dtype=torch.float64, requires_grad=True) for size in sizes]


def test_logits_are_those_of_the_layers_of_torch(network):
    x = torch.randn(6, 3, dtype=torch.float64)
    W, b, V, c = network
    torch.testing.assert_close(two_layers(x, *network), F.linear(F.linear(x, W, b).relu(), V, c))


def test_gradients_are_those_of_autograd(network):
    x, y = torch.randn(6, 3, dtype=torch.float64), torch.randint(4, (6,))
    expected = torch.autograd.grad(F.cross_entropy(two_layers(x, *network), y), network)
    torch.testing.assert_close(gradients(x, y, *network), expected)
