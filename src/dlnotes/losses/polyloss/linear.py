"""Poly-1 cross-entropy of a linear layer's outputs, where only a few rows of logits exist at a time.

With 50,000 classes, the logits of 2048 rows and their gradients need more memory than the layer itself.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dlnotes.losses._numbers import autocast, finite, loss_dtype
from dlnotes.losses._reduction import reduced
from dlnotes.losses.polyloss.functional import poly1
from dlnotes.losses.polyloss.targets import cross_entropy_of

Layer = tuple[Tensor, Tensor, Tensor | None]  # input, linear_weight, linear_bias
InChunks = Callable[..., tuple[Tensor, list[Tensor | None]]]

# With fewer rows, adding each chunk's part to the gradient of linear_weight would take longer than computing it.
MIN_ROWS = 256
# With fewer elements, the calls would take longer than what they do.
MIN_ELEMENTS = 1 << 22
# On a CPU, x W^T is a third faster when the part of W that is read stays in the cache.
CLASSES_AT_ONCE = 512


def linear_poly1_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    epsilon: float = 1.0,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    batch_chunk_size: int | None = None,
) -> Tensor:
    """Compute Poly-1 cross-entropy of the logits x Wᵀ + b without ever holding them all.

    It equals `poly1_cross_entropy(F.linear(input, linear_weight, linear_bias), target, ...)`, and with ε = 0
    `torch.nn.functional.linear_cross_entropy`, whose arguments it takes. It computes the logits of a few rows, their
    losses and their share of the gradients, and forgets them. With `reduction="none"` it can't know yet how much each
    row counts, so it computes the logits again on the way back, as it does when you go back a second time.

    You can differentiate it once: second derivatives, forward mode and `torch.func` raise a RuntimeError. Half
    precision is widened to float32 for the losses and for sums over chunks.

    Args:
        input: What the layer gets, x, `(in_features,)` or `(N, in_features)`.
        linear_weight: W, `(C, in_features)`.
        target: Class indices, `()` or `(N,)`, or probabilities, `(C,)` or `(N, C)`.
        epsilon: ε, any finite number.
        linear_bias: b, `(C,)`.
        weight: A factor for each class, `(C,)`, without a gradient.
        reduction: `"mean"`, `"sum"` or `"none"`. The mean divides by the weights of the samples that count, but with
            probabilities by N.
        ignore_index: Samples with this class index count for nothing; None means −100. Only for class indices.
        label_smoothing: The share of uniform noise mixed into the targets, from 0 to 1.
        batch_chunk_size: How many rows of logits to hold at a time, at least 1, as in `LinearCrossEntropyOptions`. None
            means 256, or more if the classes are few.

    Returns:
        A scalar, or with `reduction="none"` the loss of each sample, shaped like the class indices.

    Raises:
        TypeError: If one of the tensors isn't one, or `epsilon` or `batch_chunk_size` is not a number.
        ValueError: If `epsilon` is infinite, NaN or too large for the dtype of the logits, `batch_chunk_size` is below
            1, `reduction` is unknown, or the target has a shape that fits nothing.
        RuntimeError: If another shape or a dtype doesn't fit, `target` or `weight` wants a gradient, or backward is
            asked for second derivatives.
        IndexError: If a class index is out of range.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import linear_poly1_cross_entropy, poly1_cross_entropy
        >>> x = torch.tensor([[1.0, 2.0], [0.5, -1.0]])  # two samples, two features
        >>> w = torch.tensor([[1.0, 0.5], [0.0, 1.0], [-1.0, 0.0]])  # three classes
        >>> targets = torch.tensor([0, 2])
        >>> linear_poly1_cross_entropy(x, w, targets, epsilon=2.0)
        tensor(2.1540)
        >>> poly1_cross_entropy(x @ w.T, targets, epsilon=2.0)
        tensor(2.1540)

    Source:
        Leng et al. 2022, arXiv 2204.12511, Poly-1.
    """
    _check(input, linear_weight, linear_bias, target, weight)
    reduced(input.new_empty(0), input.new_empty(0), reduction)  # refuses an unknown one before the work
    epsilon = finite("epsilon", epsilon, input)
    dtype = loss_dtype(input)
    if autocast(input):
        input, linear_weight = _cast(input), _cast(linear_weight)
        linear_bias = None if linear_bias is None else _cast(linear_bias)
    if weight is not None and weight.dtype in (input.dtype, dtype):
        weight = weight.to(_wide(dtype))
    one = input.dim() == 1
    if one:
        input, target = input.unsqueeze(0), target.unsqueeze(0)
    if target.dtype == torch.uint8:  # in which −100 is 156
        target = target.long()
    ignore_index = -100 if ignore_index is None else ignore_index
    loss = partial(
        cross_entropy_of,
        partial(poly1, epsilon=epsilon),
        weight=weight,
        ignore_index=ignore_index,
        reduction="none",
        label_smoothing=label_smoothing,
    )
    in_chunks = partial(_in_chunks, loss, _chunk_size(batch_chunk_size, len(linear_weight)))
    same_factor = reduction != "none" and torch.is_grad_enabled()
    rows = _LinearRows.apply(input, linear_weight, linear_bias, target, in_chunks, same_factor)
    result = reduced(rows, _counts(target, weight, ignore_index) if target.dim() == 1 else None, reduction)
    if result.dtype != torch.float64:  # which float64 probabilities give
        result = result.to(dtype)
    return result.squeeze(0) if one and reduction == "none" else result


class _LinearRows(torch.autograd.Function):
    """The loss of each row of logits.

    If all rows will get the same factor from above, as in a sum or a mean,
    then forward forms the gradients of the sum, and backward scales them.
    """

    @staticmethod
    def forward(
        ctx: Any,
        input: Tensor,
        linear_weight: Tensor,
        linear_bias: Tensor | None,
        target: Tensor,
        in_chunks: InChunks,
        same_factor: bool,
    ) -> Tensor:
        layer = input, linear_weight, linear_bias
        ctx.save_for_backward(*layer, target)
        ctx.in_chunks = in_chunks
        wanted = ctx.needs_input_grad[:3] if same_factor else (False,) * 3
        rows, gradients = in_chunks(layer, target, wanted)
        ctx.gradients = gradients if same_factor else None
        return rows

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (factors,) = grads
        if torch.is_grad_enabled():  # torch's once_differentiable lets constant factors pass
            raise RuntimeError(
                "linear_poly1_cross_entropy can be differentiated once, so create_graph must be False; "
                "for second derivatives take poly1_cross_entropy of all logits"
            )
        gradients, ctx.gradients = ctx.gradients, None  # given away once
        # A mean over nothing sends back ∞, which an ignored row must drop.
        if gradients is not None and factors[:1].isfinite().any():
            gradients = [g if g is None else g.mul_(factors[0]) for g in gradients]
        else:
            *layer, target = ctx.saved_tensors
            wanted = ctx.needs_input_grad[:3]
            _, gradients = ctx.in_chunks(layer, target, wanted, factors)
        return *gradients, None, None, None


def _in_chunks(
    loss: Callable[[Tensor, Tensor], Tensor],
    size: int,
    layer: Layer,
    target: Tensor,
    wanted: Sequence[bool],
    factors: Tensor | None = None,
) -> tuple[Tensor, list[Tensor | None]]:
    """Return the losses, and the gradients of the sum of factor · loss."""
    input, linear_weight, linear_bias = layer
    d_input, d_weight, d_bias = gradients = [
        torch.zeros_like(t, dtype=_wide(t.dtype)) if t is not None and w else None
        for t, w in zip(layer, wanted, strict=True)
    ]

    def of_chunk(start: int) -> Tensor:
        chunk = slice(start, start + size)
        x = input[chunk]
        logits = _logits(x, linear_weight, linear_bias)
        with torch.set_grad_enabled(any(wanted)):
            logits.requires_grad_(any(wanted))
            rows = loss(logits, target[chunk])
        if any(wanted):
            upstream = torch.ones_like(rows) if factors is None else factors[chunk]
            (g,) = torch.autograd.grad(rows, logits, upstream)
            if d_input is not None:
                d_input[chunk] = g.to(x.dtype) @ linear_weight
            if d_weight is not None:
                d_weight.addmm_(g.t(), x.to(g.dtype))
            if d_bias is not None:
                d_bias.add_(g.sum(0))
        return rows.detach()

    with _without_autocast(input):
        return torch.cat([of_chunk(start) for start in range(0, max(1, len(input)), size)]), gradients


def _counts(target: Tensor, weight: Tensor | None, ignore_index: int) -> Tensor:
    """Return what each sample adds to the divisor of the mean."""
    kept = target != ignore_index
    return kept if weight is None else torch.where(kept, weight[torch.where(kept, target, 0)], 0)


def _logits(input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None) -> Tensor:
    """Return x Wᵀ + b, in float32 at least."""
    logits = input.new_empty(len(input), len(linear_weight))
    at_once = CLASSES_AT_ONCE if input.is_cpu else max(1, len(linear_weight))
    for part, of_classes in zip(logits.split(at_once, dim=1), linear_weight.split(at_once), strict=True):
        torch.mm(input, of_classes.t(), out=part)
    if linear_bias is not None:
        logits += linear_bias
    return logits.to(_wide(logits.dtype))


def _wide(dtype: torch.dtype) -> torch.dtype:
    return torch.promote_types(dtype, torch.float32)


def _cast(tensor: Tensor) -> Tensor:
    """Return what autocast makes of an argument of `F.linear`."""
    return tensor if tensor.dtype == torch.float64 else tensor.to(torch.get_autocast_dtype(tensor.device.type))


def _without_autocast(input: Tensor) -> AbstractContextManager[Any]:
    return torch.autocast(input.device.type, enabled=False) if autocast(input) else nullcontext()


def _chunk_size(given: int | None, classes: int) -> int:
    if given is None:
        return max(MIN_ROWS, MIN_ELEMENTS // max(1, classes))
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError(f"batch_chunk_size is {given!r}, a {type(given).__name__}; it must be a whole number or None")
    if given < 1:
        raise ValueError(f"batch_chunk_size is {given}; it must be at least 1")
    return given


def _check(
    input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None, target: Tensor, weight: Tensor | None
) -> None:
    """Refuse what doesn't fit together, as `F.linear_cross_entropy` does, and what has no gradient here."""
    given = {"input": input, "linear_weight": linear_weight, "target": target}
    options = {"linear_bias": linear_bias, "weight": weight}
    for name, value in (given | {name: value for name, value in options.items() if value is not None}).items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} is a {type(value).__name__}; it must be a Tensor")
    if not input.is_floating_point():
        raise RuntimeError(f"input has dtype {input.dtype}; it must be floating-point")
    if input.dim() not in (1, 2):
        raise RuntimeError(
            f"input has shape {tuple(input.shape)}; it must be (in_features,) or (N, in_features), so flatten the rest"
        )
    if linear_weight.dim() != 2 or linear_weight.shape[1] != input.shape[-1]:
        raise RuntimeError(
            f"linear_weight has shape {tuple(linear_weight.shape)}; it must be (C, {input.shape[-1]}), "
            "since the input has so many features"
        )
    for name, tensor in (("linear_weight", linear_weight), ("linear_bias", linear_bias)):
        if tensor is not None and tensor.dtype != input.dtype and not autocast(input):
            raise RuntimeError(f"{name} has dtype {tensor.dtype}; it must be that of the input, {input.dtype}")
    rows, classes = tuple(input.shape[:-1]), len(linear_weight)
    if linear_bias is not None and linear_bias.shape != (classes,):
        raise RuntimeError(f"linear_bias has shape {tuple(linear_bias.shape)}; it must be ({classes},), one a class")
    if target.shape not in (rows, (*rows, classes)):
        raise ValueError(
            f"target has shape {tuple(target.shape)}; it must be {rows} for class indices, "
            f"or {(*rows, classes)} for probabilities"
        )
    if torch.is_grad_enabled() and (target.requires_grad or (weight is not None and weight.requires_grad)):
        name = "target" if target.requires_grad else "weight"
        raise RuntimeError(
            f"{name} wants a gradient, which only the layer and its input get here; give {name}.detach(), or "
            "take poly1_cross_entropy of all logits"
        )
