"""The routes of the home page: each says how long it takes, which is what its pages say."""

import re

import pytest

from .conftest import DOCS

HOME = (DOCS / "index.md").read_text("utf-8")
ROUTES = re.findall(r"^### (.+?) \{#.*?\}\n(.*?)(?=^##)", HOME, re.MULTILINE | re.DOTALL)


def minutes(page: str) -> int:
    """What a page says of its reading time."""
    found = re.findall(r"Reading\s+takes\s+about\s+(\d+)\s+minutes", (DOCS / page).read_text("utf-8"))
    assert len(found) == 1, f"{page} doesn't say once how long reading takes"
    return int(found[0])


@pytest.mark.parametrize(("name", "text"), ROUTES, ids=[name for name, _ in ROUTES])
def test_a_route_takes_as_long_as_its_pages(name: str, text: str) -> None:
    pages = dict(re.findall(r"^\d+\. \[.*\]\((.*)\), (\d+) min$", text, re.MULTILINE))
    assert pages == {page: str(minutes(page)) for page in pages}
    (said,) = re.findall(r"Reading\s+takes\s+(\d+)\s+minutes", text)
    assert int(said) == sum(map(int, pages.values()))


def test_routes_cover_every_teaching_page() -> None:
    linked = set(re.findall(r"\]\((.*?\.md)\)", "".join(text for _, text in ROUTES)))
    pages = {
        str(page.relative_to(DOCS))
        for folder in ("basics", "losses", "models")
        for page in (DOCS / folder).glob("*.md")
    }
    assert pages == linked


def test_there_are_three_routes() -> None:
    assert len(ROUTES) == 3
