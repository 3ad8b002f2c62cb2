"""What is wrong with a built page, read off its HTML and style sheets without a browser."""

import re

from bs4 import BeautifulSoup, Tag

RAW_TEX = re.compile(r"\$|\\[()\[\]]|\\[a-zA-Z]{2,}")
FETCHES = {  # elements and their attributes that make a browser ask for something by itself
    "script": ["src"],
    "img": ["src", "srcset"],
    "source": ["src", "srcset"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "track": ["src"],
    "iframe": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "use": ["href", "xlink:href"],
    "image": ["href", "xlink:href"],
}
LINKED = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest"}
CSS_ADDRESS = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""")


def leftover_tex(page: str) -> list[str]:
    """Texts, outside code and formulas, with delimiters or commands that were not recognized as a formula."""
    soup = BeautifulSoup(page, "html.parser")
    for element in soup.select("pre, code, script, style, .katex"):
        element.decompose()
    attributes = [str(value) for tag in soup.find_all(True) for name in ("title", "alt") if (value := tag.get(name))]
    return [text.strip() for text in [*soup.find_all(string=RAW_TEX), *filter(RAW_TEX.search, attributes)]]


def external_resources(page: str) -> list[str]:
    """Addresses on other hosts that a browser would ask without the reader's doing."""
    soup = BeautifulSoup(page, "html.parser")
    addresses = [
        value for tag in soup.find_all(list(FETCHES)) for name in FETCHES[tag.name] for value in _words(tag, name)
    ]
    for link in soup.find_all("link"):
        if LINKED & set(_words(link, "rel")):
            addresses += _words(link, "href")
    found = [address for address in addresses if re.match(r"(https?:)?//", address)]
    styles = [tag.get_text() for tag in soup.find_all("style")] + [str(tag["style"]) for tag in soup.select("[style]")]
    return found + [address for style in styles for address in external_in_css(style)]


def external_in_css(css: str) -> list[str]:
    """Addresses on other hosts in a style sheet."""
    return CSS_ADDRESS.findall(css)


def _words(tag: Tag, name: str) -> list[str]:
    value = tag.get(name) or []
    return value.split() if isinstance(value, str) else list(value)
