"""A page's blocks run as shown, and what they print is what the page shows."""

import traceback
from unittest import SkipTest

import pytest
from sybil import Document
from sybil.example import SybilFailure

from pages import FenceError, IncludeError
from pagetest import BlockError, PageParser
from pagetest.equations import page_namespace
from pagetest.parser import FINISHED
from pagetest.versions import drift


def page(*blocks):
    """Blocks as Markdown: `python` ones are given as they are, `text` ones start with `> `."""
    fences = [("text", block[2:]) if block.startswith("> ") else ("python", block) for block in blocks]
    return "\n".join(f"```{language}\n{source}\n```\n" for language, source in fences)


def test_a_page_is_one_namespace(check):
    assert check(page("x = 2", "print(x)", "> 2")) == 2


def test_a_page_starts_empty(check):
    with pytest.raises(BlockError, match="NameError"):
        check(page("print(x)", "> 2"))


def test_a_changed_digit_fails_and_names_the_place(check):
    with pytest.raises(SybilFailure, match=r"(?s)page\.md:1: the output differs:.*-0\.56\n\+0\.5514"):
        check(page("print(0.5514)", "> 0.56"))


def test_output_that_the_page_hides_fails(check):
    with pytest.raises(SybilFailure, match=r"shows no output, but this is printed:\n1"):
        check(page("print(1)"))


def test_output_that_never_comes_fails(check):
    with pytest.raises(SybilFailure, match="nothing is printed"):
        check(page("x = 1", "> 1"))


def test_output_without_a_block_fails(check):
    with pytest.raises(FenceError, match=r"^page\.md:4: a text block is the output of"):
        check("```yaml\na: 1\n```\n```text\n1\n```\n")


def test_an_error_shown_is_an_error_expected(check):
    block = "print('before')\nint('x')"
    assert check(page(block, "> before\nValueError: invalid literal for int() with base 10: 'x'")) == 1
    with pytest.raises(SybilFailure, match="output differs"):
        check(page(block, "> before\nValueError: another message"))


def test_an_error_shown_that_does_not_come_fails(check):
    with pytest.raises(SybilFailure, match="nothing is printed"):
        check(page("x = 1", "> ValueError: no"))


def test_a_warning_is_part_of_the_output(check):
    block = "import warnings\nwarnings.warn('careful', UserWarning)\nprint('done')"
    assert check(page(block, "> UserWarning: careful\ndone")) == 1
    with pytest.raises(SybilFailure, match=r"\+UserWarning: careful"):
        check(page(block, "> done"))


def frames(error):
    return [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__cause__.__traceback__)]


def test_a_failure_in_hand_written_code_names_its_line(check):
    with pytest.raises(BlockError, match="ZeroDivisionError") as raised:
        check("Text.\n\n- item\n\n    ```python\n    x = 1\n    x / 0\n    ```\n")
    assert frames(raised.value)[-1] == ("page.md", 7)


def test_a_failure_in_included_code_names_the_line_of_its_file(check, site):
    with pytest.raises(BlockError, match="ZeroDivisionError") as raised:
        check(page('--8<-- "module.py:broken"'))
    assert frames(raised.value)[-1] == (str(site / "module.py"), 12)


def test_markers_inside_a_section_do_not_shift_its_lines(check, site):
    with pytest.raises(BlockError, match="TypeError") as raised:
        check(page('--8<-- "module.py:square"', "square('x')"))
    assert frames(raised.value)[-2:] == [("page.md", 6), (str(site / "module.py"), 6)]


def test_a_fence_that_swallows_the_next_one_names_the_line(check):
    with pytest.raises(BlockError, match="SyntaxError") as raised:
        check("```python\nprint(1)\n\n```text\n1\n```\n")
    error = raised.value.__cause__
    assert isinstance(error, SyntaxError)
    assert (error.filename, error.lineno) == ("page.md", 4)


def test_an_include_is_run_as_shown(check):
    assert check(page('--8<-- "module.py:square"', "print(square(3))", "> 9")) == 2


