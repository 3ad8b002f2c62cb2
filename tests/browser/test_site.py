"""What readers do across pages: follow a link, search, change the colours."""

import json
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.chromium import load, watch


@pytest.fixture
def page(browser: Browser, home: str) -> Iterator[Page]:
    """The home page as a light desktop shows it; a message in the console or an unhandled exception fails the test."""
    page = browser.new_page(color_scheme="light", viewport={"width": 1440, "height": 900})
    errors = watch(page)
    load(page, home)
    yield page
    page.close()
    assert errors == []


def test_a_link_is_followed_without_a_reload(page: Page) -> None:
    page.evaluate("window.stays = true")
    page.get_by_role("navigation").get_by_role("link", name="API reference").first.click()
    expect(page.locator("h1")).to_contain_text("API reference")
    assert page.url.endswith("/notes/reference/api/")
    assert page.evaluate("window.stays")


def test_search_finds_a_page(page: Page) -> None:
    page.get_by_role("textbox", name="Search").press_sequentially("API reference")
    expect(page.locator(".md-search-result__list > li").first).to_contain_text("API reference")


def test_the_search_index_is_fetched_for_a_search_and_not_before(page: Page, home: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    load(page, home)
    assert not [url for url in requests if "search_index" in url]
    with page.expect_request(f"{home}search/search_index.json"):
        page.get_by_role("textbox", name="Search").focus()


def test_a_link_to_a_search_shows_its_results(page: Page, home: str) -> None:
    load(page, f"{home}?q=broadcasting")
    expect(page.locator(".md-search-result__list a[href*='basics/broadcasting/']").first).to_be_visible()


@pytest.mark.parametrize("term", ["广播机制", "矩阵", "softmax"])
def test_search_finds_a_term_of_the_glossary(page: Page, term: str) -> None:
    page.get_by_role("textbox", name="Search").press_sequentially(term)
    page.keyboard.press("Shift")  # Chinese characters arrive without a key, and the search waits for one to be released
    found = page.locator(".md-search-result__list a[href*='/reference/glossary/']")
    expect(found.first).to_be_attached()


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        ("RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn", "module-backward"),
        ("must match the size of tensor b", "broadcast-rule"),
        ("Cannot interpret '3' as a data type", "numpy-shape"),
    ],
)
def test_a_quoted_error_message_leads_to_its_mistake(page: Page, words: str, entry: str) -> None:
    page.get_by_role("textbox", name="Search").fill(f'"{words}"')
    page.keyboard.press("Shift")  # as if the last key were released
    results = page.locator(".md-search-result__list > li")
    expect(results.locator(f"a[href*='/reference/mistakes/'][href$='#{entry}']")).to_have_count(1)


def test_colours_follow_the_system_then_the_toggle(page: Page) -> None:
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.locator("label[for=__palette_1]").click()
    page.locator("label[for=__palette_2]").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.reload()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_said_late_that_styles_the_whole_page_again(
    browser: Browser, home: str, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.add_init_script("""
        window.late = [];
        new MutationObserver((records) => {
            for (const { target, attributeName, oldValue, addedNodes } of records) {
                const root = [document.documentElement, document.body].includes(target);
                if (root && /^class$|switching/.test(attributeName) && oldValue !== target.getAttribute(attributeName))
                    late.push(attributeName);
                for (const node of addedNodes) if (node.name === "color-scheme") late.push(node.outerHTML);
            }
        }).observe(document, { attributeOldValue: true, childList: true, subtree: true });
    """)
    load(page, home)
    assert page.evaluate("late") == ["class", "class"]  # of the page's own script, before there is a body
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme
    page.locator(".md-header__option label:visible").click()
    assert "data-md-color-switching" in page.evaluate("late")
    page.close()


def test_a_page_is_downloaded_as_a_notebook(page: Page, home: str) -> None:
    load(page, f"{home}losses/polyloss/")
    expect(page.get_by_role("link", name="Open this page in Colab")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this page as a notebook").click()
    assert download.value.suggested_filename == "polyloss.ipynb"
    assert json.loads(download.value.path().read_text("utf-8"))["cells"]


def test_the_repository_and_the_source_of_the_page_are_linked(page: Page) -> None:
    expect(page.get_by_title("Edit this page")).to_have_attribute(
        "href", "https://github.com/example/dlnotes/edit/main/docs/index.md"
    )
    expect(page.get_by_title("Go to repository").first).to_have_attribute("href", "https://github.com/example/dlnotes")


def test_repairs_are_made_though_material_s_html_is_another(browser: Browser, home: str) -> None:
    """Its next version may have no such label for the drawer's button to stand at."""
    page = browser.new_page()
    errors = watch(page)

    def answer(route: Route) -> None:
        response = route.fetch()
        html = response.text()
        assert 'for="__drawer"' in html
        route.fulfill(response=response, body=html.replace('for="__drawer"', 'for="menu"'))

    page.route(f"{home}basics/tensors/", answer)
    load(page, f"{home}basics/tensors/")
    assert errors == []
    assert page.locator("button.drawer").count() == 0
    assert page.locator(".md-code__nav[role=none]").count() > 0
    page.close()
