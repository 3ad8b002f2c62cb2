"""The blocks of code that Sybil runs, as the root's conftest.py sets it up."""

import importlib.util

from pages.blocks import Block
from tests.support.pages import DOCS, ROOT

spec = importlib.util.spec_from_file_location("root_conftest", ROOT / "conftest.py")
assert spec is not None
assert spec.loader is not None
root_conftest = importlib.util.module_from_spec(spec)
spec.loader.exec_module(root_conftest)


def collected(page: str) -> bool:
    """Whether pytest collects a page."""
    return bool(root_conftest.pages.should_parse(DOCS / page))


def examples(page: str) -> list[Block]:
    """The blocks of a page that Sybil runs."""
    parsed = [example.region.parsed for example in root_conftest.pages.parse(DOCS / page)]
    return [block for block in parsed if hasattr(block, "fence")]
