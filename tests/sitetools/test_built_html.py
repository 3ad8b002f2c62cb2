"""The built site, read without a browser. The lint is first shown to find what it looks for."""

import functools
import json
import re
import zlib
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from PIL import Image

from tests.support.lint import Addresses, addresses_in_code, leftover_tex

SITE = "http://127.0.0.1/notes/"  # as tests/conftest.py builds it


@pytest.mark.parametrize(
    "html",
    [
        "<p>a price of $5 and $6</p>",
        r"<p>\(x\)</p>",
        r"<td>\frac{1}{2}</td>",
        r"<p>\]</p>",
        r'<a title="\alpha">',
        "<h2>a <em>$x</em></h2>",
    ],
)
def test_lint_finds_leftover_tex(html: str) -> None:
    assert leftover_tex(html)


@pytest.mark.parametrize(
    "html", ["<code>$HOME</code>", r"<pre>'\n'</pre>", r'<span class="katex"><annotation>\frac</annotation></span>']
)
def test_lint_leaves_code_and_formulas_alone(html: str) -> None:
    assert not leftover_tex(html)


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<script src="//cdn.example/a.js"></script>',
        '<script>if (later) load("https://cdn.example/a.js")</script>',
        '<script>const hosts = {"cdn": "https:\\/\\/cdn.example"}</script>',
        '<script data-loader="{&quot;url&quot;: &quot;https://cdn.example/a.js&quot;}"></script>',
        '<script type="importmap">{"imports": {"a": "//cdn.example/a.js"}}</script>',
        '<link rel="stylesheet" href="https://fonts.example/css">',
        '<link href="https://fonts.example" rel="preconnect">',
        '<meta http-equiv="refresh" content="9; url=https://example.org">',
        '<img src="http://example.org/a.png">',
        '<img src="a.png" srcset="b.png 1x, https://example.org/c.png 2x">',
        '<p style="background: url(https://example.org/a.png)">',
        '<a href="a.html" style="background: url(https://example.org/a.png)">',
        '<style>@import "https://example.org/a.css"</style>',
    ],
)
def test_lint_finds_addresses_that_a_browser_may_ask(html: str) -> None:
    assert len(Addresses(html).others) == 1


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<a href="https://pytorch.org">PyTorch</a>', ["https://pytorch.org"]),
        ('<link rel="canonical" href="https://example.org/">', ["https://example.org/"]),
        ('<meta property="og:url" content="https://example.org/">', ["https://example.org/"]),
        ("<code>curl https://example.org</code>", []),
        ('<svg xmlns="http://www.w3.org/2000/svg">', []),
        ('<script src="../assets/a.js">i = 5 // half</script>', []),
        ('<img src="data:image/png;base64,//AA">', []),
    ],
)
def test_lint_allows_links_and_own_files(html: str, links: list[str]) -> None:
    found = Addresses(html)
    assert (found.others, found.links) == ([], links)


@pytest.mark.parametrize(
    "code",
    [
        "load('https://cdn.example/a.js')",
        "load(`//cdn.example/${name}`)",
        "html = '<script src=https://cdn.example/a.js>'",
        "@import url( //fonts.example/css )",
        '{background: url("https://example.org/a.png")}',
    ],
)
def test_lint_finds_addresses_in_code(code: str) -> None:
    assert len(addresses_in_code(code)) == 1


@pytest.mark.parametrize("code", ["/* see https://example.org */", "x = /^[a-z]+:\\/\\//i.test(y)", "i // a.b"])
def test_lint_leaves_comments_alone(code: str) -> None:
    assert addresses_in_code(code) == []


def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert found
    return found


def test_no_page_shows_raw_tex(built_site: Path) -> None:
    wrong = {str(page.relative_to(built_site)): leftover_tex(page.read_text("utf-8")) for page in pages(built_site)}
    assert {page: texts for page, texts in wrong.items() if texts} == {}


@functools.cache
def addresses(page: Path) -> Addresses:
    return Addresses(page.read_text("utf-8"))


@pytest.fixture(params=["built_site", "offline_site"])
def site(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def test_no_page_names_another_host_but_in_links(site: Path) -> None:
    """A new version of a dependency may add a script that asks one only sometimes: no test of requests would see it."""
    wrong = {str(page.relative_to(site)): addresses(page).others for page in pages(site)}
    assert {page: others for page, others in wrong.items() if others} == {}


LINKED = {
    "127.0.0.1": "the site itself, as the tests publish it",
    "colab.research.google.com": "opens a page as a notebook",
    "docs.astral.sh": "how uv is installed",
    "github.com": "the repository, others' code, a bug in PyTorch",
    "poloclub.github.io": "CNN Explainer",
    "pytorch.org": "how PyTorch is installed",
    "squidfunk.github.io": "Material for MkDocs, which asks to be named",
}


def test_links_lead_to_hosts_that_somebody_chose(site: Path) -> None:
    links = {link for page in pages(site) for link in addresses(page).links}
    hosts = {urlsplit(link).hostname for link in links}
    assert hosts == LINKED.keys(), "a new host needs a reason in LINKED; one that is gone has none"


# What the site's scripts and styles name, and what on a page would make a browser ask there.
NAMED = {
    "http://www.w3.org/": None,  # names of languages, which a browser never asks
    "https://api.github.com/": '[data-md-component="source"]',
    "https://unpkg.com/mermaid@": ".mermaid",
    "https://unpkg.com/resize-observer-polyfill": None,  # browsers older than 2020, which the site isn't for
}


def test_scripts_and_styles_name_no_other_host_to_any_effect(site: Path) -> None:
    files = [*site.rglob("*.css"), *site.rglob("*.js")]
    named = {address for file in files for address in addresses_in_code(file.read_text("utf-8"))}
    reasons = {address: [start for start in NAMED if address.startswith(start)] for address in named}
    assert {address for address in named if not reasons[address]} == set()
    assert {start for starts in reasons.values() for start in starts} == NAMED.keys()


def test_no_page_has_what_makes_material_ask_another_host(built_site: Path) -> None:
    causes = ", ".join(filter(None, NAMED.values()))
    for page in pages(built_site):
        # Formulas and code, which have no cause of it, are three of four tags.
        html = re.sub(r"</?span\b[^>]*>", "", page.read_text("utf-8"))
        assert not BeautifulSoup(html, "html.parser").select(causes), page


def test_katex_fonts_are_served_as_woff2_alone(built_site: Path) -> None:
    folder = built_site / "assets" / "katex"
    named = set(re.findall(r"url\(([^)]+)\)", (folder / "katex.min.css").read_text("utf-8")))
    served = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.suffix not in ("", ".css")}
    assert len(served) == 20
    assert named == served


