"""Moved: this is `dlnotes.labs` now."""

from dlnotes._names import moved

moved(__name__, "dlnotes.labs")
