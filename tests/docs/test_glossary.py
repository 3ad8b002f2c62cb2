"""The glossary: each entry can be read by itself, as somebody does who has come by the search."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "glossary.md"
ENTRY = re.compile(r'(?m)^(.+) <span lang="zh-Hans">(.+)</span>\n:   (.+(?:\n {4}.+)*)$')
FOUND = ENTRY.findall(PAGE.read_text("utf-8"))
ENTRIES = [(term, chinese, " ".join(meaning.split())) for term, chinese, meaning in FOUND]

# Words that mean something said before, which is another entry if they stand first.
LEANING = r"^(?:that|this|these|those|it|its|them|theirs|the same|the other|also)\b|\bof (?:that name|them|these)\b"


@pytest.mark.parametrize(("term", "meaning"), [(term, meaning) for term, _, meaning in ENTRIES])
def test_an_entry_stands_alone(term, meaning):
    assert not re.search(LEANING, meaning, re.IGNORECASE), f"{term}: {meaning}"
    assert len(re.sub(r"; \[.*", "", meaning).split()) >= 4, f"{term} says too little: {meaning}"


def test_every_term_has_one_entry_in_two_languages():
    terms = [term for names, *_ in ENTRIES for term in names.split(", ")]
    assert len(terms) == len(set(terms))
    assert len(ENTRIES) == PAGE.read_text("utf-8").count("\n:   ") > 90
    assert all(re.search(r"[\u4e00-\u9fff]", chinese) for _, chinese, _ in ENTRIES)