@pytest.mark.parametrize(
    ("include", "message"),
    [
        (
            '--8<-- "module.py:cube"',
            r"^page\.md:1: module\.py has no section 'cube'\. It has body, broken, empty, s",
        ),
        ('--8<-- "modul.py:square"', r"^page\.md:1: there is no file modul\.py"),
        ('--8<-- "module.py:empty"', r"^page\.md:1: module\.py has nothing in its section 'empty'"),
        ('--8<-- "module.py:3:5"', r"^page\.md:1: a block is either hand-written or exactly one include"),
        ('--8<-- "module.py"', r"^page\.md:1: a block is either hand-written or exactly one include"),
        ('--8<-- "module.py:square"\nx = 1', r"^page\.md:1: a block is either hand-written or exactly one include"),
    ],
)
def test_a_bad_include_fails_its_own_block_only(check, include, message):
    with pytest.raises(IncludeError, match=message):
        check(page(include))
    with pytest.raises(BlockError, match="ZeroDivisionError"):
        check(page("1 / 0", include))


def test_what_stands_below_a_block_that_fails_is_not_run(parser):
    document = Document(page("x = y", "print(x)", "> 1", "1 / 0"), "page.md")
    for region in parser(document):
        document.add(region)
    first, *rest = document
    with pytest.raises(BlockError, match=r"^page\.md:1: this block fails\nTraceback.*\n.*line 2.*\n(?s:.*)NameError"):
        first.evaluate()
    for example in rest:
        with pytest.raises(SkipTest, match=r"^an earlier block of the page fails: page\.md:1$"):
            example.evaluate()


def test_what_stands_below_a_wrong_output_is_run(parser):
    document = Document(page("x = 1\nprint(x)", "> 2", "print(x)", "> 1"), "page.md")
    for region in parser(document):
        document.add(region)
    wrong, right = document
    with pytest.raises(SybilFailure, match="the output differs"):
        wrong.evaluate()
    right.evaluate()


def test_a_skip_is_reported_with_its_reason(check):
    with pytest.raises(SkipTest, match="needs two GPUs"):
        check('```python title="Not tested: needs two GPUs"\n1 / 0\n```\n')


def test_prompts_are_checked_one_by_one(check):
    session = "```pycon\n>>> x = 2\n>>> x + 1\n3\n>>> [][0]\nTraceback (most recent call last):\n    ...\n{}\n```\n"
    assert check(session.format("IndexError: list index out of range")) == 1
    with pytest.raises(SybilFailure, match=r"page\.md:5: the output differs"):
        check(session.format("IndexError: other"))


def test_a_prompt_that_raises_names_its_line_even_when_indented(check):
    with pytest.raises(BlockError, match="ZeroDivisionError") as raised:
        check("- item\n\n    ```pycon\n    >>> x = 1\n    >>> x / 0\n    ```\n")
    assert frames(raised.value)[-1] == ("page.md", 5)


def test_what_fails_with_another_version_says_so(site):
    parser = PageParser(site, "written for torch 2")
    document = Document(page("print(1)", "> 2", "1 / 0"), "page.md")
    for region in parser(document):
        document.add(region)
    different, broken = document
    with pytest.raises(SybilFailure, match=r"(?s)the output differs.*written for torch 2"):
        different.evaluate()
    with pytest.raises(BlockError, match="ZeroDivisionError") as caught:
        broken.evaluate()
    assert caught.value.__notes__ == ["written for torch 2"]


def test_versions_that_are_not_pinned():
    pins = "numpy==2.4.6 ; python_full_version < '3.12'\nnumpy==2.5.5 ; python_full_version >= '3.12'\ntorch==2.15.0\n"
    assert drift(pins, {"numpy": "2.5.5", "torch": "2.15.0+cu132"}) == ""
    assert "for numpy 2.4.6 or 2.5.5; this is 2.6.0" in drift(pins, {"numpy": "2.6.0"})


def test_what_a_page_that_ran_has_left_is_kept(site, parser):
    path = site / "docs" / "page.md"
    document = Document(page("x = []", "x.append(1)"), str(path))
    for region in parser(document):
        document.add(region)
    first, last = document
    first.evaluate()
    assert str(path) not in FINISHED
    last.evaluate()
    assert page_namespace(path)["x"] == [1]  # there is no such file, so nothing has run again
