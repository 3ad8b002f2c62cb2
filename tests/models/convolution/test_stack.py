"""The layers of a stack, in the order in which they run."""

from typing import Any

import pytest
from torch import Tensor, nn

from dlnotes.models.convolution import receptive_field, shape_table
from dlnotes.models.convolution.stack import layers_of


class Sum(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def test_layers_run_in_order_and_a_layer_used_twice_counts_twice() -> None:
    linear, relu, total = nn.Linear(3, 3), nn.ReLU(), Sum(nn.Linear(3, 3))
    model = nn.Sequential(linear, nn.Sequential(nn.Sequential(relu, linear), total), nn.Sequential())
    found = layers_of(model)
    assert [name for name, _ in found] == ["0", "1.0.0", "1.0.1", "1.1"]
    assert [layer for _, layer in found] == [linear, relu, linear, total]


def test_what_is_no_sequential_is_refused() -> None:
    model: Any = nn.ReLU()
    for call in (lambda: shape_table(model, (1,)), lambda: receptive_field(model)):
        with pytest.raises(TypeError, match=r"^model is a ReLU; it must be an nn\.Sequential"):
            call()
