"""Draw every figure of the site: python -m figures, from the repository's root."""

from pathlib import Path

from figures import FIGURES
from figures.style import svg

FOLDER = Path("docs/assets/figures")

for name, draw in FIGURES.items():
    (FOLDER / f"{name}.svg").write_text(svg(draw), "utf-8")
