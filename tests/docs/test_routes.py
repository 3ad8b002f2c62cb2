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
        heading = home.select_one(f"h3#{name}")
        assert heading is not None
        (said,) = re.findall(r"Reading\s+takes\s+(\d+)\s+minutes", heading.find_next("p").get_text())
        stops = heading.find_next("ol").select("li")
        minutes = [int(re.fullmatch(r".*, (\d+) min", stop.get_text(" ").strip())[1]) for stop in stops]
        pages = [DOCS / f"{stop.a['href'].strip('/')}.md" for stop in stops]
        assert minutes == [int(READING.search(page.read_text("utf-8"))[1]) for page in pages]
        assert int(said) == sum(minutes)


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
