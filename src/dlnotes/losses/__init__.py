"""Losses from scratch: what the pages under `losses/` derive."""

from dlnotes.losses.softmax import cross_entropy, log_softmax, logsumexp, softmax

__all__ = ["cross_entropy", "log_softmax", "logsumexp", "softmax"]
