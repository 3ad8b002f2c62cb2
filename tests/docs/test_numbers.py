"""Every number in the prose of a page, a notebook or a top-level file is shown by something tested, or has a source."""

import re
from pathlib import Path

import pytest

from pages.numbers import NUMBER, problems, read_notebook, read_page

ROOT = Path(__file__).parents[2]
BIBLIOGRAPHY = ROOT / "docs" / "reference" / "bibliography.md"  # all its numbers are years and addresses
MARKDOWN = sorted({*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"} - {BIBLIOGRAPHY})
NOTEBOOKS = sorted((ROOT / "docs" / "labs").glob("*.ipynb"))
COMMENT = re.compile(r"(?ms)^ *<!-- numbers: (.+?) -->")
SOURCES = 29
MISSED = 0.1  # of changed digits, since they make another number that the page shows


def lines(path):
    return read_notebook(path) if path.suffix == ".ipynb" else read_page(path, ROOT)


@pytest.mark.parametrize("path", [*MARKDOWN, *NOTEBOOKS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_number_is_shown_by_something_tested(path):
    found = [*problems(lines(path))]
    assert not found, "\n".join(found)


def test_the_number_of_sources_is_pinned():
    texts = ["\n".join(line.prose for line in lines(path)) for path in [*MARKDOWN, *NOTEBOOKS]]
    sources = [" ".join(source.split()) for text in texts for source in COMMENT.findall(text)]
    assert len(sources) == SOURCES, "\n".join(sources)


def test_another_digit_of_a_result_is_noticed():
    """Change the last digit of each number in the prose of the pages on models, and count what passes all the same."""
    noticed = {}
    for name in ("softmax-regression", "mlp", "cnn", "lenet"):
        page = lines(ROOT / "docs" / "models" / f"{name}.md")
        for at, line in enumerate(page):
            for match in NUMBER.finditer(line.prose):
                if len(match[0]) > 2 and "<!--" not in line.prose:
                    last = max(k for k in range(*match.span()) if line.prose[k].isdigit())
                    digit = (int(line.prose[last]) + 1) % 10
                    edited = line._replace(prose=f"{line.prose[:last]}{digit}{line.prose[last + 1 :]}")
                    noticed[line.place, last] = any(problems([*page[:at], edited, *page[at + 1 :]]))
    missed = [place for (place, _), seen in noticed.items() if not seen]
    assert len(missed) <= len(noticed) * MISSED, missed


def test_the_example_of_the_readme_is_on_its_page():
    """The check above leaves out blocks that show how to write a page."""
    (example,) = re.findall(r"(?s)````markdown\n(.*?)````", (ROOT / "README.md").read_text("utf-8"))
    page = (ROOT / "docs" / "losses" / "softmax-cross-entropy.md").read_text("utf-8")
    assert [line for line in example.splitlines() if line not in page] == []
