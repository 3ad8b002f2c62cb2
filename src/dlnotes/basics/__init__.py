"""First steps: what the pages on tensors build."""

from typing import TYPE_CHECKING

from dlnotes._names import submodules

__all__ = ["autograd", "broadcasting"]

if TYPE_CHECKING:
    from dlnotes.basics import autograd, broadcasting
else:
    __getattr__, __dir__ = submodules(__name__, __all__)
