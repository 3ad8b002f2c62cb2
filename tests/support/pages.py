"""The pages: their sources, and their addresses within the site."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
LABS = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "labs").glob("*.ipynb"))


def address(source: str) -> str:
    """Where the site shows a page or a lab; the home page's address is empty."""
    path = Path(source).with_suffix("")
    folder = path.parent if path.name == "index" else path
    return "" if folder == Path() else f"{folder.as_posix()}/"


ADDRESSES = sorted(map(address, PAGES + LABS))
