"""Draw figures of the site, all or those that you name: python -m figures sigmoids, from the repository's root."""

import sys
from pathlib import Path

from figures import FIGURES
from figures.style import svg

FOLDER = Path("docs/assets/figures")

for name in sys.argv[1:] or FIGURES:
    (FOLDER / f"{name}.svg").write_text(svg(FIGURES[name]), "utf-8")
