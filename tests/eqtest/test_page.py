"""Pages: annotations and displays found, definitions, oracles, typos, Sybil."""

import math
from pathlib import Path
from typing import Any

import pytest
from sybil import Document

from eqtest import find_equations, read_page, strip_annotations
from eqtest.mutate import typos
from eqtest.sybil import DisplayParser

PAGE = r"""# Title

<!-- eq-page
x : real       # a comment
-->

```python
"$$ not = a display $$"
```

Text with `$$` in it.

<!-- eq square
q :=
  x
  + 1
-->

$$
q^2 = x^2 + 2x + 1
$$

!!! note

    <!-- eq-define
    c := py cosine(x)
    -->
    $$
    c = \cos x
    $$

<!-- an ordinary comment -->

<!-- eq-skip: a picture, not an equation -->
$$
\bullet \to \bullet
$$

$$ x = x + 0 $$

<!-- eq half -->
$$ \frac{c}{2} = \frac12 \cos x $$
"""


def test_displays_are_found_with_their_annotations() -> None:
    found = [(display.line, display.kind, display.name) for display in find_equations(PAGE)]
    assert found == [
        (3, "eq-page", None),
        (19, "eq", "square"),
        (28, "eq-define", None),
        (35, "eq-skip", None),
        (39, "", None),
        (42, "eq", "half"),
    ]
    assert find_equations(PAGE)[0].declarations == [(4, "x : real")]
    assert find_equations(PAGE)[1].declarations == [(14, "q := x + 1")]


ANNOTATED = """<!-- eq 2nd-law
x : real
-->
{}
x + x
  = {}x
{}
"""
WRITTEN = {
    "dollars": ("$$", "$$", ""),
    "brackets": ("\\[", "\\]", ""),
    "an equation": ("\\begin{equation}", "\\end{equation}", ""),
    "lines to align": ("\\begin{align*}", "\\end{align*}", ""),
    "lines together": ("\\begin{gather}", "\\end{gather}", ""),
    "a quote": ("$$", "$$", "> "),
    "a quote in a quote": ("\\[", "\\]", ">> "),
    "an item of a list": ("$$", "$$", "    "),
    "a quote in an item": ("$$", "$$", "    > "),
    "tabs": ("$$", "$$", "\t"),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["line ends", "line ends of Windows"])
@pytest.mark.parametrize("way", WRITTEN)
def test_a_display_is_read_however_it_is_written(way: str, end: str) -> None:
    opening, closing, indent = WRITTEN[way]
    for factor, status in (("2", "tested"), ("3", "failed")):
        lines = ["- item", "", *ANNOTATED.format(opening, factor, closing).splitlines()]
        text = "\ufeff" + end.join([*lines[:2], *(indent + line for line in lines[2:])]) + end
        (equation,) = read_page(text, "page.md")
        assert (equation.line, equation.name) == (6, "2nd-law")
        result = equation.check()
        assert result.status == status, result.message
        where = equation.tex.index(factor)
        assert text[equation.tex_start + where] == factor
        assert ">" not in equation.tex
        assert result.message[:9] == ("" if status == "tested" else "page.md:7")


def test_a_greater_sign_at_the_start_of_a_line_is_mathematics_but_in_a_quote() -> None:
    text = "{0}<!-- eq a\n{0}x : (1, 2)\n{0}-->\n{0}$$\n{0}x\n{0}> 0\n{0}$$\n"
    results = [read_page(text.format(mark))[0].check() for mark in ("", "> ")]
    assert [result.status for result in results] == ["tested", "tested"]


def test_a_display_on_one_line_and_one_after_words() -> None:
    text = "<!-- eq a -->\\[ 1 + 1 = 2 \\]\n\nWords: <!-- eq b -->$$ 1 + 2 = 3 $$ and \\[1\\].\n"
    assert [(e.name, e.tex, e.inline) for e in find_equations(text)] == [
        ("a", " 1 + 1 = 2 ", False),
        ("b", " 1 + 2 = 3 ", False),
    ]


