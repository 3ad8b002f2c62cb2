"""`mkdocs serve`, on a small site: a save shows, a problem shows on its page, and the server answers all the while."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from sitetools import ROOT

HOOKS = ("places", "includes", "lab_pages", "page_notebooks", "live")
CONFIG = f"""\
site_name: Small
strict: true
theme: {{name: material, font: false}}
nav: [index.md, code.md, lab.ipynb, api.md]
validation: {{links: {{anchors: warn}}}}
watch: [src/dlnotes]
markdown_extensions:
  - attr_list
  - pymdownx.superfences
  - sitetools.includes: {{root: !relative $config_dir}}
  - sitetools.equation_marks
  - sitetools.katex
plugins:
  - search
  - mkdocs-jupyter: {{include: ["*.ipynb"], ignore: ["*.md"]}}
  - mkdocstrings: {{handlers: {{python: {{paths: [src]}}}}}}
hooks: [{", ".join(f"{ROOT}/src/sitetools/{name}.py" for name in HOOKS)}]
"""
PAGES = {
    "index.md": "# First\n\nWords, and a [link](code.md#here).\n",
    "code.md": '# Code\n\n## Here {#here}\n\n```python\n--8<-- "src/dlnotes/sums.py:add"\n```\n',
    "api.md": "# API\n\n::: dlnotes.sums\n",
}
MODULE = '''"""Sums."""


# --8<-- [start:add]
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


# --8<-- [end:add]
'''
LAB = {
    "cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Lab\n\nText."}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


class Writer:
    """Saves files, and reads what the server then shows."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def shows(self, page: str, wanted: Callable[[str], object]) -> str:
        """Wait until a page shows what is wanted, and return the page; a server that hangs fails."""
        end = time.monotonic() + 60
        text = ""
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{page}", timeout=60) as answer:
                    text = answer.read().decode()
            except HTTPError as error:  # a page that isn't there yet
                text = str(error)
            if wanted(text):
                return text
            time.sleep(0.05)
        pytest.fail(f"{page} never shows it, but: {problems(text)}", pytrace=False)


def problems(text: str) -> str:
    box = re.search("<!-- problems -->(.*?)<!-- end of problems -->", text, re.DOTALL)
    return box[1] if box else text


def lay_out(folder: Path) -> None:
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "src" / "dlnotes").mkdir(parents=True, exist_ok=True)
    (folder / "mkdocs.yml").write_text(CONFIG)
    (folder / "src" / "dlnotes" / "__init__.py").write_text("")
    (folder / "src" / "dlnotes" / "sums.py").write_text(MODULE)
    (folder / "docs" / "lab.ipynb").write_text(json.dumps(LAB))
    for name, text in PAGES.items():
        (folder / "docs" / name).write_text(text)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    folder = tmp_path_factory.mktemp("small")
    lay_out(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "--dev-addr", f"127.0.0.1:{port}"]
    log = folder / "log"
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "default:To replace an existing file"}
    with log.open("w") as output, subprocess.Popen(command, cwd=folder, env=environment, stderr=output) as server:
        try:
            end = time.monotonic() + 60
            while "Serving on" not in log.read_text() and server.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
            assert "Serving on" in log.read_text(), log.read_text()
            yield Writer(folder, port)
        finally:
            server.terminate()


@pytest.fixture
def writer(served: Writer) -> Iterator[Writer]:
    yield served
    lay_out(served.folder)  # the folders stay: MkDocs would stop watching one that is gone
    (served.folder / "docs" / "index.md").write_text(PAGES["index.md"] + f"\nAgain at {time.monotonic_ns()}.\n")
    served.shows("", lambda text: "Again at" in text)
    served.save("docs/index.md", PAGES["index.md"])
    for page in ("", "code/", "lab/", "api/"):
        served.shows(page, lambda text: "<article" in text and "Again at" not in text and problems(text) == "")


def test_a_save_shows_on_the_page_alone(writer: Writer) -> None:
    log = writer.folder / "log"
    before = log.read_text().count("Building documentation")
    writer.save("docs/index.md", PAGES["index.md"] + "\nMore words.\n")
    writer.shows("", lambda text: "More words." in text)
    assert log.read_text().count("Building documentation") == before


