"""Figure of the page that builds an engine for automatic differentiation: a neuron that learns with it."""

import math

import torch
from matplotlib.axes import Axes

from dlnotes.basics.autograd import Value, tanh
from figures.style import COLOURS, plot

INPUTS = [-1.0, -0.5, 0.0, 0.5, 1.0]
SHOWN = (0, 1, 3, 200)


def learning(ax: Axes) -> None:
    """Draw the curve of a neuron after some steps of gradient descent, and the points that it should meet."""
    targets = [math.tanh(2 * x - 1) for x in INPUTS]
    x = torch.linspace(-1, 1, 101)
    ax.set(xlim=(-1, 1), ylim=(-1.05, 1.05), xticks=[-1, -0.5, 0, 0.5, 1], xlabel="x", ylabel="prediction")
    curves = {}
    w, b = Value(0.0), Value(0.0)
    for step in range(SHOWN[-1] + 1):
        if step in SHOWN:
            curves[f"step {step}"] = torch.tanh(w.data * x + b.data)
        loss = sum(((tanh(w * a + b) - t) ** 2 for a, t in zip(INPUTS, targets, strict=True)), start=Value(0.0))
        w.grad = b.grad = None
        loss.backward()
        w.data -= 0.3 * (w.grad or 0.0)
        b.data -= 0.3 * (b.grad or 0.0)
    plot(ax, x, curves)
    ax.plot(INPUTS, targets, "o", color=COLOURS[2], markersize=7, clip_on=False, zorder=3)
