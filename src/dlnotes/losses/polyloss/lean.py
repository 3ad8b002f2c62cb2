"""Cross-entropy of each sample that holds one N×C buffer, where PyTorch's holds three."""

from contextlib import suppress
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import forward_ad

# Below these sizes the bookkeeping costs more than the memory traffic it saves.
MIN_ELEMENTS = 1 << 18
MIN_CLASSES = 64


def nll_rows(input: Tensor, target: Tensor, ignore_index: int = -100, *, lean: bool | None = None) -> Tensor:
    """Return −log p_t for each class index, shaped like `target`, and 0 for those to ignore.

    `lean` says whether to hold one buffer; None does where it's possible and faster.
    """
    if _pays(input, target) if lean is None else lean:
        with suppress(RuntimeError):  # from torch, which lets no function without a rule for them into vmap, grad, ...
            rows: Tensor = _LeanRows.apply(input, target, ignore_index)
            return rows
    return F.cross_entropy(input, target, ignore_index=ignore_index, reduction="none")


def _pays(input: Tensor, target: Tensor) -> bool:
    """Tell whether one buffer is both possible and faster; whatever is unusual goes to torch."""
    return (
        input.dim() == 2
        and input.shape[1] >= MIN_CLASSES
        and input.numel() >= MIN_ELEMENTS
        and not torch.compiler.is_compiling()
        and type(target) is Tensor
        and type(input) in (Tensor, torch.nn.Parameter)
        and target.shape == input.shape[:1]
        and target.dtype == torch.int64
        # Half precision would have to be widened first, which costs what is saved; other devices are not measured.
        and input.dtype in (torch.float32, torch.float64)
        and input.device.type == target.device.type == "cpu"
        and input.requires_grad
        and torch.is_grad_enabled()
        and forward_ad.unpack_dual(input).tangent is None
    )


class _LeanRows(torch.autograd.Function):
    """−log p_t, with its gradient p − e_t formed in the forward pass, in the buffer that holds p.

    Backward only scales its rows. `F.cross_entropy` keeps log p and allocates two more N×C buffers on the way back.
    """

    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
        ctx.t, ctx.kept = _targets_in_range(input, target, ignore_index)
        p = torch.softmax(input, dim=1)
        p_t = p.gather(1, ctx.t)
        if p_t.amin().item() < torch.finfo(p.dtype).tiny:  # p_t underflowed; the largest p never does
            nll = input.amax(1, keepdim=True) - p.amax(1, keepdim=True).log() - input.gather(1, ctx.t)
        else:
            nll = -p_t.log()
        ctx.buffer = p.scatter_(1, ctx.t, p_t - 1)
        ctx.save_for_backward(input)  # only for a second or a differentiated backward pass
        return (nll if ctx.kept is None else torch.where(ctx.kept, nll, 0)).squeeze(1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        g = grads[0].unsqueeze(-1)
        if ctx.kept is not None:  # a mean over nothing sends back NaN
            g = torch.where(ctx.kept, g, 0)
        if ctx.buffer is not None and not torch.is_grad_enabled():
            buffer, ctx.buffer = ctx.buffer, None  # given away once: it may live on as input.grad
            with suppress(RuntimeError):  # gradients batched by vmap don't fit into it
                return buffer.mul_(g), None, None
        p = torch.softmax(ctx.saved_tensors[0], dim=1)
        return p.scatter_add(1, ctx.t, -torch.ones_like(ctx.t, dtype=p.dtype)) * g, None, None


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
    return target.unsqueeze(1), kept
