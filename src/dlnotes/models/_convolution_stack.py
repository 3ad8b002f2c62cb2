"""What a stack of layers does: the receptive field of its units, and its table of shapes and parameters."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules import activation

from dlnotes.models._convolution_arguments import pads, per_dimension, per_window

# The layers that slide a window, with their number of dimensions.
WINDOWED: dict[type[nn.Module], int] = {
    nn.Conv1d: 1,
    nn.Conv2d: 2,
    nn.Conv3d: 3,
    nn.MaxPool1d: 1,
    nn.MaxPool2d: 2,
    nn.MaxPool3d: 3,
    nn.AvgPool1d: 1,
    nn.AvgPool2d: 2,
    nn.AvgPool3d: 3,
}
# Each output depends on the input at the same place alone; batch normalisation only in evaluation.
NOT_POINTWISE = ("GLU", "LogSoftmax", "MultiheadAttention", "Softmax", "Softmin")  # of torch's activations
POINTWISE: tuple[type[nn.Module], ...] = (
    nn.Identity,
    *(getattr(activation, name) for name in activation.__all__ if name not in NOT_POINTWISE),
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
    nn.BatchNorm1d,
    nn.BatchNorm2d,
    nn.BatchNorm3d,
    nn.SyncBatchNorm,
)


def base_of(name: str, layer: nn.Module, kinds: Iterable[type[nn.Module]]) -> type[nn.Module] | None:
    """Return which of these kinds a layer is, None for another, and refuse one that computes something else."""
    base = next((kind for kind in kinds if isinstance(layer, kind)), None)
    for method in ("forward", "_conv_forward"):
        if getattr(type(layer), method, None) is not getattr(base, method, None) and base is not None:
            raise ValueError(
                f"layer {name} ({type(layer).__name__}) changes what nn.{base.__name__} computes: it has a {method} of "
                "its own, so its receptive field isn't known; pass the layers before it"
            )
    return base


def leaves(model: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers of nested `nn.Sequential`s in order, each with its dotted name."""
    if type(model).forward is not nn.Sequential.forward:
        yield name, model
        return
    for child_name, child in model._modules.items():  # named_children leaves out a layer's second appearance
        if child is not None:
            yield from leaves(child, f"{name}.{child_name}" if name else child_name)


def check_sequential(model: object) -> None:
    """Refuse what isn't an nn.Sequential."""
    if not isinstance(model, nn.Sequential):
        raise TypeError(f"model is a {type(model).__name__}; it must be an nn.Sequential, whose layers run in order")


