"""What displays and annotations may say, what is refused, and what the refusals say."""

# ruff: noqa: E501 (rows of a table)

import pytest

from eqtest import Equation, Result, read_page

DECLARED = r"""
n : size 2..3
i, j, k : index n
x, a, b : real
z, v : real[n]
p : simplex[n]
W, A, B : real[n,n]
\gamma : pos
\delta : kronecker
m : int 1..6
f(x) := x^3 + 2x
H(a, b) := -\sum_i a_i \log b_i
"""


def page(tex: str, annotation: str = "", kind: str = "eq test") -> Equation:
    comment = f"<!-- {kind}\n{annotation}\n-->\n" if kind else ""
    (equation,) = read_page(f"<!-- eq-page{DECLARED}-->\n\n{comment}$$\n{tex}\n$$\n", "page.md")
    return equation


def check(tex: str, annotation: str = "") -> Result:
    return page(tex, annotation).check({})


TRUE = [
    (r"(x + 1)^2 = x^2 + 2x + 1", ""),
    (r"\frac12 + \frac13 = \frac56, \quad 0.1 + 0.2 = 0.3", ""),
    (r"1{,}000 = 10^3", ""),
    (r"\sum_{i=1}^n \sum_{j \ne i} z_i z_j = \left(\sum_i z_i\right)^2 - \sum_i z_i^2", ""),
    (r"\sum_{i=1}^n z_i = \mathbf{1}^\top \mathbf{z} = \sum_{i} z_i", r"\mathbf{1}_i := 1"),
    (r"\sum_{i,j} W_{ij} z_i z_j = z^\top W z", ""),
    (r"\prod_{k=1}^{m} k = m!", ""),
    (r"\max_i z_i \ge \min_i z_i, \qquad \max(a, b) + \min(a, b) = a + b", ""),
    (r"f'(x) = 3x^2 + 2, \qquad f''(x) = 6x", ""),
    (r"\frac{d^2}{dx^2} f(x) = 6x", ""),
    (r"\frac{\partial^2}{\partial z_i \partial z_j} \left(\sum_{k=1}^n z_k^2\right) = 2 \delta_{ij}", ""),
    (r"\partial_{z_j} \sum_k z_k^2 = 2 z_j", ""),
    (r"3 \partial f(x) / \partial x \cdot \partial b^2 / \partial b + 1 = 3 (3x^2 + 2) (2b) + 1", ""),
    (r"\partial \log p_i / \partial p_j = \delta_{ij} / p_i", ""),
    (r"(A B)^\top = B^\top A^\top, \qquad \operatorname{tr}(A B) = \operatorname{tr}(B A)", ""),
    (r"\|z\|_2^2 = z^\top z, \qquad \|z\|_1 = \sum_i |z_i|, \qquad \|z\|_\infty = \max_i |z_i|", ""),
    (r"z \odot v = \operatorname{diag}(z) v", ""),
    (r"\log_2 8 = 3, \qquad \ln e = 1, \qquad 1 - \operatorname{tanh}^2(x) = \frac{1}{\cosh^2 x}", ""),
    (r"H(p, p) \ge 0, \qquad H(p, p) = \sum_j p_j \log \frac{1}{p_j}", ""),
    (r"-\sum_i y_i \log y_i = 0", "y : onehot[n]"),
    (r"\lceil x \rceil = -\lfloor -x \rfloor", ""),
    (r"|x| = \begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}", ""),
    (r"\int_0^1 t^m \, dt = \frac{1}{m + 1}", ""),
    (r"\int_0^1 \sum_{j=1}^{2} t^j \, dt = \frac{5}{6}", ""),
    (r"\sum_{k=0}^\infty \frac{1}{2^k} = 2, \qquad \sum_{k=1}^\infty \frac{1}{k^2} = \frac{\pi^2}{6}", ""),
    (r"1 + 2 + \cdots + m = \frac{m (m + 1)}{2}", "m : int 2..9\n\\cdots : k=1..m -> k"),
    (r"2 \cdot 4 \cdots (2m) = 2^m m!", "m : int 2..5\n\\cdots : k=1..m -> 2k"),
    (r"\sqrt[3]{\gamma^3} = \gamma = \sqrt{\gamma^2}", ""),
    (
        r"\begin{bmatrix} a & b \\ 0 & 1 \end{bmatrix} \begin{bmatrix} 1 \\ 1 \end{bmatrix} "
        r"= \begin{bmatrix} a + b \\ 1 \end{bmatrix}",
        "",
    ),
    (r"|x| = \begin{cases} x & \text{if } x \ge 0 \\ -x & \text{if } x \le 0 \end{cases}", "samples: 40"),
    (r"|m - 3| = \begin{cases} m - 3 & \text{if } m \ge 3 \\ 3 - m & \text{if } m \le 3 \end{cases}", ""),
    (r"\begin{gathered} a + a = 2a \\ b + b = 2b \end{gathered}", ""),
    (r"\begin{aligned} (a + b)^3 &= a^3 + 3 a^2 b \\ &\quad + 3 a b^2 + b^3 \end{aligned}", ""),
    (r"w' = w - \eta \frac{\partial L}{\partial w} = w - 2 \eta w", "w, \\eta : real\nL := w^2\nw' := w - 2 \\eta w"),
    (r"L_{\text{Poly}} = \epsilon_1 (1 - q)", "L_{\\text{Poly}} := \\epsilon_1 - q \\epsilon_1\n\\epsilon_1, q : real"),
    (r"\tanh x = x + O(x^3), \qquad \sin x \sim x, \qquad \frac{\sin x}{x} \to 1", "x -> 0"),
    (r"g''(x) = g(x)", "g(t) := e^t"),
    (r"\int_0^1 \int_0^s t \, dt \, ds = \frac16", ""),
    (r"\lim_{t \to \infty} \frac{2t + 1}{t} = 2", ""),
    (r"\pi \approx 3.1416", ""),
    (r"\tanh x \approx x", "tight 1 within 0.01: x := 0\nx : (0.01, 0.1)"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "annotation"), TRUE)
