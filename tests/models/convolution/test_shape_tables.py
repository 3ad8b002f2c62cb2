"""Tables of shapes and parameters, by real runs."""

import random
import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlnotes.models.convolution import LayerShape, shape_table
from tests.support.torch_layers import nested_lenet


def test_a_table_of_lenet() -> None:
    model = nested_lenet()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    table = shape_table(model, (1, 1, 28, 28))
    assert table.parameters == 61_706
    assert str(table) == (
        "     layer      output shape     parameters\n"
        "     input      (1, 1, 28, 28)\n"
        "0.0  Conv2d     (1, 6, 28, 28)          156\n"
        "0.1  Sigmoid    (1, 6, 28, 28)            0\n"
        "0.2  AvgPool2d  (1, 6, 14, 14)            0\n"
        "1.0  Conv2d     (1, 16, 10, 10)       2,416\n"
        "1.1  Sigmoid    (1, 16, 10, 10)           0\n"
        "1.2  AvgPool2d  (1, 16, 5, 5)             0\n"
        "2    Flatten    (1, 400)                  0\n"
        "3    Linear     (1, 120)             48,120\n"
        "4    Sigmoid    (1, 120)                  0\n"
        "5    Linear     (1, 84)              10,164\n"
        "6    Sigmoid    (1, 84)                   0\n"
        "7    Linear     (1, 10)                 850\n"
        "     total                           61,706"
    )
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_tables_equal_real_runs() -> None:
    rng = random.Random(0)
    for _ in range(60):
        channels = [rng.randint(1, 4) for _ in range(4)]
        inner = nn.Sequential(nn.MaxPool2d(2, ceil_mode=rng.random() < 0.5), nn.ReLU())
        model = nn.Sequential(
            nn.Conv2d(channels[0], channels[1], rng.randint(1, 4), padding=rng.randint(0, 2)),
            nn.BatchNorm2d(channels[1]),
            inner,
            nn.ConvTranspose2d(channels[1], channels[2], 3, stride=2),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.LazyLinear(channels[3]),
        )
        shape = (2, channels[0], rng.randint(6, 12), rng.randint(6, 12))
        model(torch.randn(shape))
        buffers = [buffer.clone() for buffer in model.buffers()]
        table = shape_table(model, shape)
        x, expected = torch.randn(shape), []
        for layer in [*model[:2], *inner, *model[3:]]:
            assert torch.equal(torch.stack([b.sum() for b in buffers]), torch.stack([b.sum() for b in model.buffers()]))
            x = layer.eval()(x)
            expected.append(tuple(x.shape))
        assert [row.shape for row in table.rows] == [shape, *expected]
        assert table.parameters == sum(parameter.numel() for parameter in model.parameters())


def test_a_table_needs_no_second_example_for_batch_normalisation() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).train()
    model[0].eval()
    assert shape_table(model, (1, 3)).rows[-1].shape == (1, 4)
    assert [module.training for module in model.modules()] == [True, False, True]
    with pytest.raises(ValueError, match="doesn't accept"):
        shape_table(model, (1, 5))
    assert [module.training for module in model.modules()] == [True, False, True]


def test_a_table_of_other_devices_dtypes_and_nothing() -> None:
    assert shape_table(nn.Sequential(), (2, 3)).rows == (LayerShape("", "input", (2, 3), 0),)
    assert str(shape_table(nn.Sequential(), (2, 3))).splitlines()[0] == "layer  output shape  parameters"
    assert shape_table(nn.Sequential(nn.Linear(3, 4, dtype=torch.float64)), (3,)).rows[-1].shape == (4,)
    assert shape_table(nn.Sequential(nn.Linear(3, 4, device="meta")), (0, 3)).rows[-1].shape == (0, 4)


def test_shared_parameters_count_once() -> None:
    linear = nn.Linear(3, 3)
    table = shape_table(nn.Sequential(linear, nn.ReLU(), linear), (1, 3))
    assert [(row.name, row.parameters) for row in table.rows] == [("", 0), ("0", 12), ("1", 0), ("2", 0)]
    assert table.parameters == 12


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


def test_a_module_of_another_kind_is_one_row() -> None:
    table = shape_table(nn.Sequential(Residual(), nn.Flatten()), (1, 4, 2, 2))
    assert table.rows[1:] == (LayerShape("0", "Residual", (1, 4, 2, 2), 148), LayerShape("1", "Flatten", (1, 16), 0))


def test_a_layer_that_refuses_a_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"^layer 3 \(Linear\) doesn't accept the shape \(1, 256\): .*256.*400.*120"):
        shape_table(nested_lenet(), (1, 1, 24, 24))
    with pytest.raises(
        ValueError, match=r"^layer 0\.0 \(Conv2d\) doesn't accept the shape \(1, 3, 28, 28\): .*channel"
    ):
        shape_table(nested_lenet(), (1, 3, 28, 28))
    with pytest.raises(ValueError, match=r"^layer 0 \(LazyLinear\) .*: Attempted to use an uninitialized parameter"):
        shape_table(nn.Sequential(nn.LazyLinear(3)), (1, 4))
    with pytest.raises(ValueError, match=r"^layer 0 \(LSTM\) returns a tuple; it must return one tensor"):
        shape_table(nn.Sequential(nn.LSTM(3, 4)), (5, 3))
    with pytest.raises(ValueError, match=r"^input_shape is -1; it must be at least 0"):
        shape_table(nested_lenet(), (1, 1, -1, 28))


def test_a_missing_batch_dimension_is_suggested_where_it_helps() -> None:
    hint = "The batch dimension seems to be missing: "
    with pytest.raises(ValueError, match=re.escape(f"\n{hint}(1, 1, 28, 28) is accepted")):
        shape_table(nested_lenet(), (1, 28, 28))
    with pytest.raises(ValueError, match=re.escape(f"{hint}(1, 3, 5, 5) is accepted")):
        shape_table(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)), (3, 5, 5))
    for shape in [(1, 1, 24, 24), (28, 28), (3, 28, 28)]:
        with pytest.raises(ValueError, match="doesn't accept the shape") as raised:
            shape_table(nested_lenet(), shape)
        assert hint not in str(raised.value)


def test_a_shape_is_a_tuple() -> None:
    shape: Any = 28
    with pytest.raises(TypeError, match=r"^input_shape is 28; it must be a tuple"):
        shape_table(nested_lenet(), shape)
