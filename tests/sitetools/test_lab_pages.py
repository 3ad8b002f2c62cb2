"""An executed notebook becomes Markdown; one that is no page yet says why not, and where."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown
from mkdocs.structure.files import Files
from nbformat import NotebookNode, writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from sitetools.lab_pages import LabError, convert, on_page_markdown, shown

WORDS = '#| fig-cap: A caption\n#| fig-alt: "{}"\n'
SVG = '<?xml version="1.0"?>\n<svg width="360pt" height="216pt" viewBox="0 0 360 216"></svg>'
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x28\0\0\0\x1e").decode()
EXTENSIONS = ["attr_list", "md_in_html", "pymdownx.highlight", "pymdownx.superfences", "sitetools.katex"]


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def data(**kinds: str) -> NotebookNode:
    mimes = {"svg": "image/svg+xml", "png": "image/png", "html": "text/html", "text": "text/plain"}
    return new_output("display_data", data={mimes[kind]: content for kind, content in kinds.items()})


def code(source: str, *outputs: NotebookNode, count: int | None = 1) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), execution_count=count)


def lab(*cells: NotebookNode) -> NotebookNode:
    return new_notebook(cells=[new_markdown_cell("# Title\n\nText."), *cells])


def test_cells_become_markdown_in_their_order() -> None:
    cells = [code("x = 1\nx", stream("a\n"), data(text="1")), new_markdown_cell("## End {#end}")]
    text, figures = convert(lab(*cells), "docs/labs/lab.ipynb")
    title, download, *rest = text.rstrip().split("\n\n", 2)
    assert title == "# Title"
    assert '<a href="lab.ipynb" download>' in download
    assert rest == ["Text.\n\n```python\nx = 1\nx\n```\n\n```text\na\n1\n```\n\n## End {#end}"]
    assert figures == {}


def test_backticks_stay_within_their_block() -> None:
    text, _ = convert(lab(code("print('````')", stream("````\n"))), "lab.ipynb")
    assert "`````text\n````\n`````" in text


def test_colours_of_a_terminal_do_not_show() -> None:
    cell = code("x", stream("\x1b[31mred\x1b[0m\n"), data(text="\x1b[1;32m1\x1b[m"))
    assert shown(cell) == [("text", "red\n1")]


def test_a_raw_cell_is_for_other_tools() -> None:
    text, _ = convert(new_notebook(cells=[new_markdown_cell("# T"), new_raw_cell("raw")]), "l")
    assert "raw" not in text


def test_texts_in_a_row_are_one() -> None:
    assert shown(code("", stream("a"), data(text="b"), data(svg=SVG), stream("c"))) == [
        ("text", "a\nb"),
        ("svg", SVG),
        ("text", "c"),
    ]


def test_figures_are_files_and_their_data_are_not_on_the_page() -> None:
    cells = [
        code(WORDS.format("One"), data(svg=SVG, png=PNG, text="<Figure>"), count=1),
        code(WORDS.format("Two") + "show()", data(png=PNG), count=2),
    ]
    text, figures = convert(lab(*cells), "docs/labs/lab.ipynb")
    assert figures == {"figure-1.svg": SVG.encode(), "figure-2.png": base64.b64decode(PNG)}
    assert '(lab/figure-1.svg){ width="640" height="384" loading="lazy" }' in text
    assert '(lab/figure-2.png){ width="40" height="30" loading="lazy" }' in text
    assert "<svg" not in text
    assert PNG not in text
    assert "#|" not in text


def test_any_alternative_text_arrives_as_written() -> None:
    alternative = r"""$x^2$, \alpha, 'a' & &amp; "b" ](c) ![d] {e} `f` <g>, *h* _i_ 1. é: x = ½ --- https://j.k #l !"""
    options = "#| fig-cap: Caption\n#| fig-alt: >-\n#|   " + alternative + "\n#|   and more\n"
    text, _ = convert(lab(code(options, data(svg=SVG))), "lab.ipynb")
    soup = BeautifulSoup(Markdown(extensions=EXTENSIONS).convert(text), "html.parser")
    (image,) = soup.select("figure > p > img")
    assert image["alt"] == alternative + " and more"
    assert not soup.select(".katex")


