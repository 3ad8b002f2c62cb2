"""Moved: this is `dlnotes.training.channels_last` now."""

from dlnotes._names import moved

moved(__name__, "dlnotes.training.channels_last")
