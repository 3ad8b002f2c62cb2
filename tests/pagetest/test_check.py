"""`make check` finds a page, and what concerns it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pagetest.check import concerns, find

ROOT = Path(__file__).parents[2]
POLYLOSS = ROOT / "docs" / "losses" / "polyloss.md"


@pytest.mark.parametrize(
    "name", ["losses/polyloss", "losses/polyloss.md", "docs/losses/polyloss.md", "losses/polyloss/"]
)
def test_a_page_is_found_under_all_its_names(name: str) -> None:
    assert find(ROOT, name) == POLYLOSS


def test_labs_are_pages() -> None:
    assert find(ROOT, "labs/lenet") == ROOT / "docs" / "labs" / "lenet.ipynb"


@pytest.mark.parametrize(
    ("name", "near"),
    [("losses/polylos", "losses/polyloss"), ("polyloss", "losses/polyloss, labs/polyloss"), ("", "index")],
)
def test_an_unknown_page_names_those_that_are_alike(name: str, near: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"no page {name!r}")) as error:
        find(ROOT, name)
    assert near in str(error.value)


def test_code_its_tests_and_figures_concern_a_page() -> None:
    concern = concerns(ROOT, POLYLOSS)
    paths = {path.relative_to(ROOT).as_posix() for path in concern.paths}
    assert {
        "docs/losses/polyloss.md",
        "tests/losses/polyloss/test_lean.py",
        "src/dlnotes/losses/polyloss/lean.py",
    } <= paths
    assert "tests/losses/test_softmax.py" not in paths
    assert {"losses/polyloss.md", "losses/polyloss/", "poly1-losses"} <= concern.names
    assert all(path.is_file() for path in concern.paths)


def test_a_package_and_the_tests_that_mirror_it_concern_its_page() -> None:
    concern = concerns(ROOT, ROOT / "docs" / "models" / "convolution-arithmetic.md")
    package, tests = ROOT / "src" / "dlnotes" / "models" / "convolution", ROOT / "tests" / "models" / "convolution"
    assert set(package.glob("*.py")) | set(tests.glob("test_*.py")) <= set(concern.paths)
    assert str(package / "sizes.py") in concern.names
    assert ROOT / "tests" / "models" / "test_linear_regression.py" not in concern.paths


def test_a_module_of_a_package_brings_the_test_that_mirrors_it(tmp_path: Path) -> None:
    """Though the test imports from the package; a section of another page's folder stays with that page."""
    for path, text in {
        "docs/models/page.md": '--8<-- "src/dlnotes/models/kit/part.py:a"\n--8<-- "src/dlnotes/losses/other.py:b"\n',
        "src/dlnotes/models/kit/part.py": "",
        "src/dlnotes/losses/other.py": "",
        "tests/models/kit/test_part.py": "from dlnotes.models.kit import part\n",
        "tests/models/kit/test_rest.py": "from dlnotes.models.kit import rest\n",
        "tests/losses/test_other.py": "from dlnotes.losses import other\n",
        "tests/docs/test_all.py": "",
        "docs/reference/api.md": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    page = tmp_path / "docs" / "models" / "page.md"
    code, test = (tmp_path / path for path in ("src/dlnotes/models/kit/part.py", "tests/models/kit/test_part.py"))
    assert concerns(tmp_path, page).paths == [page, code, test]


def test_a_module_outside_the_packages_has_its_tests_outside_too() -> None:
    paths = concerns(ROOT, ROOT / "docs" / "models" / "training-loop.md").paths
    assert ROOT / "tests" / "test_command.py" in paths
    assert ROOT / "tests" / "training" / "test_loop.py" in paths
    assert ROOT / "tests" / "test_labs.py" not in paths


def test_tests_of_a_single_page_concern_it() -> None:
    concern = concerns(ROOT, ROOT / "docs" / "reference" / "mistakes.md")
    assert ROOT / "tests" / "docs" / "test_mistakes.py" in concern.paths


@pytest.mark.parametrize(
    ("page", "address"), [("index.md", ""), ("labs/index.md", "labs/"), ("labs/lenet.ipynb", "labs/lenet/")]
)
def test_a_page_is_known_by_its_address(page: str, address: str) -> None:
    assert address in concerns(ROOT, ROOT / "docs" / page).names


def test_other_pages_are_left_out() -> None:
    command = [sys.executable, "-m", "pytest", "-p", "pagetest.check", "--page=basics/autograd", "--collect-only", "-q"]
    done = subprocess.run(
        [*command, "tests/docs/test_equations.py", "tests/figures"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    tests = done.stdout.splitlines()
    assert "tests/docs/test_equations.py::test_every_display_is_tested_and_named[basics/autograd.md]" in tests
    assert "tests/figures/test_figures.py::test_no_text_is_cut_off[autograd-chain]" in tests
    assert not [test for test in tests if "[" in test and "autograd" not in test]
