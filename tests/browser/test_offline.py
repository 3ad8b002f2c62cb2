"""The copy of the site that `make offline` builds, read from its folder, as by a double click on index.html."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import load, watch


@pytest.fixture
def page(browser: Browser, offline_site: Path) -> Iterator[Page]:
    """The home page; a console error, a failed request or one that leaves the folder fails the test."""
    folder = offline_site.as_uri() + "/"

    page = browser.new_page(viewport={"width": 1440, "height": 900})
    wrong = watch(page)
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(folder) else None)
    load(page, f"{folder}index.html")
    yield page
    page.close()
    assert wrong == []


def test_links_are_followed_and_formulas_and_explorers_show(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Softmax and cross-entropy").first.click()
    expect(page.locator("h1")).to_contain_text("Softmax and cross-entropy")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px KaTeX_Main')")
    box = page.locator(".katex-html").first.bounding_box()
    assert box
    assert box["width"] > 5
    page.get_by_role("spinbutton", name="Temperature").fill("2")
    expect(page).to_have_url(re.compile(r"\?softmax=.*T2"))


@pytest.mark.parametrize(
    ("words", "found"), [("softmax", "losses/softmax-cross-entropy.html"), ("广播机制", "reference/glossary.html")]
)
def test_search_finds_a_term_and_leads_to_it(page: Page, offline_site: Path, words: str, found: str) -> None:
    page.get_by_role("textbox", name="Search").press_sequentially(words)
    page.keyboard.press("Shift")  # see test_site.py
    result = page.locator(f".md-search-result__list a[href*='/{found}']").first
    expect(result).to_be_attached()
    load(page, result.get_attribute("href") or "")
    expect(page.locator("h1")).to_be_visible()


def test_every_link_names_a_file_and_an_anchor_in_it(offline_site: Path) -> None:
    texts = {file: file.read_text("utf-8") for file in offline_site.rglob("*.html")}
    anchors = {file: set(re.findall(r'(?<= )id="?([^ ">]+)', text)) for file, text in texts.items()}
    # Formulas and code are three of four tags, and have no links.
    pages = {file: BeautifulSoup(re.sub(r"</?span\b[^>]*>", "", text), "html.parser") for file, text in texts.items()}
    broken = []
    for file, page in pages.items():
        for element in page.select("a[href], link[href]:not([rel=canonical]), [src]"):
            target = urlsplit(str(element.get("href") or element["src"]))
            if target.scheme or file.name == "404.html":  # which no server is there to show
                continue
            aim = (file.parent / unquote(target.path)).resolve() if target.path else file
            if not aim.is_file() or (target.fragment and target.fragment not in anchors.get(aim, {"?"})):
                broken.append(f"{file.relative_to(offline_site)}: {target.geturl()}")
    assert len(pages) > 30
    assert not broken, "\n".join(sorted(set(broken)))
