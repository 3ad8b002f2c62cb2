"""Hostile pages: an answer within seconds, an error with its place, never a traceback, never a hang."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from eqtest import Result, find_equations, read_page, stray_dollars, strip_annotations
from eqtest.inline import sort_of
from eqtest.mutate import typos
from eqtest.tex import EqError, tokenize

SECONDS = 20  # of processor time: twice what a formula may take
PAGES = sorted((Path(__file__).parent / "pages").glob("*.md"))
N = 2000


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """End a test that hangs; `pytest.fail` raises what no `except Exception` catches."""

    def ring(_: int, frame: FrameType | None) -> None:
        pytest.fail(f"takes longer than {SECONDS} s")

    signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)


def check(tex: str, annotation: str = "", code: dict[str, Any] | None = None) -> Result:
    equations = read_page(f"<!-- eq test\n{annotation}\n-->\n$$\n{tex}\n$$\n", "page.md")
    return next(result for result in (equation.check(code or {}) for equation in equations))


def nest(opening: str, inner: str, closing: str, times: int = N) -> str:
    return opening * times + inner + closing * times


def tower(height: int) -> str:
    return nest("10^{", "10", "}", height)


DEEP = {
    "braces": nest("{", "1", "}"),
    "brackets": nest("(", "1", ")"),
    "square brackets": nest("[", "1", "]"),
    "left and right": nest(r"\left( ", "1", r" \right)"),
    "fractions above": nest(r"\frac{", "1", "}{1}"),
    "fractions below": nest(r"\frac{1}{", "1", "}"),
    "powers": nest("1^{", "1", "}"),
    "roots": nest(r"\sqrt{", "1", "}"),
    "indices": nest("x_{", "1", "}"),
    "bars": nest(r"\left| ", "1", r" \right|"),
    "floors": nest(r"\lfloor ", "1", r" \rfloor"),
    "functions": nest(r"\sin ", "1", ""),
    "functions in brackets": nest(r"\exp(", "1", ")"),
    "minus signs": nest("-", "1", ""),
    "minus signs in brackets": nest("-(", "1", ")"),
    "environments": nest(r"\begin{bmatrix} ", "1", r" \end{bmatrix}"),
    "cases": nest(r"\begin{cases} ", "1", r" & \text{otherwise} \end{cases}"),
    "sums": "".join(rf"\sum_{{k_{{{k}}}=1}}^1 " for k in range(N)) + "1",
    "maxima": nest(r"\max(", "1", ", 1)"),
    "accents": nest(r"\hat{", "x", "}"),
    "fonts": nest(r"\mathbf{", "x", "}"),
    "integrals": nest(r"\int_0^1 ", "1", r"\, dt"),
    "derivatives": nest(r"\frac{d}{dx} \left( ", "x", r" \right)"),
    "factorials in brackets": nest("(", "1", ")!"),
}


@pytest.mark.parametrize("tex", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_read_or_refused(tex: str) -> None:
    result = check(f"{tex} = 2", "x : real")
    assert result.status == "failed"
    assert result.message.startswith("page.md:")


@pytest.mark.parametrize("tex", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("form", ["q := {}", "where {} < 2", "x -> {}", "n : size {}", "q : ({}, 2)", "q : real[{}]"])
def test_deep_nesting_in_a_declaration_is_read_or_refused(form: str, tex: str) -> None:
    result = check("x = x + 1", f"x : real\n{form.format(tex)}")
    assert result.status == "failed"
    assert result.message.startswith("page.md:")


@pytest.mark.parametrize(
    "code", [nest("(", "1", ")"), nest("[", "1", "]"), nest("-", "1", ""), nest("1+", "1", "", 10**5)]
)
def test_deep_python_is_run_or_refused(code: str) -> None:
    result = check("q = 2", f"q := py {code}")
    assert result.status == "failed"
    assert result.message.startswith("page.md:")


LONG = {
    "a sum": "1" + " + 1" * 10_000,
    "a product": "1" + r" \cdot 1" * 10_000,
    "factors": "x" * 10_000,
    "a number": "1" * 10_000,
    "a decimal": "0." + "1" * 10_000,
    "a chain": "1" + " = 1" * 10_000,
    "primes": "f" + "'" * 10_000 + "(x)",
    "factorials": "3" + "!" * 10_000,
    "powers without braces": "2" + "^2" * 10_000,
    "a name": r"\operatorname{" + "a" * 10_000 + "}",
    "a label": r"x_{\text{" + "a" * 10_000 + "}}",
    "words": r"\text{" + "a " * 10_000 + "}",
    "rows": r"\begin{aligned} 1 " + r"&= 1 \\ " * 5_000 + r"\end{aligned}",
    "cells": r"\begin{bmatrix} 1 " + "& 1 " * 5_000 + r"\end{bmatrix}",
    "statements": r"1 + 1 = 2 \qquad " * 3_000 + "1",
    "spaces": "1" + " " * 100_000 + "+ 1",
    "backslashes and spaces": "1" + "\\ " * 50_000 + "+ 1",
    "quads": "1" + r"\quad" * 10_000 + "+ 1",
    "comments": "1" + "% \n" * 10_000 + "+ 1",
    "commas": "1" + "," * 50_000,
    "relations": "=" * 10_000,
    "plus signs": "+" * 10_000,
    "carets": "^" * 10_000,
    "underscores": "_" * 10_000,
    "ampersands": "&" * 10_000,
    "line ends": "\\\\" * 10_000,
    "bars": "|" * 10_000,
    "opening braces": "{" * 10_000,
    "closing braces": "}" * 10_000,
    "opening brackets": "(" * 10_000,
    "backslashes": "\\" * 9_999,
    "ellipses": r"1 + \cdots" + r" + \cdots" * 5_000,
    "fractions": r"\frac" * 10_000,
    "a million tokens": "1" + "+1" * 500_000,
}


@pytest.mark.parametrize("tex", LONG.values(), ids=LONG)
def test_long_lines_are_read_or_refused(tex: str) -> None:
    result = check(f"{tex} = 2", "x : real\nf(t) := t^2")
    assert result.status == "failed"
    assert result.message.startswith("page.md:")


LARGE = {  # declarations; a formula that is false or can't be computed in time
    r"\sum_{i=1}^{10^9} i = 1": "",
    r"\sum_{i=1}^{10^{12}} 1 = 1": "",
    r"\sum_{i=1}^{1000} \sum_{j=1}^{1000} \sum_{k=1}^{1000} i j k = 1": "",
    r"\sum_{i=1}^{99999} \sum_{j=1}^{99999} 1 = 1": "",
    r"\prod_{i=1}^{10^6} i = 1": "",
    r"\max_{1 \le i} i = 1": "i : index n\nn : size 3",
    r"\sum_{i=-10^{30}}^{10^{30}} i = 1": "",
    r"\sum_{i=1}^\infty \sum_{j=1}^\infty \sum_{k=1}^\infty \frac{1}{2^{i + j + k}} = 2": "",
    r"\int_0^1 \int_0^1 \int_0^1 \int_0^1 e^{s t u v} \, ds \, dt \, du \, dv = 1": "",
    r"\int_0^1 \sum_{k=1}^\infty \frac{t^k}{k^2} \, dt = 1": "",
    tower(3) + " = 1": "",
    tower(20) + " = 1": "",
    tower(3) + " = " + tower(3) + " + 1": "",
    r"2^{2^{2^{2^{2^2}}}} = 1": "",
    r"10^{-10^{10^{10}}} = 1": "",
    r"e^{e^{e^{e^{e^e}}}} = 1": "",
    r"e^{-e^{e^{e^{e^e}}}} = 1": "",
    r"(10^{9})! = 1": "",
    r"((9!)!)! = 1": "",
    r"9!!! = 1": "",
    r"(-1)! = 1": "",
    r"\binom{10^9}{5 \cdot 10^8} = 1": "",
    r"\binom{10^{100}}{2} = 1": "",
    r"\log 10^{10^{10}} = 1": "",
    r"\sin 10^{10^{10}} = 1": "",
    r"\lfloor e^{10^6} \rfloor = 1": "",
    r"\lfloor e^{10^{12}} \rfloor = 1": "",
    r"\lceil 10^{10^{10}} / 3 \rceil = 1": "",
    r"\cosh(\cosh(\cosh(\cosh 9))) = 1": "",
    r"(1 + 10^{-9})^{10^9} = 1": "",
    r"(1 + x)^{10^9} = 1": "x : real",
    r"\left( \frac{1}{3} \right)^{10^{8}} = 1": "",
    r"2^{10^8} = 3^{10^7}": "",
    r"\frac{d^{50}}{dx^{50}} e^{x^2} = 1": "x : real",
    r"f^{(3)}(x) = 1": "x : real\nf(t) := t^3",
    r"f''''''''''''''''''''''''''''''(x) = 1": "x : real\nf(t) := e^t",
    r"\frac{\partial^9 x}{\partial x^9} = 1": "x : real",
    r"\lim_{t \to 0} \sum_{k=1}^{10^5} t^k = 1": "",
    r"\operatorname{det}(A) = 1": "A : real[60,60]",
    r"A^{-1} = A": "A : real[60,60]",
    r"A^{64} = A": "A : real[20,20]",
    r"A \otimes A \otimes A \otimes A \otimes A = A": "A : real[4,4]",
    r"\operatorname{softmax}(z) = z": "z : real[10000]",
    "z = z + z": "z : real[n]\nn : size 1000000",
    "A = A + A": "A : real[n,n]\nn : size 100000",
    "x = x + n": "x : real[2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2]\nn : size 3",
    "z_i = 1 + z_i": "z : real[n]\nn : size 1..100000\ni : index n",
    "n = m": "n, m, k : size 1..100000\nwhere n + m + k = 1",
    "n + m + k + l = 1": "n, m, k, l : size 1..1000",
    "i = j": "n : size 1000000\ni, j : index n",
    "x = 1": "x : real\nsamples: 1000000000",
    "x = 2": "x : real\nwhere x > 5\nsamples: 1000000",
    "p = q": "p, q : simplex[n]\nn : size 70000",
    "n = 1": "n : size 10^{12}..10^{13}",
    "k = 1": "k : int 1..10^{10^{9}}",
    "x = 3": "x : (0, 10^{10^{10}})",
    "y = 1": "y : onehot[10^9]",
    "q = 1": "x : real\nq := \\sum_{i=1}^{10^9} i",
    "f(x) = 1": "x : real\nf(a) := f(a - 1) + 1",
    "g(x) = 1": "x : real\ng(a) := h(a)\nh(a) := g(a)",
    "q = 2": "q := r\nr := q",
    "q_i = 1": "n : size 3\ni, j : index n\nq_i := \\sum_j q_j",
    "n = 2": "n : size m\nm : size n",
    "z_i = 3": "n : size 3\nz : real[q]\nq := z_1",
    "c = 1": "a_0 := 1\n"
    + "\n".join(f"a_{{{k}}} := a_{{{k - 1}}} + a_{{{k - 1}}}" for k in range(1, 400))
    + "\nc := a_{399}",
    r"\sum_{k=1}^m F(k) = 1": "m : int 30..40\n"
    r"F(k) := \begin{cases} 1 & \text{if } k < 3 \\ F(k - 1) + F(k - 2) & \text{otherwise} \end{cases}",
    r"1 + \cdots = 1": "\\cdots : k=1..10^{9} -> k",
}  # fmt: skip


@pytest.mark.parametrize("tex", LARGE)
def test_what_takes_too_long_is_refused(tex: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eqtest.evaluate.SECONDS", 1)
    result = check(tex, LARGE[tex])
    assert result.status == "failed"
    assert result.message.startswith("page.md:")
    assert not any(name in result.message for name in ("RecursionError", "OverflowError", "MemoryError", "ValueError"))


OPENING = ["(", "[", "{", "|", r"\|", r"\{", r"\left(", r"\left", r"\lfloor", r"\lceil", r"\langle", r"\begin{aligned}"]
OPENING += [
    r"\begin{bmatrix}",
    r"\begin{cases}",
    r"\begin{",
    r"\begin",
    r"\frac{1}",
    r"\frac",
    r"\sqrt[",
    r"\sqrt",
    r"\sum_{",
]
OPENING += [
    r"\sum",
    r"\int_0^",
    r"\int",
    r"\text{",
    r"\operatorname{",
    r"\mathbf{",
    r"\hat{",
    r"\hat",
    "x_",
    "x^",
    "x'",
    "x_{",
]
OPENING += [
    "\\",
    "%",
    r"\lim_{x \to",
    r"\max_",
    r"\nabla",
    r"\partial",
    r"\frac{d}{dx}",
    r"\mathbb{E}[",
    "P(",
    r"\tag{",
    r"\binom{",
]
PIECES = [
    *OPENING,
    ")",
    "]",
    "}",
    r"\}",
    r"\right)",
    r"\right",
    r"\end{aligned}",
    r"\end{bmatrix}",
    r"\end{",
    r"\rangle",
    "&",
]
PIECES += [
    r"\\",
    "^",
    "_",
    "!",
    ",",
    ";",
    ".",
    "'",
    ":",
    ":=",
    "/",
    "+",
    "-",
    "=",
    "<",
    r"\le",
    r"\to",
    r"\qquad",
    r",\quad",
    "~",
]
PIECES += [
    r"\cdots",
    r"\text{if}",
    r"\text{otherwise}",
    r"\infty",
    r"\top",
    "T",
    "d",
    "e",
    "O(",
    r"\odot",
    r"\otimes",
    "#",
    "$",
    "\0",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("form", ["{}", "{} = 1", "x = {}", "x = {} 1", "1 {} = x", "x = {{ {} }}", "x = 1 + 1 {}"])
def test_what_is_never_closed_is_refused(form: str, piece: str) -> None:
    result = check(form.format(piece), "x : real")
    assert result.status in ("tested", "failed", "given")
    assert "Error" not in result.message


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "form", ["{} : real", "q : {}", "q := {}", "{} := 1", "where {}", "tight {}", "{} -> 0", "q -> {}"]
)
def test_what_is_never_closed_in_a_declaration_is_refused(form: str, piece: str) -> None:
    result = check("x = x + 1", f"x : real\n{form.format(piece)}")
    assert result.status == "failed"
    assert "Error" not in result.message


BROKEN_PAGES = {
    "a comment": "<!-- eq a\nx : real\n$$ x = 1 $$\n",
    "many comments": "<!-- eq a " * 5_000,
    "many closed comments": "<!-- eq -->" * 2_000,
    "comments without a formula": "<!-- eq -->\n\n" * 2_000,
    "many openings of comments": "<!--" * 20_000,
    "a comment of dashes": "<!-- eq " + "-" * 50_000,
    "a display": "<!-- eq a -->\n$$ x = 1\n",
    "a formula": "<!-- eq a -->$x = 1\n",
    "dollars": "$" * 20_001,
    "spaced dollars": "$ " * 20_000,
    "dollars in words": "a$b " * 10_000,
    "dollars in lines": "$a\n" * 10_000,
    "one dollar and a long line": "$" + "a " * 50_000,
    "dollars and backslashes": "\\$" * 20_000,
    "a dollar and backslashes": "$" + "\\" * 50_001,
    "a fence": "```python\n$$ x = 1 $$\n",
    "fences": "```\n" * 5_001,
    "growing fences": "".join("`" * k + "\n" for k in range(3, 300)),
    "a fence in braces": "```{" + "}{" * 20_000,
    "a fence with spaces": "```python" + " " * 50_000 + "x",
    "a fence with titles": "```python" + ' title="x"' * 5_000 + "x",
    "backticks": "`" * 50_001,
    "growing spans": " ".join("`" * k for k in range(300)),
    "spaced backticks": "` " * 20_001,
    "quotes": "> " * 20_000 + "```",
    "quotes in lines": "> ```\n" * 5_000,
    "spaces": " " * 200_000,
    "spaces in a comment": "<!-- eq" + " " * 50_000 + "x",
    "spaces after a comment": "<!-- eq a -->" + " " * 50_000 + "x",
    "line ends after a comment": "<!-- eq a -->" + "\n" * 50_000 + "x",
    "lines in a comment": "<!-- eq a" + "\n" * 50_000 + "x -->",
    "line ends": "\n" * 200_000,
    "raw displays": "\\[ " * 10_000,
    "environments": "\\begin{align}\n" * 10_000,
    "a declaration with colons": "<!-- eq-page\n" + ":" * 20_000 + "\n-->",
    "a declaration with signs": "<!-- eq-page\n" + ":=" * 20_000 + "\n-->",
    "a declaration with spaces": "<!-- eq-page\nx" + " " * 20_000 + "y\n-->",
    "a declaration with spaces and colons": "<!-- eq-page\nx" + " : " * 10_000 + "\n-->",
    "a declaration with arrows": "<!-- eq-page\nx" + " ->" * 10_000 + "\n-->",
    "a declaration with dots": "<!-- eq-page\nx : int " + "1.." * 10_000 + "\n-->",
    "an ellipsis with dots": "<!-- eq-page\n\\cdots : k=1" + " .. " * 3_000 + "->" * 3_000 + "\n-->",
    "a domain with brackets": "<!-- eq-page\nx : " + "(" * 20_000 + "\n-->",
    "a domain with square brackets": "<!-- eq-page\nx : real" + "[" * 20_000 + "\n-->",
    "tight with digits": "<!-- eq-page\ntight " + "1" * 20_000 + "\n-->",
    "tight with spaces": "<!-- eq-page\ntight 1 within" + " " * 20_000 + "\n-->",
    "a name with commas": "<!-- eq-page\n" + "x," * 10_000 + " : real\n-->",
    "many declarations": "<!-- eq-page\n" + "\n".join(f"x_{{{k}}} := x_{{{k + 1}}}" for k in range(300)) + "\n-->",
    "many declarations that wait": "<!-- eq-page\n"
    + "\n".join(f"x_{{{k}}} := x_{{{k + 1}}}" for k in range(300))
    + "\nx_{300} := 1\n-->",
    "many displays": "<!-- eq-page\nx : real\n-->\n"
    + "".join(f"<!-- eq n{k} -->\n$$ x = x + {k} $$\n" for k in range(1, 500)),
    "many formulas": "<!-- eq-page\nx : real\n-->\n" + "".join(f"$x = x + {k}$ " for k in range(1, 1000)),
    "line separators": "<!-- eq a\u2028x : real\u2028-->\u2028$$ x = 1 $$",
    "control characters": "".join(map(chr, range(32))) + "$$ x = 1 $$",
    "no characters": "",
    "one dash": "<!-",
    "surrogates": "<!-- eq a -->\n$$ \ud800 = 1 $$",
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN_PAGES.values(), ids=BROKEN_PAGES)
def test_broken_pages_are_read(text: str) -> None:
    for equation in read_page(text, "page.md"):
        result = equation.check({}, evaluate=False)
        assert "Error" not in result.message
        assert result.status in ("tested", "bare") or result.message.startswith("page.md:")
    find_equations(text)
    strip_annotations(text)
    list(stray_dollars(text))


BYTES = [
    "\0",
    "\x07",
    "\x1b[31m",
    "\x7f",
    "\x85",
    "\xa0",
    "\u200b",
    "\u200f",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "\U0001f600",
]
BYTES += [
    "\ud800",
    "e\u0301",
    "\u00b2",
    "\u0663",
    "\uff11",
    "\u2102",
    "\u2212",
    "\u00d7",
    "\u03b1",
    "\u0130",
    "\u1e9e",
    "#",
    "@",
    "$",
    "\\",
]


@pytest.mark.parametrize("odd", BYTES, ids=ascii)
@pytest.mark.parametrize(
    "form", ["x + {} = 1", "x = 1 {}", "{} x = 1", r"x = \text{{{}}}", r"x = \operatorname{{{}}}", "x_{{{}}} = 1"]
)
def test_what_is_not_tex_is_refused(form: str, odd: str) -> None:
    result = check(form.format(odd), "x : real")
    assert result.status == "failed"
    assert "Error" not in result.message


@pytest.mark.parametrize("odd", BYTES, ids=ascii)
@pytest.mark.parametrize(
    "form", ["{} : real", "q : {}", "q := {}", "where x > {}", "q : size {}", "q := py {}", "q : real[{}]", "{}"]
)
def test_what_is_not_tex_in_a_declaration_is_refused(form: str, odd: str) -> None:
    result = check("x = x + 1", f"x : real\n{form.format(odd)}")
    assert result.status == "failed"
    assert not any(name in result.message for name in ("UnicodeEncodeError", "ValueError", "TypeError"))


def mutants(tex: str, choice: random.Random, count: int) -> Iterator[str]:
    """Drop, double, swap and insert tokens."""
    tokens = [tex[token.pos : token.end] for token in tokenize(tex)]
    for _ in range(count):
        made = list(tokens)
        for _ in range(choice.randint(1, 4)):
            at = choice.randrange(len(made)) if made else 0
            match choice.randrange(4):
                case 0:
                    del made[at : at + choice.randint(1, 3)]
                case 1:
                    made[at:at] = made[at : at + choice.randint(1, 3)]
                case 2:
                    made[at:at] = [choice.choice(PIECES)]
                case _:
                    other = choice.randrange(len(made)) if made else 0
                    made[at : at + 1] = made[other : other + 1]
        yield " ".join(made)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_mutant_of_a_real_display_raises(path: Path, namespace: dict[str, Any]) -> None:
    choice = random.Random(path.stem)
    for equation in read_page(path.read_text(encoding="utf-8"), path.name):
        for tex in mutants(equation.tex, choice, 12):
            result = equation.with_tex(tex).check(namespace, evaluate=False)
            assert result.status in ("tested", "defined", "failed")
            assert "Error" not in result.message, tex
            sort_of(tex)
            try:
                list(typos(tex))
            except EqError:  # it can't be split into tokens
                assert result.status == "failed"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_mutant_of_a_real_page_raises(path: Path) -> None:
    choice = random.Random(path.stem)
    lines = path.read_text(encoding="utf-8").split("\n")
    for _ in range(12):
        made = list(lines)
        for _ in range(8):
            at = choice.randrange(len(made))
            row = made[at]
            cut = choice.randrange(len(row) + 1)
            made[at] = (
                row[:cut]
                + choice.choice(["", "$", "$$", "<!--", "-->", "`", "```", "\\", "{", "}", ":", "\n"])
                + row[cut + 1 :]
            )
        for equation in read_page("\n".join(made), path.name):
            result = equation.check({}, evaluate=False)
            assert "Error" not in result.message
