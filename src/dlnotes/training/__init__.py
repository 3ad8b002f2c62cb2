"""Training: data, the loop, runs and their checkpoints."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = ["channels_last", "checkpoint", "curves", "datasets", "loop", "processes", "range_test", "recipes", "run"]

if TYPE_CHECKING:
    from dlnotes.training import channels_last, checkpoint, curves, datasets, loop, processes, range_test, recipes, run
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
