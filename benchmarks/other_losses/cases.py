"""What every implementation is asked: logits, targets and options, small enough to be written out."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

BIG = (30.0, 1000.0)


@dataclass(frozen=True)
class Case:
    """One question, for losses of softmax or of sigmoid.

    Attributes:
        name: A few words, the same for both kinds.
        logits: `(N, C, ...)`.
        target: Class indices or probabilities; for sigmoid one of them a logit.
        options: Arguments beyond γ and ε, by PyTorch's names. An implementation that lacks one doesn't offer the case.
        reduction: What to ask for. Those that know only the mean are asked for that, but not for a sum.
        asks: `"gradient"`, the value and its gradient, or something that is done with the loss: `"double backward"`,
            `"forward mode"`, `"vmap"`, `"compile"`, `"script"`; or `"refusal"`, an error.
        only_plain: Leave out losses with γ > 0, which have no agreed definition here.
    """

    name: str
    logits: Tensor
    target: Tensor
    options: dict[str, Any] = field(default_factory=dict)
    reduction: str = "none"
    asks: str = "gradient"
    only_plain: bool = False


def _softmax() -> list[Case]:
    z = torch.tensor([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75], [-2.0, 0.5, 1.0], [1.0, 0.0, -1.5]])
    t = torch.tensor([0, 2, 1, 0])
    q = torch.tensor([[0.5, 0.25, 0.25], [0.0, 0.75, 0.25], [1.0, 0.0, 0.0], [0.25, 0.25, 0.5]])
    right_and_wrong = torch.tensor([[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])
    sure = torch.tensor([[7.0, 0.0, -1.0], [-1.0, 6.0, 0.5], [0.0, 1.0, 8.0], [0.5, 5.0, 0.0]])
    images = torch.linspace(-2, 2, 24).view(2, 2, 2, 3).movedim(3, 1).contiguous()
    return [
        Case("ordinary logits", z, t),
        *(Case(f"logits ±{size:g}", size * right_and_wrong, t) for size in BIG),
        Case("γ = ½ at ±30", 30 * right_and_wrong, t, {"gamma": 0.5}),
        Case("mean", z, t, {}, "mean"),
        Case("sum", z, t, {}, "sum"),
        Case("ignore_index", z, torch.tensor([0, -100, 1, 0]), {"ignore_index": -100}, "mean"),
        Case("class weights", z, t, {"weight": torch.tensor([1.0, 2.0, 4.0])}, "mean"),
        Case("images", images, torch.tensor([[[0, 1], [2, 1]], [[1, 0], [0, 2]]])),
        Case("soft targets", z, q, only_plain=True),
        Case("smoothing", z, t, {"label_smoothing": 0.1}, only_plain=True),
        Case("bfloat16", sure.bfloat16(), torch.tensor([0, 1, 2, 1])),
        Case("empty batch", z[:0], t[:0], {}, "sum"),
        Case("bad target", z, torch.tensor([0, 3, 1, 0]), asks="refusal"),
        Case("double backward", z, t, asks="double backward"),
        Case("forward mode", z, t, asks="forward mode"),
        Case("vmap", z, t, asks="vmap"),
        Case("torch.compile", z, t, asks="compile"),
        Case("TorchScript", z, t, asks="script"),
    ]


def _sigmoid() -> list[Case]:
    z = torch.tensor([[2.0, -1.0, 0.5], [0.25, 1.5, -0.75]])
    y = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    q = torch.tensor([[0.5, 0.25, 0.0], [1.0, 0.75, 0.125]])
    signs = torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]])
    sure = torch.tensor([[7.0, -6.0, -8.0], [-5.0, 6.0, 5.5]])
    images = torch.linspace(-2, 2, 24).view(2, 3, 2, 2)
    return [
        Case("ordinary logits", z, y),
        *(Case(f"logits ±{size:g}", size * signs, y) for size in BIG),
        Case("γ = ½ at ±30", 30 * signs, y, {"gamma": 0.5}),
        Case("mean", z, y, {}, "mean"),
        Case("sum", z, y, {}, "sum"),
        Case("α = ¼", z, y, {"alpha": 0.25}, "mean"),
        Case("ignore_index", z, torch.tensor([[1.0, -100.0, 0.0], [0.0, 1.0, -100.0]]), {"ignore_index": -100}),
        Case("pos_weight", z, y, {"pos_weight": torch.tensor([1.0, 2.0, 4.0])}, "mean"),
        Case("images", images, (images > 0.3).float()),
        Case("soft targets", z, q, only_plain=True),
        Case("smoothing", z, y, {"label_smoothing": 0.1}, only_plain=True),
        Case("bfloat16", sure.bfloat16(), y.bfloat16()),
        Case("empty batch", z[:0], y[:0], {}, "sum"),
        Case("bad target", z, y[:, :1], asks="refusal"),
        Case("double backward", z, y, asks="double backward"),
        Case("forward mode", z, y, asks="forward mode"),
        Case("vmap", z, y, asks="vmap"),
        Case("torch.compile", z, y, asks="compile"),
        Case("TorchScript", z, y, asks="script"),
    ]


CASES: dict[str, list[Case]] = {"softmax": _softmax(), "sigmoid": _sigmoid()}
