"""The fast path learns what the plain one learns."""

import pytest
import torch
from torch import nn

from dlnotes.models.lenet import lenet
from dlnotes.training import datasets
from dlnotes.training.channels_last import MeanPool2d, channels_last
from dlnotes.training.recipes import RECIPES, Settings
from dlnotes.training.run import Run


def trained(model, channels_last):
    recipe = RECIPES[model]
    numbers = recipe.full._replace(epochs=1, batch_size=64)
    train, test = datasets.load(f"{recipe.data}-small")
    run = Run(Settings(model, recipe.data, *numbers, seed=0, validation=0), train, test, channels_last=channels_last)
    return next(run.epochs()), run


@pytest.mark.parametrize("model", ["lenet", "lenet-relu", "cnn", "mlp"])
def test_channels_last_learns_the_same_up_to_rounding(model):
    plain, plain_run = trained(model, channels_last=False)
    fast, fast_run = trained(model, channels_last=True)
    for name in ("train_loss", "test_loss"):
        # LeNet with sigmoids hardly learns in one epoch: its loss is nearly constant, and so is its rounding.
        assert fast[name] == pytest.approx(plain[name], rel=1e-6 if model == "lenet" else 1e-4)
    weights, expected = fast_run.model.state_dict(), plain_run.model.state_dict()
    torch.testing.assert_close(dict(weights), dict(expected), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_pooling_by_convolution_equals_mean_pooling(size, layout):
    images = torch.randn(3, 5, 8, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    images = images.to(memory_format=layout).requires_grad_()
    weights = torch.randn(5, 8 // size, 7 // size, dtype=torch.float64)
    pooled, expected = MeanPool2d(size)(images), nn.AvgPool2d(size)(images)
    torch.testing.assert_close(pooled, expected)
    gradients = [torch.autograd.grad((p * weights).sum(), images)[0] for p in (pooled, expected)]
    torch.testing.assert_close(*gradients)


def test_a_fast_model_has_the_same_parameters():
    model = lenet()
    assert channels_last(model) is model
    assert [type(layer) for layer in model if "Pool" in type(layer).__name__] == [MeanPool2d, MeanPool2d]
    weight = model.state_dict()["3.weight"]
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not weight.is_contiguous()
    lenet().load_state_dict(model.state_dict())


class Doubled(nn.AvgPool2d):
    """Computes something else than its base."""

    def forward(self, images):
        return 2 * super().forward(images)


OTHERS = [
    nn.AvgPool2d(2, stride=1),
    nn.AvgPool2d((2, 1)),
    nn.AvgPool2d(2, padding=1),
    nn.AvgPool2d(2, ceil_mode=True),
    nn.AvgPool2d(2, divisor_override=3),
    Doubled(2),
]


@pytest.mark.parametrize("pool", OTHERS, ids=repr)
def test_other_pooling_stays(pool):
    model = nn.Sequential(pool)
    channels_last(model)
    assert model[0] is pool


def test_nested_and_repeated_layers_become_fast_and_compute_the_same():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool = self.again = type("Named", (nn.AvgPool2d,), {})(2)

        def forward(self, images):
            return self.again(self.pool(images))

    pool = nn.AvgPool2d(2)
    model = nn.Sequential(pool, nn.Sequential(Twice(), nn.Sequential(pool)), pool)
    images = torch.randn(2, 3, 64, 70)
    expected, alone = model(images), model(images[0])
    fast = channels_last(model)
    assert not [layer for layer in fast.modules() if isinstance(layer, nn.AvgPool2d)]
    torch.testing.assert_close(fast(images), expected)
    torch.testing.assert_close(fast(images[0]), alone)  # (C, H, W), as nn.AvgPool2d takes it
