"""Training: data, the loop, checkpoints and the command `dlnotes`."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = [
    "checkpoint",
    "command",
    "curves",
    "datasets",
    "experiment",
    "loop",
    "optimizers",
    "processes",
    "recipes",
    "run",
    "speed",
]

if TYPE_CHECKING:
    from dlnotes.training import (
        checkpoint,
        command,
        curves,
        datasets,
        experiment,
        loop,
        optimizers,
        processes,
        recipes,
        run,
        speed,
    )
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
