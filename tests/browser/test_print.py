"""A printed page is black on white whatever the reader's colours are, and shows all there is to read."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import load
from tests.support.visit import A4

FOR_SCREENS = [
    ".md-header", ".md-footer", ".md-sidebar", ".md-search", ".md-skip", ".md-code__nav", ".md-content__button",
    ".headerlink", ".equation__mark", ".explorer-body", "a[download]",
]  # fmt: skip

# Elements with text of their own whose contrast with white is below 4.5:1.
PALE = """() => {
    const linear = part => part <= 10.3 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    return [...document.querySelectorAll("article *")].filter(element => {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || element.closest("svg, math")) return false;
        const [red, green, blue, alpha = 1] = getComputedStyle(element).color.match(/[\\d.]+/g).map(Number);
        const light = [red, green, blue].map(part => linear(part * alpha + 255 * (1 - alpha)));
        return 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05) < 4.5;
    }).map(element => `${getComputedStyle(element).color}: ${element.textContent.trim().slice(0, 30)}`);
}"""
GROUNDS = """() => [...document.querySelectorAll("html, body, .md-container, main, main *:not(svg *)")]
    .filter(element => element.checkVisibility() && !element.closest(".admonition-title, summary"))
    .map(element => getComputedStyle(element).backgroundColor)
    .filter(colour => !["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"].includes(colour))"""


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, home: str) -> Iterator[Page]:
    page = browser.new_page(viewport=A4, color_scheme=request.param)
    load(page, f"{home}losses/softmax-cross-entropy/")
    expect(page.locator(".explorer-body")).to_be_visible()
    page.emulate_media(media="print")
    yield page
    page.close()


@pytest.mark.parametrize("selector", FOR_SCREENS)
def test_what_serves_screens_is_left_out(page: Page, selector: str) -> None:
    shown = page.locator(selector)
    assert shown.count()
    assert not [element for element in shown.all() if element.is_visible()]


def test_it_is_black_on_white(page: Page) -> None:
    assert page.evaluate(GROUNDS) == []
    pale = page.evaluate(PALE)
    assert not pale, "\n".join(pale)
    filters = page.eval_on_selector_all("figure img", "images => images.map(image => getComputedStyle(image).filter)")
    assert filters
    assert set(filters) == {"none"}


def test_solutions_and_what_the_explorer_replaced_are_printed(page: Page) -> None:
    for place in ("details.success p", "[data-explorer] figure img", "[data-explorer] pre"):
        expect(page.locator(place).first).to_be_visible()


def test_solutions_are_printed_without_scripts_too(browser: Browser, home: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{home}losses/softmax-cross-entropy/")
    solution = page.locator("details.success p").nth(1)
    assert solution.evaluate("element => element.getBoundingClientRect().height") == 0
    page.emulate_media(media="print")
    assert solution.evaluate("element => element.getBoundingClientRect().height") > 10
    page.close()


def test_no_heading_is_left_at_the_end_of_a_sheet(page: Page) -> None:
    breaks = page.eval_on_selector_all(
        "article :is(h1, h2, h3)", "headings => headings.map(heading => getComputedStyle(heading).breakAfter)"
    )
    assert set(breaks) == {"avoid"}
