"""Figures of the page on likelihood."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from torch import Tensor

from dlnotes.losses.likelihood import fit, gaussian_nll, laplace_nll, surprise
from figures.style import COLOURS, DASHES, plot

MARKED = (1.0, 0.5, 0.1, 0.01)
X = torch.arange(6.0)
Y = torch.tensor([1.1, 1.4, 2.1, 2.4, 3.1, 6.0])


def curve(ax: Axes) -> None:
    """Plot −log p against p, with dots at some probabilities."""
    ax.set(xlim=(0, 1), ylim=(0, 5), xlabel="probability p of what happened", ylabel="surprise")
    p = torch.linspace(0.0068, 1, 200, dtype=torch.float64)
    plot(ax, p, {"−log p": surprise(p)})
    for at in MARKED:
        cost = surprise(torch.tensor(at, dtype=torch.float64)).item()
        ax.plot([at], [cost], "o", color=COLOURS[1], clip_on=False, zorder=3, label=f"p = {at:g}")
        offset, side = ((0, 16), "right") if at == 1 else ((7, 7), "left")
        ax.annotate(f"{at:g} costs {cost:.2f}", (at, cost), offset, textcoords="offset points", ha=side)


def coins(ax: Axes) -> None:
    """Plot the likelihood of p, divided by its largest value, for three data sets with the same share of heads."""
    ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="probability p of heads", ylabel="likelihood, highest = 1")
    p = torch.linspace(0, 1, 201, dtype=torch.float64)
    best = torch.tensor(0.7, dtype=torch.float64)

    def likelihood(count: int, p: Tensor) -> Tensor:
        heads = 7 * count // 10
        return torch.xlogy(torch.tensor(heads), p) + torch.xlogy(torch.tensor(count - heads), 1 - p)

    for count, height, colour, dashes in zip((10, 100, 1000), (0.25, 0.55, 0.85), COLOURS, DASHES, strict=False):
        name, curve = f"{7 * count // 10} of {count}", (likelihood(count, p) - likelihood(count, best)).exp()
        ax.plot(p.numpy(), curve.numpy(), label=name, color=colour, linestyle=dashes)
        flank = p[curve > height].max().item()
        arrow = {"arrowstyle": "->", "color": colour, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)}
        ax.annotate(name, (flank, height), (1.06, height), va="center", arrowprops=arrow)


def lines(ax: Axes) -> None:
    """Plot six points and the lines that are most likely under normal and under Laplace noise."""
    ax.set(xlim=(-0.2, 5.2), ylim=(0, 6.5), xlabel="x", ylabel="y")
    x = torch.tensor([-0.2, 5.2])
    curves = {}
    for name, nll in {"normal": gaussian_nll, "Laplace": laplace_nll}.items():
        w, b = _line(nll)
        curves[f"{name} noise"] = w * x + b
    plot(ax, x, curves)
    ax.plot(X.numpy(), Y.numpy(), "o", color=COLOURS[2], zorder=3, label="data")


def _line(nll: Callable[[Tensor, Tensor], Tensor]) -> tuple[float, float]:
    """Fit slope and height of the line that is most likely under some noise."""
    w, b, log_scale = (torch.tensor(0.0, requires_grad=True) for _ in range(3))
    fit(lambda: nll(w * X + b - Y, log_scale.exp()).mean(), [w, b, log_scale])
    return w.item(), b.item()
