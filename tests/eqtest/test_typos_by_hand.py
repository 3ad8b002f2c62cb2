"""The typos that must fail on the softmax page, each with a readable message."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eqtest import read_page

PAGE = (Path(__file__).parent / "pages" / "softmax.md").read_text(encoding="utf-8")


Failure = Callable[[str, str, str], str]


@pytest.fixture
def failure(namespace: dict[str, Any]) -> Failure:
    return lambda name, right, wrong: message(namespace, name, right, wrong)


def message(namespace: dict[str, Any], name: str, right: str, wrong: str) -> str:
    """The message for the display of that name with one typo."""
    (before,) = (equation for equation in read_page(PAGE, "softmax.md") if equation.name == name)
    assert before.tex.count(right) >= 1
    tex = before.tex[::-1].replace(right[::-1], wrong[::-1], 1)[::-1]  # the last occurrence
    start = before.tex_start
    page = PAGE[:start] + tex + PAGE[start + len(before.tex) :]
    (after,) = (equation for equation in read_page(page, "softmax.md") if equation.name == name)
    result = after.check(namespace)
    assert result.status == "failed", "the typo passed"
    return result.message


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("gradient-direct", r"\hat y_j - y_j", r"\hat y_j + y_j"),  # a sign
        ("gradient-chain", r"\hat y_j - y_j", r"y_j - \hat y_j"),
        ("kl", "H(p, q) - H(p)", "H(p, q) + H(p)"),
        ("lse-gradient", "e^{z_k}", "e^{z}"),  # a lost index on a sum
        ("gradient-chain", r"\sum_{i=1}^n y_i", r"\sum_{i=1}^n y"),
        ("lse-stable", r"\log \sum", r"\exp \sum"),  # log for exp
        ("cross-entropy", r"\log \hat y_i", r"\exp \hat y_i"),
        ("hessian", r"\hat y_i \hat y_j", r"\hat y_i^2 \hat y_j"),  # p² for p
        ("jacobian", r"- \hat y_j", r"- \hat y_j^2"),
        ("jacobian", r"\left( \delta_{ij} - \hat y_j", r"\left( \delta_{ij} - \hat y_i"),  # i for j in the Jacobian
        ("jacobian-written", r"-\hat y_1 \hat y_n", r"-\hat y_1 \hat y_2"),
        ("lse-bounds", r"\log n", r"n"),  # a wrong upper bound, though a true one
        ("lse-bounds", r"\log n", r"\log 2"),
        ("entropy-bounds", r"\log n", r"2 \log n"),
        ("temperature", "{T}", "{T^2}"),
        ("softmax", r"e^{z_k}", r"e^{-z_k}"),
    ],
)
def test_it_fails_with_a_readable_message(failure: Failure, name: str, right: str, wrong: str) -> None:
    message = failure(name, right, wrong)
    head, *rest = message.split("\n")
    assert head.startswith("softmax.md:")
    assert f"equation {name!r}" in head
    if "can't be read" in head:
        assert "⟪here⟫" in rest[0]
    else:
        assert "step " in head
        assert rest[0].strip()  # the step's own TeX
        assert any(row.startswith("    at ") and "n = " in row for row in rest)


def test_the_message_says_all_that_an_author_needs(failure: Failure) -> None:
    message = failure("jacobian", r"\delta_{ij} -", r"\delta_{ij} +")
    head, tex, left, right, point = message.split("\n")
    assert head == "softmax.md:48: equation 'jacobian': step 1 of 1 is false"
    assert tex.strip() == r"\frac{\partial \hat y_i}{\partial z_j} = \hat y_i ( \delta_{ij} + \hat y_j )"
    assert left.startswith("    left  = ")
    assert right.startswith("    right = ")
    assert point.startswith("    at i = 1, j = 1, n = 2, z = [")


def test_swapping_i_and_j_in_the_symmetric_jacobian_is_no_typo(failure: Failure) -> None:
    """The Jacobian of the softmax is symmetric: the swap is caught where it changes the value."""
    message = failure(
        "gradient-chain", r"\left( \delta_{ij} - \hat y_j \right)", r"\left( \delta_{ij} - \hat y_i \right)"
    )
    assert "step 2 of 4 is false" in message
