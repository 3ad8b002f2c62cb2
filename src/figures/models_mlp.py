"""Figures of the page on the multilayer perceptron: two moons, told apart by a network with one hidden layer."""

from functools import cache

import torch
from matplotlib.axes import Axes
from torch import Tensor

from dlnotes.models.mlp import gradients, two_layers, two_moons
from figures.style import COLOURS

STEPS = (0, 10, 100, 1000)
LEFT, RIGHT, BOTTOM, TOP = -1.6, 2.6, -1.15, 1.65  # what a panel shows
WIDTH, HEIGHT = 4.5, 3.3  # from a panel to the next

Parameters = list[Tensor]


@cache
def data() -> tuple[Tensor, Tensor, Parameters]:
    """Return the page's points, classes and first parameters, in float64: training amplifies rounding."""
    torch.manual_seed(0)
    inputs, targets = two_moons(200)
    torch.manual_seed(7)
    parameters = [torch.randn(8, 2), torch.randn(8), torch.randn(2, 8) / 2, torch.zeros(2)]
    return inputs.double(), targets, [parameter.double() for parameter in parameters]


@cache
def trained() -> dict[int, Parameters]:
    """Train as the page does, and return the parameters after each of `STEPS`."""
    inputs, targets, parameters = data()
    found = {}
    for step in range(max(STEPS) + 1):
        if step in STEPS:
            found[step] = parameters
        found_here = gradients(inputs, targets, *parameters)
        parameters = [p - 0.5 * g for p, g in zip(parameters, found_here, strict=True)]
    return found


def panel(ax: Axes, parameters: Parameters, left: float, top: float, size: float) -> None:
    """Draw the points, and the line on which the network finds both classes equally likely."""
    inputs, targets, _ = data()
    for label, marker, colour in ((0, "o", COLOURS[1]), (1, "x", COLOURS[2])):
        points = inputs[targets == label] + torch.tensor([left, top])
        ax.plot(*points.T.numpy(), marker, color=colour, markersize=size, markeredgewidth=0.8, label=f"class {label}")
    x, y = torch.linspace(LEFT, RIGHT, 211), torch.linspace(BOTTOM, TOP, 141)
    grid = torch.cartesian_prod(x, y).double()
    logits = two_layers(grid, *parameters)
    difference = (logits[:, 1] - logits[:, 0]).reshape(211, 141).T
    ax.contour(x + left, y + top, difference, levels=[0], colors=COLOURS[0], linewidths=1.4)


def moons(ax: Axes) -> None:
    """Draw the decision boundary after each of `STEPS`."""
    ax.set_position((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set(xlim=(LEFT - 0.15, RIGHT + WIDTH + 0.15), ylim=(BOTTOM - HEIGHT - 0.1, TOP + 0.45), aspect="equal")
    for index, (step, parameters) in enumerate(trained().items()):
        left, top = WIDTH * (index % 2), -HEIGHT * (index // 2)
        panel(ax, parameters, left, top, 2.2)
        ax.text((LEFT + RIGHT) / 2 + left, TOP + 0.1 + top, f"{step} steps" if step else "before training", ha="center")


def folds(ax: Axes) -> None:
    """Draw the boundary at the end, and the line along which each hidden unit switches on."""
    parameters = trained()[max(STEPS)]
    ax.set_position((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set(xlim=(-2.1, 3.1), ylim=(-1.4, 1.75), aspect="equal")
    weight, bias = parameters[:2]
    for (first, second), offset in zip(weight.tolist(), bias.tolist(), strict=True):
        along = torch.tensor([-9.0, 9.0], dtype=torch.float64)
        foot = -offset / (first**2 + second**2)
        length = (first**2 + second**2) ** 0.5
        x, y = foot * first - second / length * along, foot * second + first / length * along
        ax.plot(x, y, color="0.5", linewidth=0.8, linestyle=(0, (4, 2)), label="fold")
    panel(ax, parameters, 0, 0, 3)
    ax.text(-1.9, 0.3, "class 0", color=COLOURS[1])
    ax.text(2.25, 0.3, "class 1", color=COLOURS[2])
