"""What a figure shows, as data: claims about it read this."""

from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from figures import FIGURES
from figures.style import STYLE, drawn

Array: TypeAlias = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Drawn:
    """A figure: its axes, the strings in it in the order of drawing, and its labelled curves as pairs (x, y)."""

    axes: list[Axes]
    texts: list[str]
    curves: dict[str, tuple[Array, Array]]

    @classmethod
    def named(cls, name: str) -> Self:
        """Draw the figure of this name."""
        with mpl.rc_context(STYLE):
            figure = drawn(FIGURES[name])
            figure.draw_without_rendering()  # which gives ticks their labels
        texts = [part.get_text() for part in figure.findobj(Text) if isinstance(part, Text) and part.get_text()]
        lines = [line for axes in figure.axes for line in axes.lines]
        return cls(figure.axes, texts, {str(line.get_label()): line.get_data() for line in lines})  # type: ignore[misc]
