"""A block's output is the text block right below it, whatever both stand in."""

import textwrap

import pytest

from pages import FenceError
from pages.blocks import find_blocks, prompts

PAGE = "```python\nprint(1)\n```\n\n```text\n1\n```\n"


@pytest.mark.parametrize("indent", ["", "    ", "> "])
def test_an_output_belongs_to_the_block_above_it(indent):
    (block,) = find_blocks(textwrap.indent(PAGE, indent, lambda line: True), "page.md")
    assert block.output
    assert (block.output.text, block.output.first, block.output.last) == ("1\n", 5, 6)


def test_words_between_part_a_block_from_an_output():
    with pytest.raises(FenceError, match=r"^page\.md:7: a text block is the output of the Python block right above"):
        find_blocks(PAGE.replace("```\n\n", "```\n\nWords.\n\n"), "page.md")


def test_a_session_shows_its_own_outputs():
    session = "```pycon\n>>> x = 1\n>>> x\n1\n```\n"
    (block,) = find_blocks(f"Words.\n\n{session}", "page.md")
    assert [(prompt.source, prompt.line, prompt.output.text) for prompt in prompts(block.fence)] == [
        ("x = 1\n", 4, ""),
        ("x\n", 5, "1\n"),
    ]
    with pytest.raises(FenceError, match=r"^page\.md:6: a doctest shows its own output"):
        find_blocks(f"{session}```text\n1\n```\n", "page.md")
