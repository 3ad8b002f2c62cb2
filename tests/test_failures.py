"""One mistake, one failure: what can't succeed because of it is skipped, in one line that says where to look."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = """\
site_name: test
nav: [{nav}]
"""
NEEDS_THE_SITE = """\
import pytest


@pytest.mark.parametrize("number", range(3))
def test_it_needs_the_site(number, built_site):
    pass


@pytest.fixture(scope="session")
def late(request):
    return request.getfixturevalue("built_site")


def test_it_asks_late(late):
    pass


def test_it_needs_the_other_site(offline_site):
    pass
"""
PAGE = """\
# Page

```python
{first}
```

```python
def double(x):
    return 2 * x
```

<!-- eq sum
x : real
q := py double(x)
-->
$$
q = x + x
$$
"""
NEEDS_THE_PAGE = """\
from pathlib import Path

from pagetest.equations import page_namespace


def test_it_needs_the_page():
    assert page_namespace(Path(__file__).parents[1] / "docs" / "index.md")
"""

Check = Callable[..., tuple[str, str]]


@pytest.fixture
def check(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run pytest in a small project with our own conftest files; return its last line, and all that it printed."""
    for name in os.environ:
        if name.startswith(("PYTEST_", "CI")):  # of this run; in CI, pytest's last lines repeat whole messages
            monkeypatch.delenv(name)

    def check(*arguments: str, nav: str = "index.md", first: str = "y = 1", processes: int = 0) -> tuple[str, str]:
        for name in ("conftest.py", "constraints.txt", "tests/conftest.py", "tests/docs/test_build.py"):
            (pytester.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, pytester.path / name)
        (pytester.path / "docs").mkdir()
        (pytester.path / "pytest.ini").touch()
        (pytester.path / "mkdocs.yml").write_text(CONFIG.format(nav=nav), "utf-8")
        (pytester.path / "docs" / "index.md").write_text(PAGE.format(first=first), "utf-8")
        (pytester.path / "tests" / "test_site.py").write_text(NEEDS_THE_SITE, "utf-8")
        (pytester.path / "tests" / "test_page.py").write_text(NEEDS_THE_PAGE, "utf-8")
        options = ["-q", "-ra", "--import-mode=importlib", "-p", "no:doctest", f"-n{processes}"]
        # In this process, which has imported all it takes; but here, tests/conftest.py is that of the real project.
        alone = "tests/test_site.py" not in arguments
        done = (pytester.runpytest_inprocess if alone else pytester.runpytest_subprocess)(*options, *arguments)
        return re.sub(r" in [\d.]+s.*", "", done.outlines[-1]), "\n".join(done.outlines)

    return check


@pytest.mark.parametrize("processes", [2, 0], ids=["parallel", "alone"])
def test_if_the_site_cannot_be_built_one_test_says_why(check: Check, processes: int) -> None:
    summary, output = check("tests/docs", "tests/test_site.py", nav="indexx.md", processes=processes)
    assert summary == "5 skipped, 1 error"
    assert output.count("WARNING -  A reference to 'indexx.md' is included in the 'nav' configuration") == 1
    assert output.count("Aborted with 1 warnings in strict mode!") == 1
    assert output.count("the site can't be built: tests/docs/test_build.py::test_the_site_builds says why") == 1
    assert "INFO" not in output
    assert len(output.splitlines()) < 20


def test_without_that_test_the_first_that_needs_the_site_says_why(check: Check) -> None:
    summary, output = check("tests/test_site.py", nav="indexx.md")
    assert summary == "4 skipped, 1 error"
    assert output.count("the site can't be built: tests/test_site.py::test_it_needs_the_site[0] says why") == 1


def test_if_a_block_fails_it_alone_says_why(check: Check) -> None:
    summary, output = check("docs", "tests/test_page.py", first="y = torch.ones(2)")
    assert summary == "1 failed, 3 skipped"
    assert output.count("NameError: name 'torch' is not defined") == 1
    assert re.search(r"SKIPPED \[2\] .*the page's code fails: .*docs/index\.md:3 says why", output)
    assert re.search(r"SKIPPED \[1\] .*an earlier block of the page fails: .*docs/index\.md:3", output)
    assert len(output.splitlines()) < 20


def test_if_that_block_is_not_run_what_needs_its_page_says_why(check: Check) -> None:
    summary, output = check("tests/test_page.py", first="y = torch.ones(2)")
    assert summary == "1 failed"
    assert output.count("NameError: name 'torch' is not defined") == 1
    assert len(output.splitlines()) < 20


def test_a_missing_section_is_told_once(check: Check) -> None:
    summary, output = check("docs", "tests/test_page.py", first='--8<-- "conftest.py:softmax"')
    assert summary == "1 failed, 3 skipped"
    assert output.count("docs/index.md:3: conftest.py has no section 'softmax'. It has none.") == 1


def test_without_a_mistake_nothing_is_skipped(check: Check) -> None:
    assert check("docs", "tests/test_page.py")[0] == "4 passed"
