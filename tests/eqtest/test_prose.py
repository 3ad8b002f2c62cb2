"""Code is what the site shows as code; a dollar elsewhere is mathematics, or a problem of the page, with its line."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown import Markdown

from eqtest import find_equations, read_page, stray_dollars
from eqtest.prose import fences


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It costs $5 and $10.", ["$5", "$10"]),
        ("It costs $5 and $", ["$5", "$"]),
        ("It costs \\$5.", ["\\$5"]),
        ("Rent is $5-$10 an hour.", ["$5-$10"]),
        ("See $HOME/$USER.", ["$HOME/$USER"]),
        ("Between **$5**/**$6**.", ["**$5**/**$6"]),
        ("Between US$5 and US$6.", ["US$5 and US$6"]),
        ("Between 5$-6$.", ["5$-6$"]),
        ("The $n$th class.", ["$n$th"]),
        ("First $5\n\nthen 6$.", ["$5", "6$"]),
        ("| $5 | $6 |", ["$5", "$6"]),
    ],
)
def test_a_dollar_that_is_no_mathematics_is_found(text: str, shown: list[str]) -> None:
    problems = [problem for *_, problem in stray_dollars(text)]
    assert [problem.partition(" isn't mathematics: write USD 5")[0] for problem in problems] == shown


@pytest.mark.parametrize(
    "text",
    [
        "For $x$, $y$-th and ($z$): $a$/$b$, **$c$**.",
        "A formula $a +\n  b$ over two lines.",
        r"Money within: $\text{\$ 5}$.",
        "$$\na\n$$",
        "<!-- eq a\nx : real\n-->$x = x$ holds.",
        "<!-- from $5 to $6 -->",
        "Write `$HOME/$USER`.",
        "```console\n$ echo $HOME\n```",
    ],
)
def test_formulas_comments_and_code_keep_their_dollars(text: str) -> None:
    assert list(stray_dollars(text)) == []


def test_the_page_s_check_names_the_line() -> None:
    equations = read_page("# Title\n\nIt is $x$,\nand costs $5-$10.\n", "page.md")
    (failed,) = [equation.check() for equation in equations]
    assert failed.status == "failed"
    assert failed.message.startswith("page.md:4: $5-$10 isn't mathematics: write USD 5")


def test_a_dollar_within_an_equation_is_the_equation_s_problem() -> None:
    equations = read_page("<!-- eq a\nx : real\n-->\n$x = x$5.\n")
    assert [equation.name for equation in equations] == ["a"]


INDENTS = st.sampled_from(["", " ", "  ", "    ", "\t", "> ", ">", "> > ", ">> ", ">     ", "  > "])
TEXTS = ["", " ", "words", "- item", "$$", "`code`", "``` `x` ``` is code", "``", "~~"]
OPENINGS = ["", "python", " python", "{.python}", " python {#a}", ' python title="a b"', "title='a'", " `x`"]
OPENINGS += [' hl_lines="1-2 4"', ' py linenums="1"', "c++", " title", ' title="a `b`"']
MARKS = ["```", "````", "~~~", "~~~~"]
LINES = st.builds(
    str.__add__,
    INDENTS,
    st.one_of(
        st.sampled_from(TEXTS),
        st.sampled_from(MARKS),
        st.builds(str.__add__, st.sampled_from(MARKS), st.sampled_from(OPENINGS)),
    ),
)


@example(["> ```", ">", "> words", "  words", "> ```"])
@example(["> ```", "     ", "  words", "> ```"])
@given(st.lists(LINES, max_size=12))
@settings(max_examples=500, deadline=None)
def test_a_fence_is_what_superfences_takes_for_one(lines: list[str]) -> None:
    md = Markdown(extensions=["pymdownx.superfences"])
    text = md.preprocessors["normalize_whitespace"].run(lines)
    left = [line for line in md.preprocessors["fenced_code_block"].run(text) if "wzxhzdk" not in line]
    fenced = {number for start, end, _ in fences("\n".join(lines)) for number in range(start, end)}
    assert [line for number, line in enumerate(text) if number not in fenced] == left


@pytest.mark.parametrize(
    "text",
    [
        "``` `x` ``` is code\n\n$$ 1 = 2 $$\n\n```python\n```\n",
        "- item\n\n    ```\n  $$ 1 = 2 $$\n\n```python\n```\n",
        "> ```\n\n$$ 1 = 2 $$\n",
    ],
)
def test_a_display_beside_what_is_no_fence_is_found(text: str) -> None:
    assert [equation.tex for equation in find_equations(text)] == [" 1 = 2 "]
