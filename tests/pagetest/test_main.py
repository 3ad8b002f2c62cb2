"""`python -m pagetest` rewrites shown outputs from real runs."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pages import FenceError, PageError
from pages.blocks import find_blocks
from pages.fences import fenced
from pagetest import BlockError, PageParser
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


def test_an_output_that_holds_a_fence_gets_longer_marks(updated):
    shown = "````text\n```\na\n```\n````\n"
    assert updated('```python\nprint("```\\na\\n```")\n```\n```text\nold\n```\n')[1].endswith(f"\n```\n{shown}")


@pytest.mark.parametrize("printed", [r"\r", r"\x1b[31m", r"\t", r"\f"])
def test_what_no_page_can_show_is_refused(updated, site, printed):
    text = f'```python\nprint("a{printed}b")\n```\n'
    with pytest.raises(FenceError, match=r"page\.md:1: this block prints '.*', which no page can show"):
        updated(text)
    assert (site / "docs" / "page.md").read_text() == text


def test_an_empty_line_in_a_session_is_refused(updated):
    with pytest.raises(FenceError, match=r"page\.md:1: a session can't show an empty line"):
        updated("```pycon\n>>> print('a\\n\\nb')\na\n```\n")


@given(
    prose=st.lists(st.text(st.sampled_from("a \t`~>-\u2028\x85\x0c\x1c\ufeff\xa0é"), max_size=12), max_size=4),
    marks=st.sampled_from(["```", "~~~~", "`````"]),
    indent=st.sampled_from(["", "    ", "> "]),
    shown=st.sampled_from([[], ["old"], ["a", "", "b"]]),
    printed=st.lists(st.text(st.sampled_from("a`~ >\u2028é"), max_size=8), max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_an_update_leaves_all_but_outputs_as_it_is(tmp_path_factory, prose, marks, indent, shown, printed, end):
    def page(output):
        block = [f"{marks}python", f"print({text!r})", marks, *output]
        return end.join([*prose, "", *((indent + line).rstrip() for line in block), "", *prose]).encode()

    text = "\n".join(printed)
    path = tmp_path_factory.getbasetemp() / "page.md"
    path.write_bytes(page(["", "```text", *shown, "```"] if shown else []))
    try:
        find_blocks(path.read_bytes().decode(), "page.md")
    except PageError:
        assume(False)  # of what the prose happens to look like
    update(path, PageParser(path.parent))
    output = fenced("text", text.strip("\n")).split("\n") if text.strip() else []
    assert path.read_bytes() == page([""] * bool(shown or output) + output)
