"""The routes of the home page: each says how long it takes, which is what its pages say."""

import re
from collections.abc import Callable

from bs4 import Tag

from tests.support.pages import DOCS

HOME = (DOCS / "index.md").read_text("utf-8")
ROUTES = re.findall(r"^### .+? \{#(.*?)\}\n(.*?)(?=^##)", HOME, re.MULTILINE | re.DOTALL)
READING = re.compile(r"Reading\s+takes\s+about\s+(\d+)\s+minutes")


def test_a_route_takes_as_long_as_its_pages(article: Callable[[str], Tag]) -> None:
    home = article("index.md")
    for name, _ in ROUTES:
        paragraph, *_ = home.select(f"h3#{name} ~ p")
        (said,) = re.findall(r"Reading\s+takes\s+(\d+)\s+minutes", paragraph.get_text())
        stops, *_ = home.select(f"h3#{name} ~ ol")
        minutes = [stop.get_text(" ").strip().rpartition(", ")[2] for stop in stops.select("li")]
        pages = [DOCS / f"{str(link['href']).strip('/')}.md" for link in stops.select("a")]
        times = [int(time) for page in pages for time in READING.findall(page.read_text("utf-8"))]
        assert minutes == [f"{time} min" for time in times]
        assert int(said) == sum(times)


def test_routes_cover_every_teaching_page() -> None:
    linked = re.findall(r"^1\. \[.*\]\((.*\.md)\)$", "".join(text for _, text in ROUTES), re.MULTILINE)
    pages = [
        page.relative_to(DOCS).as_posix()
        for folder in ("basics", "losses", "models")
        for page in (DOCS / folder).glob("*.md")
    ]
    assert sorted(linked) == sorted(pages)


def test_every_teaching_page_says_once_how_long_it_takes(page: str) -> None:
    if page.startswith(("basics/", "losses/", "models/")):
        found = READING.findall((DOCS / page).read_text("utf-8"))
        assert len(found) == 1, f"{page}: write once `Reading takes about … minutes`"


def test_there_are_three_routes() -> None:
    assert len(ROUTES) == 3