def test_text_within_a_display_may_hold_a_formula() -> None:
    (equation,) = find_equations("$$ x = 1 \\text{ if $y = 1$ and $z$} $$")
    assert equation.tex == " x = 1 \\text{ if $y = 1$ and $z$} "


def test_a_quote_may_start_where_an_item_does() -> None:
    (equation,) = find_equations("- > $$ 1\n  > = 1 $$")
    assert equation.tex == " 1\n    = 1 "


def test_declarations_for_the_page_annotate_no_display() -> None:
    (equation,) = read_page("<!-- eq-page\nx : real\n-->\n$$ x = x $$")
    assert equation.check().status == "bare"


def test_round_brackets_hold_formulas_within_lines() -> None:
    found = [
        (equation.tex, equation.inline) for equation in find_equations(r"If \(1 + 1 = 2\), not \\(1 = 3\\), \(x\).")
    ]
    assert found == [("1 + 1 = 2", True)]


def test_annotations_in_code_are_shown() -> None:
    text = "Write `<!-- eq a -->` or\n\n    <!-- eq b -->\n\nabove $x$.\n"
    assert strip_annotations(text) == text


def test_dollars_without_a_partner_are_reported() -> None:
    (broken,) = [equation.check().message for equation in read_page("$$\na = b\n\n", "page.md")]
    assert broken == "page.md:1: this $$ has no partner: a display ends with $$, and no line in it is blank"


def test_annotations_are_stripped_line_for_line() -> None:
    stripped = strip_annotations(PAGE)
    assert stripped.count("\n") == PAGE.count("\n")
    assert "eq-" not in stripped
    assert "an ordinary comment" in stripped


INLINE = r"""
<!-- eq-page
x : real
-->

Take the square, <!-- eq square -->$(x + 1)^2 = x^2 + 2x + 1$, and $half$ of it; then
<!-- eq twice
y := 2x
-->
$y = x + x$, as `<!-- eq code -->$x = y$` says. An ordinary <!-- remark -->$formula$.
"""


def test_an_inline_formula_is_tested_where_a_comment_asks_for_it() -> None:
    equations = read_page(INLINE, "page.md")
    assert [(e.line, e.name, e.tex, e.inline) for e in equations] == [
        (6, "square", "(x + 1)^2 = x^2 + 2x + 1", True),
        (10, "twice", "y = x + x", True),
    ]
    assert [equation.check().status for equation in equations] == ["tested", "tested"]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("+ 2x", "- 2x", "page.md:6: equation 'square': step 1 of 1 is false\n    (x + 1)^2 = x^2 - 2x + 1\n"),
        ("+ 2x", "+ 2q", "page.md:6: equation 'square': can't be read: q isn't declared"),
        (" = x^2 + 2x + 1", "", "page.md:6: equation 'square': can't be read: an expression states nothing"),
        ("-->$(x", "--> so $(x", "page.md:6: equation 'square': this eq comment annotates nothing"),
        ("y = x", "y = 1 + x", "page.md:10: equation 'twice': step 1 of 1 is false"),
        ("eq twice", "eq square", "page.md:10: equation 'square': a second equation named 'square'"),
    ],
)
def test_a_mistake_in_an_inline_formula_is_found(right: str, wrong: str, message: str) -> None:
    assert INLINE.count(right) == 1
    failures = [equation.check().message for equation in read_page(INLINE.replace(right, wrong), "page.md")]
    assert any(failure.startswith(message) for failure in failures), failures


def test_the_comment_of_an_inline_formula_leaves_no_gap_in_its_paragraph() -> None:
    paragraph = strip_annotations(INLINE).strip()
    assert paragraph.startswith("Take the square, $(x + 1)^2 = x^2 + 2x + 1$, and $half$ of it; then\n")
    assert "$y = x + x$, as" in paragraph
    assert "\n\n" not in paragraph


