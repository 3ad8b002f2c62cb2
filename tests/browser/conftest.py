"""One browser for all tests, and one served site."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import find_chromium, launch, watch
from tests.support.explorers import PAGES, Open, show_alone
from tests.support.server import serve

CHROMIUM = find_chromium()
expect.set_options(timeout=30_000)  # as long as Playwright waits for all else: a busy machine is no failure


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a browser where there is none; from here rather than a fixture, pytest says so in one line."""
    if CHROMIUM is None and "browser" in getattr(item, "fixturenames", ()):
        message = "no Chromium is installed; install one, or set CHROMIUM to its program"
        if os.environ.get("CI") == "true":  # nobody would notice the skip
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None
    with launch(CHROMIUM) as browser:
        yield browser


@pytest.fixture(scope="session")
def home(built_site: Path) -> Iterator[str]:
    """The address of the served site's home page."""
    with serve(built_site) as address:
        yield address


@pytest.fixture
def open_explorer(browser: Browser, home: str) -> Iterator[Open]:
    """Opens an explorer's page and waits for the explorer; an error in any script fails the test."""
    opened: list[tuple[Page, list[str]]] = []

    def open_explorer(name: str, query: str = "", **options: Any) -> Page:
        page = browser.new_page(**{"viewport": {"width": 1440, "height": 900}, **options})
        opened.append((page, watch(page)))
        show_alone(page, home + PAGES[name])
        page.goto(f"{home}{PAGES[name]}{query}")
        expect(page.locator(".explorer-body")).to_be_visible()
        return page

    yield open_explorer
    for page, _ in opened:
        page.close()
    assert [error for _, errors in opened for error in errors] == []
