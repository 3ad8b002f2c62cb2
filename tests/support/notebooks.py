"""The pages' notebooks, for the tests that read them and those that run them."""

import re
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from pagetest.equations import page_namespace
from tests.support.pages import DOCS, PAGES, ROOT

# What the first cells of a notebook add to the page's code begins so: Colab shows this line as a title.
ADDED = "# @title"


def has_code(page: str) -> bool:
    """Whether a page has a block of Python."""
    return bool(re.search(r"^ *```py", (DOCS / page).read_text("utf-8"), re.MULTILINE))


# index.md is where a folder's pages are listed, with a few lines of code at most.
LESSONS = [page for page in PAGES if has_code(page) and Path(page).name != "index.md"]


@contextmanager
def blaming(page: str) -> Iterator[None]:
    """Let a page's own code take the blame if it is why the notebook fails."""
    try:
        yield
    except Exception:
        with chdir(ROOT):
            page_namespace(DOCS / page)
        raise


def notebook_of(page: str, site: Path) -> Path:
    """Where a page's notebook belongs."""
    path = Path(page)
    return site / path.with_suffix("") / f"{path.stem}.ipynb"
