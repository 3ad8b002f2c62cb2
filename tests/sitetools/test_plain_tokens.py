"""Code blocks keep their text and colours, with fewer elements."""

from bs4 import BeautifulSoup
from markdown import Markdown

BLOCK = """\
```python
if x < len(names):  # <span class="n">x</span>
    print("a  b", y)
```
"""


def convert(*extensions: str) -> BeautifulSoup:
    md = Markdown(extensions=["pymdownx.highlight", "pymdownx.superfences", *extensions])
    return BeautifulSoup(md.convert(BLOCK), "html.parser")


def test_names_and_blanks_are_plain_text_and_all_else_is_as_before() -> None:
    before, after = convert(), convert("sitetools.plain_tokens")
    assert after.get_text() == before.get_text() == BLOCK.partition("\n")[2].removesuffix("```\n")

    def coloured(soup: BeautifulSoup) -> list[tuple[str, str]]:
        return [(span["class"][0], span.text) for span in soup.select("code span[class]")]

    assert coloured(after) == [pair for pair in coloured(before) if pair[0] not in ("n", "w")]
    assert len(coloured(after)) < len(coloured(before))
