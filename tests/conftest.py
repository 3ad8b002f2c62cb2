"""Fixtures that several test folders share."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

if TYPE_CHECKING:
    from dlnotes.training.datasets import Examples

# The same examples in every run, and no clock: a busy machine is no failure.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

ROOT = Path(__file__).parents[1]


# A project page as published: in a subfolder, with a repository. No test may reach any of these hosts.
PUBLISHED = {
    "SITE_URL": "http://127.0.0.1/notes/",
    "REPO_URL": "https://github.com/example/dlnotes",
    "NO_MKDOCS_2_WARNING": "1",
}


# Of MkDocs, over one or more lines.
PROGRESS = re.compile(r"^INFO .*\n(?:(?: .*)?\n)*", re.MULTILINE)
# Where it is run, this test alone says why the site can't be built.
BUILDS = "tests/docs/test_build.py::test_the_site_builds"


# Test processes take whole files, in this order: what takes long comes first, so that none is left with it in the end.
LONGEST = [
    "tests/browser/test_pages",
    "tests/labs/test_labs",
    "tests/sitetools/test_new_page",
    "tests/browser/",
    "tests/sitetools/test_live",
    "tests/docs/",
    "tests/benchmarks/",
    "tests/pagetest/",
    "tests/sitetools/",
    "tests/test_",
    "tests/training/",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests in the order of `LONGEST`, other files last."""
    ranks = {item: [at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)] for item in items}
    items.sort(key=lambda item: ranks[item] or [len(LONGEST)])


class UnbuiltError(Exception):
    """The site can't be built: the first test that asked for it, and what MkDocs said."""

    def __init__(self, asked: str, words: str) -> None:
        super().__init__(words)
        self.asked = asked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Let one test fail if the site can't be built, and skip all others that need it."""
    try:
        return (yield)
    except UnbuiltError as error:
        says = BUILDS if any(other.nodeid == BUILDS for other in item.session.items) else error.asked
        if item.nodeid == says:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        pytest.skip(f"the site can't be built: {says} says why")


def build(site: Path, **settings: str) -> str:
    """Build the site as `make build` does, published or otherwise; return what MkDocs said if it failed."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    environment = os.environ | PUBLISHED | settings
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=PIPE, stderr=STDOUT, encoding="utf-8", timeout=300)
    if done.returncode:
        return f"mkdocs build --strict exited with status {done.returncode}:\n{PROGRESS.sub('', done.stdout).strip()}"
    return ""


def build_once(tmp_path_factory: pytest.TempPathFactory, name: str, **settings: str) -> Path:
    """Build once per run, whichever parallel process asks first; after a failure nothing is built again."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has its own folder in the run's
    site = shared / name
    done, failed = shared / f"{name}.built", shared / "unbuilt"
    with FileLock(shared / "build.lock"):
        if not done.exists():
            if not failed.exists() and (words := build(site, **settings)):
                failed.write_text(f"{os.environ['PYTEST_CURRENT_TEST'].removesuffix(' (setup)')}\n{words}", "utf-8")
            if failed.exists():
                raise UnbuiltError(*failed.read_text("utf-8").split("\n", 1))
            done.touch()
    return site


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site's folder."""
    return build_once(tmp_path_factory, "site")


@pytest.fixture(scope="session")
def offline_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a copy that is read without a server."""
    return build_once(tmp_path_factory, "offline", OFFLINE="true")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def examples() -> "tuple[Examples, Examples]":
    """Synthetic images for training and test; in batches of 16, the last one of training has a single example."""
    from tests.support.synthetic import synthetic  # imports PyTorch

    return synthetic(97, 0), synthetic(37, 1)


@pytest.fixture
def data(examples: "tuple[Examples, Examples]", monkeypatch: pytest.MonkeyPatch) -> None:
    """Every data set is the synthetic one."""
    monkeypatch.setattr("dlnotes.training.datasets.load", lambda name, *, directory=None, download=False: examples)
