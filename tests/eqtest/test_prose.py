"""Code is what the site shows as code; a dollar elsewhere is mathematics, or a problem of the page, with its line."""

import re
from collections import Counter
from itertools import pairwise

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
    "info", ["python words", "{code-cell} python", "{.python .numbers", "py linenums", "python {a=1}"]
)
def test_any_words_may_follow_the_mark_of_a_fence(info: str) -> None:
    assert [words.strip() for *_, words in fences(f"```{info}\n$$ 1 = 2 $$\n```\n")] == [info]


@pytest.mark.parametrize(
    "text",
    [
        "``` `x` ``` is code\n\n$$ 1 = 2 $$\n\n```python\n```\n",
        "- item\n\n    ```\n  $$ 1 = 2 $$\n\n```python\n```\n",
        "> ```\n\n$$ 1 = 2 $$\n",
        '``` it="`x`" `y`\n\n$$ 1 = 2 $$\n\n```\n',
        "\\`$$ 1 = 2 $$\\`",
        "A ` mark\n\n$$ 1 = 2 $$\n\nand another ` mark",
        "A ` mark $1 = 2$\n- and another `",
        "`code` and $1 = 2$",
        "- item\n\n    words\n\n    $$ 1 = 2 $$",
        "1. item\n    - another\n\n        $$ 1 = 2 $$",
        "!!! note\n\n    $$ 1 = 2 $$",
        '=== "Tab"\n\n    $$ 1 = 2 $$',
        "Term\n:   words\n\n    $$ 1 = 2 $$",
        "[^1]: words\n\n    $$ 1 = 2 $$",
        "words\n    $$ 1 = 2 $$",
        "> - item\n>\n>     $$ 1 = 2 $$",
        "<!-- a -->\n$$ 1 = 2 $$\n<!-- b -->",
        "words <!--\n\n$$ 1 = 2 $$\n\n-->",
    ],
)
def test_a_display_beside_what_is_no_fence_is_found(text: str) -> None:
    assert [equation.tex.strip() for equation in find_equations(text)] == ["1 = 2"]


@pytest.mark.parametrize(
    "text",
    [
        "~~~\n$$ 1 = 2 $$\n~~~",
        "````\n```\n$$ 1 = 2 $$\n```\n````",
        "- item\n\n    ```tex\n    $$ 1 = 2 $$\n    ```",
        "- ```tex\n  $$ 1 = 2 $$\n  ```",
        "> ```\n> $$ 1 = 2 $$\n> ```",
        "\ufeff```\n$$ 1 = 2 $$\n```",
        "```tex\r\n$$ 1 = 2 $$\r\n```\r\n",
        "words\n\n    $$ 1 = 2 $$\n\n    $$ 1 = 3 $$",
        "\t$$ 1 = 2 $$",
        "- item\n\nwords\n\n    $$ 1 = 2 $$",
        "- item\n\n        $$ 1 = 2 $$",
        ">     $$ 1 = 2 $$",
        "words `$1 = 2$ over\ntwo lines` words",
        "<!-- words\n\n$$ 1 = 2 $$\n-->",
        "\\[1\\] is a reference",
        "<!-- ` -->\n\n```\n$$ 1 = 2 $$\n```",
    ],
)
def test_a_display_in_code_or_in_a_comment_is_none(text: str) -> None:
    assert find_equations(text) == []


PLACES = ["", "", "", " ", "    ", "        ", "\t", "> ", "> > ", ">     "]
HOLDERS = ["", "", "", "", "- ", "1. ", ":   ", "[^1]: "]
DISPLAYS = ["$$ a $$\n", "$$\n b\n$$\n", "\\[ c \\]\n", "\\[\nd\n\\]\n", "\\begin{align}\n e\n\\end{align}\n"]
OTHERS = ["", "words", "`code`", "`", "```", "```python", "~~~", "<!--", "-->", "<!-- x -->", "[^1]"]
TITLES = ["!!! note", '=== "tab"', "??? fold", "# heading", ""]


def lines_of(place: str, holder: str, text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([place + holder + first, *(place + " " * len(holder) + line for line in rest)])


BLOCKS = st.builds(lines_of, st.sampled_from(PLACES), st.sampled_from(HOLDERS), st.sampled_from([*DISPLAYS, *OTHERS]))


@given(st.lists(BLOCKS | st.sampled_from(TITLES), max_size=9))
@settings(max_examples=500, deadline=None)
def test_every_display_of_the_site_is_found(blocks: list[str]) -> None:
    """What isn't found isn't tested. So what is code on some sites only counts as text."""
    quotes = [block.lstrip()[:4].count(">") for block in blocks]
    gaps = ["\n" * (1 + (a != b)) for a, b in pairwise([0, *quotes])]
    text = "words\n" + "".join(map(str.__add__, gaps, blocks)) + "\n\n[^1]\n"
    extensions = ["admonition", "def_list", "footnotes", "tables", "pymdownx.details", "pymdownx.superfences"]
    extensions += ["pymdownx.tabbed", "pymdownx.arithmatex"]
    html = Markdown(extensions=extensions).convert(text)
    displayed = re.findall(r'(?s)<script type="math/tex; mode=display">(.*?)</script>', html)
    found = [equation.tex for equation in find_equations(text)]
    letters = [Counter(re.findall(r"\b[a-e]\b", " ".join(each))) for each in (displayed, found)]
    assert letters[0] <= letters[1]
