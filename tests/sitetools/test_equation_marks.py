"""Marks at equations: annotations leave the page, what was checked appears."""

import json

import pytest
from bs4 import BeautifulSoup
from markdown import Markdown

from sitetools import places
from sitetools.equation_marks import EquationError, digest

PAGE = r"""
<!-- eq-page
n : size 2..3
x : real[n]
-->

<!-- eq square -->
$$
\sum_{i=1}^n x_i^2 = x^\top x
$$

<!-- eq-skip: a matter of taste -->
$$
x \sim y
$$

- item

    <!-- eq in-a-list -->
    $$
    x = x^\top
    $$

```markdown
<!-- eq shown -->
$$
a = b
$$
```
"""


def convert(text, report=""):
    extensions = ["admonition", "footnotes", "pymdownx.superfences", "pymdownx.details"]
    extensions += ["sitetools.equation_marks", "sitetools.katex"]
    options = {"sitetools.equation_marks": {"report": report}}
    return BeautifulSoup(Markdown(extensions=extensions, extension_configs=options).convert(text), "html.parser")


def said(page, name):
    """What the mark of an equation says before its links."""
    return page.select_one(f"#eq-{name} details p").get_text().partition(" What this means")[0]


def test_a_mark_says_what_is_checked():
    box = convert(PAGE).select_one("#eq-square")
    assert box.select_one(".katex-display") is not None
    assert box.select_one("summary")["aria-label"] == "tested"
    sentence = "Checked numerically to 20 digits, not proved: 1 relation, 8 points, n from 2 to 3."
    assert said(convert(PAGE), "square") == sentence
    assert [link["href"] for link in box.select("a")] == ["/reference/equations.md#tested", "#eq-square"]


VERDICTS = {
    "": "Checked numerically to 20 digits, not proved: 1 relation, 8 points, n from 2 to 3.",
    "sizes": "Proved by computer algebra for n from 2 to 3; checked numerically too: 1 relation, 8 points.",
    "general": (
        "Proved by computer algebra, for every n from 2 on; "
        "checked numerically too: 1 relation, 8 points, n from 2 to 3."
    ),
    "exact": "Computed exactly, with rational numbers: 1 relation, 8 points, n from 2 to 3.",
}


@pytest.fixture
def report(tmp_path):
    """A record of a page's verdicts."""

    def report(text, **verdicts):
        file = tmp_path / "report.json"
        pages = {"other.md": {"formulas": "0" * 16, "verdicts": {}}}
        pages["page.md"] = {"formulas": digest(text), "verdicts": verdicts}
        file.write_text(json.dumps(pages), "utf-8")
        return str(file)

    return report


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_mark_says_what_is_recorded(report, verdict):
    assert said(convert(PAGE, report(PAGE, square=verdict)), "square") == VERDICTS[verdict]


def test_a_record_of_other_formulas_says_nothing(report):
    """A proof can't go on standing at an equation that was changed since."""
    record = report(PAGE, square="sizes")
    for old, new in {"x^\\top x": "x^\\top x + 0", "x : real[n]": "x : pos[n]"}.items():
        assert said(convert(PAGE.replace(old, new, 1), record), "square") == VERDICTS[""]
    assert said(convert(f"Words.\n{PAGE}", record), "square") == VERDICTS["sizes"]


OTHERS = r"""
<!-- eq-page
m : size 3
k : size 0..4
x, c : real
-->

<!-- eq every -->
$$
\sum_{j=1}^{k} \sum_{i=1}^{m} 1 = k m
$$

<!-- eq none -->
$$
x + x = 2x
$$

<!-- eq code
y := py 2 * x
-->
$$
y = x + x
$$

<!-- eq bound
tight 1 within 0.1: x := 0
-->
$$
x^2 \ge 0
$$

<!-- eq-define twice -->
$$
d = 2x
$$

It is $d - x = x$.

<!-- eq-define half -->
$$
h = \frac{d}{4}
$$

<!-- eq half-again -->
$$
2h = x
$$
"""


@pytest.mark.parametrize(
    ("name", "verdict", "sentence"),
    [
        ("every", "general", "Proved by computer algebra, for every k and every m from 3 on; checked"),
        ("every", "sizes", "Proved by computer algebra for k from 0 to 4, m = 3; checked"),
        ("none", "general", "Proved by computer algebra; checked numerically too: 1 relation, 8 points."),
        ("code", "", "Compared with code to 9 digits: 1 relation, 8 points."),
        ("code", "exact", "Compared with code, exactly: 1 relation, 8 points."),
        ("bound", "", "Checked numerically, not proved: 1 relation, 24 points."),
        ("twice", "", "A definition, checked where it is used: in half again and 1 more."),
        ("half", "", "A definition, checked where it is used: in half again."),
    ],
)
def test_a_mark_says_how_an_equation_is_checked(report, name, verdict, sentence):
    assert said(convert(OTHERS, report(OTHERS, **{name: verdict})), name).startswith(sentence)


def test_a_definition_links_to_what_uses_it():
    links = convert(OTHERS).select("#eq-twice details a")
    assert [link["href"] for link in links] == ["#eq-half-again", "/reference/equations.md#tested", "#eq-twice"]


