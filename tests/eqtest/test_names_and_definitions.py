"""Definitions by a display: parameters hide declared names, cases stand whole, primes follow subscripts."""

from eqtest import read_page

PAGE = r"""
<!-- eq-page
n : size 2..3
k : index n
x : real
z : real[n]
T : (0.5, 3)
\delta : pos
-->

<!-- eq-define lse
\operatorname{lse} := py lambda z: lse(z)
-->
$$
\operatorname{lse}(\mathbf{z}) = \log \sum_{j=1}^n e^{z_j}
$$

<!-- eq scaled
L := \operatorname{lse}(z / T)
-->
$$
\frac{\partial L}{\partial z_k} = \frac{1}{T} \frac{e^{z_k / T}}{\sum_{j=1}^n e^{z_j / T}}
$$

<!-- eq-define huber -->
$$
H(x) =
\begin{cases}
\frac12 x^2 & \text{if } |x| \le \delta \\
\delta |x| - \frac12 \delta^2 & \text{otherwise}
\end{cases}
$$

<!-- eq slope
f_1(x) := H(x)
-->
$$
f_1'(x) = \min(\max(x, -\delta), \delta)
$$
"""


def statuses(page):
    import math

    namespace = {"lse": lambda z: math.log(sum(map(math.exp, z)))}
    return [equation.check(namespace).status for equation in read_page(page) if equation.tex]


def test_all_hold():
    assert statuses(PAGE) == ["tested", "tested", "defined", "tested"]


def test_a_typo_in_a_parameter_is_found():
    assert statuses(PAGE.replace("= \\frac{1}{T} \\frac", "= \\frac")) == ["tested", "failed", "defined", "tested"]


def test_a_typo_in_a_case_is_found():
    assert statuses(PAGE.replace("\\delta |x| -", "|x| -"))[3] == "failed"


def test_a_definition_by_itself_is_refused():
    page = "<!-- eq-page\nx : real\nf(a) := a\n-->\n<!-- eq circle\nf(a) := f(a) + 1\n-->\n$$ f(x) = 1 $$\n"
    [equation] = read_page(page)
    assert "something is defined by itself" in equation.check({}).message