def test_true_displays_pass(tex: str, annotation: str) -> None:
    result = check(tex, annotation)
    assert result.status == "tested", result.message


BOOKS = [
    ("\\mathbb{E}[X] = p, \\qquad \\operatorname{Var}(X) = p (1 - p)", "X ~ bernoulli(p)\np : (0, 1)"),
    ("\\mathbb{E}_{k \\sim p}[f_k] = \\sum_k p_k f_k", "n : size 2..4\np : simplex[n]\nf : real[n]"),
    ("X \\sim \\{1, 2\\}, \\qquad \\mathbb{E}[X^2] = 5/2", ""),
    ("P(X = 1 \\mid X \\ge 1) = \\frac{p_1}{p_1 + p_2}", "p_0, p_1, p_2 : pos\nX ~ finite(0, 1, 2; p_0, p_1, p_2)"),
    (
        "\\operatorname*{argmax}_k z_k = \\operatorname*{arg\\,max}_k e^{z_k} = \\arg\\max_k z_k",
        "n : size 2..4\nz : real[n]",
    ),
    (
        "\\nabla f(z) = 2 z, \\qquad \\nabla^2_z f(z) = 2 I",
        "n : size 1..3\nz : real[n]\ni,j : index n\n\\delta : kronecker\nI_{ij} := \\delta_{ij}\nf(a) := a^\\top a",
    ),
    (
        "\\frac{\\partial \\mathbf{a}}{\\partial \\mathbf{b}} = \\mathbf{W}",
        "layout: numerator\nm : size 1..2\nn : size 1..3\nW : real[m,n]\nb : real[n]\na := W b",
    ),
    (
        "\\frac{\\partial L}{\\partial \\mathbf{W}} = \\delta x^\\top",
        "layout: denominator\nm : size 1..2\nn : size 1..3\nW : real[m,n]\nx : real[n]\n\\delta : real[m]\nL := \\delta^\\top W x",
    ),
    ("\\sum_i z_i = z_1 + z_2 + z_3", "z : real[3]"),
    (
        "p_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}} = \\operatorname{softmax}(z)_i, \\quad i = 1, \\dots, n",
        "n : size 2..3\nz : real[n]\np := \\operatorname{softmax}(z)",
    ),
    ("\\frac{d}{dx} |x| = 1 \\quad \\text{if } x > 0", "x : real"),
    ("\\int_0^x \\frac{dt}{\\cosh^2 t} = \\tanh x", "x : pos"),
    ("\\int_{\\mathbb{R}} e^{-t^2} dt = \\sqrt{\\pi}", ""),
    (
        "x - \\frac{x^2}{2} + \\cdots + (-1)^{n+1} \\frac{x^n}{n} + R_n = \\log(1 + x)",
        "x : (0.1,0.5)\nn : int 3..5\n\\cdots : k=1..n -> (-1)^{k+1} \\frac{x^k}{k}\nR_n := \\log(1+x) - \\sum_{k=1}^n (-1)^{k+1}\\frac{x^k}{k}",
    ),
    ("\\max_i z_i \\le \\log \\sum_i e^{z_i}", "n : size 2..3\nz : real[n]\ntight 1 within 0.01: z_i := 100 i"),
    (
        "y_i = \\sum_{k=-\\infty}^{\\infty} x_{i-k} w_k = \\sum_k x_k w_{i-k}",
        "x : real[4]\nw : real[2]\nzero outside: x, w\nj: index 6\ny_j := \\sum_{k=1}^4 x_k w_{j-k}\ni : index 6",
    ),
    ("\\mathbb{1}[x > 0] + \\mathbb{1}_{x \\le 0} = 1", "x : real"),
    (
        "\\mathbb{E}[(X - \\mu)^2] = \\sigma^2, \\qquad P(X \\le \\mu) = \\frac12",
        "\\mu : real\n\\sigma : pos\nX ~ normal(\\mu, \\sigma^2)",
    ),
    (
        "\\operatorname{Var}\\left(\\sum_{k=1}^n W_k x_k\\right) = v \\sum_k x_k^2",
        "n : size 1..3\nx : real[n]\nv : pos\nW ~ normal(0, v)[n]",
    ),
    ("\\underbrace{x + x}_{\\text{twice}} = 2x \\tag{1}", "x : real"),
    ("\\binom{n}{k} = \\frac{n!}{k! (n-k)!}", "n : int 4..6\nk : int 0..4"),
    ("\\langle x, y \\rangle = \\sum_i x_i y_i, \\qquad \\lVert x \\rVert_2^2 = x^\\top x", "x, y : real[3]"),
    ("x_{11} = \\operatorname{tr}(x) - x_{22}", "x : real[2,2]"),
    ("\\lim_{t \\to 0^+} \\frac{|t|}{t} = 1", ""),
    ("\\frac{1 - \\cos x}{x^2} < \\frac12", "x : (10^{-17}, 10^{-16})"),
    ("\\pi \\approx 3.14 \\cdot 10^0", ""),
    ("\\max_{x \\in [0, 1]} x (1 - x) = \\frac14", ""),
    (
        "(A \\otimes B)_{1,1} = A_{11} B_{11}, \\qquad (X^\\top X)^{-1} X^\\top X v = v",
        "A, B, X : real[2,2]\nv : real[2]",
    ),
    (
        "\\phi(W v) = h",
        "W : real[2,2]\nv : real[2]\n\\phi(a) := \\frac{a}{1 + |a|}\ni, j : index 2\nu_i := \\sum_j W_{ij} v_j\nh_i := \\frac{u_i}{1 + |u_i|}",
    ),
    ("g(y) = y^3", "x, y : real\nc := x^2\ng(x) := c x"),
    (r"\operatorname{diag}(\phi(z)) z = \phi(z) \odot z", "n : size 1..2\nz : real[n]\n\\phi(a) := \\frac{1}{1 + a^2}"),
    (r"\max\{z_1, z_2, \dots, z_n\} = \max_i z_i", "n : size 2..3\nz : real[n]"),
    (
        r"\nabla_{w_j} E(w_1, \ldots, w_n) = 2 w_j",
        r"n : size 2..3; j, k : index n; w : real[n,2]; E(w_1, \ldots, w_n) := \sum_k w_k^\top w_k".replace("; ", "\n"),
    ),
    (
        r"\nabla_w \nabla_v f = v w^\top + v^\top w I",
        r"v, w : real[2]; i, j : index 2; I_{ij} := \mathbb{1}[i = j]; f := \frac{(v^\top w)^2}{2}".replace("; ", "\n"),
    ),
    (
        r"s(i) = (x * w)(i) = \sum_{a=-\infty}^\infty x_{i-a} w_a",
        r"x, w : real[3]; i : int 1..5; zero outside: x, w; s(i) := \sum_{a=-\infty}^\infty x_a w_{i-a}; (x * w)(i) := s(i)".replace(
            "; ", "\n"
        ),
    ),
    (r"a \bmod m = a - m \lfloor a / m \rfloor", "a : int 1..20\nm : int 1..5"),
    (
        r"\nabla f(x)^\top \Delta x = -\| \nabla f(x) \|^2 = \left. \frac{d}{dt} f(x + t \Delta x) \right|_{t=0}",
        "n : size 1..2\nt : real\nx : real[n]\ni : index n\nf(x) := \\sum_i x_i^4\n\\Delta x := -\\nabla f(x)",
    ),
    (r"\frac{d}{dt} e^{3t} \Big|_{t=0} = 3", "t : real"),
    (
        r"y[i] = \sum_{k=-\infty}^\infty x[k] h[i - k] = \sum_{k=-\infty}^\infty h[k] x[i - k]",
        "i : int 1..6\nx : real[4]\nh : real[2]\nzero outside: x, h\nj : index 6\ny_j := \\sum_{k=1}^4 x_k h_{j-k}",
    ),
    (r"e^{(x - 1)^2} = e^{x^2} e^{1 - 2x}, \qquad e^{(1 - x)} e^x = e", "x : real"),
    (r"1 + a_1 + \cdots + a_n + 1 = 2 + \sum_i a_i", "n : size 1..3\na : real[n]\n\\cdots : k=1..n -> a_k"),
    (r"2 a_1 a_2 \cdots a_n = 2 \prod_i a_i", "n : size 2..3\na : real[n]\n\\cdots : k=1..n -> a_k"),
    (r"\sum_{y'=0}^1 x^{y'} = 1 + x", "x : real"),
    (r"\sum_i -x_i = -\sum_i x_i", "n : size 2..3\nx : real[n]"),
    (
        r"\sum_{i=1}^m \| \mathbf{x}^{(i)} \|^2 = \sum_i \sum_j (x^{(i)}_j)^2",
        "m, n : size 2..3\nx : real[m,n]\nj : index n",
    ),
    (
        r"\mathbb{1}[z > 0] \odot z = \frac{1}{2} (z + a), \quad i = 1, \dots, n",
        "n : size 1..3\nz : real[n]\na_i := |z_i|\ni : index n",
    ),
    (r"\mathbb{E}_{\xi_k}[\xi_k^2 x x^\top] = x x^\top", "\\xi_k ~ normal(0, 1)\nx : real[2]"),
    (
        r"\nabla_x J(c) = 2 c \quad \text{for all } c \in \mathbb{R}^n",
        "n : size 1..3\nx, c : real[n]\nJ(x) := x^\\top x",
    ),
    (r"\mathbb{E}[|X|] = \sqrt{\frac{2}{\pi}}", "X ~ normal(0, 1)"),
    (r"\operatorname{cov}[X, X + 2Y] = \operatorname{var}[X] = 3", "X, Y ~ normal(0, 3)"),
    (r"\left( \sum_i x_i y_i \right)^2 \le \sum_i x_i^2 \sum_i y_i^2", "n : size 2..3\nx, y : real[n]"),
    (
        r"\sum_{\substack{i,j \\ \text{s.t.} \\ (i - 1) + j = 3}} x_i x_j = 2 x_1 x_3 + x_2^2",
        "i, j : index 3\nx : real[3]",
    ),
    (r"\sum_k t_{ik} = 1, \qquad \sum_k y_{ik} \triangleq 1", "i, k : index 2\nt : onehot[2,2]\ny : simplex[2,2]"),
    (r"\mathbb{E}[(X - \mathbb{E}[X])^2] = 4", "X ~ normal(1, 4)"),
    (
        r"\operatorname{Var}(Y) = \mathbb{E} \operatorname{Var}(Y \mid X) + \operatorname{Var}(\mathbb{E}[Y \mid X])",
        "X ~ finite(-1, 2; 1/4, 3/4)\nU ~ finite(0, 1)\nY := X + X U",
    ),
    (
        r"\mathbb{E} g(X) \ge \mathbb{E} L(X) = L(\mathbb{E} X) = g(\mathbb{E} X)",
        "X ~ finite(-1, 2; 1/4, 3/4)\ng(x) := x^2\nm := \\mathbb{E}[X]\nL(x) := m^2 + 2 m (x - m)",
    ),
    (
        r"p(A = 1 | B = 1) = \frac{p(B = 1 | A = 1) p(A = 1)}{p(B = 1)}",
        "u, v : (0.1, 0.9)\nA ~ bernoulli(u)\nU ~ bernoulli(v)\nB := A U + (1 - A) (1 - U)",
    ),
    (
        r"P(Y_1 = y_1, \dots, Y_n = y_n) = \prod_{i=1}^n P(Y_i = y_i) = P(Y_1 = y_1, Y_2 = y_2)",
        "n : size 2\nq : (0, 1)\nY ~ bernoulli(q)[n]\ny : int 0..1 [n]",
    ),
    (
        r"H(X, Y) = H(X) + H(Y \mid X)",
        "p : simplex[2]\nX ~ categorical(p)\nU ~ bernoulli(1/3)\nY := X U\nH(X) := -\\sum_{k=1}^2 P(X = k) \\log P(X = k)\n"
        "H(X, Y) := -\\sum_{k=1}^2 \\sum_{m=0}^2 P(X = k, Y = m) \\log P(X = k, Y = m)\n"
        "H(Y \\mid X) := -\\sum_{k=1}^2 \\sum_{m=0}^2 P(X = k, Y = m) \\log P(Y = m \\mid X = k)",
    ),
    (
        r"\mathbf{x} \cdot \mathbf{y} = \sum_i x_i y_i = 2 \mathbf{y} \cdot \frac{\mathbf{x}}{2}",
        "n : size 1..3\nx, y : real[n]",
    ),
    (r"\frac{\partial y}{\partial w} = f'(x) f'(w)", "w : real\nf(x) := \\sin x + x^2\nx := f(w)\ny := f(x)"),
    (r"\nabla f(\mathbf{x}) \cdot \mathbf{d} = 2 \mathbf{d} \cdot \mathbf{x}", "x, d : real[3]\nf(x) := x^\\top x"),
    (r"\mathbb{E}[2 |Z|] = 2 \mathbb{E}[|Z| | Z > 0]", "Z ~ normal(0, 1)"),
    (
        r"\log \det \Sigma = \log |\Sigma| = \log(a^2 - 1)",
        "a : (2, 3)\n\\Sigma := \\begin{bmatrix} a & 1 \\\\ 1 & a \\end{bmatrix}",
    ),
    (
        r"X - \mu = \sigma Z, \qquad \mathbb{E}[X Z \mid Z] = X Z + 0 \mu",
        "\\mu : real\n\\sigma : pos\nZ ~ normal(0, 1)\nX := \\mu + \\sigma Z",
    ),
    (
        r"P(X > s + t \mid X > s) = P(X > t) = e^{-\lambda t}, \qquad \operatorname{Var}(X) = \frac{1}{\lambda^2}",
        "\\lambda, s, t : pos\nX ~ exponential(\\lambda)",
    ),
    (
        r"P(X = k) = \frac{\lambda^k}{k!} e^{-\lambda}, \qquad \mathbb{E}[e^{tX}] = e^{\lambda (e^t - 1)}, \qquad \operatorname{Var}(X) = \lambda",
        "\\lambda : pos\nX ~ poisson(\\lambda)\nk : int 0..3\nt : (-1, 1)",
    ),
    (
        r"P(X = k) = \binom{m}{k} q^k (1 - q)^{m - k}, \qquad \operatorname{Var}(X) = m q (1 - q)",
        "m : int 1..3\nk : int 0..3\nq : (0, 1)\nX ~ binomial(m, q)",
    ),
    (
        r"P(A \cup B) = P(A) + P(B) - P(A \cap B), \quad P(A \mid B) = \frac{P(B \mid A) P(A)}{P(B)}, \quad P(A^c) = 1 - P(A)",
        "q, r : (0, 1)\nA ~ bernoulli(q)\nU ~ bernoulli(r)\nB := A U + (1 - A) (1 - U)",
    ),
    (r"P(AB) + P(A B^c) = P(A)", "q, r : (0, 1)\nA ~ bernoulli(q)\nB ~ bernoulli(r)"),
    (
        r"p(y = 1 \mid x; \theta) = \frac{1}{1 + e^{-\theta x}}",
        "x, \\theta : real\ns(x) := 1 / (1 + e^{-x})\np(y \\mid x; \\theta) := s(\\theta x)^y (1 - s(\\theta x))^{1 - y}",
    ),
    (
        r"f_k(x) = (W x)_k, \qquad \log \operatorname{softmax}_k(f(x)) = f_k(x) - \log \sum_{k'} e^{f_{k'}(x)}",
        "n : size 1..3\nW : real[2,n]\nx : real[n]\nk, k' : index 2\nf_k(x) := \\sum_j W_{kj} x_j\nj : index n",
    ),
    (
        r"S(i,j) = \sum_m \sum_n I(i + m, j + n) K(m, n) + 0 x",
        "I : real[4,4]\nK : real[2,2]\ni, j : index 2\nx : real\nS(i, j) := \\sum_{m=1}^2 \\sum_{n=1}^2 I_{i+m,j+n} K_{mn}",
    ),
    (r"g(G)_{ij} = 2 G_{ij}", "i, j : index 2\nG : real[2,2]\ng(G)_{ij} := G_{ij} + G_{ij}"),
    (r"\mathrm{E}X = n q", "n : int 1..3\nq : (0, 1)\nX ~ binomial(n, q)"),
    (r"\sum_i x_{i y_i} = x_{1 y_1} + x_{2 y_2}", "x : real[2,3]\ny : int 1..3 [2]"),
    (r"\sum_{k=a}^{b} c^k = \frac{c^a - c^{b + 1}}{1 - c}, \qquad b \ge a", "a, b : int 0..4\nc : (0, 0.9)"),
    (r"\nabla_{w_j} \sum_k w_k^\top w_k = 2 w_j", "m : size 1..2\nw : real[3,m]\nj : index 3"),
    (
        r"z_i = \sum_j W_{ij} x_j, \qquad z = W x",
        "m : size 1..2\nn : size 1..2\nW : real[m,n]\nx : real[n]\ni : index m\nz := (x^\\top W^\\top)^\\top",
    ),
    (r"\sum_k a_k = a_3 + a_4 + a_5", "a : real[6]\nk : int 3..5"),
    (
        r"\sum_{k=-\infty}^{\infty} h(k) x(n - k) = \sum_{k=-\infty}^{\infty} x(k) h(n - k), \qquad D(p||q) = \sum_i p_i \log \frac{p_i}{q_i}",
        "n : int 0..3\nx, h : real[2]\nzero outside: x, h\np, q : simplex[3]\n"
        "D(a||b) := \\sum_i a_i (\\log a_i - \\log b_i)",
    ),
    (r"\pi \simeq 3.142", ""),
    (r"\sum_{k=1}^3 f(k) + 2 \lambda = 6 + c", "x ~ normal(0, 1)\nf(x) := x\n\\lambda : real\nc := py 2 * lambda_"),
    (r"P(|Z| > t) \le \sqrt{\frac{2}{\pi}} \frac{e^{-t^2/2}}{t}", "t : pos\nZ ~ normal(0, 1)\nsamples: 1"),
]


