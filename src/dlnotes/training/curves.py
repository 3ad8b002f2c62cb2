"""The curves of a run, as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["draw"]

# Text stays text, and the same history gives the same file.
STYLE: dict[Any, Any] = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "dlnotes"}


def draw(history: Sequence[Mapping[str, float]], path: Path) -> None:
    """Draw the loss and the accuracy of each epoch as SVG.

    Args:
        history: The metrics of each epoch, as `Run.epochs` yields them.
        path: The file to write.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from dlnotes.training.curves import draw
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "curves.svg")
        ...     draw([{"epoch": 1, "train_loss": 0.5, "train_accuracy": 0.8}], path)
        ...     "<svg" in path.read_text("utf-8")
        True
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    epochs = [entry["epoch"] for entry in history]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7, 3), layout="constrained")
        axes = figure.subplots(1, 2)
        for ax, quantity in zip(axes, ("loss", "accuracy"), strict=True):
            for part in ("train", "validation", "test"):
                name = f"{part}_{quantity}"
                if name in history[0]:
                    values = [entry[name] for entry in history]
                    ax.plot(epochs, values, ".-", label=part)
            ax.set(xlabel="epoch", ylabel=quantity)
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.legend(frameon=False)
        undated = {"Date": None, "Creator": None}
        figure.savefig(path, format="svg", metadata=undated)
