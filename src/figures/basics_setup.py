"""Figure of the page on setting up."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from figures.cells import GREY
from figures.style import COLOURS

# Title, what stands below it, colour of the frame; from what you write down to the hardware.
LAYERS = [
    ("your program", "import torch", COLOURS[0]),
    ("the wheel that pip installs", "PyTorch, CUDA runtime, cuDNN, cuBLAS, …", COLOURS[1]),
    ("NVIDIA's driver", "the one thing to install for the GPU", COLOURS[2]),
    ("GPU", "", COLOURS[0]),
]


def layers(ax: Axes) -> None:
    """Draw what lies between a program and the GPU."""
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, 10), ylim=(6, 0))
    ax.axis("off")
    for place, (title, inside, colour) in enumerate(LAYERS):
        top = 0.25 + 1.4 * place
        ax.add_patch(Rectangle((0.3, top), 6.0, 1.1, facecolor="none", edgecolor=colour, linewidth=1.8))
        ax.text(3.3, top + (0.36 if inside else 0.55), title, ha="center", va="center", weight="bold")
        ax.text(3.3, top + 0.77, inside, ha="center", va="center")
    ax.add_patch(Rectangle((6.8, 1.65), 2.9, 1.1, facecolor="none", edgecolor=GREY, linewidth=1.2, linestyle="--"))
    ax.text(8.25, 2.01, "CUDA toolkit", ha="center", va="center", weight="bold")
    ax.text(8.25, 2.42, "not used", ha="center", va="center")
