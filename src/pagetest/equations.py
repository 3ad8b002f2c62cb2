"""What eqtest needs to know of pages: the names that their code defines."""

import functools
from pathlib import Path

from eqtest import python
from pages import PageError
from pages.blocks import find_blocks
from pagetest.parser import FINISHED, PageParser
from pagetest.running import Namespace


def page_namespace(path: Path) -> Namespace:
    """Run all blocks of a page, unless its tests have just done so, and return the names they leave.

    Args:
        path: The page's file. If there is no mkdocs.yml above it, it is no page of a site: eqtest runs it.

    Returns:
        The names with their values.

    Raises:
        PageError: If a page of a site can't be run to its end.
        CodeError: If another page can't.
    """
    left = FINISHED.get(str(path)) or _run(path)
    if isinstance(left, PageError):
        raise left
    return left


@functools.cache
def _run(path: Path) -> Namespace | PageError:
    root = next((folder for folder in path.resolve().parents if (folder / "mkdocs.yml").is_file()), None)
    if root is None:
        return python.run(path)
    parser = PageParser(root)
    namespace: Namespace = {}
    try:
        for block in find_blocks(path.read_text("utf-8"), str(path)):
            if not block.fence.skip_reason:
                for _ in parser.results(block, namespace):
                    pass
    except PageError as error:
        return error
    return namespace
