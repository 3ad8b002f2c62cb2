"""A lab is a page like all others: what it shows is what its notebook holds, and it weighs as little."""

import gzip
import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from nbformat import NotebookNode

from eqtest import read_page
from sitetools.lab_pages import shown, split_options
from tests.support.lint import Addresses, leftover_tex
from tests.support.sample_lab import ALT, SAMPLE, build

LIMIT = 45_000  # bytes of HTML, compressed, figures apart


@pytest.fixture(scope="session")
def sample_site(project: Path) -> Path:
    done = build(project)
    assert done.returncode == 0, done.stderr
    return project / "site"


@pytest.fixture(scope="session")
def site(name: str, request: pytest.FixtureRequest) -> Path:
    """The built site that a lab is part of; nothing is built for the sake of a lab that isn't asked for."""
    site: Path = request.getfixturevalue("sample_site" if name == SAMPLE else "built_site")
    return site


@pytest.fixture(scope="session")
def page(name: str, site: Path) -> Path:
    return site / "labs" / name / "index.html"


@pytest.fixture(scope="session")
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


@pytest.fixture(scope="session")
def article(soup: BeautifulSoup) -> Tag:
    found = soup.select_one("article")
    assert found is not None
    return found


@pytest.fixture
def notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def outputs(notebook: NotebookNode, *kinds: str) -> list[str]:
    return [content for cell in code_cells(notebook) for kind, content in shown(cell) if kind in kinds]


def blocks(article: Tag, language: str) -> list[str]:
    return [block.get_text().strip("\n") for block in article.select(f".highlight.language-{language} code")]


def test_the_page_shows_the_code_that_ran(article: Tag, notebook: NotebookNode) -> None:
    ran = [split_options(cell.source)[1].strip("\n") for cell in code_cells(notebook)]
    assert blocks(article, "python")[: len(ran)] == ran


def test_the_page_shows_the_outputs_that_are_compared(article: Tag, notebook: NotebookNode) -> None:
    assert blocks(article, "text") == [text.strip("\n") for text in outputs(notebook, "text")]


def test_code_and_outputs_fit_the_page(notebook: NotebookNode) -> None:
    texts = [split_options(cell.source)[1] for cell in code_cells(notebook)] + outputs(notebook, "text")
    assert [line for text in texts for line in text.splitlines() if len(line) > 80] == []


def test_the_page_is_light(page: Path) -> None:
    assert len(gzip.compress(page.read_bytes())) <= LIMIT


def loaded(soup: BeautifulSoup) -> list[str]:
    """Scripts and styles by the names of their files, those within the page by their kind."""
    found = [str(tag.get("src") or tag.get("id") or tag.get("type")) for tag in soup.find_all("script")]
    found += [str(tag["href"]) for tag in soup.select("link[rel=stylesheet]")]
    return [name.rpartition("/")[2] for name in found] + ["style"] * len(soup.find_all("style"))


def test_the_page_loads_what_every_page_loads(soup: BeautifulSoup, article: Tag, site: Path) -> None:
    home = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    assert loaded(soup) == loaded(home)
    assert not article.select("script, style, link, iframe, [onclick], .jp-Notebook, .prompt")
    assert Addresses(str(soup)).others == []


def test_the_notebook_can_be_downloaded(article: Tag, page: Path, path: Path) -> None:
    (link,) = article.select("a[download]")
    downloaded = page.parent / str(link["href"])
    assert downloaded.read_bytes() == path.read_bytes()
    assert json.loads(downloaded.read_bytes())["nbformat"] == 4
    assert article.select("h1")[0].find_next("a", download=True) is link
    assert article.select("h2")[0].find_previous("a", download=True) is link


def test_figures_are_files_with_words(article: Tag, notebook: NotebookNode, page: Path) -> None:
    images = article.select("img")
    assert len(images) == len(outputs(notebook, "svg", "png"))
    for image in images:
        content = (page.parent / str(image["src"])).read_bytes()
        assert content.startswith((b"<?xml", b"\x89PNG"))
        assert len(str(image["alt"])) > 40
        assert image["loading"] == "lazy"
        assert int(str(image["width"])) > 0 < int(str(image["height"]))
        figure = image.find_parent("figure")
        assert figure
        assert [caption for caption in figure.select("figcaption") if caption.get_text(strip=True)]


