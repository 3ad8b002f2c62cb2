"""Proofs by computer algebra: what is proved and in which way, and that nothing false is."""

import signal

import pytest

from eqtest import Equation, read_page
from pagetest.proofs import proof

DECLARED = r"""
n : size 2..3
m : size 0..3
i, j, k : index n
x, a, b : real
z, v : real[n]
p : (0, 1)
r : (-0.9, 2)
y : simplex[n]
t : onehot[n]
s : pos
u : int 0..1
w : int 1..50
W, A : real[n,n]
\delta : kronecker
f(x) := x^3 + 2x
\sigma(x) := \frac{1}{1 + e^{-x}}
q_i := \frac{e^{z_i}}{\sum_k e^{z_k}}
"""


def equation(tex: str, annotation: str = "") -> Equation:
    (found,) = read_page(f"<!-- eq-page{DECLARED}-->\n\n<!-- eq test\n{annotation}\n-->\n$$\n{tex}\n$$\n")
    assert not found.problem, found.problem
    return found


GENERAL = [
    r"(x + 1)^2 = x^2 + 2x + 1 \qquad f'(x) = 3 x^2 + 2 \qquad f''(x) = 6 x",
    r"\sum_{k=1}^{m} k = \frac{m (m + 1)}{2}",
    r"\sum_{k=0}^{m-1} p^k = \frac{1 - p^m}{1 - p}",
    r"\prod_{k=1}^{m} k = m!",
    r"\log \frac{p}{1 - p} = \log p - \log(1 - p)",
    r"\log s^2 = 2 \log s",
    r"\sigma(-x) = 1 - \sigma(x) \qquad \sigma'(x) = \sigma(x) \sigma(-x) \qquad 2 \sigma(2x) - 1 = \tanh x",
    r"|x| = \max(x, -x) \qquad \max(x, 0) + \min(x, 0) = x",
    r"|x| = \begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
    r"\int_0^s \frac{1}{1 + c} dc = \log(1 + s)",
    r"\sum_{k=1}^\infty \frac{(1 - p)^k}{k} = -\log p",
    r"u^2 = u",
]
SIZES = [
    r"\frac{\partial q_i}{\partial z_j} = q_i (\delta_{ij} - q_j)",
    r"\sum_i y_i \log (y_i e^x) = x + \sum_i y_i \log y_i",
    r"\sum_i t_i^2 = 1",
    r"z^\top W v = v^\top W^\top z \qquad W (z + v) = W z + W v",
    r"\sum_i (x - z_i) = n (x - \frac{1}{n} \sum_i z_i)",
    r"\frac{\partial^2}{\partial z_i \partial z_j} \sum_k z_k^3 = 6 z_i \delta_{ij}",
]
NOT_PROVED = {
    "false": [r"(x + 1)^2 = x^2 + 2x", r"\sum_{k=1}^{m} k = \frac{m^2}{2}", r"z^\top v = \sum_i z_i", "y_n = 1"],
    "true of positive numbers only": [r"\sqrt{x^2} = x", r"|x| = x", r"\log x^2 = 2 \log x", r"|r| = r"],
    "true of small numbers only": ["|x - 3| = 3 - x", "|s - 4| = 4 - s"],
    "not real": [r"\sqrt{-s} = \sqrt{-1} \sqrt{s}"],
    "of other shapes": [r"\begin{pmatrix} 1 \\ 2 \end{pmatrix} = \begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}"],
    "true of some whole numbers only": [r"w^2 = w", r"(w - 1)(w - 2)(w - 3)(w - 4)(w - 5)(w - 6)(w - 7) = 0"],
    "true of a simplex only": [r"\sum_i z_i = 1"],
    "not where it has a kink": [
        r"\frac{d}{dx} |x| = \frac{x}{|x|}",
        r"\frac{d}{dx} |x| = \begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{if } x = 0 \\"
        r"-1 & \text{otherwise} \end{cases}",
    ],
    "no series for numbers beyond 1": [r"\sum_{k=0}^\infty x^k = \frac{1}{1 - x}"],
    "other relations": [r"x^2 \ge 0", r"2 \approx 2.0", r"x = x + 0 \le x + 1"],
    "no one value": [
        r"\int_{-1}^1 \frac{1}{c} dc = 0",
        r"|x| = \begin{cases} x & \text{if } x > 0 \\ 2x & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}",
        r"\sqrt{x} \sqrt{x} = \begin{cases} x & \text{if } x > 0 \end{cases}",
    ],
}


@pytest.mark.parametrize("tex", GENERAL)
def test_what_holds_for_every_size_or_has_none(tex):
    assert equation(tex).check({}).status == "tested"
    assert proof(equation(tex)) == "general"


@pytest.mark.parametrize("tex", SIZES)
def test_what_is_proved_for_the_declared_sizes(tex):
    assert equation(tex).check({}).status == "tested"
    assert proof(equation(tex)) == "sizes"


@pytest.mark.parametrize("tex", [tex for kind in NOT_PROVED.values() for tex in kind])
def test_what_is_not_proved(tex):
    assert proof(equation(tex)) == ""


def test_code_proves_nothing():
    assert proof(equation(r"g(x) = 2x", "g := py lambda x: 2 * x")) == ""


def test_a_sum_that_ends_before_it_starts_is_no_sum_of_a_formula():
    """For m = 0, SymPy's sum is minus the terms between: here -3, not 0."""
    assert proof(equation(r"\sum_{k=3}^{m} k = \frac{m (m + 1)}{2} - 3", "m : size 2..5")) == "general"
    assert proof(equation(r"\sum_{k=3}^{m} k = \frac{m (m + 1)}{2} - 3")) == ""


def test_what_takes_too_long_is_not_proved():
    before = signal.getsignal(signal.SIGVTALRM)
    tex = r"\left(\sum_k z_k^{40} + \sum_k v_k\right)^{60} = \left(\sum_k z_k + \sum_k v_k\right)^{60}"
    assert proof(equation(tex), 0.2) == ""
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
