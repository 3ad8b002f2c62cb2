"""The Chromium that is installed, cut off from every other host."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"]
FLAGS = [
    "--no-sandbox",  # containers, CI's among them, forbid what the sandbox needs
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def find_chromium() -> str | None:
    """The program that $CHROMIUM names, or else the first installed one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def launch(program: str) -> Iterator[Browser]:
    """Start the browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def load(page: Page, address: str) -> None:
    """Open a page and wait until its scripts have run and the network is quiet.

    The quiet alone says little: on a busy machine it comes while the page is still being read.
    """
    page.goto(address)
    page.wait_for_load_state("networkidle")


def watch(page: Page) -> list[str]:
    """Collect what goes wrong in the scripts of a page from now on."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    return errors
