"""Figures of the page on autograd: graphs with values going forward and gradients coming back."""

import torch
from matplotlib.axes import Axes

from dlnotes.basics.autograd import Value, gradients
from figures.style import COLOURS, LARGE

FORWARD, BACKWARD = COLOURS[0], COLOURS[2]
Place = tuple[float, float]


def chain(ax: Axes) -> None:
    """Draw the graph of z = (x·x)² at x = [0, 1, 2], with torch's values and gradients."""
    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    y = torch.dot(x, x)
    z = y**2
    by_y, by_x = torch.autograd.grad(z, (y, x))
    _empty(ax)
    places = {"x": (0.15, 0.55), "y": (0.5, 0.55), "z": (0.85, 0.55)}
    _node(ax, places["x"], f"x\n{_numbers(x)}")
    _node(ax, places["y"], f"y = x·x\n{_numbers(y)}")
    _node(ax, places["z"], f"z = y²\n{_numbers(z)}")
    for start, end, operation, slope in [("x", "y", "dot product", "times 2x"), ("y", "z", "square", "times 2y")]:
        (left, height), (right, _) = places[start], places[end]
        _arrow(ax, (left + 0.12, height + 0.06), (right - 0.12, height + 0.06), FORWARD)
        _arrow(ax, (right - 0.12, height - 0.06), (left + 0.12, height - 0.06), BACKWARD)
        _text(ax, ((left + right) / 2, height + 0.15), operation, FORWARD)
        _text(ax, ((left + right) / 2, height - 0.15), slope, BACKWARD)
    for name, gradient in [("x", _numbers(by_x)), ("y", _numbers(by_y)), ("z", "1")]:
        _text(ax, (places[name][0], 0.27), f"dz/d{name}\n{gradient}", BACKWARD)
    _text(ax, (0.5, 0.9), "forward: values →", FORWARD)
    _text(ax, (0.5, 0.1), "← backward: gradients", BACKWARD)


def diamond(ax: Axes) -> None:
    """Draw the graph of L = uv with u = 3a and v = a² at a = 2, computed by the engine of the page."""
    a = Value(2.0)
    u, v = 3 * a, a**2
    result = u * v
    found = gradients(result)
    _empty(ax)
    places = {a: (0.15, 0.5), u: (0.5, 0.85), v: (0.5, 0.15), result: (0.85, 0.5)}
    names = {a: "a", u: "u = 3a", v: "v = a²", result: "L = uv"}
    for output in (u, v, result):
        for value, slope in output.inputs:
            if value in places:  # not the constant 3
                _slope(ax, places[value], places[output], f"slope {slope:g}")
    for value, (across, height) in places.items():
        _node(ax, (across, height), f"{names[value]}\n{value.data:g}")
        inwards = 0.17 if value is v else -0.17
        _text(ax, (across, height + inwards), f"dL/d{names[value][0]} = {found[value]:g}", BACKWARD)


def _slope(ax: Axes, start: Place, end: Place, text: str) -> None:
    """Draw an arrow from node to node, its slope written on the outer side of the diamond."""
    (left, low), (right, high) = start, end
    middle = (left + right) / 2, (low + high) / 2
    upper, first = middle[1] > 0.5, middle[0] < 0.5
    part = 0.1 / (right - left)
    across, up = part * (right - left), part * (high - low)
    _arrow(ax, (left + across, low + up), (right - across, high - up), FORWARD)
    place = middle[0], middle[1] + (0.08 if upper else -0.08)
    ax.text(*place, text, ha="right" if first else "left", va="center", size=LARGE, color=FORWARD)


def _numbers(tensor: torch.Tensor) -> str:
    """Write a tensor of whole numbers as a reader would."""
    return str(tensor.int().tolist())


def _empty(ax: Axes) -> None:
    """Take the whole figure as a plane from (0, 0) to (1, 1)."""
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.axis("off")


def _node(ax: Axes, place: Place, text: str) -> None:
    box = {"boxstyle": "round,pad=0.45", "facecolor": "none", "edgecolor": FORWARD}
    ax.text(*place, text, ha="center", va="center", size=LARGE, color=FORWARD, bbox=box, zorder=3, linespacing=1.4)


def _text(ax: Axes, place: Place, text: str, colour: str) -> None:
    ax.text(*place, text, ha="center", va="center", size=LARGE, color=colour, linespacing=1.4)


def _arrow(ax: Axes, start: Place, end: Place, colour: str) -> None:
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style)