ERROR = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (code("x = 1 / 0", ERROR), r"cell 2 \(x = 1 / 0\): it failed with ZeroDivisionError: division by zero"),
        (code("x = 1", count=None), r"cell 2 \(x = 1\): it wasn't run in order.*make labs"),
        (code("x = 1", count=2), "it wasn't run in order"),
        (code("warn()", stream("UserWarning: old\n", "stderr")), r"it wrote to stderr.*UserWarning: old"),
        (code("show()", data(html="<b>")), "it shows text/html; a page can show image/svg"),
        (code("plot()", data(svg=SVG)), r"cell 2 \(plot\(\)\): it shows a figure, so start it with `#\| fig-cap"),
        (code("#| fig-cap: Only a caption\nplot()", data(svg=SVG)), r"'fig-cap: Only a caption' stands there"),
        (code(WORDS.format(" ") + "plot()", data(svg=SVG)), "says what the picture shows"),
        (code(WORDS.format("One") + "#| fig-width: 3\nplot()", data(svg=SVG)), "says what the picture shows"),
        (code("#| fig-cap: 5\n#| fig-alt: 6\nplot()", data(svg=SVG)), "says what the picture shows"),
        (code("#| words\nplot()", data(svg=SVG)), "'words' stands there"),
        (code("#| fig-alt: One: two: three\nplot()", data(svg=SVG)), r"lines aren't YAML \(a colon"),
        (code(WORDS.format("One") + "plot()"), "describe a figure, but it shows none"),
        (code(WORDS.format("One") + "plot()", data(svg=SVG), data(svg=SVG)), "more than one figure"),
        (code(WORDS.format("One") + "plot()", data(svg="<svg></svg>")), "no viewBox"),
    ],
)
def test_what_is_no_page_yet_names_notebook_cell_and_reason(cell: NotebookNode, complaint: str) -> None:
    with pytest.raises(LabError, match=complaint) as error:
        convert(lab(cell), "docs/labs/lab.ipynb")
    assert error.value.message.startswith("docs/labs/lab.ipynb, cell 2 (")


def test_a_lab_starts_with_its_title() -> None:
    with pytest.raises(LabError, match=r"^lab.ipynb: start with a Markdown cell"):
        convert(new_notebook(cells=[code("x = 1"), new_markdown_cell("# Title")]), "lab.ipynb")


def test_other_pages_are_left_alone() -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="losses/regression.md"))
    assert on_page_markdown("# Title", page=page, config=None, files=Files([])) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "status", "said"),
    [
        (code("x = 1"), 0, ""),
        (code("x = 1 / 0", ERROR), 1, "Error: docs/labs/lab.ipynb, cell 2 (x = 1 / 0): it failed with ZeroDivision"),
    ],
)
def test_a_build_ends_with_the_message_alone(tmp_path: Path, cell: NotebookNode, status: int, said: str) -> None:
    """Without directory addresses too, and with no theme of ours."""
    (tmp_path / "docs" / "labs").mkdir(parents=True)
    (tmp_path / "docs" / "labs" / "lab.ipynb").write_text(writes(lab(cell)), "utf-8")
    hook = str(Path(__file__).parents[2] / "src" / "sitetools" / "lab_pages.py")
    plugin = {"include": ["*.ipynb"], "include_source": True, "cache": False}
    config = {"site_name": "t", "hooks": [hook], "plugins": [{"mkdocs-jupyter": plugin}], "use_directory_urls": False}
    (tmp_path / "mkdocs.yml").write_text(json.dumps(config), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=tmp_path,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if not status:
        soup = BeautifulSoup((tmp_path / "site" / "labs" / "lab.html").read_text("utf-8"), "html.parser")
        link = soup.select_one("a[download]")
        assert link is not None
        assert json.loads((tmp_path / "site" / "labs" / str(link["href"])).read_text("utf-8"))["cells"]
