"""Figure of the page on the anatomy of a module."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from figures.cells import BLUE, GREY, ORANGE, PLAIN, arrow, canvas, text

# The names in the page's `state_dict`, and the shapes; a number has the shape ().
LAYERS = {"fc1: Linear": ("fc1.weight", "fc1.bias"), "fc2: Linear": ("fc2.weight", "fc2.bias")}
BUFFERS = ("mean", "std")
SHAPES = {
    "mean": "()",
    "std": "()",
    "fc1.weight": "(64, 784)",
    "fc1.bias": "(64,)",
    "fc2.weight": "(10, 64)",
    "fc2.bias": "(10,)",
}


def tree(ax: Axes) -> None:
    """Draw a module with its submodules, and the tensors that each holds."""
    canvas(ax)
    _box(ax, 8, 94, 62, "Net", PLAIN)
    for place, name in enumerate(BUFFERS):
        _tensor(ax, 26 + 28 * place, name, ORANGE, (70, 100))
    for layer, (name, tensors) in enumerate(LAYERS.items()):
        top = 96 + 60 * layer
        _box(ax, 96, top, 84, name, PLAIN)
        arrow(ax, (70, 106), (95, top + 12))
        for place, tensor in enumerate(tensors):
            _tensor(ax, top - 2 + 28 * place, tensor, BLUE, (180, top + 12))
    for x, words in ((39, "module"), (138, "its modules"), (274, "their tensors")):
        text(ax, x, 10, words, colour=GREY)
    text(ax, 96, 46, "buffers: kept", ha="left")
    text(ax, 96, 198, "parameters: learned", ha="left")


def _tensor(ax: Axes, y: float, name: str, colour: str, start: tuple[float, float]) -> None:
    arrow(ax, start, (217, y + 11))
    _box(ax, 218, y, 134, f"{name} {SHAPES[name]}", colour)


def _box(ax: Axes, x: float, y: float, width: float, words: str, colour: str) -> None:
    style = "round,pad=0,rounding_size=4"
    ax.add_patch(FancyBboxPatch((x, y), width, 22, style, facecolor=colour, edgecolor="#000000", linewidth=0.9))
    text(ax, x + width / 2, y + 11, words)
