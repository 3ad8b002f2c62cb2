"""What Sybil collects in a repository: the blocks of its pages, their equations, and dlnotes' docstrings."""

from pathlib import Path

from sybil import Sybil
from sybil.parsers.rest import DocTestParser

from eqtest.sybil import DisplayParser
from pagetest.equations import page_namespace
from pagetest.parser import PageParser
from pagetest.running import Namespace
from pagetest.versions import drift

DOCS = ["docs/*.md", "docs/**/*.md"]


def pages(root: Path) -> Sybil:
    """Collect the blocks of code, of the top-level Markdown files too.

    Args:
        root: The repository's folder, absolute, which has a constraints.txt.

    Returns:
        One example for each Python block.
    """
    parser = PageParser(root, drift((root / "constraints.txt").read_text("utf-8")))
    return Sybil([parser], patterns=[*DOCS, "README.md", "CONTRIBUTING.md"], path=str(root), setup=_unseed)


def equations(root: Path) -> Sybil:
    """Collect the formulas; apart from the blocks, since they may use any function of their page.

    Args:
        root: The repository's folder, absolute.

    Returns:
        One example for each formula that is read, and for each annotation that can't be.
    """
    return Sybil([DisplayParser(page_namespace)], patterns=DOCS, path=str(root))


def docstrings(root: Path) -> Sybil:
    """Collect the examples in docstrings.

    Args:
        root: The repository's folder, absolute.

    Returns:
        One example for each prompt.
    """
    return Sybil([DocTestParser()], pattern="*.py", path=str(root / "src"))  # Path.match takes `**` for one folder


def _unseed(namespace: Namespace) -> None:
    """Start a page at a random state, so that an output that depends on an unshown seed fails."""
    import numpy as np
    import torch

    torch.seed()
    np.random.seed()
