"""The search reads a page's words, each formula once, and the page stays as it is."""

from types import SimpleNamespace

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig

from sitetools.light_search import lighten, restore

EXTENSIONS = ["pymdownx.highlight", "pymdownx.superfences", "sitetools.katex"]


def test_the_search_reads_formulas_once_and_code_without_its_colours() -> None:
    html = Markdown(extensions=EXTENSIONS).convert("Of $x^2 < y$.\n\n$$z$$\n\n```python\nx = 'a'  # b\n```\n")
    page = SimpleNamespace(content=html)
    around = {"page": page, "config": MkDocsConfig(), "nav": None}
    lighten({}, **around)  # type: ignore[arg-type]
    assert "<p>Of x2&lt;y.</p>" in page.content
    assert "<code>x = 'a'  # b" in page.content
    assert "<span" not in page.content
    assert 'data-search-exclude="1"' in page.content
    restore({}, **around)  # type: ignore[arg-type]
    assert page.content == html.replace(' data-search-exclude="1"', "")
