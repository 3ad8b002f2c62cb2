"""Each page with code is a notebook too: it holds what the page shows, and the page leads to it."""

import json
import re
from collections.abc import Callable
from copy import copy
from pathlib import Path
from types import SimpleNamespace

import IPython.core.inputtransformer2 as ipython
import nbformat
import pytest
from bs4 import NavigableString, Tag

from pages.includes import code_of
from pages.outputs import SHOWN_ERROR

from .conftest import DOCS, PAGES, ROOT
from .notebooks import ADDED, LESSONS, notebook_of
from .test_blocks import examples

SITE = "http://127.0.0.1/notes/"


@pytest.fixture(params=LESSONS)
def lesson(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def path(lesson: str, built_site: Path) -> Path:
    return notebook_of(lesson, built_site)


@pytest.fixture
def notebook(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The page's own code cells."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if not cell.source.startswith(ADDED)]


def test_pages_with_code_have_one_and_others_none(built_site: Path) -> None:
    labs = {built_site / "labs" / lab.stem / lab.name for lab in (DOCS / "labs").glob("*.ipynb")}
    made = {*built_site.rglob("*.ipynb")} - labs
    assert len(made) > 20
    assert made == {notebook_of(page, built_site) for page in LESSONS}


def test_it_is_valid(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)


def test_its_code_and_outputs_are_the_page_s(lesson: str, notebook: nbformat.NotebookNode) -> None:
    blocks = examples(lesson)
    assert [cell.source for cell in code(notebook)] == [
        code_of(block.fence, ROOT).text.rstrip("\n") for block in blocks
    ]
    stored = ["".join(output.text for output in cell.outputs) for cell in code(notebook)]
    assert stored == [block.output.text if block.output else "" for block in blocks]


def test_its_prose_is_markdown_that_notebooks_know(notebook: nbformat.NotebookNode) -> None:
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    prose = re.sub(r"(?ms)^( *)(`{3,}).*?^\1\2$|(`+)[^`\n]+?\3", "", prose)
    assert not re.findall(
        r"<!--|\{#|<(?!https?:|/?details|/?summary)[^> ]+>|^ *(?:\?\?\?|!!!|===|```)|8<--", prose, re.MULTILINE
    )
    assert [target for target in re.findall(r"\]\(([^)\s]*)\)", prose) if not re.match("https?://", target)] == []


NO_PROSE = ["code", "pre", "figure", "annotation", ".arithmatex", ".equation", ".md-content__button", ".tabbed-labels"]


def words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def test_its_prose_is_the_page_s(lesson: str, notebook: nbformat.NotebookNode, article: Callable[[str], Tag]) -> None:
    """Every piece of a sentence between links, formulas and the like; headings and titles of folds too."""
    html = copy(article(lesson))
    for other in html.select(", ".join(NO_PROSE)):
        other.extract()
    said = [words(text) for text in html.find_all(string=True) if type(text) is NavigableString and words(text)]
    prose = words(" ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown"))
    assert said
    assert [piece for piece in said if f" {piece} " not in f" {prose} "] == []


def test_links_lead_into_the_site(notebook: nbformat.NotebookNode, built_site: Path) -> None:
    text = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    links = re.findall(rf"\]\({SITE}([^)\s#]*)(?:#([^)\s]*))?\)", text)
    assert links
    for address, anchor in links:
        file = built_site / address
        assert file.exists(), address
        if anchor:
            assert f'id="{anchor}"' in (file / "index.html").read_text("utf-8"), (address, anchor)


def test_cells_that_show_an_error_may_raise(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        shows = any(SHOWN_ERROR.search(output.text) for output in cell.get("outputs", []))
        assert ("raises-exception" in cell.metadata.get("tags", [])) == shows


def test_the_page_leads_to_it(lesson: str, path: Path, article: Callable[[str], Tag], built_site: Path) -> None:
    links = {link["title"]: link["href"] for link in article(lesson).select("a.md-content__button[title]")}
    assert links["Download this page as a notebook"] == path.name
    address = path.relative_to(built_site).as_posix()
    assert (
        links["Open this page in Colab"]
        == f"https://colab.research.google.com/github/example/dlnotes/blob/notebooks/{address}"
    )


@pytest.mark.parametrize("bare", sorted(set(PAGES) - set(LESSONS)))
def test_a_page_without_offers_none(bare: str, article: Callable[[str], Tag]) -> None:
    assert not article(bare).select("a.md-content__button[download]")


@pytest.mark.parametrize("installed", ["", "dlnotes", "tested-dlnotes"])
def test_the_first_cell_installs_what_is_missing(
    built_site: Path, monkeypatch: pytest.MonkeyPatch, installed: str
) -> None:
    """Somebody else's package of the same name isn't ours."""
    notebook = nbformat.read(notebook_of("losses/polyloss.md", built_site), as_version=nbformat.NO_CONVERT)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    ran = []
    shell = SimpleNamespace(run_line_magic=lambda *line: ran.append(line))
    monkeypatch.setattr("importlib.metadata.distributions", lambda name: iter([name] if name == installed else []))
    exec(ipython.TransformerManager().transform_cell(first.source), {"get_ipython": lambda: shell})
    install = ("pip", 'install --quiet "tested-dlnotes[train] @ git+https://github.com/example/dlnotes"')
    assert ran == ([] if installed == "tested-dlnotes" else [install])


def test_files_that_a_page_reads_come_with_it(built_site: Path) -> None:
    for page, names in {"models/lenet.md": ["lenet"], "losses/polyloss.md": []}.items():
        cells = json.loads(notebook_of(page, built_site).read_text("utf-8"))["cells"]
        brought = [cell["source"] for cell in cells if "# @title Recorded" in cell["source"]]
        assert [re.findall(r"'docs/labs/results/([\w-]+).json'", source) for source in brought] == (
            [names] if names else []
        )
