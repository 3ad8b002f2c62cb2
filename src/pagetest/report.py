"""Record what is proved, and what becomes of typos: `python -m pagetest.report` writes docs/reference/report.json.

All typos of the site take minutes. So each page's part stands beside a hash of what it depends on, and only pages whose
hash has changed are done again. Each number and each verdict has a line of its own: work on two pages can be merged.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

from eqtest import Equation, find_equations, read_page
from eqtest.__main__ import checker
from eqtest.mutate import fates
from pages.blocks import find_blocks
from pages.includes import code_of
from sitetools.equation_marks import digest

REPORT = Path("docs/reference/report.json")
Report: TypeAlias = dict[str, dict[str, Any]]  # by page: the numbers of typos, the verdicts, and of what


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
    """List the pages that have to be done again."""
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


def verdicts(page: Path) -> dict[str, str]:
    """Say of a page's formulas how they hold, by their names, or their TeX if they have none.

    Args:
        page: The page's file.

    Returns:
        "general" for what is proved for all sizes or has none, "sizes" for what is proved for the declared ones, and
        "exact" for what is computed with rational numbers. Nothing is said of other formulas.
    """
    from pagetest.proofs import proof  # only here: it needs SymPy

    equations = read_page(page.read_text("utf-8"), str(page))
    run, found = checker(page, equations), {}
    for equation in equations:
        result = run(equation, 0)
        if result.status == "tested":
            found[key(equation)] = proof(equation) or ("exact" if getattr(result, "exact", False) else "")
    return {name: verdict for name, verdict in found.items() if verdict}


def key(equation: Equation) -> str:
    """Return the name by which a formula's verdict is recorded."""
    return equation.name or " ".join(equation.tex.split())


def renew(root: Path, pages: list[str]) -> None:
    """Do some pages again, and record each at once, so that nothing is lost if this is stopped."""
    hashes = current(root)
    for page in pages:
        path = root / "docs" / page
        hashed = {"of": hashes[page], "formulas": digest(path.read_text("utf-8"))}
        report = read(root) | {page: {**typos(path), **hashed, "verdicts": verdicts(path)}}
        kept = {name: report[name] for name in sorted(report) if name in hashes}
        text = json.dumps(kept, indent=2, sort_keys=True, ensure_ascii=False)
        (root / REPORT).write_text(f"{text}\n", "utf-8")
        numbers = f"{report[page]['caught']} typos caught, {report[page]['survived']} survive"
        print(f"docs/{page}: {numbers}, {len(report[page]['verdicts'])} formulas proved or exact", flush=True)


if __name__ == "__main__":
    renew(Path(), sys.argv[1:] or stale(Path()))
