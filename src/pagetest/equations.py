"""What eqtest needs to know of pages: the names that their code defines, and the tensors that this code takes."""

import functools
from pathlib import Path
from typing import Any

from pages import PageError
from pages.blocks import find_blocks
from pagetest.parser import FINISHED, PageParser
from pagetest.running import Namespace


def page_namespace(path: Path) -> Namespace:
    """Run all blocks of a page, unless its tests have just done so, and return the names they leave.

    Args:
        path: The page's file, somewhere below the site's mkdocs.yml.

    Returns:
        The names with their values.

    Raises:
        PageError: If the page can't be run to its end.
    """
    left = FINISHED.get(str(path)) or _run(path)
    if isinstance(left, PageError):
        raise left
    return left


@functools.cache
def _run(path: Path) -> Namespace | PageError:
    parser = PageParser(next(folder for folder in path.resolve().parents if (folder / "mkdocs.yml").is_file()))
    namespace: Namespace = {}
    try:
        for block in find_blocks(path.read_text("utf-8"), str(path)):
            if not block.fence.skip_reason:
                for _ in parser.results(block, namespace):
                    pass
    except PageError as error:
        return error
    return namespace


def to_native(value: Any) -> Any:
    """Turn floats and lists of floats into float64 tensors; integers stay."""
    import torch

    return value if isinstance(value, int) else torch.tensor(value, dtype=torch.float64)
