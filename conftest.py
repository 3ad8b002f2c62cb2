"""Sybil runs the code of the pages, of the top-level Markdown files and of dlnotes' docstrings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil.integration import pytest as sybil_pytest

from pages import PageError
from pagetest import collection

ROOT = Path(__file__).parent

pytest_collect_file = sybil_pytest.pytest_integration(
    collection.pages(ROOT), collection.equations(ROOT), collection.docstrings(ROOT)
)


def pytest_collection_modifyitems() -> None:
    """Prepare PyTorch where tests run: it takes seconds to import, and pytest-xdist's first process runs none."""
    import torch

    torch.set_num_threads(1)
    # Some of torch's warnings come once a process: pages that show one must not depend on their order.
    torch.set_warn_always(True)


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
