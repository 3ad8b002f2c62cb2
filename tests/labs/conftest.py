"""The labs, and a sample of one that is there before any other: each test of labs runs for all of them."""

from pathlib import Path

import nbformat
import pytest

from pagetest.lab_runs import execute
from tests.support.pages import DOCS
from tests.support.sample_lab import CONFIG, SAMPLE, sample

LABS = [SAMPLE, *(path.stem for path in sorted((DOCS / "labs").glob("*.ipynb")))]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MkDocs project with the executed sample."""
    project = tmp_path_factory.mktemp("project")
    (project / "docs" / "labs").mkdir(parents=True)
    (project / "mkdocs.yml").write_text(CONFIG, "utf-8")
    (project / "docs" / "index.md").write_text("# Home\n\nSee [the figures](labs/sample.ipynb#figures).\n", "utf-8")
    (project / "docs" / "after.md").write_text("# After\n", "utf-8")
    path = project / "docs" / "labs" / "sample.ipynb"
    nbformat.write(sample(), path)
    nbformat.write(execute(path, "full", timeout=60), path)
    return project


@pytest.fixture(scope="session", params=LABS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a lab's files."""
    return str(request.param)


@pytest.fixture(scope="session")
def path(name: str, project: Path) -> Path:
    """A lab's notebook."""
    return (project / "docs" if name == SAMPLE else DOCS) / "labs" / f"{name}.ipynb"
