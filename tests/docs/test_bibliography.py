"""The bibliography: entries in order, each with an id, a year and well-formed numbers, and citations that find them."""

import re
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "bibliography.md"
CITING = sorted({*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")} - {PAGE})

HEADING = re.compile(r"(?m)^## (.+) (\d{4}) \{#([a-z0-9-]+)\}$")
BODY = re.compile(r"(?s)\n\n(?P<authors>[^:*]+): \*(?P<title>[^*]+)\*[.?]?\s(?P<venue>.+?)\.\s")
ARXIV = re.compile(r"\d{2}(0[1-9]|1[0-2])\.\d{4,5}")  # year, month, number
DOI = re.compile(r"10\.\d{4,5}/[\w.()/-]+[\w)]")
ISBN = re.compile(r"(?<![\d-])(?:97[89]-)?\d-[\d-]+-[\dX](?!\d)")
CITATION = re.compile(r"\[([^\]]*)\]\([^)\s]*bibliography\.md#([\w-]+)\)")


class Entry(NamedTuple):
    id: str
    name: str
    year: str
    text: str

    @property
    def authors(self):
        body = BODY.match(self.text)
        assert body is not None, f"{self.name}: write Authors: *Title*. Where, year"
        return " ".join(body["authors"].split()).split(", ")


def read(text):
    headings = list(HEADING.finditer(text))
    assert len(headings) == text.count("\n## "), "a heading is ## Name year {#name-year}"
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        Entry(heading[3], heading[1], heading[2], text[heading.end() : end])
        for heading, end in zip(headings, ends, strict=True)
    ]


def letters(name):
    """The small letters of a name without its accents, by which it is sorted."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(re.findall(r"[a-z]", plain.lower()))


def surname(author):
    return author.split()[-1]


def is_isbn(digits):
    """Whether the last digit of an ISBN is its check digit."""
    values = [10 if digit == "X" else int(digit) for digit in digits if digit != "-"]
    if len(values) == 13:
        return sum(value * (1, 3)[at % 2] for at, value in enumerate(values)) % 10 == 0
    return len(values) == 10 and sum(value * (10 - at) for at, value in enumerate(values)) % 11 == 0


ENTRIES = read(PAGE.read_text("utf-8"))
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)


@each_entry
def test_an_entry_has_authors_a_title_and_a_venue_with_its_year(entry):
    body = BODY.match(entry.text)
    assert body, "write Authors: *Title*. Venue, year, and numbers."
    assert re.search(rf"(?<!\.)\b{entry.year}\b", body["venue"]), f"the heading says {entry.year}"


@each_entry
def test_the_heading_and_the_id_are_made_of_the_surnames_and_the_year(entry):
    names = [surname(author) for author in entry.authors]
    short = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."
    longer = f"{', '.join(names[:2])} et al."  # where the first author has two works of a year
    assert entry.name in (short, longer)
    first = [letters(name) for name in names[: 2 if entry.name == longer else 1]]
    assert entry.id == "-".join([*first, entry.year])


def test_entries_are_in_the_order_of_their_authors_and_years():
    keys = [([letters(surname(author)) for author in entry.authors], entry.year) for entry in ENTRIES]
    assert keys == sorted(keys)
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)


@each_entry
def test_numbers_of_arxiv_and_dois_are_well_formed(entry):
    words = entry.text.split()
    for kind, number in pairwise(words):
        if kind == "arXiv":
            assert ARXIV.fullmatch(number.rstrip(".,")), number
            assert int(number[:2]) + 2000 <= int(entry.year), "it was on arXiv before it appeared"
        if kind == "DOI":
            assert DOI.fullmatch(number.rstrip(".,")), number


@each_entry
def test_the_check_digit_of_an_isbn_is_right(entry):
    assert [number for number in ISBN.findall(entry.text) if not is_isbn(number)] == []


def test_wrong_check_digits_are_noticed():
    found = [number for entry in ENTRIES for number in ISBN.findall(entry.text)]
    assert len(found) == 2  # Springer's DOIs of chapters hold the book's
    for number in found:
        for digit in "0123456789":
            assert is_isbn(number[:-1] + digit) == (digit == number[-1])


def test_citations_lead_to_entries_and_name_their_years():
    known = {entry.id: entry.year for entry in ENTRIES}
    for page in CITING:
        for text, name in CITATION.findall(page.read_text("utf-8")):
            assert name in known, f"{page.name} cites {name}, which has no entry"
            years = re.findall(r"\b[12]\d{3}\b", text)
            assert years in ([], [known[name]]), f"{page.name}: {text} leads to {name}"