@dataclass(frozen=True)
class ReceptiveField:
    """The inputs that a unit can see, in each dimension: unit a sees `size` cells, from `start + a * stride` on.

    Attributes:
        size: How many cells, the first and the last included.
        stride: How many input cells lie between two neighbouring units' fields: the product of all strides.
        start: Where the field of unit 0 starts. Negative: so many cells of padding come first.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    start: tuple[int, ...]


# --8<-- [start:grow]
def grow(
    field: tuple[int, int, int],
    k: int,
    s: int,
    p: int,
    d: int,
) -> tuple[int, int, int]:
    """Add a layer on top: its taps are the units below, stride apart."""
    size, stride, start = field
    return size + d * (k - 1) * stride, stride * s, start - p * stride


# --8<-- [end:grow]


def receptive_field(model: nn.Sequential) -> ReceptiveField:
    """Return which inputs a unit of the last layer depends on.

    Exact for units whose field lies within the input; at the borders, part of it is padding. Dilation may leave holes.

    Source: Dumoulin and Visin, arXiv 1603.07285, for the windows; going from layer to layer is arithmetic.

    Args:
        model: An `nn.Sequential`, nested or not, of convolutions, max and average pooling, and layers that act on each
            element or channel alone (activations, dropout, batch normalisation in evaluation).

    Returns:
        The size, stride and start of the field.

    Raises:
        ValueError: A layer isn't of this kind, such as `nn.Flatten`, or its class has a `forward` of its own, or the
            layers differ in dimensions.
        TypeError: The model isn't an `nn.Sequential`.

    Examples:
        >>> from torch import nn
        >>> from dlnotes.models.convolution import receptive_field
        >>> receptive_field(nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)))
        ReceptiveField(size=(6, 6), stride=(2, 2), start=(-2, -2))
    """
    check_sequential(model)
    fields: list[tuple[int, int, int]] = []
    for name, layer in leaves(model):
        if base_of(name, layer, POINTWISE):
            continue
        base = base_of(name, layer, WINDOWED)
        if base is None:
            raise ValueError(
                f"layer {name} ({type(layer).__name__}) is neither a convolution nor max or average pooling nor "
                "elementwise, so its receptive field isn't known; pass the layers before it"
            )
        dims = WINDOWED[base]
        fields = fields or [(1, 1, 0)] * dims
        if dims != len(fields):
            raise ValueError(
                f"layer {name} ({type(layer).__name__}) has {dims} dimensions, those before it {len(fields)}"
            )
        kernel, steps, gaps = per_window(layer.kernel_size, layer.stride, getattr(layer, "dilation", 1), dims)
        borders = pads(layer.padding, kernel, steps, gaps)
        fields = [
            grow(field, k, s, p, d) for field, k, s, (p, _), d in zip(fields, kernel, steps, borders, gaps, strict=True)
        ]
    if not fields:
        raise ValueError("model has no convolution and no pooling, so the number of dimensions isn't known")
    size, stride, start = zip(*fields, strict=True)
    return ReceptiveField(size, stride, start)


@dataclass(frozen=True)
class LayerShape:
    """One row of a shape table.

    Attributes:
        name: Where the layer is, such as `"3"`, or `"1.0"` in a nested model; empty for the input.
        layer: The name of its class.
        shape: The shape of its output.
        parameters: How many numbers it learns. Parameters shared with a layer above count there.
    """

    name: str
    layer: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class ShapeTable:
    """What `shape_table` returns; `print` shows it as a table.

    Attributes:
        rows: The input, then every layer.
    """

    rows: tuple[LayerShape, ...]

    @property
    def parameters(self) -> int:
        """How many numbers the whole model learns."""
        return sum(row.parameters for row in self.rows)

    def __str__(self) -> str:
        head = ("", "layer", "output shape", "parameters")
        source, *layers = [(row.name, row.layer, str(row.shape), f"{row.parameters:,}") for row in self.rows]
        foot = ("", "total", "", f"{self.parameters:,}")
        lines = [head, (*source[:3], ""), *layers, foot]
        a, b, c, d = (max(map(len, column)) for column in zip(*lines, strict=True))
        return "\n".join(f"{w:{a}}{'  ' if a else ''}{x:{b}}  {y:{c}}  {z:>{d}}".rstrip() for w, x, y, z in lines)


def shape_table(model: nn.Sequential, input_shape: tuple[int, ...]) -> ShapeTable:
    """Trace the shape through a model, layer by layer, and count its parameters.

    Nothing is computed: the layers run on torch's meta device, which knows shapes and no values. The model stays as it
    is, whatever its device.

    Args:
        model: An `nn.Sequential`, nested or not. Any other module in it is one row.
        input_shape: The shape of the input, with its batch: (N, C, H, W) for images.

    Returns:
        The table.

    Raises:
        ValueError: A layer doesn't accept what comes; the message names the layer and the shape, and the batch
            dimension if that is what lacks.
        TypeError: The model isn't an `nn.Sequential`, or the shape isn't made of integers.

    Examples:
        >>> from torch import nn
        >>> from dlnotes.models.convolution import shape_table
        >>> print(shape_table(nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)), (1, 1, 28, 28)))
           layer      output shape    parameters
           input      (1, 1, 28, 28)
        0  Conv2d     (1, 6, 24, 24)         156
        1  ReLU       (1, 6, 24, 24)           0
        2  MaxPool2d  (1, 6, 12, 12)           0
           total                             156
    """
    check_sequential(model)
    if not isinstance(input_shape, (tuple, list)):
        raise TypeError(f"input_shape is {input_shape!r}; it must be a tuple, such as (1, 1, 28, 28)")
    source = x = torch.empty(
        per_dimension("input_shape", input_shape, len(input_shape), 0),
        dtype=next((p.dtype for p in model.parameters() if p.is_floating_point()), None),
        device="meta",
    )
    rows = [LayerShape("", "input", tuple(x.shape), 0)]
    counted: set[nn.Parameter] = set()
    for name, layer in leaves(model):
        kind = type(layer).__name__
        try:
            y = on_meta(layer, x)
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            hint = missing_batch(model, source)
            raise ValueError(
                f"layer {name} ({kind}) doesn't accept the shape {tuple(x.shape)}: {reason}{hint}"
            ) from error
        if not isinstance(y, Tensor):
            raise ValueError(f"layer {name} ({kind}) returns a {type(y).__name__}; a table needs one tensor")
        new = set(layer.parameters()) - counted
        counted |= new
        rows.append(LayerShape(name, kind, tuple(y.shape), sum(parameter.numel() for parameter in new)))
        x = y
    return ShapeTable(tuple(rows))


def missing_batch(model: nn.Sequential, x: Tensor) -> str:
    """Say so if the model accepts an input that it refused once a batch dimension stands in front."""
    try:
        on_meta(model, x[None])
    except Exception:
        return ""
    return f"\nThe batch dimension seems to be missing: {tuple(x[None].shape)} is accepted"


def on_meta(layer: nn.Module, x: Tensor) -> object:
    """Run a layer with parameters and buffers that have shapes and no values."""
    named = itertools.chain(layer.named_parameters(), layer.named_buffers())
    state = {name: torch.empty_like(tensor, device="meta") for name, tensor in named}
    training = [module for module in layer.modules() if module.training]
    try:
        for module in training:  # batch normalisation would refuse a single example
            module.training = False
        with torch.no_grad():
            return torch.func.functional_call(layer, state, (x,))
    finally:
        for module in training:
            module.training = True