def test_a_definition_names_some_of_many_uses():
    uses = "".join(f"\n<!-- eq use-{k} -->\n$$\n{k} d = {2 * k} x\n$$\n" for k in range(2, 8))
    assert "in half again, use 2, use 3, use 4 and 4 more." in said(convert(OTHERS + uses), "twice")


def test_a_definition_may_be_used_within_lines_alone():
    text = "<!-- eq-define twice\nx : real\n-->\n$$\nd = 2x\n$$\n\nSo $d - x = x$"
    assert said(convert(f"{text}.\n"), "twice").endswith("is used: in a formula in the text.")
    assert said(convert(f"{text}, or $d - 2x = 0$.\n"), "twice").endswith("is used: in 2 formulas in the text.")


def test_a_skipped_equation_shows_its_reason():
    [mark] = [mark for mark in convert(PAGE).select("details") if mark.summary["aria-label"] == "not tested"]
    assert "Not tested: a matter of taste." in mark.get_text()


def test_annotations_are_taken_out_except_in_code():
    page = convert(PAGE)
    assert "<!-- eq shown -->" in page.select_one("pre").get_text()
    page.select_one(".highlight").decompose()
    assert "<!--" not in str(page)
    assert "eq-page" not in str(page)


def test_an_equation_in_a_list_is_marked():
    assert convert(PAGE).select_one("li #eq-in-a-list") is not None


def test_a_bare_equation_has_no_mark():
    page = convert("$$\na = b\n$$\n")
    assert page.select_one(".katex-display") is not None
    assert page.select_one("details") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Text\n$$\na = b\n$$\n\n$$\nc = d\n$$\n", "The tests read what the page doesn't display: a = b. Write each"),
        ("<div>\n\n$$ a = b $$\n\n</div>\n\n$$ c = d $$\n", "The tests read what the page doesn't display: a = b"),
        ("$$ a $$\n$$ b $$\n", r"The page displays what the tests don't read: a \$\$ \$\$ b"),
    ],
)
def test_a_display_that_markdown_and_the_tests_see_differently_is_refused(text, problem):
    with pytest.raises(EquationError, match=problem):
        convert(text)


EVERYWHERE = r"""
> A quote.
>
> <!-- eq quoted
> x : real
> -->
> $$
> x + x
> = 2x
> $$

1. an item

    > <!-- eq deep
    > x : real
    > -->
    > \[ x + x = 2x \]

!!! note

    <!-- eq noted
    x : real
    -->
    \begin{align}
    x + x &= 2x \\
    x - x &= 0
    \end{align}

Text[^1], and \(1 + 1 = 2\).

[^1]: Words.

    <!-- eq footnote
    -->
    $$ 2 + 2 = 4 $$

<!-- eq 2nd -->
$$ 3 + 3 = 6 $$
"""


def test_displays_are_marked_wherever_they_stand():
    page = convert(EVERYWHERE)
    boxes = page.select("div.equation")
    assert [box["id"] for box in boxes] == ["eq-quoted", "eq-deep", "eq-noted", "eq-2nd", "eq-footnote"]
    assert [box.select_one("annotation").get_text() for box in boxes][3:] == ["3 + 3 = 6", "2 + 2 = 4"]
    assert [box.select_one("summary").get_text() for box in boxes] == ["✓"] * 5
    assert [
        len(page.select(f"{outer} div.equation")) for outer in ("blockquote", "li > blockquote", ".admonition")
    ] == [2, 1, 1]
    assert len(page.select("p .katex")) == 1


def test_a_dollar_that_is_no_mathematics_is_refused_with_its_place(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("# Page\n\nIt costs $5-$10.\n", "utf-8")
    monkeypatch.setattr(places, "ROOT", tmp_path)
    with pytest.raises(EquationError, match=r"^docs/page\.md:3: \$5-\$10 isn't mathematics: write USD 5"):
        convert("It costs $5-$10.\n")
    assert convert("`$5-$10`, and\n\n```text\n$5-$10\n```\n").select_one(".katex") is None


def test_a_tested_inline_formula_stays_in_its_line():
    page = convert("Of $r$:\n<!-- eq twice\nr : real\n-->\n$r + r = 2r$, always.\n\n$$\na = b\n$$\n")
    assert "<!--" not in str(page)
    assert page.p.get_text().endswith(", always.")
    assert len(page.p.select(".katex")) == 2
    assert page.select_one("details") is None


def test_a_wrong_inline_formula_is_left_to_the_tests():
    """Nothing on the page says that it is tested."""
    page = convert("It is $x = y$; <!-- eq-given -->$x = z$, <!-- eq-given -->$z$ and <!-- eq -->$x = w$.\n")
    assert len(page.select(".katex")) == 4
    assert "<!--" not in str(page)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("x^\\top x", "x^\\top (x", "equation 'square': can't be read"),
        ("x^\\top x", "x^\\top w", "w isn't declared"),
        ("n : size 2..3", "n : sise 2..3", "can't read the declaration `n : sise 2..3`"),
    ],
)
def test_what_cannot_be_tested_gets_no_mark_but_ends_the_build(old, new, message):
    """A mark that says "0 relations" would look like a test."""
    with pytest.raises(EquationError, match=message):
        convert(PAGE.replace(old, new))
