"""A page that `make new-page` has started passes at once what the tests demand of a page."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pagetest.check import concerns, find
from sitetools.new_page import NewPageError, create

ROOT = Path(__file__).parents[2]
NAME = "losses/label-smoothing"
COPIED = [
    "benchmarks",
    "docs",
    "overrides",
    "src",
    "templates",
    "tests",
    "conftest.py",
    "constraints.txt",
    "mkdocs.yml",
]
COPIED += ["pyproject.toml", "CONTRIBUTING.md", "README.md"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a new page."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    create(NAME, root)
    return root


def test_a_new_page_passes(repository: Path) -> None:
    """All but the visits in a browser."""
    page = find(repository, NAME)
    tests = [*concerns(repository, page).paths, "tests/docs", "tests/figures/test_figures.py"]
    command = [sys.executable, "-m", "pytest", "-p", "pagetest.check", f"--page={NAME}", "-q", *map(str, tests)]
    environment = os.environ | {"PYTHONPATH": str(repository / "src"), "ONLY_PAGE": f"{NAME}.md"}
    environment.pop("PYTEST_XDIST_WORKER", None)  # the copy's tests aren't part of this run
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 40


def test_its_docstrings_are_like_the_others(repository: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "tests/test_docstrings.py"]
    environment = os.environ | {"PYTHONPATH": str(repository / "src")}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_files_are_in_the_style_of_the_others(repository: Path) -> None:
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=repository, capture_output=True)
        assert done.returncode == 0, done.stdout.decode()


def test_entries_are_added_where_the_other_pages_of_the_folder_are(repository: Path) -> None:
    navigation = (repository / "mkdocs.yml").read_text("utf-8")
    assert "      - losses/other-implementations.md\n      - losses/label-smoothing.md\n  - Models" in navigation
    home = (repository / "docs" / "index.md").read_text("utf-8")
    assert "other-implementations.md)\n1. [Label smoothing](losses/label-smoothing.md)\n" in home
    reference = (repository / "docs" / "reference" / "api-losses.md").read_text("utf-8")
    assert reference.index("{#polyloss}") < reference.index("{#label-smoothing}")
    page = (repository / "docs" / "losses" / "label-smoothing.md").read_text("utf-8")
    assert "(../reference/api-losses.md#label-smoothing)" in page


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hinge", "write a folder and a topic"),
        ("", "write a folder and a topic"),
        ("labs/hinge", "in basics, losses, models"),
        ("losses/Hinge", "small letters, digits and hyphens"),
        ("losses/label_smoothing", "small letters, digits and hyphens"),
        ("losses/3d", "small letters, digits and hyphens"),
        ("losses/lambda", "a word of Python's own"),
        ("models/polyloss", "docs/losses/polyloss.md exists already"),
        ("models/resnet", "src/dlnotes/models/resnet.py exists already"),
    ],
)
def test_a_name_that_can_t_be_used_is_refused(name: str, message: str) -> None:
    with pytest.raises(NewPageError, match=message):
        create(name)


def test_the_name_of_a_package_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "src/dlnotes/models/attention").mkdir(parents=True)
    with pytest.raises(NewPageError, match="src/dlnotes/models/attention exists already"):
        create("models/attention", tmp_path)
