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
    """Return −log p_t for every sample, and 0 for those to ignore, as `F.cross_entropy` with `reduction="none"`.

    Args:
        input: logits, `(C,)`, `(N, C)` or `(N, C, d1, ...)`.
        target: class indices, `()`, `(N,)` or `(N, d1, ...)`.
        ignore_index: the class index of samples that count for nothing.
        lean: whether to hold one buffer; None does where it's possible and faster.

    Returns:
        A tensor shaped like `target`.
    """
    if not (_pays(input, target) if lean is None else lean):
        return F.cross_entropy(input, target, ignore_index=ignore_index, reduction="none")
    kept = target != ignore_index
    t = torch.where(kept, target, 0)
    lowest, highest = t.aminmax()
    if lowest < 0 or highest >= input.shape[1]:
        F.nll_loss(input, t)  # raises the IndexError of torch
    t = t.unsqueeze(1)
    with torch.no_grad():
        p = torch.softmax(input, dim=1)
        p_t = p.gather(1, t)
        if p_t.amin() < torch.finfo(p.dtype).tiny:  # p_t underflowed; the largest p never does
            nll = input.amax(1, keepdim=True) - p.amax(1, keepdim=True).log() - input.gather(1, t)
        else:
            nll = -p_t.log()
        ascent = p.scatter_(1, t, p_t - 1)
    return torch.where(kept, _WithGradient.apply(input, t, nll, ascent).squeeze(1), 0)


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
        and all(torch.func.debug_unwrap(tensor) is tensor for tensor in (input, target))  # not inside vmap, grad, ...
        and forward_ad.unpack_dual(input).tangent is None
    )


class _WithGradient(torch.autograd.Function):
    """−log p_t, `(N, 1)`, with its gradient p − e_t, `(N, C)`, which backward only scales, given t as `(N, 1)`.

    `F.cross_entropy` keeps log p and allocates two more N×C buffers on the way back.
    """

    generate_vmap_rule = True  # torch asks for one inside a vmap over other tensors too

    @staticmethod
    def forward(input: Tensor, t: Tensor, nll: Tensor, ascent: Tensor) -> Tensor:
        return nll.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor, Tensor], output: Tensor) -> None:
        input, t, _, ctx.ascent = inputs
        ctx.save_for_backward(input, t)  # only for a second or a differentiated backward pass

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        if ctx.ascent is not None and not torch.is_grad_enabled():
            ascent, ctx.ascent = ctx.ascent, None  # given away once: it may live on as input.grad
            with suppress(RuntimeError):  # gradients batched by vmap don't fit into it
                return ascent.mul_(grads[0]), None, None, None
        input, t = ctx.saved_tensors
        p = torch.softmax(input, dim=1)
        return p.scatter_add(1, t, -torch.ones_like(t, dtype=p.dtype)) * grads[0], None, None, None
