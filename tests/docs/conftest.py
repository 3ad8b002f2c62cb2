"""The pages: their sources, and what the build made of them."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.support.pages import PAGES, address


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES)


@pytest.fixture(scope="session")
def article(built_site: Path) -> Callable[[str], Tag]:
    """The content of a page in the built site, without navigation; don't change it."""

    @functools.lru_cache(maxsize=1)
    def article(page: str) -> Tag:
        soup = BeautifulSoup((built_site / address(page) / "index.html").read_text("utf-8"), "html.parser")
        found = soup.select_one("article")
        assert found is not None, page
        return found

    return article
