"""What the notes must teach has an anchor in the built site, and each common mistake has its entry."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import Tag

TOPICS = {
    f"{part}: {topic}": anchors
    for part, topics in tomllib.loads((Path(__file__).parent / "coverage.toml").read_text("utf-8")).items()
    for topic, anchors in topics.items()
}


@pytest.mark.parametrize("address", sorted({address for addresses in TOPICS.values() for address in addresses}))
def test_topic_is_taught(article: Callable[[str], Tag], address: str) -> None:
    page, _, anchor = address.partition("#")
    topics = [topic for topic, addresses in TOPICS.items() if address in addresses]
    assert article(page).find(id=anchor), f"{page} has no #{anchor}, where it teaches {topics}"


def test_nothing_is_pending() -> None:
    assert [topic for topic, anchors in TOPICS.items() if not anchors] == []
