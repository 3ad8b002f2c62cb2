"""Formulas look the same with the fonts that the built site cut down as with the whole ones."""

from io import BytesIO
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Browser

from sitetools.fonts import cut
from tests.support.chromium import load
from tests.support.pages import ADDRESSES, ROOT

WHOLE = ROOT / "docs" / "assets" / "katex" / "fonts"

# Every formula of the site that shows a sign, or any, once, on a page that has nothing else.
GATHER = """async ([addresses, sign]) => {
    const found = new Set();
    for (const address of addresses) {
        const page = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
        for (const formula of page.querySelectorAll(".katex"))
            if (formula.textContent.includes(sign)) found.add(formula.outerHTML);
    }
    document.body.innerHTML = [...found].sort().map(formula => `<p>${formula}</p>`).join("");
    await document.fonts.ready;
    return found.size;
}"""


def picture(browser: Browser, home: str, fonts: Path | None = None, sign: str = "") -> Image.Image:
    """What formulas look like with the fonts of a folder, or else with the site's own."""
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    if fonts:
        page.route("**/*.woff2", lambda route: route.fulfill(path=fonts / route.request.url.rsplit("/", 1)[1]))
    load(page, home)
    assert page.evaluate(GATHER, [[home + address for address in ADDRESSES], sign]) > (0 if sign else 500)
    page.wait_for_load_state("networkidle")
    image = Image.open(BytesIO(page.screenshot(full_page=True))).convert("L")
    page.close()
    return image


def change(first: Image.Image, second: Image.Image) -> int:
    """How much darker or lighter the nine pixels around any pixel are on average, from 0 to 255.

    Hinting depends on which letters a font has, so the edges of strokes change by a shade, and by another one on
    another machine. A stroke that is missing or elsewhere is wider than an edge.
    """
    assert first.size == second.size
    blurred = [image.filter(ImageFilter.BoxBlur(1)) for image in (first, second)]
    histogram = ImageChops.difference(*blurred).histogram()
    return max(value for value, count in enumerate(histogram) if count)


def test_no_formula_changes(browser: Browser, home: str) -> None:
    # 12 where this was written; a lost glyph makes it 91 or more.
    assert change(picture(browser, home, WHOLE), picture(browser, home)) < 50


@pytest.mark.parametrize("lost", ["⋯", "⊤", "ϵ"])
def test_a_lost_glyph_shows(browser: Browser, home: str, tmp_path: Path, lost: str) -> None:
    for font in WHOLE.glob("*.woff2"):
        (tmp_path / font.name).write_bytes(font.read_bytes())
        with TTFont(font) as whole:
            signs = {*map(chr, whole.getBestCmap())}
        if lost in signs:
            cut(tmp_path / font.name, "".join(signs - {lost}))
    assert change(picture(browser, home, tmp_path, lost), picture(browser, home, sign=lost)) > 80
