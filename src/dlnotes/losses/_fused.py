"""The rows of a loss that is a function of −log p_t, with one N×C buffer instead of three."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import forward_ad

# Below these sizes the bookkeeping costs more than the memory traffic it saves.
MIN_ELEMENTS = 1 << 18
MIN_CLASSES = 64


class Pointwise(NamedTuple):
    """A function of −log p, and its derivative. Both are elementwise, and `value` of 0 is 0."""

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


def target_rows(pointwise: Pointwise, input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Return `pointwise.value(−log p_t)` for every sample, by the cheaper of two ways.

    Args:
        pointwise: what to do with −log p_t.
        input: logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: class indices, `()`, `(N,)` or `(N, d1, ...)`.
        ignore_index: a target with this value gives 0.

    Returns:
        A tensor shaped like `target`.
    """
    if _pays(input, target):
        rows: Tensor = _LeanRows.apply(pointwise, input, target, ignore_index)
        return rows
    return pointwise.value(F.cross_entropy(input, target, ignore_index=ignore_index, reduction="none"))


def _pays(input: Tensor, target: Tensor) -> bool:
    """Tell whether the lean rows are both possible and faster; whatever is unusual goes to torch."""
    return (
        input.dim() == 2
        and input.shape[1] >= MIN_CLASSES
        and input.numel() >= MIN_ELEMENTS
        and not torch.compiler.is_compiling()
        and type(target) is Tensor
        and type(input) in (Tensor, torch.nn.Parameter)
        and target.shape == input.shape[:1]
        and target.dtype in (torch.int64, torch.uint8)
        # Half precision would have to be widened first, which costs what is saved; other devices are not measured.
        and input.dtype in (torch.float32, torch.float64)
        and input.device.type == target.device.type == "cpu"
        and input.requires_grad
        and torch.is_grad_enabled()
        and not torch._C._are_functorch_transforms_active()
        and forward_ad.unpack_dual(input).tangent is None
    )


class _LeanRows(torch.autograd.Function):
    """The rows of a loss, with p − e_t formed in the forward pass, in the buffer that holds p.

    Backward only scales its rows. `F.cross_entropy` keeps log p and allocates two more N×C buffers on the way back.
    """

    @staticmethod
    def forward(ctx: Any, pointwise: Pointwise, input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        t, kept = _targets_in_range(input, target, ignore_index)
        nll, ctx.buffer = _nll_and_ascent(input, t)
        ctx.slope = pointwise.slope(nll)
        ctx.pointwise, ctx.t, ctx.kept = pointwise, t, kept
        ctx.save_for_backward(input)  # only for a second or a differentiated backward pass
        rows = pointwise.value(nll)
        return (rows if kept is None else torch.where(kept, rows, 0)).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor, None, None]:
        g = grads[0].unsqueeze(-1)
        if ctx.kept is not None:  # a mean over nothing sends back NaN
            g = torch.where(ctx.kept, g, 0)
        if ctx.buffer is not None and not torch.is_grad_enabled():
            buffer, ctx.buffer = ctx.buffer, None  # given away once: it may live on as input.grad
            with suppress(RuntimeError):  # gradients batched by vmap don't fit into it
                return None, buffer.mul_(g * ctx.slope), None, None
        (input,) = ctx.saved_tensors
        nll, ascent = _nll_and_ascent(input, ctx.t)
        return None, ascent * (g * ctx.pointwise.slope(nll)), None, None


def _nll_and_ascent(input: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return −log p_t, `(N, 1)`, and its gradient p − e_t, `(N, C)`, given t as `(N, 1)`."""
    p = torch.softmax(input, dim=1)
    p_t = p.gather(1, t)
    if p_t.amin().item() < torch.finfo(p.dtype).tiny:  # p_t underflowed; the largest p never does
        nll = input.amax(1, keepdim=True) - p.amax(1, keepdim=True).log() - input.gather(1, t)
    else:
        nll = -p_t.log()
    return nll, p.scatter(1, t, p_t - 1) if torch.is_grad_enabled() else p.scatter_(1, t, p_t - 1)


def _targets_in_range(input: Tensor, target: Tensor, ignore_index: int) -> tuple[Tensor, Tensor | None]:
    """Return class indices that can be looked up, `(N, 1)`, and which samples count, None for all of them."""
    classes = input.shape[1]
    kept = None
    lowest, highest = (bound.item() for bound in target.aminmax())
    if lowest < 0 or highest >= classes or 0 <= ignore_index < classes:
        kept = target != ignore_index
        target = torch.where(kept, target, 0)
        if target.amin() < 0 or target.amax() >= classes:
            F.nll_loss(input, target)  # raises the IndexError of torch
        kept = kept.unsqueeze(1)
    return target.long().unsqueeze(1), kept
