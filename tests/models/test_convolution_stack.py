"""Receptive fields, by what reaches a unit, and tables of shapes, by real runs."""

import math
import random
import re

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules import activation

from dlnotes.models.convolution import LayerShape, ReceptiveField, receptive_field, shape_table
from dlnotes.models.lenet import lenet


def nested_lenet() -> nn.Sequential:
    layers = lenet()
    return nn.Sequential(nn.Sequential(*layers[:3]), nn.Sequential(*layers[3:6]), *layers[6:])


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
            r"layer 1 \(MaxPool1d\) has 1 dimensions, those before it 2",
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

    def __init__(self, *sizes: int) -> None:
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
        model = nn.Sequential(
            nn.Conv2d(channels[0], channels[1], rng.randint(1, 4), padding=rng.randint(0, 2)),
            nn.BatchNorm2d(channels[1]),
            nn.Sequential(nn.MaxPool2d(2, ceil_mode=rng.random() < 0.5), nn.ReLU()),
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
        for layer in [*model[:2], *model[2], *model[3:]]:
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
    with pytest.raises(ValueError, match=r"^layer 0 \(LSTM\) returns a tuple; a table needs one tensor"):
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


def test_what_is_no_sequential_is_refused() -> None:
    for call in (lambda: shape_table(nn.ReLU(), (1,)), lambda: receptive_field(nn.ReLU())):
        with pytest.raises(TypeError, match=r"^model is a ReLU; it must be an nn\.Sequential"):
            call()
    with pytest.raises(TypeError, match=r"^input_shape is 28; it must be a tuple"):
        shape_table(nested_lenet(), 28)
