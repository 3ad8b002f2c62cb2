"""Rewrite the outputs that pages show from real runs: `python -m pagetest docs README.md`."""

import argparse
import sys
from pathlib import Path

from sybil import Document

from pagetest.blocks import Block, Shown, find_blocks, is_doctest
from pagetest.errors import PageError
from pagetest.includes import Includer
from pagetest.outputs import matches
from pagetest.parser import PageParser
from pagetest.running import Namespace


def update(path: Path, parser: PageParser) -> int:
    """Run a page and rewrite the outputs that differ, add those that miss, drop those of blocks that print nothing.

    Returns:
        The number of outputs changed. The file is written only if every block ran.
    """
    document = Document(path.read_text("utf-8"), str(path))
    lines = document.text.splitlines()
    namespace: Namespace = {}
    edits = [
        (block, shown, printed)
        for block in find_blocks(document)
        if not block.fence.skip_reason
        for _, shown, printed in parser.results(block, namespace)
        if not (matches(shown.text, printed) if shown else not printed.strip())
    ]
    for block, shown, printed in reversed(edits):
        _edit(lines, block, shown, printed)
    if edits:
        path.write_text("\n".join(lines) + "\n", "utf-8")
    return len(edits)


def _edit(lines: list[str], block: Block, shown: Shown | None, printed: str) -> None:
    fence = block.fence
    new = [(fence.indent + line).rstrip() for line in printed.rstrip("\n").splitlines()]
    if shown is None:
        closing = fence.line + fence.source.count("\n")
        marks = [fence.indent + "```text", fence.indent + "```"]
        lines[closing + 1 : closing + 1] = ["", marks[0], *new, marks[1]]
    elif new or is_doctest(fence):
        lines[shown.first : shown.last] = new
    else:
        # The fences around the output go with it.
        del lines[shown.first - 1 : shown.last + 1]


def main() -> int | str:
    """Run the command line; return 0, or what is wrong with a page."""
    arguments = argparse.ArgumentParser(prog="python -m pagetest", description=__doc__)
    arguments.add_argument("paths", nargs="+", type=Path, help="Markdown files, or folders of them")
    arguments.add_argument("--config", type=Path, default=Path("mkdocs.yml"), help="the site's mkdocs.yml")
    options = arguments.parse_args()
    parser = PageParser(Includer(options.config.resolve()))
    for path in options.paths:
        for page in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            try:
                if changed := update(page, parser):
                    print(f"{page}: {changed} outputs rewritten")
            except PageError as error:
                return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
