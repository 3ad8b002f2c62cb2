"""What Material's search reads of a page, as a MkDocs hook: without the tags that it would skip one by one.

Formulas and code have three of four tags, and reading these took a quarter of a build's time.
"""

import re
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

# MathML, whose text a formula has a second time; and what has neither a place in the index nor a meaning there.
SKIPPED = re.compile(r'<span class="katex-mathml">.*?</span>|</?span\b[^>]*>', re.DOTALL)

MARK = re.compile(r'\s?data-search-\w+="[^"]+"')


@event_priority(100)
def lighten(context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
    """Give the search a page without those tags."""
    vars(page)["whole_content"] = page.content
    page.content = SKIPPED.sub("", page.content or "")


@event_priority(-100)
def restore(context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
    """Give everything after the search the page as it is, but for the marks of what to leave out of the index."""
    page.content = MARK.sub("", vars(page).pop("whole_content") or "")


on_page_context = CombinedEvent(lighten, restore)