def beginning(page: Path) -> BeautifulSoup:
    """A page up to its second heading: the rest takes much longer to read."""
    return BeautifulSoup(page.read_text("utf-8").partition("<h2")[0], "html.parser")


def test_no_page_has_a_formula_in_its_title(built_site: Path) -> None:
    for page in pages(built_site):
        assert not beginning(page).select("h1 .katex, title .katex"), page


def test_search_index_holds_text_and_no_formula_markup(built_site: Path) -> None:
    index = (built_site / "search" / "search_index.json").read_text("utf-8")
    assert {"", "reference/api/"} <= {entry["location"] for entry in json.loads(index)["docs"]}
    assert not re.findall("katex|annotation encoding|aria-hidden|<math|mathml", index)


def test_search_marks_are_gone_from_the_pages(built_site: Path) -> None:
    for page in pages(built_site):
        assert "data-search-exclude" not in page.read_text("utf-8"), page


def to_others(soup: BeautifulSoup) -> dict[str, str]:
    """What the head of a page tells search engines and link previews."""
    return {str(tag.get("name") or tag.get("property")): str(tag["content"]) for tag in soup.select("meta[content]")}


def own_address(soup: BeautifulSoup) -> str:
    [link] = soup.select("link[rel=canonical]")
    return str(link["href"])


def test_every_page_introduces_itself_to_others(built_site: Path) -> None:
    """Search engines and link previews show a page's title and what its first paragraph says."""
    seen: dict[str, Path] = {}
    for path in sorted(built_site.rglob("index.html")):
        soup = beginning(path)
        said = to_others(soup)
        paragraph = " ".join(soup.select("article h1 ~ p:not(:has(a[download]))")[0].get_text().split())
        assert paragraph.startswith(said["description"].removesuffix("...").rstrip()), path
        assert said["og:description"] == said["description"]
        assert said["og:url"] == own_address(soup)
        assert said["og:title"]
        assert said["description"] not in seen, (path, seen[said["description"]])
        seen[said["description"]] = path


def test_the_page_for_lost_readers_leads_to_pages(built_site: Path) -> None:
    soup = BeautifulSoup((built_site / "404.html").read_text("utf-8"), "html.parser")
    links = [str(link["href"]) for link in soup.select("article li a")]
    assert len(links) >= 3
    for link in links:
        assert link.startswith("/notes/")  # from any depth
        assert (built_site / link.removeprefix("/notes/") / "index.html").is_file(), link


def head(page: Path) -> BeautifulSoup:
    """A page without its body, which takes much longer to read."""
    return BeautifulSoup(page.read_text("utf-8").partition("</head>")[0], "html.parser")


def test_link_previews_show_a_picture_of_the_usual_size(built_site: Path) -> None:
    for path in pages(built_site):
        said = to_others(head(path))
        assert said["twitter:card"] == "summary_large_image"
        assert said["og:image:alt"]
        assert said["og:image"].startswith(SITE), "an absolute address, or nobody finds it"
        file = built_site / said["og:image"].removeprefix(SITE)
        with Image.open(file) as picture:
            assert picture.size == (int(said["og:image:width"]), int(said["og:image:height"])) == (1200, 630)
        assert file.stat().st_size < 80_000


def test_the_sitemap_lists_every_page_by_its_own_address(built_site: Path) -> None:
    tree = ElementTree.parse(built_site / "sitemap.xml")
    listed = [str(found.text) for found in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    built = [file for file in pages(built_site) if file.name == "index.html"]
    addresses = [f"{SITE}{file.parent.relative_to(built_site).as_posix()}/".replace("/./", "/") for file in built]
    assert sorted(listed) == sorted(addresses)
    for file, address in zip(built, addresses, strict=True):
        assert own_address(head(file)) == address


def test_other_sites_can_link_to_every_function(built_site: Path) -> None:
    """objects.inv, as Sphinx and mkdocstrings read it: four lines, then `name domain:role priority address title`."""
    *head, packed = (built_site / "objects.inv").read_bytes().split(b"\n", 4)
    assert head[0] == b"# Sphinx inventory version 2"
    found = dict(re.findall(r"(?m)^(\S+) py:\w+ -?\d+ (\S+) ", zlib.decompress(packed).decode()))
    assert "dlnotes.losses.softmax.cross_entropy" in found
    assert len(found) > 100
    ids: dict[str, set[str]] = {}
    for name, address in found.items():
        page, _, anchor = address.replace("$", name).partition("#")
        if page not in ids:
            soup = BeautifulSoup((built_site / page / "index.html").read_text("utf-8"), "html.parser")
            ids[page] = {str(tag["id"]) for tag in soup.select("[id]")}
        assert anchor in ids[page], name
