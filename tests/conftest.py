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


def build(site: Path) -> None:
    """Build the site as `make build` does, as it is published; a failure shows what MkDocs said."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | PUBLISHED, capture_output=True, encoding="utf-8", timeout=300
    )
    if done.returncode:
        pytest.fail(f"mkdocs build --strict exited with status {done.returncode}:\n{done.stderr}", pytrace=False)
    cut_all(site)


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site's folder: built once per run, whichever parallel process asks first."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has its own folder in the run's
    site = shared / "site"
    done = shared / "site.built"
    with FileLock(shared / "site.lock"):
        if not done.exists():
            build(site)
            done.touch()
    return site
