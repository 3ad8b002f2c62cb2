"""Deep-learning notes: the code that the pages embed."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = ["basics", "command", "labs", "losses", "models", "training"]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from dlnotes import basics, command, labs, losses, models, training
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
