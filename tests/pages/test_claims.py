"""Claims are found with their phrases, and refused where they say nothing."""

import ast

import pytest

from pages.claims import ClaimError, claims_of_options, find_claims, turned, without_claims

PAGE = """# Title

<!-- claim "never rises": (loss[1:] <= loss[:-1]).all() -->
<!-- claim "ten times
as fast": fast / slow
  > 10 -->
<!-- numbers: 10 is the aim -->
Here the loss never rises. The second way is ten times
as fast, which surprises people.

Another paragraph, in which it never rises.
"""


def test_a_claim_knows_its_phrase_and_its_sentence():
    first, second = find_claims(PAGE, "page.md")
    assert (first.where, first.phrase, first.expression) == (
        "page.md:3",
        "never rises",
        "(loss[1:] <= loss[:-1]).all()",
    )
    assert PAGE[first.start : first.end] == "never rises"
    assert first.sentence == "Here the loss never rises."
    assert (second.where, second.expression) == ("page.md:4", "fast / slow > 10")
    assert PAGE[second.start : second.end] == "ten times\nas fast"
    assert second.sentence == "The second way is ten times as fast, which surprises people."


def test_what_code_shows_is_no_claim():
    shown = '```markdown\n<!-- claim "x" -->\n```\n\nWrite `<!-- claim "x" -->`.\n'
    assert find_claims(shown, "page.md") == []


@pytest.mark.parametrize(
    ("claim", "below", "complaint"),
    [
        ('"smaller": a < b', "It is larger.", "page.md:1: 'smaller' isn't in the paragraph below"),
        ('"small": a < b', "It is smaller.", "'small' isn't in the paragraph below"),
        ('"small": a < b', "It is large.\n\nIt is small.", "'small' isn't in the paragraph below"),
        ('"small": a < b', "It is small, so small.", "'small' is 2 times in the paragraph below"),
        ("small: a < b", "It is small.", "a claim reads <!-- claim"),
        ('"small": a <', "It is small.", "'a <' isn't a Python expression: invalid syntax"),
        ('"small": a.all()', "It is small.", r"'a.all\(\)' compares nothing"),
        ('"small": (c := a) < b', "It is small.", "assigns a name"),
        ('"small": f(a) == f(a)', "It is small.", "has the same on both sides"),
        ('"small": a < b', "", "directly above its paragraph"),
    ],
)
def test_a_claim_that_says_nothing_is_refused(claim, below, complaint):
    with pytest.raises(ClaimError, match=complaint):
        find_claims(f"<!-- claim {claim} -->\n{below}", "page.md")


def test_a_claim_stands_on_a_line_of_its_own():
    with pytest.raises(ClaimError, match="on a line of its own"):
        find_claims('<!-- claim "small": a < b --> It is small.', "page.md")


def test_a_list_a_table_and_a_fold_count_as_paragraphs():
    claim = '    <!-- claim "the second": a < b -->\n'
    table = "    | x |\n    |---|\n    | the second |\n"
    for below in ("    1. one\n    2. the second\n", table, "    > one, the\n    > second\n"):
        (found,) = find_claims(f'??? note "Fold"\n\n{claim}{below}\nMore.', "page.md")
        assert found.paragraph == below


def test_a_phrase_reaches_over_the_comment_of_a_formula():
    below = "So <!-- eq\nv : real\n-->$v > w$ and <!-- eq-given -->$u = 3a$ hold."
    (found,) = find_claims(f'<!-- claim "$v > w$ and $u = 3a$ hold": a < b -->\n{below}\n', "page.md")
    assert found.phrase == "$v > w$ and $u = 3a$ hold"
    with pytest.raises(ClaimError, match="isn't in the paragraph below"):
        find_claims(f'<!-- claim "$v > w$ or": a < b -->\n{below}\n', "page.md")


def test_every_part_is_turned_round():
    (first, opposites), (second, others) = turned(ast.parse("a < b <= c and (x == y).all()", mode="eval"))
    assert ast.unparse(first) == "a < b <= c"
    assert [ast.unparse(opposite) for opposite in opposites] == ["a >= b <= c", "a < b > c"]
    assert ast.unparse(second) == "(x == y).all()"
    assert [ast.unparse(opposite) for opposite in others] == ["(x != y).all()"]


def test_the_words_of_a_labs_figure_have_claims():
    options = 'claim "five lines": len(lines)\n  == 5\nfig-cap: Five lines.\n'
    (claim,) = claims_of_options(options, "A caption\nfive lines that climb", "lab.ipynb, cell 3")
    assert (claim.phrase, claim.expression) == ("five lines", "len(lines) == 5")
    with pytest.raises(ClaimError, match="cell 3:1: 'five lines' isn't in"):
        claims_of_options(options, "A caption\nsix lines that climb", "lab.ipynb, cell 3")


def test_claims_leave_a_page_line_for_line():
    assert without_claims(PAGE).count("\n") == PAGE.count("\n")
    assert "claim" not in without_claims(PAGE)
    assert "numbers" in without_claims(PAGE)
