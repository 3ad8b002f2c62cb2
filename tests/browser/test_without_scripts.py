"""Every page for readers whose browser runs no scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.pages import ADDRESSES

# What a page lacks, in words. A hidden formula, output or figure is one without a box.
LACKING = """() => {
    const found = [];
    const content = document.querySelector("article");
    const boxless = selector => [...content.querySelectorAll(selector)].filter(element => {
        const box = element.getBoundingClientRect();
        return !element.closest("details:not([open]) > :not(summary)") && !element.closest(".tabbed-block")
            && !(box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true }));
    });
    for (const selector of [".katex-html", "pre > code", "figure img", "table", "h1", "h2", "p:not(:empty)", "summary"])
        found.push(...boxless(selector).map(element => `no ${selector}: ${element.textContent.slice(0, 40)}`));
    for (const place of document.querySelectorAll("[data-explorer]"))
        if (place.innerText.trim().length < 40) found.push(`nothing in place of ${place.dataset.explorer}`);
    const { color } = getComputedStyle(content);
    const ground = getComputedStyle(document.body).backgroundColor;
    if (ground !== "rgb(255, 255, 255)" || !/^rgba?\\(0, 0, 0\\b/.test(color)) found.push(`${color} on ${ground}`);
    const links = [...document.querySelectorAll("nav.md-nav--primary a[href]")].filter(link => link.checkVisibility());
    if (links.length < 30) found.push(`navigation with ${links.length} links`);
    for (const element of document.querySelectorAll(".md-search, .md-header__button[for=__search]"))
        if (element.checkVisibility()) found.push("a search that does nothing");
    return found;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One tab for all pages, of a reader whose system is dark: the colours stay consistent."""
    page = browser.new_page(java_script_enabled=False, color_scheme="dark", viewport={"width": 1440, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("name", [*ADDRESSES, "404.html"], ids=lambda name: name.strip("/") or "home")
def test_text_formulas_code_and_figures_are_readable(page: Page, home: str, name: str) -> None:
    page.goto(home + name, wait_until="load")
    found = page.evaluate(LACKING)
    assert not found, "\n".join(found)


def test_a_fold_opens(page: Page, home: str) -> None:
    page.goto(f"{home}losses/softmax-cross-entropy/")
    fold = page.locator("details.success").first
    expect(fold.locator("p").first).not_to_be_visible()
    fold.locator("summary").click()
    expect(fold.locator("p").first).to_be_visible()


def test_a_tab_is_chosen(page: Page, home: str) -> None:
    page.goto(f"{home}basics/setup/")
    tabs = page.locator(".tabbed-set").first
    expect(tabs.get_by_text("uv venv")).not_to_be_visible()
    tabs.get_by_text("uv", exact=True).click()
    expect(tabs.get_by_text("uv venv")).to_be_visible()


def test_the_drawer_of_a_phone_leads_to_every_section(browser: Browser, home: str) -> None:
    page = browser.new_page(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page.goto(home)
    page.locator("header label[for=__drawer]").click()
    page.locator("nav.md-nav--primary").get_by_text("Losses", exact=True).first.click()
    page.get_by_role("navigation", name="Losses").get_by_role("link", name="PolyLoss", exact=True).click()
    expect(page.locator("h1")).to_contain_text("PolyLoss")
    page.close()
