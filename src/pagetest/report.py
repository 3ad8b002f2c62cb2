"""Count what is tested: `python -m pagetest.report` writes docs/reference/report.json, which pages show.

The typos take minutes, so a test recounts all but them.
"""

import json
import re
from collections import Counter
from pathlib import Path

from sybil import Document

from eqtest import read_page
from eqtest.__main__ import checker
from eqtest.mutate import fates
from pagetest.blocks import find_blocks

REPORT = Path("docs/reference/report.json")
HOME = Path("docs/index.md")
FIGURE = re.compile(r"^- \*\*[\d,]+\*\* (.+)$", re.MULTILINE)  # on the home page
LINK = re.compile(r"\]\((?!https?:)[^)\s]+\)")  # within the site: the build fails if one leads nowhere


def count(root: Path) -> dict[str, int]:
    """Count pages, code and equations, without running anything.

    Args:
        root: The repository.

    Returns:
        Each figure under the name that readers see.
    """
    pages = sorted((root / "docs").rglob("*.md"))
    texts = [page.read_text("utf-8") for page in pages]
    blocks = [
        block for text, page in zip(texts, pages, strict=True) for block in find_blocks(Document(text, str(page)))
    ]
    plans = [equation.check(evaluate=False) for text in texts for equation in read_page(text) if equation.tex]
    return {
        "pages": len(pages),
        "blocks of code run": sum(block.fence.skip_reason is None for block in blocks),
        "outputs compared": sum(block.output is not None for block in blocks),
        "mistakes shown to fail": sum(text.count('title="The mistake"') for text in texts),
        "figures drawn again": len([*(root / "docs/assets/figures").glob("*.svg")]),
        "links followed": sum(len(LINK.findall(text)) for text in texts),
        "equations tested": sum(plan.status in ("tested", "defined") for plan in plans),
        "relations checked": sum(plan.checks for plan in plans),
        "points they are checked at": sum(plan.points for plan in plans),
    }


def mutate(root: Path) -> dict[str, int]:
    """Make typos in every displayed equation of the site, and count what becomes of them."""
    ends: Counter[str] = Counter()
    for page in sorted((root / "docs").rglob("*.md")):
        text = page.read_text("utf-8")
        equations = read_page(text, str(page))
        ends.update(end for _, _, end in fates(equations, text, checker(page, equations)))
    return {
        "typos made in equations": ends.total(),
        "typos caught": ends["caught"] + ends["unreadable"],
        "typos that change nothing": ends["equivalent"],
        "typos that survive": ends["survived"],
    }


def renew(home: str, report: dict[str, int]) -> str:
    """Bring the figures in the home page's text up to date."""
    return FIGURE.sub(lambda match: f"- **{report[match[1]]:,}** {match[1]}", home)


if __name__ == "__main__":
    report = count(Path()) | mutate(Path())
    REPORT.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    HOME.write_text(renew(HOME.read_text("utf-8"), report), "utf-8")
