"""A page becomes a notebook: prose without what only the site understands, code with its includes expanded."""

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from sitetools.notebooks import NotebookError, on_page_markdown, prose, split

ROOT = Path(__file__).parents[2]


def cells(markdown: str) -> list[tuple[str, str]]:
    return [(cell.kind, cell.text) for cell in split(markdown, lambda lines: lines)]


def test_prose_and_code_alternate() -> None:
    assert cells("# T\n\na\n\n```python\nx = 1\n\n\ny = 2\n\n```\n\nb\n") == [
        ("markdown", "# T\n\na"),
        ("code", "x = 1\n\n\ny = 2"),
        ("markdown", "b"),
    ]


@pytest.mark.parametrize("between", ["\n", ""])
def test_an_output_belongs_to_the_code_above_it(between: str) -> None:
    (code,) = split(f"```python\nprint(1)\n```\n{between}```text\n1\n\n```\n", lambda lines: lines)
    assert (code.text, code.output) == ("print(1)", "1\n\n")


def test_other_fences_are_prose() -> None:
    fence = '```console title="Here"\nls  # <!-- stays -->\n```'
    assert cells(fence) == [("markdown", fence)]


def test_includes_are_expanded() -> None:
    (code,) = split("```python\n--8<-- x\n```\n", lambda lines: [line.upper() for line in lines])
    assert code.text == "--8<-- X"


def test_titles_of_blocks_are_words_above_them() -> None:
    assert cells('```python title="The mistake"\nx\n```\n') == [("markdown", "**The mistake**"), ("code", "x")]


def test_folds_are_told_apart_and_end_with_their_indentation() -> None:
    fold = '    ??? success "Solution"\n\n        S\n\n        ```py\n        if x:\n            y\n        ```\n'
    page = f"1. A\n\n{fold}\n2. B\n"
    assert [(cell.text, cell.fold) for cell in split(page, lambda lines: lines)] == [
        ("1. A", ""),
        ("S", "Solution"),
        ("if x:\n    y", "Solution"),
        ("2. B", ""),
    ]


def test_admonitions_and_tabs_are_opened() -> None:
    page = '!!! note "Mind"\n\n    this\n\n=== "pip"\n\n    ```console\n    pip\n    ```\n\n=== "uv"\n\n    u\n\nend\n'
    ((_, text),) = cells(page)
    assert text == "**Mind**\n\nthis\n\n**pip**\n\n```console\npip\n```\n\n**uv**\n\nu\n\nend"


def test_a_list_goes_on_at_the_margin_after_code() -> None:
    """Four blanks at the start of a cell would make code of it."""
    page = "1. a\n\n    ```py\n    x\n    ```\n\n    more\n      deep\n\n2. b\n\n    rest\n"
    assert cells(page)[-1] == ("markdown", "more\n  deep\n\n2. b\n\n    rest")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a\n\n<!-- eq x\nz : real\n-->\n$$\nz\n$$\n", "a\n\n$$\nz\n$$"),
        ("a\n<!-- eq x -->$1$. b\n\n<!-- numbers: 2 -->\nc\n", "a\n$1$. b\n\nc"),
        ("a `<!-- eq -->` b <!-- c -->\n", "a `<!-- eq -->` b"),
        ("```markdown\n<!-- eq -->\n```\n", "```markdown\n<!-- eq -->\n```"),
    ],
)
def test_comments_go_where_they_are_no_code(page: str, text: str) -> None:
    assert cells(page) == [("markdown", text)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("## A `x` {#a-b}\n\n### B $c_{d}$ {#b}", "## A `x`\n\n### B $c_{d}$"),
        ("[a](x.md#b) and [`c`](#d), not `[e](f)`", "[a](/x.md#b) and [`c`](/#d), not `[e](f)`"),
        ("```html\n<div>\n[a](b)\n```", "```html\n<div>\n[a](b)\n```"),
        ("<figure markdown>\n![a\nb](c.svg)\n<figcaption markdown>D</figcaption>\n</figure>", "![a\nb](/c.svg)\n\nD"),
    ],
)
def test_what_only_the_site_understands_goes(before: str, after: str) -> None:
    assert prose(before, lambda target: f"/{target}") == after


