"""Shapes and parameters of a stack, layer by layer."""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlnotes.models.convolution.stack import layers_of
from dlnotes.models.convolution.window import per_dimension


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
        ValueError: If a layer doesn't accept what comes; the message names the layer and the shape, and the batch
            dimension if that is what lacks.
        TypeError: If the model isn't an `nn.Sequential`, or the shape isn't made of integers.

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
    layers = layers_of(model)
    if not isinstance(input_shape, (tuple, list)):
        raise TypeError(f"input_shape is {input_shape!r}; it must be a tuple, such as (1, 1, 28, 28)")
    shape = per_dimension("input_shape", input_shape, len(input_shape), least=0)
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), None)
    source = x = torch.empty(shape, dtype=dtype, device="meta")
    rows = [LayerShape("", "input", shape, 0)]
    counted: set[nn.Parameter] = set()
    for name, layer in layers:
        kind = type(layer).__name__
        try:
            y = _on_meta(layer, x)
        except Exception as error:
            reason = str(error).strip().partition("\n")[0] + _missing_batch(model, source)
            raise ValueError(f"layer {name} ({kind}) doesn't accept the shape {tuple(x.shape)}: {reason}") from error
        if not isinstance(y, Tensor):
            raise ValueError(f"layer {name} ({kind}) returns a {type(y).__name__}; it must return one tensor")
        new = set(layer.parameters()) - counted
        counted |= new
        rows.append(LayerShape(name, kind, tuple(y.shape), sum(parameter.numel() for parameter in new)))
        x = y
    return ShapeTable(tuple(rows))


def _missing_batch(model: nn.Sequential, x: Tensor) -> str:
    """Say so if the model accepts an input that it refused once a batch dimension stands in front."""
    try:
        _on_meta(model, x[None])
    except Exception:
        return ""
    return f"\nThe batch dimension seems to be missing: {tuple(x[None].shape)} is accepted"


def _on_meta(layer: nn.Module, x: Tensor) -> object:
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
