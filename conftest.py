"""Sybil runs the code of the pages, of the top-level Markdown files and of dlnotes' docstrings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.integration import pytest as sybil_pytest
from sybil.parsers.rest import DocTestParser

from eqtest.sybil import DisplayParser
from pages import PageError
from pagetest import PageParser
from pagetest.equations import page_namespace, to_native
from pagetest.versions import drift


def pytest_collection_modifyitems() -> None:
    """Prepare PyTorch where tests run: it takes seconds to import, and pytest-xdist's first process runs none."""
    import torch

    torch.set_num_threads(1)
    # Some of torch's warnings come once a process: pages that show one must not depend on their order.
    torch.set_warn_always(True)


def unseed(namespace: dict[str, object]) -> None:
    """Start each page at a random state, so that an output that depends on an unshown seed fails."""
    import numpy as np
    import torch

    torch.seed()
    np.random.seed()


ROOT = Path(__file__).parent

pages = Sybil(
    parsers=[PageParser(ROOT, drift((ROOT / "constraints.txt").read_text()))],
    patterns=["docs/*.md", "docs/**/*.md", "README.md", "CONTRIBUTING.md"],
    setup=unseed,
)
# Displays may use any function of their page, so they don't run between its blocks.
equations = Sybil(parsers=[DisplayParser(page_namespace, to_native)], patterns=["docs/*.md", "docs/**/*.md"])
docstrings = Sybil(parsers=[DocTestParser()], path="src", patterns=["*.py"])  # `**` would be one folder

pytest_collect_file = sybil_pytest.pytest_integration(pages, equations, docstrings)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let a block that fails say why, without frames of ours; if it is run, what else needs its page is skipped."""
    try:
        return (yield)
    except PageError as error:
        path, line = error.place
        block = [other for other in item.session.items if other.path == path and other.location[1] == line]
        if item in block or not block:
            words = "\n".join([str(error), *getattr(error, "__notes__", [])])
            raise pytest.fail.Exception(words, pytrace=False) from None
        pytest.skip(f"the page's code fails: {path}:{line} says why")
