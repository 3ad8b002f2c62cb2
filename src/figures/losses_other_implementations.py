"""Figures of the page on other implementations: who answers which question how."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from figures.cells import WIDTH, canvas, text
from figures.style import COLOURS

ANSWERS = Path(__file__).parents[2] / "docs/labs/results/other-losses.json"
BLACK, BLUE, ORANGE = COLOURS[:3]
LEFT, TOP, DOWN = 116, 85, 10.2  # points: where the marks start, and from one to the next
RADIUS = 3.4


def softmax(ax: Axes) -> None:
    """Mark the answers of the losses of softmax."""
    matrix(ax, "softmax")


def sigmoid(ax: Axes) -> None:
    """Mark the answers of the losses of sigmoid."""
    matrix(ax, "sigmoid")


def matrix(ax: Axes, kind: str) -> None:
    """Draw a row for each implementation and a column for each case, with a legend below."""
    rows = [one for one in json.loads(ANSWERS.read_text("utf-8"))["results"] if one["kind"] == kind]
    across = (WIDTH - LEFT - 2) / len(rows[0]["cases"])
    canvas(ax)
    for column, case in enumerate(rows[0]["cases"]):
        x = LEFT + across * (column + 0.5)
        ax.text(x, TOP - 3, case, rotation=90, ha="center", va="bottom")
    for line, one in enumerate(rows):
        y = TOP + DOWN * (line + 0.5)
        text(ax, LEFT - 5, y, one["label"], ha="right")
        for column, answer in enumerate(one["cases"].values()):
            MARKS[answer["outcome"]](ax, LEFT + across * (column + 0.5), y)
    y = TOP + DOWN * len(rows) + 11
    for outcome, x in (("right", 10), ("documented", 62), ("value", 170), ("refuses", 224), ("not offered", 290)):
        MARKS[outcome](ax, x, y)
        text(ax, x + 7, y, LEGEND[outcome], ha="left")


def _right(ax: Axes, x: float, y: float) -> None:
    ax.add_patch(Circle((x, y), RADIUS, facecolor=BLUE, linewidth=0))


def _documented(ax: Axes, x: float, y: float) -> None:
    ax.add_patch(Circle((x, y), RADIUS - 0.6, facecolor="none", edgecolor=BLUE, linewidth=1.2))


def _wrong(ax: Axes, x: float, y: float) -> None:
    for rise in (-1, 1):
        ax.plot([x - RADIUS, x + RADIUS], [y - rise * RADIUS, y + rise * RADIUS], color=ORANGE, linewidth=1.8)


def _refuses(ax: Axes, x: float, y: float) -> None:
    side = 2 * RADIUS - 1.2
    ax.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, facecolor="none", edgecolor=BLACK, linewidth=1.2))


def _missing(ax: Axes, x: float, y: float) -> None:
    ax.plot([x - 2, x + 2], [y, y], color="#707070", linewidth=1)


MARKS: dict[str, Callable[[Axes, float, float], Any]] = {
    "right": _right,
    "documented": _documented,
    "value": _wrong,
    "gradient": _wrong,
    "refuses": _refuses,
    "not offered": _missing,
    "no agreed definition": _missing,
}
LEGEND = {
    "right": "right",
    "documented": "documented choice",
    "value": "wrong",
    "refuses": "an error",
    "not offered": "not asked",
}
