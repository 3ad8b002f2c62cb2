"""The page of common mistakes: every entry is complete, and the index names the messages that entries show."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from pages.blocks import find_blocks
from pagetest import PageParser

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "mistakes.md"

COVERAGE = tomllib.loads((ROOT / "tests" / "docs" / "coverage.toml").read_text("utf-8"))
IDS = [address.partition("#")[2] for addresses in COVERAGE["mistakes"].values() for address in addresses]

HEADING = re.compile(r"(?m)^(##+) .+ \{#([\w-]+)\}$")
ERROR = re.compile(r"(?m)^(\w*(?:Error|Warning|Exception)): (.+)$")
ROW = re.compile(r"(?m)^\| `(.+?)`[^|]* \| `(\w+)` \| (.+) \|$")  # a remark may stand behind the message
MISTAKE, RIGHT = "The mistake", "The right way"


def sections(depth):
    """The page's parts under the headings of this depth: their ids, texts and Python blocks."""
    text = PAGE.read_text("utf-8")
    blocks = find_blocks(text, str(PAGE))
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {
        heading[2]: (
            text[heading.end() : end],
            [block for block in blocks if heading.end() < block.fence.start < end],
        )
        for heading, end in zip(headings, ends, strict=True)
        if heading[1] == "#" * depth
    }


ENTRIES = sections(3)
ROWS = ROW.findall(sections(2)["errors"][0])
INDEX = [(message, kind, name) for message, kind, links in ROWS for name in re.findall(r"\]\(#([\w-]+)\)", links)]


def outputs(name, title=None):
    _, blocks = ENTRIES[name]
    return [block.output.text for block in blocks if block.output and title in (None, block.fence.title)]


def errors(text):
    return ERROR.findall(text)


def begins(text, message):
    """Whether an error's text begins with this message, perhaps after the operation's name; … stands for anything."""
    return re.match(r"(\w+: )?" + re.escape(message).replace("…", ".+?"), text) is not None


@pytest.mark.parametrize("name", IDS)
def test_every_mistake_has_its_entry(name):
    assert name in ENTRIES


def test_no_entry_is_missing_from_the_list():
    assert set(ENTRIES) <= set(IDS)
    assert len(IDS) == len(set(IDS)) == 72


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_all_its_parts(name):
    text, blocks = ENTRIES[name]
    assert len(re.findall(r"(?m)^\*The belief:\* \S", text)) == 1
    titles = [block.fence.title for block in blocks]
    assert [title for title in titles if title in (MISTAKE, RIGHT)] == [MISTAKE, RIGHT], titles
    assert re.search(r"(?m)^.*\]\((?!mistakes\.md)[\w./-]+\.md#[\w-]+\)", text), "a link to the page that teaches it"


@pytest.mark.parametrize("name", ENTRIES)
def test_each_half_of_an_entry_can_fail(name):
    _, blocks = ENTRIES[name]
    for block in blocks:
        compared = block.output is not None and block.output.text.strip()
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(block.fence.source)))
        assert compared or asserts, f"{block.fence.where}: shows no output and asserts nothing"


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_runs_alone_after_the_imports(name):
    first = PAGE.read_text("utf-8").index("\n## ")
    parser = PageParser(ROOT)
    head = [block for block in find_blocks(PAGE.read_text("utf-8"), str(PAGE)) if block.fence.start < first]
    namespace: dict[str, object] = {}
    for block in head + ENTRIES[name][1]:
        list(parser.results(block, namespace))


@pytest.mark.parametrize(("message", "kind", "name"), INDEX)
def test_the_index_quotes_its_entry(message, kind, name):
    shown = [found for output in outputs(name) for found in errors(output)]
    assert any(kind == found and begins(text, message) for found, text in shown), shown


@pytest.mark.parametrize("name", ENTRIES)
def test_every_error_of_a_mistake_is_in_the_index(name):
    for output in outputs(name, MISTAKE):
        for kind, text in errors(output):
            listed = [message for message, *rest in INDEX if rest == [kind, name]]
            assert any(begins(text, message) for message in listed), f"add `{text}` to the index"


def test_every_row_of_the_index_is_read():
    text, _ = sections(2)["errors"]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert rows
    assert len(rows) == len(ROWS)
    assert all("](#" in links for *_, links in ROWS)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_link_to_what_teaches_it_is_named_as_the_section_there(name):
    """Who writes the name sees where the link leads."""
    text, _ = ENTRIES[name]
    (line,) = re.findall(r"(?m)^\[.*\]\(\.\./\S+\)$", text)
    for named, page, section in re.findall(r"\[(.+?)\]\(\.\./(\S+?\.md)#([\w-]+)\)", line):
        (heading,) = re.findall(rf"(?m)^#+ (.+) \{{#{section}\}}$", (ROOT / "docs" / page).read_text("utf-8"))
        assert named == heading


@pytest.mark.parametrize("name", ENTRIES)
def test_the_page_that_teaches_it_links_back(name):
    text, _ = ENTRIES[name]
    taught = re.findall(r"\]\(\.\./(\S+?\.md)", text)
    assert any(f"mistakes.md#{name})" in (ROOT / "docs" / page).read_text("utf-8") for page in taught), taught
