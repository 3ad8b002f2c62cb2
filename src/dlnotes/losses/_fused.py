"""The rows of cross-entropy with one N×C buffer instead of three."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import forward_ad

# Below these sizes the bookkeeping costs more than the memory traffic it saves.
MIN_ELEMENTS = 1 << 18
MIN_CLASSES = 64


def nll_rows(input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """Return −log p_t for every sample: `F.cross_entropy(..., reduction="none")`, by the cheaper of two ways.

    Args:
        input: logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: class indices, `()`, `(N,)` or `(N, d1, ...)`.
        ignore_index: a target with this value gives 0.

    Returns:
        A tensor shaped like `target`.
    """
    if _pays(input, target):
        rows: Tensor = _LeanRows.apply(input, target, ignore_index)
        return rows
    return F.cross_entropy(input, target, ignore_index=ignore_index, reduction="none")


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
        and input.layout == torch.strided
        and input.requires_grad
        and torch.is_grad_enabled()
        and not torch._C._are_functorch_transforms_active()
        and forward_ad.unpack_dual(input).tangent is None  # type: ignore[no-untyped-call]  # torch has no annotation
    )


class _LeanRows(torch.autograd.Function):
    """−log p_t, with the gradient p − e_t formed in the forward pass, in the buffer that holds p.

    `F.cross_entropy` keeps log p and allocates two more N×C buffers on the way back. At large C fresh memory is
    what costs.
    """

    # --8<-- [start:lean-rows]
    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        kept = target != ignore_index
        t = torch.where(kept, target, 0).long().unsqueeze(1)
        if t.amin() < 0 or t.amax() >= input.shape[1]:
            return F.cross_entropy(input, target, ignore_index=ignore_index)  # raises torch's own IndexError
        p = torch.softmax(input, dim=1)
        p_t = p.gather(1, t)
        if p_t.amin() < torch.finfo(p.dtype).tiny:  # p_t underflowed; the largest p never does
            nll = input.amax(1, keepdim=True) - p.amax(1, keepdim=True).log() - input.gather(1, t)
        else:
            nll = -p_t.log()
        ctx.buffer, ctx.kept, ctx.t = p.scatter_(1, t, p_t - 1), kept, t
        ctx.save_for_backward(input)  # only for a second or a differentiated backward pass
        return torch.where(kept, nll.squeeze(1), 0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (grad,) = grads
        g = torch.where(ctx.kept, grad, 0).unsqueeze(-1)
        differentiable = torch.is_grad_enabled() or torch._C._are_functorch_transforms_active()
        if ctx.buffer is not None and not differentiable:
            buffer, ctx.buffer = ctx.buffer, None  # given away once: it may live on as input.grad
            return buffer.mul_(g), None, None
        (input,) = ctx.saved_tensors
        p = torch.softmax(input, dim=1)
        return (p - torch.zeros_like(p).scatter(1, ctx.t, 1)) * g, None, None

    # --8<-- [end:lean-rows]
