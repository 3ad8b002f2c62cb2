"""KaTeX's fonts, cut down to the characters of a built site: `python -m sitetools.fonts site`.

`make build` runs this last. `mkdocs serve` keeps the whole fonts: a page being written may need any character next.
"""

import html
import sys
from pathlib import Path

from fontTools import subset

FONTS = "assets/katex/fonts/*.woff2"


class FontsError(Exception):
    """There is nothing to cut down; the message says what to do."""


def characters(site: Path) -> str:
    """Collect what the pages of a site may show.

    Which font shows a character is up to KaTeX's style sheet. Rather than follow it, which once lost ⋯ and ⊤, each font
    keeps what occurs anywhere, tags and prose included: that costs a few letters.

    Args:
        site: The built site's folder.

    Returns:
        Each character once, in order.
    """
    found: set[str] = set()
    for page in site.rglob("*.html"):
        found.update(html.unescape(page.read_text(encoding="utf-8")))
    return "".join(sorted(found))


def cut(font: Path, text: str) -> None:
    """Leave only the glyphs for the characters of a text in a font.

    Args:
        font: A WOFF2 file, replaced.
        text: The characters; those that the font lacks are ignored.
    """
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    with subset.load_font(str(font), options, lazy=False) as whole:
        subsetter.subset(whole)
        subset.save_font(whole, str(font), options)


def cut_all(site: Path) -> None:
    """Cut down every font of KaTeX in a built site.

    Args:
        site: The built site's folder.

    Raises:
        FontsError: The folder holds no such fonts.
    """
    fonts = sorted(site.glob(FONTS))
    if not fonts:
        raise FontsError(f"{site} holds no {FONTS}. Build the site first: mkdocs build --site-dir {site}")
    text = characters(site)
    for font in fonts:
        cut(font, text)


def main(arguments: list[str]) -> int:
    """Run from the command line; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m sitetools.fonts SITE_DIR", file=sys.stderr)
        return 2
    try:
        cut_all(Path(arguments[0]))
    except FontsError as error:
        print(f"sitetools.fonts: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
