"""Dollars that are no mathematics are problems of the page, with their line; formulas and code aren't."""

import pytest

from eqtest import read_page, stray_dollars


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
