"""Formulas come into their pages late, as a MkDocs hook, since Material's search parses each page.

More than half of all tags are KaTeX's, and reading them took a quarter of a build's time. Until then, the bare text of
a formula stands in its place, which is what the search shows.
"""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from sitetools.katex import RENDERER


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Put a page's formulas into it; MkDocs calls this before it writes each page."""
    return RENDERER.restore(output)
