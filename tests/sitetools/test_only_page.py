"""A build of one page: the page is as in a build of all, and the others are there for links to lead to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from sitetools import ROOT


def build(page: str, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)]
    published = {
        "SITE_URL": "http://127.0.0.1/notes/",
        "REPO_URL": "https://github.com/example/dlnotes",
    }  # as built_site
    environment = os.environ | published | {"ONLY_PAGE": page, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")


def article(file: Path) -> Tag:
    found = BeautifulSoup(file.read_text("utf-8"), "html.parser").select_one("article")
    assert found is not None
    for button in found.select("a.md-content__button"):  # with the repository's address, or without
        button.decompose()
    return found


def test_one_page_is_built_as_ever_and_the_others_hold_what_links_lead_to(built_site: Path, tmp_path: Path) -> None:
    done = build("losses/regression.md", tmp_path)
    assert done.returncode == 0, done.stderr
    one = Path("losses", "regression", "index.html")
    assert article(tmp_path / one) == article(built_site / one)
    other = Path("losses", "sigmoids", "index.html")
    headings = {str(heading["id"]) for heading in article(built_site / other).select("h2, h3")}
    assert headings
    anchors = article(tmp_path / other)
    assert headings <= {str(anchor["id"]) for anchor in anchors.select("[id]")}
    assert not anchors.select("p, pre")


def test_a_page_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    done = build("losses/nosuch.md", tmp_path)
    assert done.returncode == 1
    assert "ONLY_PAGE is losses/nosuch.md, and there is no such page in docs/" in done.stderr


@pytest.mark.parametrize("link", ["sigmoids.md#logistic", "sigmoids.md#eq-logistic-slope"])
def test_such_places_are_on_the_other_page(link: str, built_site: Path) -> None:
    assert article(built_site / "losses" / "sigmoids" / "index.html").find(id=link.partition("#")[2])
