"""Displays as textbooks print them, from memory, with annotations added: most pass, the rest is refused clearly."""

import math
from typing import Any

import pytest

from eqtest import Result, read_page


def check(annotation: str, tex: str, code: dict[str, Any] | None = None) -> Result:
    (equation,) = read_page(f"<!-- eq verbatim\n{annotation}\n-->\n$$\n{tex}\n$$\n")
    return equation.check(code or {})


SOFTMAX = r"""
q : size 2..4
j, k : index q
o : real[q]
y : simplex[q]
\hat y_j := \frac{e^{o_j}}{\sum_k e^{o_k}}
"""
GAUSSIAN = r"""
x, \mu : real
\sigma : pos
p(a) := \frac{1}{\sigma \sqrt{2\pi}} e^{-\frac12 \left(\frac{a - \mu}{\sigma}\right)^2}
"""

PASSING = {
    "Kullback-Leibler divergence": (
        "n : size 2..4\ni : index n\np, q : simplex[n]\n"
        r"D_{\mathrm{KL}}(a \| b) := \sum_i a_i \log a_i - \sum_i a_i \log b_i",
        r"D_{\mathrm{KL}}(p\|q)=\sum_i p_i\log\frac{p_i}{q_i}\geq 0.",
    ),
    "entropy": (
        "n : size 2..4\ni : index n\np : simplex[n]\n" r"H(a) := \sum_i a_i \log \frac{1}{a_i}",
        r"H(p)=-\sum_{i=1}^{n}p_i\log p_i",
    ),
    "Gaussian density": (
        GAUSSIAN,
        r"p(x) = \frac{1}{\sqrt{2 \pi \sigma^2}} \exp\left(-\frac{1}{2 \sigma^2} (x - \mu)^2\right).",
    ),
    "Gaussian log-likelihood": (
        "N : size 2..3\nn : index N\nx : real[N]\n\\mu : real\n\\sigma : pos\n"
        r"f(a) := \frac{1}{\sqrt{2\pi\sigma^2}} \exp(-(a-\mu)^2/(2\sigma^2))",
        r"\ln \prod_{n=1}^{N} f(x_n) = -\frac{1}{2\sigma^2}\sum_{n=1}^{N}(x_n-\mu)^2-\frac{N}{2}\ln\sigma^2"
        r"-\frac{N}{2}\ln(2\pi)",
    ),
    "logistic derivative": (
        "z : real\n" r"\sigma(a) := \frac{1}{1+e^{-a}}",
        r"\frac{d\sigma(z)}{dz} = \frac{e^{-z}}{(1+e^{-z})^2} = \sigma(z)(1-\sigma(z))",
    ),
    "logistic derivative, by name": (
        "x : real\n" r"\operatorname{sigmoid}(a) := \frac{1}{1+\exp(-a)}",
        r"\frac{d}{dx} \operatorname{sigmoid}(x) = \frac{\exp(-x)}{(1 + \exp(-x))^2} "
        r"= \operatorname{sigmoid}(x)\left(1-\operatorname{sigmoid}(x)\right).",
    ),
    "tanh derivative": ("x : real", r"\frac{d}{dx} \operatorname{tanh}(x) = 1 - \operatorname{tanh}^2(x)."),
    "tanh": ("x : real", r"\tanh(x) = \frac{1 - \exp(-2x)}{1 + \exp(-2x)}"),
    "gradient descent step": (
        "d : size 2..3\nk : index d\n\\theta : real[d]\n\\eta : pos\n"
        r"L(a) := \sum_k a_k^4"
        "\n"
        r"\theta'_k := \theta_k - 4 \eta \theta_k^3",
        r"\theta' = \theta - \eta \nabla_\theta L(\theta)",
    ),
    "attention": (
        "n, m, d_k, v : size 2..3\nQ : real[n,d_k]\nK : real[m,d_k]\nV : real[m,v]\n"
        r"\mathrm{Attention} := py attention",
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V",
    ),
    "softmax": (
        "q : size 2..4\nj, k : index q\no : real[q]\n" r"\hat y := \operatorname{softmax}(o)",
        r"\hat{y}_j = \frac{\exp(o_j)}{\sum_k \exp(o_k)}",
    ),
    "cross-entropy": (
        SOFTMAX + r"l(a, b) := -\sum_j a_j \log b_j",
        r"""\begin{aligned}
l(\mathbf{y}, \hat{\mathbf{y}}) &=  - \sum_{j=1}^q y_j \log \frac{\exp(o_j)}{\sum_{k=1}^q \exp(o_k)} \\
&= \sum_{j=1}^q y_j \log \sum_{k=1}^q \exp(o_k) - \sum_{j=1}^q y_j o_j \\
&= \log \sum_{k=1}^q \exp(o_k) - \sum_{j=1}^q y_j o_j.
\end{aligned}""",
    ),
    "its gradient": (
        SOFTMAX + r"l(a, b) := -\sum_j a_j \log b_j",
        r"\partial_{o_j} l(\mathbf{y}, \hat{\mathbf{y}}) = \frac{\exp(o_j)}{\sum_{k=1}^q \exp(o_k)} - y_j "
        r"= \mathrm{softmax}(\mathbf{o})_j - y_j.",
    ),
    "mean squared error": (
        "n : size 2..3\ni : index n\ny, \\hat y : real[n]\n" r"\mathrm{MSE} := \frac{1}{n} \|y - \hat y\|^2",
        r"\mathrm{MSE} = \frac{1}{n}\sum_{i=1}^{n}(y_i - \hat{y}_i)^2",
    ),
    "Cauchy-Schwarz": (
        "n : size 2..4\nu, v : real[n]",
        r"|\mathbf{u}^\top \mathbf{v}| \le \|\mathbf{u}\|_2 \, \|\mathbf{v}\|_2",
    ),
    "Huber": (
        "a : (-3, 3)\n\\delta : (0.5, 2)\n" r"L_\delta(a) := py huber(a, delta)",
        r"L_{\delta}(a)=\begin{cases}{\frac {1}{2}}{a^{2}}&{\text{for }}|a|\leq \delta ,\\"
        r"\delta \cdot \left(|a|-{\frac {1}{2}}\delta \right),&{\text{otherwise.}}\end{cases}",
    ),
    "exponential series": (
        "x : (-1, 1)\n" r"\cdots : k=0..\infty -> \frac{x^k}{k!}",
        r"e^x = \sum_{n=0}^\infty \frac{x^n}{n!} = 1 + x + \frac{x^2}{2!} + \frac{x^3}{3!} + \cdots",
    ),
    "geometric sum": (
        "n : size 1..5\nr : (0.1, 0.9)\na : real",
        r"\sum_{k=0}^{n-1} ar^k = a\left(\frac{1-r^n}{1-r}\right)",
    ),
}

