"""The colours of figures stand out and keep apart, for colour-blind readers too, in the light scheme and the dark one.

Contrasts are those of WCAG 2.2: 3 for what isn't text (success criterion 1.4.11), 4.5 for text (1.4.3).
Colour-blindness is simulated by the matrices of Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model
for Simulation of Color Vision Deficiency", severity 1. How different two colours look is their distance in CIELAB, of
which 2.3 is just noticed (Mahy, Van Eycken and Oosterlinck, 1994).
"""

from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike, NDArray

from figures.cells import BLUE, GREY, ORANGE, SILVER
from figures.style import COLOURS

Colour: TypeAlias = NDArray[np.float64]  # red, green and blue, from 0 to 1

DIFFERENT = 10 * 2.3

FILLS = (BLUE, ORANGE, SILVER)
TEXTS = (*COLOURS[:4], GREY, "#707070")

GROUNDS = {"light": "#ffffff", "dark": "#1e2129"}  # Material's, hsla(225, 15%, 14%, 1) in the dark
CSS = Path(__file__).parents[2] / "docs" / "assets" / "site.css"
DARK = "filter: invert(1) hue-rotate(180deg);"
# Of W3C's Filter Effects Module Level 1, with the cosine -1 and the sine 0.
HUE_ROTATION = [[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]]

VISIONS: dict[str, ArrayLike] = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
LUMINANCE = [0.2126, 0.7152, 0.0722]
XYZ = [[0.4124, 0.3576, 0.1805], LUMINANCE, [0.0193, 0.1192, 0.9505]]  # of sRGB (IEC 61966-2-1), as is `linear`


def shown(colour: str, scheme: str) -> Colour:
    """What a figure's colour becomes on the page."""
    drawn = np.array(to_rgb(colour))
    return drawn if scheme == "light" else np.clip(HUE_ROTATION @ (1 - drawn), 0, 1)


def linear(colour: Colour) -> Colour:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: Colour, other: Colour) -> float:
    dark, bright = sorted(float(LUMINANCE @ linear(colour)) for colour in (one, other))
    return (bright + 0.05) / (dark + 0.05)


def lab(colour: Colour, vision: ArrayLike) -> Colour:
    seen = np.clip(np.asarray(vision) @ linear(colour), 0, 1)
    parts = XYZ @ seen / np.sum(XYZ, axis=1)
    x, y, z = np.where(parts > 216 / 24389, np.cbrt(parts), (24389 / 27 * parts + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def alike(colours: tuple[str, ...], scheme: str, vision: str) -> list[tuple[str, str]]:
    """The pairs that aren't different enough."""
    places = {colour: lab(shown(colour, scheme), VISIONS[vision]) for colour in colours}
    return [(a, b) for a, b in combinations(colours, 2) if np.linalg.norm(places[a] - places[b]) < DIFFERENT]


def faint(colours: tuple[str, ...], scheme: str, least: float) -> list[str]:
    """The colours that don't stand out from the page."""
    ground = np.array(to_rgb(GROUNDS[scheme]))
    return [colour for colour in colours if contrast(shown(colour, scheme), ground) < least]


def test_the_dark_scheme_has_the_filter_of_these_tests() -> None:
    assert DARK in CSS.read_text("utf-8")


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("scheme", GROUNDS)
def test_colours_that_are_used_together_keep_apart(scheme: str, vision: str) -> None:
    assert alike(COLOURS, scheme, vision) == []
    assert alike(FILLS, scheme, vision) == []


@pytest.mark.parametrize("scheme", GROUNDS)
def test_colours_stand_out_from_the_page(scheme: str) -> None:
    assert faint((*COLOURS, *FILLS), scheme, 3) == []
    assert faint(TEXTS, scheme, 4.5) == []
    assert [fill for fill in FILLS if contrast(shown(fill, scheme), shown("#000000", scheme)) < 4.5] == []


def test_poor_colours_are_noticed() -> None:
    """Of the palette of Okabe and Ito (2008), made for print."""
    assert alike(("#0072B2", "#009E73"), "dark", "tritan") == [("#0072B2", "#009E73")]
    assert faint(("#E69F00", "#0072B2"), "light", 3) == ["#E69F00"]
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21)
