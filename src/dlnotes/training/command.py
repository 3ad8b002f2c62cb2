"""Moved: this is `dlnotes.command` now."""

from dlnotes._names import moved

moved(__name__, "dlnotes.command")
