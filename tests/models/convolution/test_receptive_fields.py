"""Receptive fields, by what reaches a unit."""

import math
import random
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules import activation

from dlnotes.models.convolution import ReceptiveField, receptive_field
from tests.support.torch_layers import nested_lenet


def influences(model: nn.Sequential, size: int) -> Tensor:
    """Which inputs reach which outputs: NaN spreads to all that depends on it, through sums and maxima alike."""
    x = torch.zeros(size, 1, size, dtype=torch.float64)
    x[range(size), 0, range(size)] = math.nan
    with torch.no_grad():
        return model(x)[:, 0].isnan()


def test_receptive_fields_are_what_nan_reaches() -> None:
    rng = random.Random(0)
    torch.manual_seed(0)
    inside = 0
    for _ in range(300):
        layers: list[nn.Module] = []
        for _ in range(rng.randint(1, 4)):
            k, s, d = rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 2)
            layers.append(
                rng.choice(
                    [
                        nn.Conv1d(1, 1, k, s, rng.randint(0, 3), d, dtype=torch.float64),
                        nn.Conv1d(1, 1, 2 * k - 1, 1, "same", d, dtype=torch.float64),
                        nn.MaxPool1d(k, s, k // 2, d),
                        nn.AvgPool1d(k, s, k // 2),
                        nn.Sequential(nn.Tanh(), nn.Dropout(), nn.MaxPool1d(k)),
                    ]
                )
            )
        model = nn.Sequential(*layers).eval()
        field = receptive_field(model)
        [size], [stride], [start] = field.size, field.stride, field.start
        reached = influences(model, 150)
        for unit in range(reached.shape[1]):
            first, last = start + unit * stride, start + unit * stride + size - 1
            found = reached[:, unit].nonzero().flatten().tolist()
            if first >= 0 and last < 150:
                assert (found[0], found[-1]) == (first, last), model
                inside += 1
            elif found:
                assert first <= found[0]
                assert found[-1] <= last
    assert inside > 3000


def test_receptive_field_of_lenets_layers() -> None:
    model = nested_lenet()
    assert receptive_field(model[:1]) == ReceptiveField((6, 6), (2, 2), (-2, -2))
    assert receptive_field(model[:2]) == ReceptiveField((16, 16), (4, 4), (-2, -2))
    uneven = nn.Sequential(nn.Conv2d(1, 1, (3, 5), padding=(0, 2)), nn.MaxPool2d((1, 2)))
    assert receptive_field(uneven) == ReceptiveField((3, 6), (1, 2), (0, -2))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nested_lenet(), r"layer 2 \(Flatten\) is neither a convolution nor max or average pooling nor elementwise"),
        (
            nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool1d(2)),
            r"layer 1 \(MaxPool1d\) has 1 dimensions; it must have 2, as those before it",
        ),
        (nn.Sequential(nn.ReLU()), "model has no convolution and no pooling"),
    ],
    ids=["flatten", "dimensions", "nothing"],
)
def test_receptive_fields_that_are_not_known(model: nn.Sequential, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        receptive_field(model)


class Scaled(nn.Conv2d):
    """A convolution whose weights start smaller; it computes what its base computes."""

    def __init__(self, *sizes: Any) -> None:
        super().__init__(*sizes)
        with torch.no_grad():
            self.weight.mul_(0.5)


def test_a_subclass_that_computes_what_its_base_does_counts_as_its_base() -> None:
    calmer = type("Calmer", (nn.Tanh,), {})
    assert receptive_field(nn.Sequential(Scaled(1, 1, 3), calmer(), nn.LazyConv2d(1, 3))) == ReceptiveField(
        (5, 5), (1, 1), (0, 0)
    )


@pytest.mark.parametrize(
    ("base", "method", "arguments"),
    [
        (nn.Conv2d, "forward", (1, 1, 3)),
        (nn.Conv2d, "_conv_forward", (1, 1, 3)),
        (nn.MaxPool2d, "forward", (2,)),
        (nn.ReLU, "forward", ()),
    ],
)
def test_a_subclass_with_a_forward_of_its_own_is_refused(
    base: type[nn.Module], method: str, arguments: tuple[int, ...]
) -> None:
    """Such as timm's Conv2dSame, which pads in `forward`."""
    layer = type("Conv2dSame", (base,), {method: lambda self, x, *_: F.pad(x, (1, 1))})(*arguments)
    with pytest.raises(ValueError, match=rf"layer 1 \(Conv2dSame\) changes what nn\.{base.__name__} computes"):
        receptive_field(nn.Sequential(nn.Conv2d(1, 1, 3), layer))


@pytest.mark.parametrize("name", activation.__all__)
def test_activations_count_as_elementwise_if_they_are(name: str) -> None:
    kind = getattr(activation, name)
    if kind is nn.MultiheadAttention:
        layer: nn.Module = kind(1, 1)
    elif kind in (nn.Softmax, nn.Softmin, nn.LogSoftmax):
        layer = kind(dim=2)
    else:
        layer = kind(0.5, 0.5) if kind is nn.Threshold else kind()
    x = torch.zeros(1, 2, 4, 4)
    x[0, 0, 1, 1] = math.nan
    if kind is nn.MultiheadAttention:
        elementwise = False  # takes three inputs
    else:
        y = layer.eval()(x)
        elementwise = y.shape == x.shape and torch.equal(y.isnan().any(1), x.isnan().any(1))
    model = nn.Sequential(nn.Conv2d(1, 1, 3), layer)
    if elementwise:
        assert receptive_field(model) == ReceptiveField((3, 3), (1, 1), (0, 0))
    else:
        with pytest.raises(ValueError, match=rf"layer 1 \({name}\) is neither"):
            receptive_field(model)
