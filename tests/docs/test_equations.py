"""Every displayed equation of the site is tested, and a typo in one is found."""

import os
import random
from pathlib import Path

import pytest

from eqtest import read_page
from eqtest.mutate import fate, typos
from pagetest.equations import page_namespace
from pagetest.proofs import proof
from pagetest.report import key, read

ROOT = Path(__file__).parents[2]
SKIPPED_EQUATIONS = 0
SAMPLE = os.environ.get("GITHUB_RUN_NUMBER", "1")  # another one in each run on GitHub; to repeat it, set its number


def equations(page):
    path = ROOT / "docs" / page
    return [equation for equation in read_page(path.read_text("utf-8"), str(path)) if equation.tex]


def test_every_display_is_tested_and_named(page):
    for equation in (equation for equation in equations(page) if not equation.inline):
        assert equation.kind in ("eq", "eq-define", "eq-skip"), equation.report("is bare", equation.line)
        assert equation.name or equation.kind == "eq-skip", equation.report("has no name", equation.line)


def test_the_number_of_untested_equations_is_pinned():
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    reasons = [e.reason for page in pages for e in equations(page) if e.kind == "eq-skip"]
    assert len(reasons) == SKIPPED_EQUATIONS, reasons


def test_the_site_marks_every_equation(page, article):
    shown = article(page)
    boxes = [box for box in shown.select("div.equation") if box.select_one(".katex-display")]
    displayed = [equation for equation in equations(page) if not equation.inline]
    assert [box.get("id", "eq-None") for box in boxes] == [f"eq-{equation.name}" for equation in displayed]
    assert len(boxes) == len(shown.select(".katex-display"))


def test_no_typo_of_a_sample_survives(page):
    """All of them take minutes: `python -m eqtest mutate` makes these."""
    path = ROOT / "docs" / page
    text = path.read_text("utf-8")
    found = read_page(text, str(path))
    readable = [equation for equation in found if equation.kind in ("eq", "eq-define") and not equation.problem]
    code = any(equation.scope.uses_python(*equation.sides) for equation in found)
    namespace = page_namespace(path) if code else {}
    for inline, size in ((False, 12), (True, 6)):
        made = [(one, typo) for one in readable if one.inline == inline for typo in typos(one.tex)]
        for equation, typo in random.Random(f"{SAMPLE} {page}").sample(made, min(size, len(made))):
            end = fate(found, equation, typo, text, lambda e, seed: e.check(namespace, seed))
            assert end != "survived", equation.report(f"{typo.what}: survives in sample {SAMPLE}\n{typo.tex}")


def test_the_proofs_of_a_sample_are_found_again(page):
    """All of them take half a minute; `make report` makes those of pages that have changed."""
    recorded = read(ROOT).get(page, {}).get("verdicts", {})
    found = [equation for equation in equations(page) if recorded.get(key(equation)) in ("general", "sizes")]
    for equation in random.Random(f"{SAMPLE} {page}").sample(found, min(3, len(found))):
        says = f"isn't proved again in sample {SAMPLE}; run `make report`"
        assert proof(equation, 60) == recorded[key(equation)], equation.report(says)


def test_the_record_is_of_this_page_s_equations(page):
    recorded = read(ROOT).get(page, {}).get("verdicts", {})
    assert recorded.keys() <= {key(equation) for equation in equations(page) if equation.steps}


def test_the_marks_say_what_is_recorded(page, article):
    recorded = read(ROOT).get(page, {}).get("verdicts", {})
    boxes = article(page).select("div.equation:has(.katex-display)")
    proved = {box["id"] for box in boxes if "Proved by computer algebra" in box.select_one("details p").get_text()}
    shown = {f"eq-{equation.name}" for equation in equations(page) if not equation.inline}
    assert proved == {f"eq-{name}" for name, how in recorded.items() if how in ("general", "sizes")} & shown


