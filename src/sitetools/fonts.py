"""KaTeX's fonts, cut down to the characters of the built site, as a MkDocs hook.

`mkdocs serve` keeps the whole fonts: a page being written may need any character next.
"""

import html
from pathlib import Path

import click
from fontTools import subset
from mkdocs.config.defaults import MkDocsConfig

FONTS = "assets/katex/fonts/*.woff2"


class FontsError(click.ClickException):
    """A site without fonts to cut down; the message says what to do."""


SERVING = False


def on_startup(*, command: str, dirty: bool) -> None:
    """Note what MkDocs is to do."""
    global SERVING
    SERVING = command == "serve"


def on_post_build(*, config: MkDocsConfig) -> None:
    """Cut the fonts down when all pages are there."""
    if not SERVING:
        cut_all(Path(config.site_dir))


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
    with subset.load_font(str(font), options) as whole:
        subsetter.subset(whole)
        subset.save_font(whole, str(font), options)


def cut_all(site: Path) -> None:
    """Cut down every font of KaTeX in a built site.

    Args:
        site: The built site's folder.

    Raises:
        FontsError: If the folder holds no such fonts.
    """
    fonts = sorted(site.glob(FONTS))
    if not fonts:
        raise FontsError(f"{site} holds no {FONTS}. Run: python -m sitetools.install")
    text = characters(site)
    for font in fonts:
        cut(font, text)
