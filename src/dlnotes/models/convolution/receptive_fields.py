"""Which inputs a unit of a stack of layers can see."""

from dataclasses import dataclass

from torch import nn
from torch.nn.modules import activation

from dlnotes.models.convolution.padding import conv_window
from dlnotes.models.convolution.stack import layers_of


def _by_dimensions(*kinds: str) -> dict[type[nn.Module], int]:
    """Return torch's layers of these kinds, with their number of dimensions."""
    return {getattr(nn, f"{kind}{dims}d"): dims for kind in kinds for dims in (1, 2, 3)}


WINDOWED = _by_dimensions("Conv", "MaxPool", "AvgPool")
# Each output depends on the input at the same place alone; batch normalisation only in evaluation.
POINTWISE: list[type[nn.Module]] = [nn.Identity, nn.Dropout, nn.AlphaDropout, nn.FeatureAlphaDropout, nn.SyncBatchNorm]
POINTWISE += _by_dimensions("Dropout", "BatchNorm")
MIXING = {"GLU", "LogSoftmax", "MultiheadAttention", "Softmax", "Softmin"}  # of torch's activations
POINTWISE += [getattr(activation, name) for name in activation.__all__ if name not in MIXING]


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
Field = tuple[int, int, int]  # size, stride, start


def grow(field: Field, k: int, s: int, p: int, d: int) -> Field:
    """Add a layer on top: its taps are the units below, stride apart."""
    size, stride, start = field
    return size + d * (k - 1) * stride, stride * s, start - p * stride


# --8<-- [end:grow]


def receptive_field(model: nn.Sequential) -> ReceptiveField:
    """Return which inputs a unit of the last layer depends on.

    Exact for units whose field lies within the input; at the borders, part of it is padding. Dilation may leave holes.

    Args:
        model: An `nn.Sequential`, nested or not, of convolutions, max and average pooling, and layers that act on each
            element or channel alone (activations, dropout, batch normalisation in evaluation).

    Returns:
        The size, stride and start of the field.

    Raises:
        ValueError: If a layer isn't of this kind, such as `nn.Flatten`, or its class has a `forward` of its own, or the
            layers differ in dimensions.
        TypeError: If the model isn't an `nn.Sequential`.

    Examples:
        >>> from torch import nn
        >>> from dlnotes.models.convolution import receptive_field
        >>> receptive_field(nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)))
        ReceptiveField(size=(6, 6), stride=(2, 2), start=(-2, -2))

    Source:
        Dumoulin and Visin, arXiv 1603.07285, for the windows; going from layer to layer is arithmetic.
    """
    fields: list[Field] = []
    for name, layer in layers_of(model):
        base = _base(name, layer)
        if base in POINTWISE:
            continue
        dims = WINDOWED[base]
        fields = fields or [(1, 1, 0)] * dims
        if dims != len(fields):
            kind = type(layer).__name__
            raise ValueError(
                f"layer {name} ({kind}) has {dims} dimensions; it must have {len(fields)}, as those before it"
            )
        dilation = getattr(layer, "dilation", 1)
        window = conv_window(dims, layer.kernel_size, layer.stride, layer.padding, dilation)
        fields = [grow(field, k, s, p, d) for field, k, s, d, (p, _) in zip(fields, *window, strict=True)]
    if not fields:
        raise ValueError(
            "model has no convolution and no pooling; it must have one, since that says how many dimensions there are"
        )
    size, stride, start = zip(*fields, strict=True)
    return ReceptiveField(size, stride, start)


def _base(name: str, layer: nn.Module) -> type[nn.Module]:
    """Return which layer of torch's this is, and refuse one that computes something else."""
    base = next((base for base in (*POINTWISE, *WINDOWED) if isinstance(layer, base)), None)
    methods = ("forward", "_conv_forward")
    own = [method for method in methods if getattr(type(layer), method, None) is not getattr(base, method, None)]
    if base is not None and not own:
        return base
    reason = (
        f"changes what nn.{base.__name__} computes: it has a {own[0]} of its own"
        if base is not None
        else "is neither a convolution nor max or average pooling nor elementwise"
    )
    raise ValueError(
        f"layer {name} ({type(layer).__name__}) {reason}, so its receptive field isn't known; pass the layers before it"
    )
