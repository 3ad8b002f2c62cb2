"""Formulas look the same with the fonts that the built site cut down as with the whole ones."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from sitetools.fonts import cut
from tests.support.chromium import load
from tests.support.pages import ADDRESSES, ROOT

WHOLE = ROOT / "docs" / "assets" / "katex" / "fonts"

# Every formula of the site, once, on a page that has nothing else.
GATHER = """async (addresses) => {
    const found = new Set();
    for (const address of addresses) {
        const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
        page.querySelectorAll(".katex").forEach(formula => found.add(formula.outerHTML));
    }
    document.body.innerHTML = [...found].sort().map(formula => `<p>${formula}</p>`).join("");
    await document.fonts.ready;
    return found.size;
}"""


def picture(browser: Browser, home: str, fonts: Path | None = None) -> Image.Image:
    """What the formulas look like with the fonts of a folder, or else with the site's own."""
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    if fonts:
        page.route("**/*.woff2", lambda route: route.fulfill(path=fonts / route.request.url.rsplit("/", 1)[1]))
    load(page, home)
    assert page.evaluate(GATHER, [home + address for address in ADDRESSES]) > 500
    page.wait_for_load_state("networkidle")
    image = Image.open(BytesIO(page.screenshot(full_page=True))).convert("L")
    page.close()
    return image


@pytest.fixture(scope="module")
def cut_down(browser: Browser, home: str) -> Image.Image:
    return picture(browser, home)


def change(first: Image.Image, second: Image.Image) -> int:
    """How much darker or lighter any pixel is, from 0 to 255."""
    assert first.size == second.size
    histogram = ImageChops.difference(first, second).histogram()
    return max(value for value, count in enumerate(histogram) if count)


def test_no_formula_changes(browser: Browser, home: str, cut_down: Image.Image) -> None:
    # Hinting depends on which letters a font has, so edges change by a shade: by up to 51 where this was written.
    assert change(picture(browser, home, WHOLE), cut_down) < 100


@pytest.mark.parametrize("lost", ["⋯", "⊤", "ϵ"])
def test_a_lost_glyph_shows(browser: Browser, home: str, cut_down: Image.Image, tmp_path: Path, lost: str) -> None:
    for font in WHOLE.glob("*.woff2"):
        (tmp_path / font.name).write_bytes(font.read_bytes())
        cut(tmp_path / font.name, "".join(chr(code) for code in range(0x3000) if chr(code) != lost))
    assert change(picture(browser, home, tmp_path), cut_down) > 200
