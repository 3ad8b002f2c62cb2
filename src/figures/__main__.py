"""Draw figures of the site: python -m figures [NAME or docs/PAGE.md …], from the repository's root."""

import re
import sys
from pathlib import Path

from figures import FIGURES
from figures.style import svg

FOLDER = Path("docs/assets/figures")


def named(word: str) -> list[str]:
    """Return the figures that a page shows, or the one of this name."""
    return re.findall(r"figures/([\w-]+)\.svg", Path(word).read_text("utf-8")) if word.endswith(".md") else [word]


for name in [name for word in sys.argv[1:] for name in named(word)] or FIGURES:
    (FOLDER / f"{name}.svg").write_text(svg(FIGURES[name]), "utf-8")
    print(FOLDER / f"{name}.svg", flush=True)
