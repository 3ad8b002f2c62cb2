"""A page's notebook says where it is from, installs what it needs, and brings the files that it reads."""

import json
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from sitetools.page_notebooks import NotebookError, on_page_markdown

ROOT = Path(__file__).parents[2]


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
) -> tuple[dict[str, str], list[nbformat.NotebookNode]]:
    """What the hook tells the template, and the notebooks it adds: one or none."""
    page = SimpleNamespace(file=File.generated(config, path, content=markdown), meta={})
    files = Files([page.file])
    on_page_markdown(markdown, page=page, config=config, files=files)  # type: ignore[arg-type]
    made = [file.content_string for file in files if file is not page.file]
    return page.meta, [nbformat.reads(text, as_version=nbformat.NO_CONVERT) for text in made]


PAGE = (
    "# B\n\nText, [c](#c).\n\n## C {#c}\n\n```python\nprint(open)\n1 / 0\n```\n\n```text\nZeroDivisionError: no\n```\n"
)


def test_a_notebook_is_valid_and_says_where_it_is_from(config: MkDocsConfig) -> None:
    meta, [notebook] = make(PAGE, config)
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
    meta, [notebook] = make(PAGE, config)
    assert meta.get("colab") == colab
    assert f'"tested-dlnotes[train] @ git+{repository.rstrip("/")}"' in notebook.cells[1].source


@pytest.mark.parametrize(
    ("page", "path"), [("# No code\n\n```console\nx\n```\n", "a/b.md"), (PAGE, "a/index.md"), (PAGE, "a.ipynb")]
)
def test_some_pages_have_none(config: MkDocsConfig, page: str, path: str) -> None:
    assert make(page, config, path) == ({}, [])


def test_files_of_the_repository_come_along(
    config: MkDocsConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 'for name in ["cnn", "mlp"]:\n    Path(f"docs/labs/results/{name}.json").read_text()'
    _, [notebook] = make(f"# T\n\n```python\n{read}\n```\n", config)
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
