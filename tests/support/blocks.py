"""The blocks of code that Sybil runs."""

from pages.blocks import Block
from pagetest import collection
from tests.support.pages import DOCS, ROOT

SYBIL = collection.pages(ROOT)


def collected(page: str) -> bool:
    """Whether pytest collects a page."""
    return SYBIL.should_parse(DOCS / page)


def examples(page: str) -> list[Block]:
    """The blocks of a page that Sybil runs."""
    parsed = [example.region.parsed for example in SYBIL.parse(DOCS / page)]
    return [block for block in parsed if hasattr(block, "fence")]
