"""The pages' notebooks, for the tests that read them and those that run them."""

from pathlib import Path

# What the first cells of a notebook add to the page's code begins so.
ADDED = ("from importlib.util import find_spec", "# @title")


def notebook_of(page: str, site: Path) -> Path:
    """Where a page's notebook is, if it has one."""
    path = Path(page)
    return site / path.with_suffix("") / f"{path.stem}.ipynb"