@pytest.mark.parametrize(("tex", "annotation"), BOOKS)
def test_what_books_write_is_read(tex: str, annotation: str) -> None:
    (equation,) = read_page(f"<!-- eq books\n{annotation}\n-->\n$$\n{tex}\n$$\n")
    result = equation.check({})
    assert result.status == "tested", result.message


FALSE = [
    (r"x^2 > 0", "", "is false"),
    (r"(x - 1)^2 > 0", "", "is false"),
    (r"2 x a < x^2 + a^2", "", "is false"),
    (r"\log \gamma < \gamma - 1", "", "is false"),
    (r"f(z) \cdot v < \|f(z)\| \|v\|", "", "is false"),
    (r"x a \le x, \quad \text{for all } x \in \mathbb{R}, a \in [0, 1]", "a : (0, 1)", "membership isn't evaluated"),
    (r"\sum_{k=-\infty}^{\infty} s[k] t[m - k] = 0", "m : int -1..8\ns, t : real[3]\nzero outside: s, t", "is false"),
    (r"\pi \simeq 3.152", "", "is false"),
    (r"\nabla_{w_1} (w_1^\top w_1) = 0", "w : real[3,1]", "is false"),
    (r"\operatorname{softmax}(V w_1)_1 = 1", "w : real[3,1]\nV : real[2,1]", "is false"),
    (r"\sum_k a_k = a_1 + a_2 + a_3 + a_4 + a_5 + a_6", "a : real[6]\nk : int 3..5", "is false"),
    (r"Q_{k k'} = Q_{k' k}", "Q : real[3,3]\nk, k' : int 1..2", "is false"),
    (
        r"P(|\bar{X} - q| > r) \le 2 e^{-4 n r^2}",
        "q : (0.05, 0.95)\nr : (0.01, 1)\nX ~ bernoulli(q)[n]\n\\bar{X} := \\frac{1}{n} \\sum_i X_i",
        "is false",
    ),
    (r"x + a = a + x, \qquad 2 x \ge a", "", "is false"),
    (r"f_k(x) = k x", "f_k(x) := k + x", "is false"),
    (r"P(A \cup B) = P(A) + P(B)", "A, B ~ bernoulli(1/3)", "is false"),
    (r"X_1 = X_2", "X ~ normal(0, 1)[2]", "is false"),
    (r"X^2 = X", "X ~ finite(0, 1, 2)", "is false"),
    (r"X \le 5", "X ~ normal(0, 1)", "is false"),
    (r"X \le 5", "X ~ exponential(1)", "is false"),
    (r"X \le 8", "X ~ poisson(1)", "is false"),
    (r"\mathbb{E}[X] = X", "X ~ uniform(0, 1)", "is false"),
    (r"\mathbb{E}[Y \mid X] = 2 X", "X, Z ~ normal(1, 1)\nY := X + X Z + Z - X", "is false"),
    (
        r"P(Y_1 = y_1, \dots, Y_n = y_n) = P(Y_1 = y_1)^n",
        "q : (0, 1)\nY ~ bernoulli(q)[n]\ny : int 0..1 [n]",
        "is false",
    ),
    (r"z \cdot v = \sum_i z_i v_i + z_1", "", "is false"),
    (r"\det W = -|W|", "", "is false"),
    (r"P(X = k) = e^{-2} \frac{2^k}{k}", "X ~ poisson(2)\nk : int 1..4", "is false"),
    (r"(x + 1)^2 = x^2 + x + 1", "", "is false"),
    (r"\sum_i \log z_i = \log \prod_i z_i", "", "the left side has no value: log("),
    (r"x < x^2", "", "is false"),
    (r"x^2 < 5", "", "is false"),
    (r"\gamma < 4", "", "is false"),
    (r"z = v", "", "is false"),
    (r"\frac{\partial}{\partial x_i} x = 1", "", "a number has no entry (1,)"),
    (r"\pi \approx 3.15", "", "is false"),
    (r"x < \infty", "", "infinity can't be compared with a number"),
    (r"\sum_{k=1}^\infty 2^k = -2", "", "the series diverges"),
]


