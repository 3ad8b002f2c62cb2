"""The page on notation says of each letter what the pages that declare it say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "reference" / "notation.md"
TAUGHT = [path for folder in ("basics", "losses", "models") for path in sorted((DOCS / folder).glob("*.md"))]

ROW = re.compile(r"(?m)^\| (\$[^|]+\$) \| (.+) \|$")
LETTER = re.compile(r"\\(?:var)?[a-z]+(?![a-z{])|(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
NOT_PROSE = re.compile(r"(?ms)^ *```.*?^ *```|<!--.*?-->|`[^`\n]*`")
DECLARED = re.compile(r"(?m)^([A-Za-z\\][^:\n]*?) : (\w+)")

# What the notation must say of a letter that a page declares to be of this kind.
KINDS = {
    "index": r"\bind(?:ex|ices)\b|\bclass\b",
    "size": r"\bnumber of\b",
    "kronecker": r"Kronecker",
}


def letters(formulas):
    """The letters of formulas, such as `x`; names of several letters have none."""
    commands = r"\\(?:operatorname|text|begin|end)\{[^}]*\}|\\(?:mathbf|hat|ell|top|dots)\b"
    return set(LETTER.findall(re.sub(commands, " ", formulas)))


def read():
    """For each letter of the first table what it is, and for each letter and page of the second."""
    everywhere: dict[str, str] = {}
    on_page: dict[tuple[str, str], str] = {}
    general, _, changing = PAGE.read_text("utf-8").partition("{#exceptions}")
    for symbols, rest in ROW.findall(general):
        everywhere |= {letter: rest.split(" | ")[0] for letter in letters(symbols)}
    for symbols, rest in ROW.findall(changing.partition("\n## ")[0]):
        pages, meaning = rest.split(" | ")
        for page in re.findall(r"\]\(\.\./([\w/-]+\.md)\)", pages):
            for letter in letters(symbols):
                assert (letter, page) not in on_page, f"{letter} has two rows for {page}"
                on_page[letter, page] = meaning
    return everywhere, on_page


EVERYWHERE, ON_PAGE = read()


def formulas(path):
    return " ".join(a or b for a, b in FORMULA.findall(NOT_PROSE.sub("", path.read_text("utf-8"))))


def declared(path):
    """The letters that the page's equations share, and their kinds."""
    for content in re.findall(r"(?s)<!-- eq-page\n(.*?)-->", path.read_text("utf-8")):
        for names, kind in DECLARED.findall(content):
            for letter in letters(names):
                yield letter, kind


@pytest.mark.parametrize("path", TAUGHT, ids=lambda path: path.stem)
def test_every_letter_that_a_page_declares_is_in_a_table_and_of_its_kind(path):
    name, shown = path.relative_to(DOCS).as_posix(), letters(formulas(path))
    for letter, kind in declared(path):
        if letter in shown:  # others only help a test
            meaning = ON_PAGE.get((letter, name)) or EVERYWHERE.get(letter)
            assert meaning, f"{name} uses {letter}; add it to the tables of {PAGE.name}"
            assert re.search(KINDS.get(kind, ""), meaning), f"{letter} on {name} is of kind {kind}, not: {meaning}"


@pytest.mark.parametrize(("letter", "name"), sorted(ON_PAGE))
def test_a_letter_that_changes_is_on_that_page(letter, name):
    assert letter in letters(formulas(DOCS / name))


def test_the_tables_are_read():
    assert {"C", "\\eta", "z", "\\varepsilon"} <= EVERYWHERE.keys()
    assert "size of the input" in ON_PAGE["i", "models/convolution-arithmetic.md"]
    assert sum(1 for path in TAUGHT for _ in declared(path)) > 50
