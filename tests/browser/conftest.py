"""One browser for all tests, and one served site."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .chromium import find_chromium, launch
from .server import serve


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        message = "no Chromium is installed (or set CHROMIUM to its program)"
        # On CI a silent skip would look like a pass.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    with launch(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def home(built_site: Path) -> Iterator[str]:
    """The address of the served site's home page."""
    with serve(built_site) as address:
        yield address
