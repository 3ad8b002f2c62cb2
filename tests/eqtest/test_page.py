"""Pages: annotations and displays found, definitions, oracles, the command line, the mutation tool, Sybil."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from sybil import Document

from eqtest import __main__ as command
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- eq-skip -->\n$$ x $$", "eq-skip needs a reason"),
        ("<!-- eq a -->\n\nwords\n\n$$ x = 1 $$", "annotates nothing"),
        ("<!-- eq a -->\n", "annotates nothing"),
        ("<!-- eq x : real -->\n$$ x = 1 $$", "'x : real' isn't a name"),
        ("<!-- eq a -->\n$$ 1 + 1 = 2 $$\n<!-- eq a -->\n$$ 1 + 2 = 3 $$", "a second equation named 'a'"),
        ("<!-- eq-page\nx : rael\n-->", "can't read the declaration `x : rael`"),
        ("<!-- eq-define\nx : real\n-->\n$$ q = x^2 $$", "nothing on the page tests the definition of q"),
        ("<!-- eq-define\nx : real\n-->\n$$ x^2 < 3 $$", "a definition reads: symbol = value"),
        ("<!-- eq a\nx : pos\ntight 2 within 0.1: x := 1\n-->\n$$ x > 0 $$", "`tight 2`, but there are 1 relations"),
        ("<!-- eq a\nx : pos\ntight 0 within 0.1: x := 1\n-->\n$$ x > 0 $$", "`tight 0`, but there are 1 relations"),
        ("<!-- eq-page\nx : pos\ntight 1 within 0.1: x := 1\n-->\n", "`tight` is about one display"),
    ],
)
def test_mistakes_in_annotations_fail(text: str, message: str) -> None:
    messages = [equation.check({}).message for equation in read_page(text)]
    assert any(message in found for found in messages), messages


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
        ("s := py missing(x)", r"s = \sum_i x_i", {}, "NameError: name 'missing' is not defined"),
        ("s := py total(x)", r"s = \sum_i x_i", {"total": lambda x: "no"}, "the Python value is a str"),
        ("s := py total(x)", r"s = \sum_i x_i", {"total": lambda x: math.inf}, "not a finite real number"),
        ("s := py total(x)", r"s = \sum_i x_i", {"total": lambda x: [[1.0], [1.0, 2.0]]}, "shapes don't match"),
    ],
)
def test_oracles(declaration: str, tex: str, code: dict[str, Any], message: str) -> None:
    (equation,) = read_page(ORACLE.format(declaration, tex))
    result = equation.check(code)
    assert message in result.message
    assert result.status == ("failed" if message else "tested")


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return str(path)


HOOKS = """
def page_namespace(path):
    return {"f": lambda x: 2 * x}
"""


def test_the_command_refuses_what_is_no_file(tmp_path, capsys):
    for name in (str(tmp_path), str(tmp_path / "missing.md")):
        with pytest.raises(SystemExit):
            command.main([name])
        assert f"{name} is not a file; name Markdown files" in capsys.readouterr().err


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    good = "<!-- eq a\nx : real\nq := py f(x)\n-->\n$$ q = 2x $$\n"
    (tmp_path / "pyproject.toml").write_text('[tool.eqtest]\nhooks = "eqtest_page_hooks"\n', encoding="utf-8")
    (tmp_path / "eqtest_page_hooks.py").write_text(HOOKS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert command.main(["-v", "--seeds", "3", write(tmp_path, good)]) == 0
    out = capsys.readouterr().out
    assert "equation 'a': tested, 1 relation, 8 points" in out
    assert re.search(r"^1 tested in ", out, re.MULTILINE)
    assert command.main([write(tmp_path, good.replace("2x", "3x"))]) == 1
    assert "page.md:5: equation 'a': step 1 of 1 is false\n    q = 3x\n    left  = " in capsys.readouterr().out
    assert command.main([write(tmp_path, "$$ 1 = 1 $$")]) == 1
    assert "1 bare in" in capsys.readouterr().out


def test_the_formulas_within_lines_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "$x$, $p = 1$, $1 + 1 = 2$, $x = y$, <!-- eq-given -->$a = b$, `$x = y$`.\n\n<!-- eq a -->\n$$ 1 = 1^2 $$\n"
    assert command.main(["count", write(tmp_path, text)]) == 0
    of_page, of_all = (line.partition(": ")[2] for line in capsys.readouterr().out.splitlines())
    assert of_page == of_all == "5 formulas, 3 statements, 1 tested, 1 given, 1 failed, 1 settings"


def test_code_is_needed_only_where_an_equation_asks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main([write(tmp_path, "<!-- eq a\nx : real\n-->\n$$ x + x = 2x $$\n")]) == 0


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


def test_mutation_lists_survivors_and_equivalents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weak = "<!-- eq a\nx : pos\n-->\n$$ x^2 \\ge 0 $$\n"
    assert command.main(["mutate", write(tmp_path, weak)]) == 1
    assert "^2 to nothing: survived\n    x \\ge 0" in capsys.readouterr().out
    strong = "<!-- eq a\nk : int 1..9\nf(a) := (-1)^{a}\n-->\n$$ (-1)^{k+1} = -f(k) $$\n"
    assert command.main(["mutate", write(tmp_path, strong)]) == 0
    assert "+ to -: equivalent\n    (-1)^{k-1} = -f(k)" in capsys.readouterr().out


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
