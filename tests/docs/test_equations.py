"""Every displayed equation of the site is tested, and a typo in one is found."""

from pathlib import Path

import pytest

from eqtest import read_page
from pagetest.equations import page_namespace, to_native

ROOT = Path(__file__).parents[2]
SKIPPED_EQUATIONS = 0


def equations(page):
    path = ROOT / "docs" / page
    return [equation for equation in read_page(path.read_text("utf-8"), str(path)) if equation.tex]


def test_every_display_is_tested_and_named(page):
    for equation in equations(page):
        assert equation.display.kind in ("eq", "eq-define", "eq-skip"), equation.report("is bare", equation.line)
        assert equation.name or equation.display.kind == "eq-skip", equation.report("has no name", equation.line)


def test_the_number_of_untested_equations_is_pinned():
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    reasons = [e.display.reason for page in pages for e in equations(page) if e.display.kind == "eq-skip"]
    assert len(reasons) == SKIPPED_EQUATIONS, reasons


def test_the_site_marks_every_equation(page, article):
    shown = article(page)
    boxes = [box for box in shown.select("div.equation") if box.select_one(".katex-display")]
    assert [box.get("id", "eq-None") for box in boxes] == [f"eq-{equation.name}" for equation in equations(page)]
    assert len(boxes) == len(shown.select(".katex-display"))


SOFTMAX = "losses/softmax-cross-entropy.md"
TYPOS = {
    "a sign in the gradient": ("gradient-elementwise", "s \\, p_k - y_k", "s \\, p_k + y_k"),
    "a lost index on a sum": ("cross-entropy", "y_j \\log p_j", "y \\log p_j"),
    "log for exp": ("logsumexp", "\\log \\sum_{j=1}^{C} e^{z_j}", "\\exp \\sum_{j=1}^{C} e^{z_j}"),
    "p² for p": ("jacobian", "p_i \\left(", "p_i^2 \\left("),
    "i and j swapped in the Jacobian": ("jacobian", "\\delta_{ij} - p_j", "\\delta_{ij} - p_i"),
    "a wrong upper bound": ("logsumexp-bounds", "m + \\log C", "m + C"),
    "a wrong upper bound of a sum": ("softmax", "\\sum_{j=1}^{C}", "\\sum_{j=1}^{C - 1}"),
}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_in_the_softmax_page_is_found(typo):
    name, right, wrong = TYPOS[typo]
    [equation] = [equation for equation in equations(SOFTMAX) if equation.name == name]
    assert right in equation.tex
    namespace = page_namespace(ROOT / "docs" / SOFTMAX)
    assert equation.check(namespace, to_native).status in ("tested", "defined")
    result = equation.with_tex(equation.tex.replace(right, wrong)).check(namespace, to_native)
    assert result.status == "failed"
    assert f"{SOFTMAX}:" in result.message
    assert f"equation '{name}'" in result.message
