"""Expectations of polynomials: by moments, exact, and of nothing else."""

import pytest

from eqtest import Result, read_page

DECLARED = r"""
X ~ normal(1, 4)
Y ~ uniform(-1, 2)
B ~ bernoulli(1/4)
D ~ finite(-1, 3; 1/4, 3/4)
n : size 2..4
i, j, k : index n
Z ~ normal(0, 1)[n]
\bar{Z} := \frac{1}{n} \sum_i Z_i
c : real
"""


def check(tex: str) -> Result:
    (equation,) = read_page(f"<!-- eq test{DECLARED}-->\n$$\n{tex}\n$$\n")
    return equation.check({})


@pytest.mark.parametrize(
    "tex",
    [
        r"\mathbb{E}[X^4] = 1 + 6 \cdot 4 + 3 \cdot 16",
        r"\mathbb{E}[X^5] = 1 + 10 \cdot 4 + 15 \cdot 16",
        r"\mathbb{E}[Y^3] = \frac{15}{12}",
        r"\mathbb{E}[B^7] = \frac14, \qquad \mathbb{E}[D^3] = 20",
        r"\mathbb{E}[X Y B D] = \frac14, \qquad \operatorname{Cov}(X, X Y) = 2",
        r"\mathbb{E}[(X - 1)^3] = 0",
        r"\mathbb{E}\left[\sum_i (Z_i - \bar{Z})^2\right] = n - 1",
        r"\operatorname{Var}(Z_1^2 + Z_2^2) = 4, \qquad \operatorname{Cov}(Z_i, Z_j) = \mathbb{1}[i = j]",
        r"(\mathbb{E}[X - \mathbb{E}[X^2]])^2 = 16",
        r"\mathbb{E}[X \mathbb{E}[X]] = 1",
        r"\operatorname{Var}(\mathbb{E}[X Y \mid X]) = 1",
        r"\mathbb{E}[c X + (1 - c) Y] = \frac{1 + c}{2}",
        r"\mathbb{E}[Z Z^\top]_{1,2} = 0",
    ],
)
def test_moments_are_exact(tex: str) -> None:
    result = check(tex)
    assert (result.status, result.exact) == ("tested", True), result.message


@pytest.mark.parametrize(
    "tex",
    [
        r"\mathbb{E}[|X - 1|] = \sqrt{\frac{8}{\pi}}",
        r"\mathbb{E}[\max(0, Z_1)^2] = \frac12",
        r"P(X \le 1) = \frac12",
        r"\mathbb{E}[e^Y] = \frac{e^2 - e^{-1}}{3}",
        r"\mathbb{E}[X^2 \mid X \ge 1] = 5 + 4 \sqrt{\frac{2}{\pi}}",
        r"\mathbb{E}[1 / D] = -\frac14 + \frac14 + 0 c",
        r"\mathbb{E}[2^D] = \frac18 + 6",
        r"\frac{\partial}{\partial c} \mathbb{E}[(c X - Y)^2] = 10 c - 1",
        r"\mathbb{E}\left[\frac{\partial}{\partial c} (c X - Y)^2\right] = 10 c - 1",
    ],
)
def test_what_is_no_polynomial_has_its_value(tex: str) -> None:
    result = check(tex)
    assert result.status == "tested", result.message


@pytest.mark.parametrize(
    "tex",
    [
        r"\mathbb{E}[X^4] = 74",
        r"\mathbb{E}[Y^3] = \frac{16}{12}",
        r"\mathbb{E}[X^2] = \mathbb{E}[X]^2",
        r"\mathbb{E}\left[\sum_i (Z_i - \bar{Z})^2\right] = n",
        r"\mathbb{E}[|X|] = 1",
        r"\mathbb{E}[\max(X, 0)] = 1",
        r"\operatorname{Var}(Z_1^2 + Z_2^2) = 4 + 10^{-9}",
        r"\operatorname{Var}(\mathbb{E}[X Y \mid X]) = 1 + 10^{-12} c",
        r"P(X = X^2) = 1",
        r"\mathbb{E}[X \mathbb{1}[X = 1]] = 1",
    ],
)
def test_a_false_expectation_fails(tex: str) -> None:
    assert "is false" in check(tex).message
