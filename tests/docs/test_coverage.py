"""What the notes must teach has an anchor in the built site, and each common mistake has its entry."""

import tomllib
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

TOPICS = {
    f"{part}: {topic}": anchors
    for part, topics in tomllib.loads((Path(__file__).parent / "coverage.toml").read_text("utf-8")).items()
    for topic, anchors in topics.items()
}


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_is_taught(built_site: Path, topic: str) -> None:
    for address in TOPICS[topic]:
        page, _, anchor = address.partition("#")
        html = (built_site / page / "index.html").read_text("utf-8")
        assert BeautifulSoup(html, "html.parser").find(id=anchor), f"{page} has no #{anchor}"


def test_nothing_is_pending() -> None:
    assert [topic for topic, anchors in TOPICS.items() if not anchors] == []
