"""Fixtures that several test folders share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from sitetools.fonts import cut_all

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


def build(site: Path, **settings: str) -> None:
    """Build the site as `make build` does, published or otherwise; a failure shows what MkDocs said."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    environment = os.environ | PUBLISHED | settings
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    if done.returncode:
        pytest.fail(f"mkdocs build --strict exited with status {done.returncode}:\n{done.stderr}", pytrace=False)
    cut_all(site)


def build_once(tmp_path_factory: pytest.TempPathFactory, name: str, **settings: str) -> Path:
    """Build once per run, whichever parallel process asks first."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has its own folder in the run's
    site = shared / name
    done = shared / f"{name}.built"
    with FileLock(shared / f"{name}.lock"):
        if not done.exists():
            build(site, **settings)
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
