"""Rewrite the outputs that pages show from real runs: `python -m pagetest docs README.md`."""

import argparse
import sys
from pathlib import Path

from pages import PageError
from pages.blocks import find_blocks
from pages.outputs import matches, replace
from pagetest.parser import PageParser
from pagetest.running import Namespace


def update(path: Path, parser: PageParser) -> int:
    """Run a page and rewrite the outputs that differ, add those that miss, drop those of blocks that print nothing.

    Args:
        path: The page's file.
        parser: What runs its blocks.

    Returns:
        The number of outputs changed. The file is written only if every block ran.
    """
    text = path.read_bytes().decode()  # line ends as they are
    lines = text.split("\n")
    namespace: Namespace = {}
    edits = [
        (block, shown, printed)
        for block in find_blocks(text, str(path))
        if not block.fence.skip_reason
        for _, shown, printed in parser.results(block, namespace)
        if not (matches(shown.text, printed) if shown else not printed.strip())
    ]
    for block, shown, printed in reversed(edits):
        replace(lines, block, shown, printed)
    if edits:
        path.write_bytes("\n".join(lines).encode())
    return len(edits)


def main() -> int | str:
    """Run the command line; return 0, or what is wrong with a page."""
    arguments = argparse.ArgumentParser(prog="python -m pagetest", description=__doc__)
    arguments.add_argument("paths", nargs="+", type=Path, help="Markdown files, or folders of them")
    arguments.add_argument("--root", type=Path, default=Path(), help="the folder that includes start from")
    options = arguments.parse_args()
    parser = PageParser(options.root.resolve())
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