REFUSED = {
    "a sum over a set": (
        r"D_{\text{KL}}(P \parallel Q) = \sum_{x \in \mathcal{X}} P(x) \log\left(\frac{P(x)}{Q(x)}\right)",
        r"D_{\text{KL}} isn't declared",
    ),
    "an assignment": (
        r"\mathbf{w} \leftarrow \mathbf{w} - \frac{\eta}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} \partial_{\mathbf{w}} "
        r"l^{(i)}(\mathbf{w}, b)",
        "an assignment isn't an equation: write w' = w - …",
    ),
    "a sum without its brackets, as one book printed it": (
        r"-\log \prod_{i=1}^n p_i = \sum_{i=1}^n \frac{1}{2} \log(2 \pi s^2) + \frac{1}{2 s^2} (y_i - \mu)^2",
        "i is bound by a sum, product or integral and also stands outside it",
    ),
    "a distribution alone": (r"x \sim \mathcal{N}(\mu, s^2)", "an empty display"),
}


def huber(a: float, delta: float) -> float:
    return 0.5 * a * a if abs(a) <= delta else delta * (abs(a) - 0.5 * delta)


def attention(q: list[list[float]], k: list[list[float]], v: list[list[float]]) -> list[list[float]]:
    rows = []
    for query in q:
        scores = [sum(a * b for a, b in zip(query, key, strict=True)) / math.sqrt(len(query)) for key in k]
        weights = [math.exp(score) / sum(map(math.exp, scores)) for score in scores]
        rows.append([sum(w * value[c] for w, value in zip(weights, v, strict=True)) for c in range(len(v[0]))])
    return rows


@pytest.mark.parametrize("title", PASSING)
def test_it_passes_as_printed(title: str) -> None:
    result = check(*PASSING[title], {"huber": huber, "attention": attention})
    assert result.status == "tested", result.message


@pytest.mark.parametrize("title", REFUSED)
def test_it_is_refused_clearly(title: str) -> None:
    tex, message = REFUSED[title]
    result = check("n : size 2..3\ni, j : index n\np, y, o : real[n]\n\\mu : real\ns : pos\nx : real", tex)
    assert result.status == "failed"
    assert message in result.message
