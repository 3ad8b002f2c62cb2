"""`python -m pagetest` rewrites shown outputs from real runs."""

import pytest

from pagetest import BlockError
from pagetest.__main__ import update


@pytest.fixture
def updated(site, parser):
    """The page after an update, and how many outputs changed."""

    def updated(text):
        page = site / "docs" / "page.md"
        page.write_text(text)
        count = update(page, parser)
        return count, page.read_text()

    return updated


def test_a_wrong_output_is_rewritten_where_it_stands(updated):
    text = '??? info "Title"\n\n    ```python\n    print("a\\nb")\n    ```\n\n    ```text\n    {}\n    ```\n\nEnd.\n'
    assert updated(text.format("old")) == (1, text.format("a\n    b"))


def test_a_missing_output_is_added_and_a_needless_one_removed(updated):
    count, text = updated("```python\nprint(1)\n```\n\nMiddle.\n\n```python\nx = 1\n```\n```text\n2\n```\n\nEnd.\n")
    assert count == 2
    assert text == "```python\nprint(1)\n```\n\n```text\n1\n```\n\nMiddle.\n\n```python\nx = 1\n```\n\nEnd.\n"


def test_right_outputs_keep_the_digits_their_author_chose(updated):
    text = "```python\nprint(0.5514)\n```\n```text\n0.55\n```\n"
    assert updated(text) == (0, text)


def test_sessions_are_rewritten_too(updated):
    text = "```pycon\n>>> 1 + 1\n{}>>> x = 1\n>>> 'a'\n'a'\n```\n"
    assert updated(text.format("3\n")) == (1, text.format("2\n"))
    assert updated(text.format("")) == (1, text.format("2\n"))


def test_an_unexpected_error_leaves_the_page_as_it_was(updated, site):
    text = "```python\nprint(2)\n```\n```text\n1\n```\n```python\n1 / 0\n```\n"
    with pytest.raises(BlockError, match="ZeroDivisionError"):
        updated(text)
    assert (site / "docs" / "page.md").read_text() == text


def test_a_shown_error_is_rewritten(updated):
    text = "```python\nint('x')\n```\n```text\nValueError: {}\n```\n"
    assert updated(text.format("old")) == (1, text.format("invalid literal for int() with base 10: 'x'"))