SOFTMAX, SIGMOIDS, REGRESSION, SERIES = (
    f"losses/{name}.md" for name in ("softmax-cross-entropy", "sigmoids", "regression", "polyloss-series")
)
LIKELIHOOD = "losses/likelihood.md"
CONVOLUTION = "models/convolution-arithmetic.md"
TYPOS = {
    "a sign in the gradient": (SOFTMAX, "gradient-elementwise", r"s \, p_k - y_k", r"s \, p_k + y_k"),
    "a lost index on a sum": (SOFTMAX, "cross-entropy", r"y_j \log p_j", r"y \log p_j"),
    "log for exp": (SOFTMAX, "logsumexp", r"\log \sum_{j=1}^{C} e^{z_j}", r"\exp \sum_{j=1}^{C} e^{z_j}"),
    "p² for p": (SOFTMAX, "jacobian", r"p_i \left(", r"p_i^2 \left("),
    "i and j swapped in the Jacobian": (SOFTMAX, "jacobian", r"\delta_{ij} - p_j", r"\delta_{ij} - p_i"),
    "a wrong upper bound": (SOFTMAX, "logsumexp-bounds", r"m + \log C", r"m + C"),
    "a wrong lower bound": (SOFTMAX, "logsumexp-bounds", r"m \le \operatorname", r"m - 1 \le \operatorname"),
    "a wrong upper bound of a sum": (SOFTMAX, "softmax", r"\sum_{j=1}^{C}", r"\sum_{j=1}^{C - 1}"),
    "a brace closed early": (SOFTMAX, "shift", r"e^{z_j + c}}", r"e^{z_j} + c}"),
    "a divergence upside down": (LIKELIHOOD, "kl", r"\frac{q_j}{p_j}", r"\frac{p_j}{q_j}"),
    "a bound that isn't reached": (SIGMOIDS, "logistic-slope-bound", r"\le \frac{1}{4}", r"\le \frac{1}{2}"),
    "a lost square": (SIGMOIDS, "logistic-slope", r"\left( 1 + e^{-x} \right)^2", r"\left( 1 + e^{-x} \right)"),
    "max for min": (SIGMOIDS, "log-sigmoid", r"\min(x, 0)", r"\max(x, 0)"),
    "a lost sign in a case": (REGRESSION, "huber-slope", r"-\delta & \text", r"\delta & \text"),
    "a square in a case's condition": (REGRESSION, "huber-slope", r"-\delta \le r", r"-\delta^2 \le r"),
    "a lost sign in an inline formula": (SOFTMAX, "ratio", r"z_i - z_j", r"z_i + z_j"),
    "a lost half of an inline formula": (REGRESSION, "huber-clipped", r"r - c / 2", r"r - c"),
    "a lost half": (REGRESSION, "likelihood", r"\frac{1}{2} \log (2 \pi)", r"\log (2 \pi)"),
    "a sum that starts late": (SERIES, "geometric-sum", "k=0", "k=1"),
    "an order too strong": (SERIES, "log-series-order", "O(x^{n+1})", "O(x^{n+2})"),
    "an order too weak": (SERIES, "log-series-order", "O(x^{n+1})", "O(x^n)"),
    "a window one tap too long": (CONVOLUTION, "conv-output-size", "d(k - 1) - 1", "d k - 1"),
    "a pool that ends in the padding": (CONVOLUTION, "pool-ceil", r"\frac{i + p}{s}", r"\frac{i + 2p}{s}"),
    "a field without its strides": (CONVOLUTION, "receptive-field", r"\prod_{m=1}^{l-1}", r"\prod_{m=1}^{l}"),
    "a remainder without its denominator": (SERIES, "remainder-bounds", r"\frac{(1 - s)^N}{s}", "(1 - s)^N"),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_found(typo):
    page, name, right, wrong = TYPOS[typo]
    [equation] = [equation for equation in equations(page) if equation.name == name]
    assert right in equation.tex
    namespace = page_namespace(ROOT / "docs" / page) if equation.scope.uses_python(*equation.sides) else {}
    assert equation.check(namespace).status == "tested"
    result = equation.with_tex(equation.tex.replace(right, wrong, 1)).check(namespace)
    assert result.status == "failed"
    assert f"{page}:" in result.message
    assert f"equation '{name}'" in result.message