def test_every_display_has_a_status() -> None:
    results = [equation.check({"cosine": __import__("math").cos}) for equation in read_page(PAGE, "page.md")]
    assert [result.status for result in results] == ["tested", "tested", "skipped", "bare", "tested"]
    assert results[2].message == "a picture, not an equation"
    assert results[3].message.startswith("page.md:39: this equation: has no annotation: put an `eq` comment above it")
    assert (results[0].checks, results[0].points) == (1, 8)


def test_checks_and_points_are_counted_without_evaluation() -> None:
    text = (Path(__file__).parent / "pages" / "softmax.md").read_text(encoding="utf-8")
    equations = read_page(text)
    planned = [equation.check(evaluate=False) for equation in equations]
    assert all(result.status == "tested" for result in planned)
    (hessian,) = (r for e, r in zip(equations, planned, strict=True) if e.name == "hessian")
    assert (hessian.checks, hessian.points) == (1, 2**2 + 3**2 + 4**2)
    assert next(e.sizes for e in equations if e.name == "hessian") == {"n": (2, 4)}


ORACLE = "<!-- eq a\nx : real[n]\nn : size 3\ni : index n\n{}\n-->\n$$ {} $$"


@pytest.mark.parametrize(
    ("declaration", "tex", "code", "message"),
    [
        ("s := py total(x)", r"s = \sum_i x_i", {"total": sum}, ""),
        ("s := py total(x)", r"s = \sum_i x_i^2", {"total": sum}, "is false"),
        (r"\operatorname{total} := py total", r"\operatorname{total}(x) = \sum_i x_i", {"total": sum}, ""),
        (r"g(a) := py total(a) + 0", r"g(x) = \sum_i x_i", {"total": sum}, ""),
        ("y := py twice(x)", "y_i = 2 x_i", {"twice": lambda x: [2 * v for v in x]}, ""),
        ("s := py total(x)", r"\frac{\partial s}{\partial x_i} = 1", {"total": sum}, "no derivatives or limits of it"),
        ("s := py total(x)", r"s = \sum_i x_i", {"total": lambda x: math.inf}, "not a finite real number"),
    ],
)
def test_oracles(declaration: str, tex: str, code: dict[str, Any], message: str) -> None:
    (equation,) = read_page(ORACLE.format(declaration, tex))
    result = equation.check(code)
    assert message in result.message
    assert result.status == ("failed" if message else "tested")


def test_typos_are_those_that_people_make() -> None:
    made = {" ".join(typo.tex.split()) for typo in typos(r"\frac{a}{b} - \sum_{k=1}^n x_k^2 \le \log H(p, q)")}
    assert made >= {
        r"\frac{b}{a} - \sum_{k=1}^n x_k^2 \le \log H(p, q)",
        r"\frac{a}{b} + \sum_{k=1}^n x_k^2 \le \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=0}^n x_k^2 \le \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^{n - 1} x_k^2 \le \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^n x^2 \le \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^n x_k \le \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^n x_k^3 \le \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^n x_k^2 \ge \log H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^n x_k^2 \le \exp H(p, q)",
        r"\frac{a}{b} - \sum_{k=1}^n x_k^2 \le \log H(q, p)",
        r"\frac{a}{b} \le \log H(p, q)",
    }


def test_sybil_runs_displays_in_the_documents_namespace() -> None:
    text = "<!-- eq a\nx : real\nq := py f(x)\n-->\n$$ q = 2x $$\n\n$$ 1 = 1 $$\n"
    with pytest.raises(AssertionError, match="has no annotation"):
        list(_examples(text, {"f": lambda x: 2 * x}))
    with pytest.raises(AssertionError, match="step 1 of 1 is false"):
        list(_examples(text, {"f": lambda x: 3 * x}))
    assert len(list(_examples(text.replace("$$ 1 = 1 $$", ""), {"f": lambda x: 2 * x}))) == 1


def _examples(text: str, namespace: dict[str, Any]) -> Any:
    document = Document(text, "page.md")
    for region in DisplayParser()(document):
        document.add(region)
    document.namespace.update(namespace)
    for example in document.examples():
        message = region_message(example)
        assert message is None, message
        yield example


def region_message(example: Any) -> str | None:
    return example.region.evaluator(example)
