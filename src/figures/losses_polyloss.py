"""Figures of the page on PolyLoss."""

import torch
from matplotlib.axes import Axes

from dlnotes.losses.polyloss import poly1, poly1_hessian
from figures.style import plot

EPSILONS = (0, 2, -1, 1, -2)  # so that the first three have the colours of the lab
P = torch.linspace(0.02, 0.8, 79, dtype=torch.float64)  # at 1 all curves meet, and their labels would too


def name(epsilon: int) -> str:
    """Return the label of a curve."""
    return "cross-entropy" if epsilon == 0 else f"ε = {epsilon}".replace("-", "−")


def losses(ax: Axes) -> None:
    """Plot the loss against the probability of the true class, for several ε."""
    ax.set(xlim=(0, 0.8), ylim=(-0.5, 4), xlabel="probability p of the true class", ylabel="Poly-1 loss")
    curves = {name(epsilon): poly1(-P.log(), epsilon) for epsilon in EPSILONS}
    plot(ax, P, {label: torch.where(loss > 4, torch.nan, loss) for label, loss in curves.items()})


def pulls(ax: Axes) -> None:
    """Plot the size of the gradient by the true logit, (1 + εp)(1 − p)."""
    ax.set(xlim=(0, 0.8), ylim=(-0.25, 1.25), xlabel="probability p of the true class", ylabel="pull on the true logit")
    plot(ax, P, {name(epsilon): (1 + epsilon * P) * (1 - P) for epsilon in EPSILONS})


def curvature(ax: Axes) -> None:
    """Plot the second derivative of the loss by the true logit."""
    ax.set(xlim=(0, 0.8), ylim=(-0.1, 0.4), xlabel="probability p of the true class", ylabel="curvature")
    ax.axhline(0, color="#000000", linewidth=0.6)
    logits = torch.stack([torch.logit(P), torch.zeros_like(P)], dim=-1)
    plot(ax, P, {name(e): torch.stack([poly1_hessian(z, 0, e)[0, 0] for z in logits]) for e in EPSILONS})
