"""The labs, and a sample of one that is there before any other: each test of labs runs for all of them."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from pagetest.lab_runs import execute

from .sample import sample

ROOT = Path(__file__).parents[2]
SAMPLE = "sample"
LABS = [SAMPLE, *(path.stem for path in sorted((ROOT / "docs" / "labs").glob("*.ipynb")))]

# The site's own configuration, around other pages.
CONFIG = f"""\
INHERIT: {ROOT / "mkdocs.yml"}
nav:
  - index.md
  - labs/sample.ipynb
  - after.md
watch: []
hooks:
  - {ROOT / "src/sitetools/lab_pages.py"}
theme:
  custom_dir: {ROOT / "overrides"}
"""


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


def build(project: Path) -> subprocess.CompletedProcess[str]:
    """Build a project into its folder `site`."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", str(project / "mkdocs.yml")]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "SITE_URL": "http://127.0.0.1/notes/"}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=300)


@pytest.fixture(scope="session", params=LABS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a lab's files."""
    return str(request.param)


@pytest.fixture(scope="session")
def path(name: str, project: Path) -> Path:
    """A lab's notebook."""
    return (project if name == SAMPLE else ROOT) / "docs" / "labs" / f"{name}.ipynb"
