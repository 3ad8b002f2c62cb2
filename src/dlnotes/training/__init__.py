"""Training: data, the loop, runs and their checkpoints."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = [
    "augmentation",
    "channels_last",
    "checkpoint",
    "curves",
    "data_parallel",
    "datasets",
    "loop",
    "processes",
    "range_test",
    "recipes",
    "regularisation",
    "run",
    "schedules",
]

if TYPE_CHECKING:
    from dlnotes.training import (
        augmentation,
        channels_last,
        checkpoint,
        curves,
        data_parallel,
        datasets,
        loop,
        processes,
        range_test,
        recipes,
        regularisation,
        run,
        schedules,
    )
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
