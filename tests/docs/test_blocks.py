"""An independent look at the built pages: what the site shows is what Sybil ran, and nothing escapes."""

import importlib.util
import re
from pathlib import Path

import pytest

from pages.fences import DOCTEST, NOT_RUN, OUTPUT, PYTHON
from pages.includes import code_of

ROOT = Path(__file__).parents[2]
SKIPPED_BLOCKS = 0

spec = importlib.util.spec_from_file_location("root_conftest", ROOT / "conftest.py")
root_conftest = importlib.util.module_from_spec(spec)
spec.loader.exec_module(root_conftest)


def examples(page):
    return [
        example.region.parsed
        for example in root_conftest.pages.parse(ROOT / "docs" / page)
        if hasattr(example.region.parsed, "fence")
    ]


def language(block):
    return next(name.removeprefix("language-") for name in block["class"] if name.startswith("language-"))


def shown(article, languages):
    blocks = [block for block in article.select("div.highlight") if not block.find_parent(class_="doc-contents")]
    return [block.select_one("code").get_text().strip("\n") for block in blocks if language(block) in languages]


def test_sybil_collects_every_page(page):
    assert root_conftest.pages.should_parse(ROOT / "docs" / page)


def test_the_site_shows_what_sybil_runs(page, article):
    ran = [code_of(block.fence, ROOT).text.strip("\n") for block in examples(page)]
    assert shown(article(page), PYTHON | DOCTEST) == ran


def test_every_output_on_the_site_is_compared(page, article):
    compared = [block.output.text.strip("\n") for block in examples(page) if block.output]
    assert shown(article(page), OUTPUT) == compared


def test_no_block_hides_from_the_count(page, article):
    """Every block has a language that we know; one without (indented code, say) would be shown but not run."""
    for block in article(page).select("pre"):
        wrapper = block.find_parent(class_="highlight")
        assert wrapper is not None, f"{page}: a code block without a language: {block.get_text()[:60]!r}"
        assert language(wrapper) in PYTHON | DOCTEST | OUTPUT | NOT_RUN


def test_the_number_of_untested_blocks_is_pinned():
    pages = [str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")]
    reasons = [block.fence.skip_reason for page in pages for block in examples(page) if block.fence.skip_reason]
    assert len(reasons) == SKIPPED_BLOCKS, reasons


def test_every_page_ends_with_what_to_read_next(page, article):
    if page.startswith(("losses/", "basics/", "models/")):
        headings = [heading["id"] for heading in article(page).select("h2")]
        assert headings[-1] == "next"


def test_every_heading_has_an_id_of_its_own(page):
    """Written ids survive a rewording and a translation."""
    text = re.sub(r"(?ms)^( *)(`{3,}).*?^\1\2$", "", (ROOT / "docs" / page).read_text("utf-8"))
    for heading in re.findall(r"(?m)^##+ .*$", text):
        assert re.search(r" \{#[a-z0-9-]+\}$", heading), f"{page}: write {heading} {{#an-id}}"


def test_code_fits_the_page(page, article):
    blocks = shown(article(page), PYTHON | DOCTEST | OUTPUT)
    long = [line for block in blocks for line in block.splitlines() if len(line) > 80]
    assert not long, "longer than 80 characters; shorten what ruff format has joined:\n" + "\n".join(long)


SECTION = re.compile(r"--8<-- \[(start|end):([\w-]+)\]")
INCLUDE = re.compile(r'--8<-- "(src/[^":]+):([\w-]+)"')
MODULES = sorted((ROOT / "src" / "dlnotes").rglob("*.py"))


def sections(module, kind):
    return [name for found, name in SECTION.findall(module.read_text("utf-8")) if found == kind]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sections_are_closed_and_unique(module):
    starts = sections(module, "start")
    assert len(starts) == len(set(starts))
    assert sorted(starts) == sorted(sections(module, "end"))


def test_every_section_is_on_a_page():
    pages = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md"))
    defined = {(str(m.relative_to(ROOT).as_posix()), name) for m in MODULES for name in sections(m, "start")}
    assert defined - set(INCLUDE.findall(pages)) == set()
