"""The gradients of a convolution, against autograd's."""

import random

import pytest
import torch
from torch import nn

from dlnotes.models.convolution import input_gradient, weight_gradient
from tests.support.torch_layers import CONV, several


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_gradients_are_autograds(dims: int) -> None:
    rng = random.Random(dims)
    torch.manual_seed(dims)
    for _ in range(60):
        size, kernel = several(rng, dims, 5, 8), several(rng, dims, 1, 3)
        stride, padding, dilation = several(rng, dims, 1, 3), several(rng, dims, 0, 2), several(rng, dims, 1, 2)
        x = torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
        w = torch.randn(4, 3, *kernel, dtype=torch.float64, requires_grad=True)
        y = CONV[dims](x, w, None, stride, padding, dilation)
        g = torch.randn_like(y)
        to_input, to_weight = torch.autograd.grad(y, (x, w), g)
        options = stride, padding, dilation
        torch.testing.assert_close(input_gradient(g, w.detach(), size, *options), to_input)
        torch.testing.assert_close(weight_gradient(x.detach(), g, kernel, *options), to_weight)


def test_the_input_gradient_is_a_transposed_convolution() -> None:
    torch.manual_seed(0)
    g, w = torch.randn(2, 4, 3, 3), torch.randn(4, 3, 3, 3)
    back = nn.functional.conv_transpose2d(g, w, stride=2, padding=1, output_padding=1)
    torch.testing.assert_close(input_gradient(g, w, 6, stride=2, padding=1), back)


def test_one_sided_padding() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(1, 1, 4, requires_grad=True), torch.randn(1, 1, 2, requires_grad=True)
    y = nn.functional.conv1d(nn.functional.pad(x, (0, 1)), w)
    to_input, to_weight = torch.autograd.grad(y.square().sum(), (x, w))
    g = 2 * y.detach()
    torch.testing.assert_close(input_gradient(g, w.detach(), 4, padding="same"), to_input)
    torch.testing.assert_close(weight_gradient(x.detach(), g, 2, padding=((0, 1),)), to_weight)


def test_what_does_not_match_is_refused() -> None:
    g, x, w = torch.ones(2, 4, 3), torch.ones(2, 3, 5), torch.ones(4, 3, 3)
    assert weight_gradient(x, g, 3).shape == w.shape
    assert input_gradient(g, w, 5).shape == x.shape
    with pytest.raises(ValueError, match=r"gradient has shape \(2, 4, 3\); .* with the sizes \(4,\)"):
        weight_gradient(x, g, 2)
    with pytest.raises(ValueError, match="input has 1 examples and gradient 2"):
        weight_gradient(x[:1], g, 3)
    with pytest.raises(ValueError, match=r"gradient has shape \(2, 4, 3\); .* with the sizes \(4,\)"):
        input_gradient(g, w, 6)
    with pytest.raises(ValueError, match="gradient has 4 channels and weight 3 filters"):
        input_gradient(g, w[:3], 5)
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\)"):
        input_gradient(g[0, 0], torch.ones(4, 3, 3), 5)