def test_a_save_makes_the_page_s_notebook_again_without_a_word(writer: Writer) -> None:
    writer.save("docs/code.md", PAGES["code.md"] + "\nMore words.\n")
    writer.shows("code/", lambda text: "More words." in text)
    notebook = writer.shows("code/code.ipynb", lambda text: "More words." in text)
    assert "return a + b" in notebook
    assert "To replace an existing file" not in (writer.folder / "log").read_text()


def test_a_save_of_a_module_shows_where_it_is_included_and_in_the_reference(writer: Writer) -> None:
    writer.save("src/dlnotes/sums.py", MODULE.replace("Add two", "Sum up two"))
    writer.shows("code/", lambda text: "Sum up two" in text)
    writer.shows("api/", lambda text: "Sum up two" in text)


def test_another_title_shows_in_the_navigation_of_all_pages(writer: Writer) -> None:
    writer.save("docs/index.md", PAGES["index.md"].replace("First", "Foremost"))
    writer.shows("code/", lambda text: "Foremost" in text)


def test_a_half_typed_formula_shows_above_the_last_good_version(writer: Writer) -> None:
    writer.save("docs/index.md", PAGES["index.md"] + "\nA half: $\\frac{1}{$.\n")
    text = writer.shows("", lambda text: "KaTeX rejects" in problems(text))
    assert "Words, and a" in text
    assert problems(writer.shows("code/", lambda text: True)) == ""


def test_a_dead_link_shows_on_its_page(writer: Writer) -> None:
    writer.save("docs/index.md", PAGES["index.md"] + "\nA [dead](nowhere.md) link.\n")
    writer.shows("", lambda text: "docs/index.md:5 contains a link &#x27;nowhere.md&#x27;" in problems(text))


def test_a_heading_that_others_link_to_is_missed_there_and_then_found_again(writer: Writer) -> None:
    writer.save("docs/code.md", PAGES["code.md"].replace("#here", "#there"))
    writer.shows("", lambda text: "docs/index.md:3 contains a link &#x27;code.md#here" in problems(text))
    writer.save("docs/code.md", PAGES["code.md"])
    writer.shows("", lambda text: problems(text) == "")


def test_a_missing_section_shows_on_its_page(writer: Writer) -> None:
    writer.save("src/dlnotes/sums.py", MODULE.replace("[start:add]", "[start:sum]"))
    writer.shows("code/", lambda text: "sums.py has no section &#x27;add&#x27;" in problems(text))


def test_a_notebook_that_is_no_json_shows_on_its_page(writer: Writer) -> None:
    writer.save("docs/lab.ipynb", json.dumps(LAB) + "}")
    text = writer.shows("lab/", lambda text: "JSON" in problems(text))
    assert "Text." in text


def test_a_file_that_is_not_text_shows_on_its_page(writer: Writer) -> None:
    (writer.folder / "docs" / "index.md").write_bytes(b"# Latin \xe9\n")
    writer.shows("", lambda text: "utf-8" in problems(text))


def test_a_broken_configuration_shows_on_every_page_until_it_is_mended(writer: Writer) -> None:
    writer.save("mkdocs.yml", CONFIG + "nav: [\n")
    text = writer.shows("code/", lambda text: "while parsing" in text)
    assert text.count("while parsing") == 1
    writer.save("mkdocs.yml", CONFIG)
    writer.shows("code/", lambda text: "<article" in text)


def test_a_new_page_appears(writer: Writer) -> None:
    writer.save("docs/new.md", "# New\n")
    writer.save("mkdocs.yml", CONFIG.replace("index.md,", "index.md, new.md,"))
    writer.shows("new/", lambda text: "New" in text)
    (writer.folder / "docs" / "new.md").unlink()
    writer.save("mkdocs.yml", CONFIG)


def test_a_taken_port_is_one_line_that_says_how_to_take_another(writer: Writer) -> None:
    command = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "--dev-addr", f"127.0.0.1:{writer.port}"]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=writer.folder, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "INFO" not in line]
    assert lines == [
        f"Error: port {writer.port} can't be used: Address already in use. "
        f"Take another, as in: make serve PORT={writer.port + 1}"
    ]


def test_the_build_ends_with_the_same_problems(writer: Writer) -> None:
    writer.save("docs/index.md", PAGES["index.md"] + "\nA [dead](nowhere.md) link.\n")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", "built"]
    done = subprocess.run(command, cwd=writer.folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert "nowhere.md" in done.stderr
    assert "problems" not in (writer.folder / "built" / "index.html").read_text("utf-8")
