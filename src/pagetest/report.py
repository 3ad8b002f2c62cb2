"""Record what becomes of typos in equations: `python -m pagetest.report` writes docs/reference/report.json.

All typos of the site take minutes. So each page's numbers stand beside a hash of what they depend on, and only pages
whose hash has changed are done again. Each number has a line of its own: work on two pages can be merged.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TypeAlias

from eqtest import find_equations, read_page
from eqtest.__main__ import checker
from eqtest.mutate import fates
from pages.blocks import find_blocks
from pages.includes import code_of

REPORT = Path("docs/reference/report.json")
Report: TypeAlias = dict[str, dict[str, int | str]]  # by page: the numbers of typos, and of what


def read(root: Path) -> Report:
    """Read what is recorded."""
    report: Report = json.loads((root / REPORT).read_text("utf-8"))
    return report


def current(root: Path) -> dict[str, str]:
    """Give each page with formulas a hash of these, their annotations, and the page's code if they use it.

    What that code imports isn't part of it: as long as the equations hold, it gives the same values.
    """
    hashes = {}
    for page in sorted((root / "docs").rglob("*.md")):
        text = page.read_text("utf-8")
        found = [one for one in find_equations(text) if one.kind != "eq-given"]
        rows = [[one.kind, one.tex, *(row for _, row in one.declarations)] for one in found]
        if any(":= py " in part for row in rows for part in row):
            rows += [[code_of(block.fence, root).text] for block in find_blocks(text, str(page))]
        if rows:
            digest = hashlib.sha256(repr(rows).encode()).hexdigest()
            hashes[page.relative_to(root / "docs").as_posix()] = digest[:16]
    return hashes


def stale(root: Path) -> list[str]:
    """List the pages whose typos have to be made again."""
    report = read(root)
    return [page for page, now in current(root).items() if report.get(page, {}).get("of") != now]


def typos(page: Path) -> dict[str, int]:
    """Make typos in every formula of a page, and count what becomes of them."""
    text = page.read_text("utf-8")
    equations = read_page(text, str(page))
    ends = Counter(end for _, _, end in fates(equations, text, checker(page, equations)))
    return {
        "caught": ends["caught"] + ends["unreadable"],
        "equivalent": ends["equivalent"],
        "survived": ends["survived"],
    }


def renew(root: Path, pages: list[str]) -> None:
    """Make the typos of pages again, and record each page at once, so that nothing is lost if this is stopped."""
    hashes = current(root)
    for page in pages:
        report = read(root) | {page: {**typos(root / "docs" / page), "of": hashes[page]}}
        kept = {name: report[name] for name in sorted(report) if name in hashes}
        (root / REPORT).write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", "utf-8")
        print(f"docs/{page}: {report[page]['caught']} typos caught, {report[page]['survived']} survive", flush=True)


if __name__ == "__main__":
    renew(Path(), sys.argv[1:] or stale(Path()))
