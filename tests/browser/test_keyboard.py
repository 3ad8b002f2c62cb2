"""What readers who use the keyboard, large type or a screen reader come across."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.chromium import load
from tests.support.explorers import show_alone

DESKTOP: ViewportSize = {"width": 1280, "height": 600}
SMALL: ViewportSize = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %

# From where on each page, and how often Tab is pressed.
ROUTES = [
    ("", "body", 12, DESKTOP, "light"),
    ("", "footer", 3, DESKTOP, "dark"),
    ("basics/setup/", ".tabbed-set", 5, DESKTOP, "dark"),
    ("losses/softmax-cross-entropy/", "h1", 8, DESKTOP, "dark"),
    ("losses/softmax-cross-entropy/", "#explorer", 16, DESKTOP, "light"),
    ("losses/softmax-cross-entropy/", "#exercises", 6, SMALL, "light"),
    ("models/convolution-arithmetic/", "#explorer", 14, DESKTOP, "dark"),
    ("labs/lenet/", "body", 8, SMALL, "dark"),
    ("reference/api/", "h1", 8, SMALL, "light"),
]

# The next Tab leads on from there.
START = """(selector) => {
    const place = document.querySelector(selector);
    place.tabIndex = -1;
    place.focus();
}"""
FOCUSED = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const { x, y, width, height } = element.getBoundingClientRect();
    const at = document.elementFromPoint(x + width / 2, Math.max(y, 0) + Math.min(height, innerHeight) / 2);
    const name = `${element.tagName}.${element.className}#${element.id} ${element.textContent.trim().slice(0, 30)}`;
    return { name, covered: Boolean(at?.closest(".md-header") && element.closest("main")) };
}"""
BLUR = "() => { window.left = document.activeElement; left.blur(); }"
RETURN = "() => left.focus({ preventScroll: true })"
# Nothing but the focus may make a difference.
STILL = """
*, *::before, *::after { transition: none !important; animation: none !important; caret-color: transparent !important }
"""


def changed(before: bytes, after: bytes) -> int:
    """How many pixels differ so much that nobody overlooks it."""
    pictures = [Image.open(io.BytesIO(picture)).convert("L") for picture in (before, after)]
    return sum(ImageChops.difference(*pictures).histogram()[60:])


@pytest.mark.parametrize(("name", "start", "count", "size", "scheme"), ROUTES)
def test_the_focus_is_always_visible(
    browser: Browser, home: str, name: str, start: str, count: int, size: Any, scheme: Any
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport=size, reduced_motion="reduce")
    if start == "#explorer":
        show_alone(page, home + name)
    load(page, home + name)
    page.add_style_tag(content=STILL)
    page.evaluate(START, start)
    invisible, seen = [], 0
    for _ in range(count):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:  # beyond the last: in the browser's own controls
            continue
        seen += 1
        with_focus = page.screenshot()
        page.evaluate(BLUR)
        if (pixels := changed(with_focus, page.screenshot())) < 80 or focused["covered"]:
            invisible.append(f"{focused['name']}: {pixels} pixels{' below the header' * focused['covered']}")
        page.evaluate(RETURN)
    page.close()
    assert seen >= count - 1
    assert not invisible, "\n".join(invisible)


@pytest.fixture
def small(browser: Browser, home: str) -> Iterator[Page]:
    page = browser.new_page(viewport=SMALL, reduced_motion="reduce")
    load(page, f"{home}losses/softmax-cross-entropy/")
    yield page
    page.close()


def test_the_focus_is_not_left_below_the_header(small: Page) -> None:
    small.evaluate(START, "#next")
    for _ in range(12):
        small.keyboard.press("Shift+Tab")
        assert not small.evaluate(FOCUSED)["covered"], small.evaluate(FOCUSED)["name"]


def test_the_drawer_opens_by_keyboard_and_is_out_of_reach_while_closed(small: Page) -> None:
    link = small.locator("nav.md-nav--primary a[href$='losses/polyloss/']")
    expect(link).not_to_be_visible()
    for _ in range(8):
        small.keyboard.press("Tab")
        assert small.evaluate("!document.activeElement.closest('.md-sidebar--primary')"), small.evaluate(FOCUSED)
    drawer = small.get_by_role("button", name="Navigation")
    expect(drawer).to_have_attribute("aria-expanded", "false")
    drawer.focus()
    small.keyboard.press("Enter")
    expect(drawer).to_have_attribute("aria-expanded", "true")
    while not small.evaluate("document.activeElement.closest('.md-sidebar--primary a')"):
        small.keyboard.press("Tab")
    expect(link).to_be_visible()
    link.focus()
    small.keyboard.press("Enter")
    expect(small.locator("h1")).to_contain_text("PolyLoss")


@pytest.mark.parametrize(
    ("name", "selector"),
    [("losses/softmax-cross-entropy/", "div.arithmatex"), ("reference/notation/", ".md-typeset__scrollwrap")],
)
def test_what_is_wide_scrolls_by_the_arrow_keys(small: Page, home: str, name: str, selector: str) -> None:
    load(small, home + name)
    small.add_style_tag(content=".katex-html { content-visibility: visible !important }")
    wide = small.locator(f"{selector}[tabindex='0']").first
    wide.focus()
    small.keyboard.press("ArrowRight")
    small.wait_for_function("element => element.scrollLeft > 10", arg=wide.element_handle())


def test_a_screen_reader_gets_each_formula_as_mathematics(browser: Browser, home: str) -> None:
    page = browser.new_page(viewport=DESKTOP)
    load(page, f"{home}losses/softmax-cross-entropy/")
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    heard = [node for node in nodes if not node["ignored"] and node.get("role", {}).get("value") == "MathMLMath"]
    formulas = page.locator("article .katex").count()
    assert formulas > 100
    assert len(heard) == formulas
    # Once each: not what is drawn, nor its TeX.
    texts = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "StaticText"]
    assert not [text for text in texts if r"\frac" in text]
    assert page.locator("article .katex-html:not([aria-hidden=true])").count() == 0
    assert page.locator("article .katex annotation[encoding='application/x-tex']").count() == formulas
    page.close()
