"""A small site to try pages on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sybil import Document

from pagetest import PageParser

MODULE = '''\
"""A module."""

# --8<-- [start:square]
def square(x):
    # --8<-- [start:body]
    result = x * x
    return result
    # --8<-- [end:body]
# --8<-- [end:square]

# --8<-- [start:broken]
broken = 1 / 0
# --8<-- [end:broken]

# --8<-- [start:empty]
# --8<-- [end:empty]
'''


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "module.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def parser(site: Path) -> PageParser:
    return PageParser(site)


@pytest.fixture
def check(parser: PageParser) -> Callable[[str], int]:
    """Run a page's blocks, raise what a block raises, and return how many ran."""

    def check(text: str) -> int:
        document = Document(text, "page.md")
        for region in parser(document):
            document.add(region)
        examples = list(document)
        for example in examples:
            example.evaluate()
        return len(examples)

    return check
