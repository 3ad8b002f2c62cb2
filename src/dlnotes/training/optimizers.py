"""Moved: this is `dlnotes.models.optimizers` now."""

from dlnotes._names import moved

moved(__name__, "dlnotes.models.optimizers")
