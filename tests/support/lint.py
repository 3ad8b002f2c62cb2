"""What is wrong with a built page, read off its HTML, scripts and style sheets without a browser."""

import re
from html.parser import HTMLParser

from bs4 import BeautifulSoup

RAW_TEX = re.compile(r"\$|\\[()\[\]]|\\[a-zA-Z]{2,}")
ADDRESS = r"""(?:[a-z]+:)?//[\w-]+(?:\.[\w-]+)+[^\s"'`<>(),;]*"""
ADDRESS_IN_CODE = re.compile(rf"""(?:["'`=]|url\()\s*({ADDRESS})""", re.I)  # others stand in comments and messages


def leftover_tex(page: str) -> list[str]:
    """Texts, outside code and formulas, with delimiters or commands that were not recognized as a formula."""
    soup = BeautifulSoup(page, "html.parser")
    for element in soup.select("pre, code, script, style, .katex"):
        element.decompose()
    attributes = [str(value) for tag in soup.find_all(True) for name in ("title", "alt") if (value := tag.get(name))]
    return [text.strip() for text in [*soup.find_all(string=RAW_TEX), *filter(RAW_TEX.search, attributes)]]


class Addresses(HTMLParser):
    """The addresses with a host that a page names outside its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []  # that a reader may follow, or by which the page introduces itself
        self.others: list[str] = []  # that a browser may ask without the reader's doing, now or after the next release
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        canonical = tag == "link" and given.get("rel") == "canonical"
        described = tag == "meta" and "http-equiv" not in given
        for name, value in attributes:
            link = (name == "href" and (tag == "a" or canonical)) or (name == "content" and described)
            if not name.startswith("xmlns"):
                (self.links if link else self.others).extend(_addresses(value or ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:  # a script or a style
            self.others += _addresses(data)


def addresses_in_code(code: str) -> list[str]:
    """Addresses with a host in strings and `url(…)` of a script or a style sheet."""
    return ADDRESS_IN_CODE.findall(code.replace("\\/", "/"))


def _addresses(text: str) -> list[str]:
    return re.findall(ADDRESS, text.replace("\\/", "/"), re.I)