def test_formulas_are_rendered(article: Tag, soup: BeautifulSoup) -> None:
    assert leftover_tex(str(soup)) == []
    assert all(formula.select_one(".katex-html") for formula in article.select(".arithmatex"))


def test_every_displayed_equation_is_tested(article: Tag, notebook: NotebookNode) -> None:
    equations = [equation for equation in read_page(markdown(notebook)) if equation.tex]
    for equation in equations:
        assert equation.name or equation.inline
        result = equation.check()
        assert result.status in ("tested", "defined", "given"), result.message
    displayed = [equation.name for equation in equations if not equation.inline]
    assert [box["id"] for box in article.select("div.equation")] == [f"eq-{name}" for name in displayed]
    assert len(article.select(".katex-display")) == len(displayed)


def test_every_heading_has_its_id_and_is_in_the_contents(soup: BeautifulSoup, notebook: NotebookNode) -> None:
    headings = re.findall(r"(?m)^(##+) (.*)$", markdown(notebook))
    assert headings
    for marks, text in headings:
        name = re.search(r" \{#([a-z0-9-]+)\}$", text)
        assert name, f"write {marks} {text} {{#an-id}}"
        heading = soup.select_one(f"article h{len(marks)}#{name[1]}")
        assert heading is not None
        assert heading.select_one("a.headerlink")
        assert len(marks) > 3 or soup.select(f'nav[data-md-component="toc"], .md-nav--secondary a[href="#{name[1]}"]')


def test_searches_find_text_code_and_outputs_by_section(site: Path, name: str, notebook: NotebookNode) -> None:
    entries = json.loads((site / "search" / "search_index.json").read_text("utf-8"))["docs"]
    found = {entry["location"]: entry["text"] for entry in entries if entry["location"].startswith(f"labs/{name}/")}
    ids = re.findall(r"\{#([a-z0-9-]+)\}", markdown(notebook))
    assert set(found) == {f"labs/{name}/", *(f"labs/{name}/#{id_}" for id_ in ids)}
    text = " ".join(found.values())
    assert "import" in text
    assert not re.search("katex|<svg|base64,|annotation|Download this notebook|fig-alt", text)


def test_the_page_leads_on(soup: BeautifulSoup) -> None:
    assert soup.select(".md-footer__link--next, .md-footer__link--prev")


# What only the sample is sure to hold


@pytest.fixture(scope="session")
def sampled(sample_site: Path) -> Tag:
    html = (sample_site / "labs" / SAMPLE / "index.html").read_text("utf-8")
    found = BeautifulSoup(html, "html.parser").select_one("article")
    assert found is not None
    return found


def test_sample_formulas(sampled: Tag) -> None:
    tex = [annotation.get_text() for annotation in sampled.select("annotation")]
    assert tex == [r"\mathbf{z}", "x^2", "(x + y)^2 = x^2 + 2 x y + y^2", "x^2"]


def test_sample_an_output_stands_right_below_its_code(sampled: Tag) -> None:
    """Styles join the two by this."""
    assert len(sampled.select(".language-python + .language-text")) == 3
    assert blocks(sampled, "text")[0].splitlines()[-2:] == ["    3  0.125", "3"]


def test_sample_markup_in_outputs_is_text(sampled: Tag) -> None:
    assert blocks(sampled, "text")[1] == "```\n# no heading, and $no$ formula"


def test_sample_words_of_figures_arrive_as_written(sampled: Tag) -> None:
    curve, picture = sampled.select("figure")
    assert curve.select("img")[0]["alt"] == ALT
    assert curve.select("figcaption strong, figcaption .katex")
    assert str(picture.select("img")[0]["src"]).endswith("figure-2.png")


def test_sample_a_markdown_output_is_part_of_the_page(sampled: Tag) -> None:
    assert sampled.select("table strong")[0].get_text() == "0.91"


def test_sample_links_are_those_of_the_site(sampled: Tag, sample_site: Path) -> None:
    assert sampled.select('p > a[href="../../"]')
    assert 'href="labs/sample/#figures"' in (sample_site / "index.html").read_text("utf-8")
