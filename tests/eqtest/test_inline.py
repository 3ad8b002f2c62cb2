"""Of the formulas within a line, those that state something are tested, and the others aren't."""

import pytest

from eqtest import read_page, strip_annotations
from eqtest.inline import sort_of

EXPRESSIONS = ["x", "x^2", r"\sum_{i=1}^n z_i", r"P(Y = k \mid x)", r"i \in \{1, \dots, n\}", r"\max_{x < 1} f", ""]
SETTINGS = [
    "p = 0.3",
    "x > 0",
    r"s \ne -1",
    "1 = C",
    r"x \to 0",
    r"n \to \infty",
    r"0 < p \le 1",
    r"-1 < \hat{y}_i < 1",
    r"\mathbf{x} = (0, 1, 2)",
    "m, n = 2, 3",
    "(a, b) = (1, 2)",
    r"w'_{ij} = \frac{1}{2}",
    r"\eta = 3 \cdot 10^{-4}",
    r"j = 1, 2, \dots",
    r"\text{loss} = 0",
    r"x = 2\pi",
    r"\operatorname{CE} > 1",
]
STATEMENTS = [
    r"\sigma(0) = 0.5",
    "1 + 1 = 2",
    r"4 \cdot 3 = 12",
    "x = y",
    "a = b = 0",
    "x^2 = 4",
    "|x| < 1",
    r"x = 1/4 = 0.25",
    r"\pi > 3",
    r"\log 2 \approx 0.69",
    r"p \approx 0.3",
    r"f(x) \sim x",
    r"3 \to 5",
    r"k = 1, \dots, C",
    r"0 < p < q < 1",
    r"2x > 0",
    "= 3",
    "x =",
    "x = é",
]


@pytest.mark.parametrize(
    ("tex", "sort"),
    [(tex, "expression") for tex in EXPRESSIONS]
    + [(tex, "setting") for tex in SETTINGS]
    + [(tex, "statement") for tex in STATEMENTS],
)
def test_what_a_formula_does_is_seen_from_its_form(tex: str, sort: str) -> None:
    assert sort_of(tex) == sort


PAGE = r"""# Title of $x + x = 2x$ {#title}

<!-- eq-page
x : real
-->

Let $y = 3$. Then <!-- eq-given -->$u = 3a$, and $(x + 1)^2 =
x^2 + 2x + 1$; `$x = 1$` is code. An <!-- remark -->$x - x = 0$.

| a table | of them |
|---|---|
| $x < 3$ | $x < x + 1$ |

??? note "Folded"

    Of <!-- eq
    y := 2x
    -->$y = x + x$ and
    <!-- eq named -->
    $4 \cdot 3 = 12$.

<!-- eq-define -->$q = x^2$ is used: $q x = x^3$.
"""


def test_formulas_are_read_in_order_wherever_they_stand() -> None:
    found = read_page(PAGE, "page.md")
    assert [(formula.line, formula.check().status, formula.tex) for formula in found] == [
        (1, "failed", "x + x = 2x"),
        (7, "given", "u = 3a"),
        (7, "tested", "(x + 1)^2 =\nx^2 + 2x + 1"),
        (8, "tested", "x - x = 0"),
        (12, "tested", "x < x + 1"),
        (18, "tested", "y = x + x"),
        (20, "tested", r"4 \cdot 3 = 12"),
        (22, "defined", "q = x^2"),
        (22, "tested", "q x = x^3"),
    ]
    assert {formula.name for formula in found} == {None, "named"}
    assert all(formula.inline for formula in found)
    assert "isn't declared" in found[0].check().message


def test_the_comments_leave_no_trace_in_their_lines() -> None:
    page = strip_annotations(PAGE)
    assert "Then $u = 3a$, and" in page
    assert "Of $y = x + x$ and\n    $4" in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("It is $2 + 2 = 5$.", "step 1 of 1 is false\n    2 + 2 = 5\n    left  = 4\n    right = 5\n"),
        ("It is $2x = x + x$.", "x isn't declared"),
        ("It is $x =é$.", "has no meaning in a formula"),
        ("It is $\\log 2 \\approx 0.68$.", "is false"),
        ("It is $= 3$.", "unexpected ="),
    ],
)
def test_what_fails_says_the_three_ways_out(text: str, message: str) -> None:
    [formula] = read_page(text)
    said = formula.check({}).message
    assert message in said
    for way in ("`eq-page`", "`eq` comment right before it", "<!-- eq-given -->$…$", "say it in words"):
        assert way in said


def test_a_bare_setting_is_tested_where_a_comment_asks_for_it() -> None:
    [formula] = read_page("<!-- eq\np := 2 / 4\n-->$p = 0.5$")
    assert formula.check().status == "tested"
    [formula] = read_page("<!-- eq\np := 2 / 4\n-->$p = 0.4$")
    assert formula.check().status == "failed"