# The whole hook, on a page that is written here


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> MkDocsConfig:
    monkeypatch.setenv("SITE_URL", "https://me.example/notes/")
    monkeypatch.setenv("REPO_URL", "")
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    config = load_config(str(ROOT / "mkdocs.yml"))
    config.plugins._current_plugin = None  # MkDocs sets it before it calls a hook
    return config


def make(
    markdown: str, config: MkDocsConfig, path: str = "a/b.md"
) -> tuple[dict[str, str], nbformat.NotebookNode | None]:
    """What the hook tells the template, and the notebook it adds."""
    page = SimpleNamespace(file=File.generated(config, path, content=markdown), meta={})
    files = Files([page.file])
    on_page_markdown(markdown, page=page, config=config, files=files)  # type: ignore[arg-type]
    made = [file.content_string for file in files if file is not page.file]
    return page.meta, nbformat.reads(made[0], as_version=nbformat.NO_CONVERT) if made else None


PAGE = (
    "# B\n\nText, [c](#c).\n\n## C {#c}\n\n```python\nprint(open)\n1 / 0\n```\n\n```text\nZeroDivisionError: no\n```\n"
)


def test_a_notebook_is_valid_and_says_where_it_is_from(config: MkDocsConfig) -> None:
    meta, notebook = make(PAGE, config)
    assert meta == {"notebook": "b.ipynb"}
    nbformat.validate(notebook)
    first, install, text, code = notebook.cells
    assert first.source.startswith("# B\n\nThis is the page [B](https://me.example/notes/a/b/) as a notebook.")
    assert "meant to fail" in first.source
    assert "code of the notes: https://me.example/notes/basics/setup/#dlnotes says how" in install.source
    assert text.source == "Text, [c](https://me.example/notes/a/b/#c).\n\n## C"
    assert code.outputs[0].text == "ZeroDivisionError: no\n"
    assert code.metadata.tags == ["raises-exception"]


@pytest.mark.parametrize(
    ("repository", "colab"),
    [
        (
            "https://github.com/me/my-notes/",
            "https://colab.research.google.com/github/me/my-notes/blob/notebooks/a/b/b.ipynb",
        ),
        ("https://gitlab.com/me/notes", None),  # Colab doesn't look there
    ],
)
def test_with_a_repository_it_installs_from_there(config: MkDocsConfig, repository: str, colab: str | None) -> None:
    config.repo_url = repository
    meta, notebook = make(PAGE, config)
    assert meta.get("colab") == colab
    assert f'"tested-dlnotes[train] @ git+{repository.rstrip("/")}"' in notebook.cells[1].source


@pytest.mark.parametrize(
    ("page", "path"), [("# No code\n\n```text\nx\n```\n", "a/b.md"), (PAGE, "a/index.md"), (PAGE, "a.ipynb")]
)
def test_some_pages_have_none(config: MkDocsConfig, page: str, path: str) -> None:
    assert make(page, config, path) == ({}, None)


def test_files_of_the_repository_come_along(
    config: MkDocsConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 'for name in ["cnn", "mlp"]:\n    Path(f"docs/labs/results/{name}.json").read_text()'
    _, notebook = make(f"# T\n\n```python\n{read}\n```\n", config)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs" / "labs" / "results").mkdir(parents=True)
    (tmp_path / "docs" / "labs" / "results" / "mlp.json").write_text("mine", "utf-8")
    exec(notebook.cells[2].source, {})
    written = {path.stem: path.read_text("utf-8") for path in tmp_path.rglob("*.json")}
    assert written["mlp"] == "mine"  # in a clone, what is there stays
    assert written["cnn"] == (ROOT / "docs/labs/results/cnn.json").read_text("utf-8")
    assert json.loads(written["lenet"])


def test_a_file_that_is_missing_ends_the_build(config: MkDocsConfig) -> None:
    with pytest.raises(NotebookError, match=r"docs/a/b.md: its code reads docs/none.json"):
        make('# T\n\n```python\nopen("docs/none.json")\n```\n', config)
