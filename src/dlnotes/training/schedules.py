"""Schedules: which part of the learning rate each step of a run takes."""

import math
from collections.abc import Callable

__all__ = ["SCHEDULES", "constant", "one_cycle"]


# --8<-- [start:one_cycle]
def constant(progress: float) -> float:
    """Take the whole learning rate all the time.

    Args:
        progress: How much of the run is done, from 0 to 1.

    Returns:
        1.

    Examples:
        >>> from dlnotes.training.schedules import constant
        >>> constant(0.5)
        1.0
    """
    return 1.0


def one_cycle(progress: float, warm_up: float = 0.2) -> float:
    """Rise along a line, then fall along half a cosine.

    Args:
        progress: How much of the run is done, from 0 to 1.
        warm_up: The part of the run that rises, above 0 and below 1.

    Returns:
        What to multiply the learning rate by: from 0 at the start to 1 at the
        end of the warm-up, and back to 0 at the end.

    Examples:
        >>> from dlnotes.training.schedules import one_cycle
        >>> [round(one_cycle(progress), 2) for progress in (0, 0.1, 0.2, 0.6, 1)]
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source:
        L. N. Smith, N. Topin, "Super-Convergence", 2018, arXiv 1708.07120,
        with a cosine for the way down, as I. Loshchilov, F. Hutter, "SGDR",
        ICLR 2017, arXiv 1608.03983, equation 5.
    """
    if progress < warm_up:
        return progress / warm_up
    return (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))) / 2


# --8<-- [end:one_cycle]


SCHEDULES: dict[str, Callable[[float], float]] = {"constant": constant, "one-cycle": one_cycle}
"""The schedules, by the names that `dlnotes train --schedule` knows."""