@pytest.mark.parametrize(("tex", "annotation", "message"), FALSE)
def test_false_displays_fail(tex: str, annotation: str, message: str) -> None:
    result = check(tex, annotation)
    assert result.status == "failed"
    assert message in result.message


def test_the_report_names_the_line_inside_the_display() -> None:
    result = check("\\begin{aligned}\na &= a + 0 \\\\\n&= a + 1\n\\end{aligned}")
    assert result.message.startswith("page.md:20: equation 'test': step 2 of 2 is false\n    a + 0 = a + 1\n")


def test_a_bad_declaration_is_reported_with_its_line() -> None:
    message = check("x = x + 0", "c : real\nq ; real").message
    assert message.startswith("page.md:17: equation 'test': can't read the declaration `q ; real`")


@pytest.mark.parametrize(
    "annotation",
    [
        "q : pos\nq : real",
        "q_i := 2 z_i\nq_i := 3 z_i",
        "q : pos\nr, q : pos",
        "q(t) := t\nq(s) := 2 s",
        "q : pos\nq := py 1",
    ],
)
def test_a_name_is_declared_once(annotation: str) -> None:
    result = check("x = x + 0", annotation)
    assert result.message.startswith("page.md:17: equation 'test': can't read the declaration")
    assert "is declared twice" in result.message


def test_a_definition_in_a_chain_may_be_written_out() -> None:
    assert check("q = x + x = 2x", "q := x + x").status == "tested"


def test_integers_are_exact_and_other_seeds_give_other_points() -> None:
    result = check(r"m^{40} + 1 = 1 + m^{40}")
    assert (result.checks, result.points) == (1, 6)  # all of them
    wrong = page(r"m^{40} = m^{40} + \lfloor m / 6 \rfloor")
    assert all(wrong.check({}, seed=seed).status == "failed" for seed in range(5))


def test_samples_says_how_many() -> None:
    assert check("x + a = a + x", "samples: 200").points == 200
