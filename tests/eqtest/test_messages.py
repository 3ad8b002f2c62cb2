r"""Every message has an example, and its advice works when it is followed to the letter.

A new message needs a row: what provokes it, the page with the advice followed, and the words that matter.
"""

# ruff: noqa: E501 (rows of a table)

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eqtest import read_page

ROOT = Path(__file__).parents[2]
DECLARED = r"""<!-- eq-page
n : size 2..3
i, j, k : index n
x, a, b : real
z, v : real[n]
p : simplex[n]
A, B : real[n,n]
\gamma : pos
m : int 1..6
X, Y, Z ~ normal(0, 1)
f(x) := x^3 + 2x
H(a, b) := -\sum_i a_i \log b_i
-->
"""
CODE: dict[str, Any] = {
    "twice": lambda x: 2 * x,
    "third": 1 / 3,
    "words": lambda x: "no",
    "ragged": [[1.0], [1.0, 2.0]],
    "math_inf": float("inf"),
}


def written(text: str) -> str:
    """Return a page with a display, which stands behind its declarations: `x : real $$ x + x = 2x`."""
    declarations, _, tex = text.rpartition(" $$ ")
    return f"{DECLARED}\n<!-- eq test\n{declarations}\n-->\n$$\n{tex}\n$$\n"


# What is refused, or false; what its message advises, if anything; words of the message.
FORMULAS: list[tuple[str, ...]] = [
    # tex
    ("1" + " + 1" * 9_999 + " = 0", "1 + 1 = 2", "a formula of 40003 characters: split it, 20000 are read"),
    ("x + α = α + x", r"\alpha : real $$ x + \alpha = \alpha + x", "'α' has no meaning in a formula: write it in TeX", "x + ⟪here⟫α"),
    ("x < 1" + "0" * 1000, "x < 10^{1000}", "a number of 1001 digits: write a power"),
    ("x^10 = x^4 x^6", "x^{10} = x^4 x^6", "TeX takes only one digit of 10 here: write {10}", "x^⟪here⟫10"),
    (r"\frac123 = 4", r"\frac1{23} = \frac{2}{46}", "TeX takes only one digit of 23 here: write {23}", r"\frac1⟪here⟫23"),
    ("{" * 61 + "x" + "}" * 61 + " = x", "y := {x + 1} $$ {{y}} - 1 = x", "nested more than 60 deep: define the inner part first"),
    (r"\left x + a \right = a + x", r"\left( x + a \right) = a + x", r"\left needs a bracket after it"),
    (r"x \right) = 1", "", r"\right closes nothing", r"x ⟪here⟫\right)"),
    (r"\frac{x}{2 = 1", "", "{ is never closed", r"\frac{x}⟪here⟫{2"),
    (r"\begin{aligned} a &= a + 0 \\ & a - 0 \end{aligned}", r"\begin{aligned} a &= a + 0 \\ &= a - 0 \end{aligned}", "does this row go on with the one above? begin it with a relation or a sign"),
    (r"a + b = b + a \\ a b = b a", r"\begin{aligned} a + b &= b + a \\ a b &= b a \end{aligned}", r"KaTeX drops \\ outside an environment: put the lines in \begin{aligned} … \end{aligned}"),
    (r"\begin{aligned} 2a &= a & + a \end{aligned}", r"\begin{aligned} 2a &= a + a & 2b &= b + b \end{aligned}", "no relation in a column: leave out its &, or write a &= b"),
    # cursor
    (r"x + \mathcal{N}(0, 1) = x", r"X ~ normal(0, 1) $$ \mathbb{E}[X] = 0 \qquad P(X \le 0) = \frac12", r"a distribution has no value: declare `X ~ normal(0, 1)`, then write \mathbb{E}[X] or P(X \le x)"),
    (r"a \leftarrow a - 2a", "a' := -a $$ a' = a - 2a", "an assignment isn't an equation: write w' = w - …, with a new name for the new value"),
    (r"x + x \propto x", "x + x = 2 x", "the factor is left open: write it, with ="),
    (r"1 + 1 = 2 \label{sum}", "1 + 1 = 2", r"KaTeX shows no \label: give the equation its name in the `eq` comment"),
    (r"z \circ v = v \circ z", r"z \odot v = v \odot z", r"this sign has several meanings: write \odot for entry by entry, or a sum for a convolution"),
    (r"z_i + z_i = 2z_i \quad \forall i", r"z_i + z_i = 2z_i \quad i = 1, \dots, n", r"write \quad i = 1, \dots, n at the end, or declare the index"),
    (r"\begin{array}{c} 1 \\ 1 \end{array} = 1", r"\begin{bmatrix} 1 \\ 1 \end{bmatrix} = \begin{bmatrix} 2/2 \\ 1 \end{bmatrix}", r"write \begin{bmatrix}, \begin{cases} or \begin{aligned}"),
    (r"\begin{eqnarray} 2a & = & a + a \end{eqnarray}", r"\begin{align} 2a &= a + a \end{align}", r"KaTeX knows no eqnarray: write \begin{align}, and &= for & = &"),
    (r"\mathop{CE} + 1 = 1", r"\operatorname{CE} := x + 1 $$ \operatorname{CE} - 1 = x", r"write \operatorname{…}"),
    (r"{\rm CE} + 1 = 1", r"\mathrm{CE} := x + 1 $$ \mathrm{CE} - 1 = x", r"write \mathrm{…}, \mathbf{…} or, for a function, \operatorname{…}"),
    ("x * a = a * x", r"(x * a)(t) := x a t $$ (x * a)(2) = 2 x \cdot a", r"write \cdot for a product, a sum for a convolution; a name such as `(x * w)(t)` can be declared"),
    (r"\iint_0^1 s t \, ds \, dt = \frac14", r"\int_0^1 \int_0^1 s t \, ds \, dt = \frac14", r"write one \int for each variable"),
    (r"(\pm x)^2 = x^2", r"(+x)^2 = x x \qquad (-x)^2 = x^2", "two statements in one: write two formulas", r"(⟪here⟫\pm x"),
    (r"x \in (0, 1), \qquad x^2 < x", "x : (0, 1) $$ x^2 < x", "membership isn't evaluated: leave it to the prose, and declare the domain, such as `x : (0, 1)`", r"x ⟪here⟫\in"),
    (r"a + b = b + a \implies a b = b a", r"a + b = b + a \qquad a b = b a", r"write two statements, with \qquad between them or in two displays"),
    (r"t : real $$ \left. t x + x \right. = 2x", r"t : real $$ \left. t x + x \right|_{t=1} = 2x", r"where to evaluate this? write \right|_{t=0}, with t declared"),
    ("A(k) = 1", "A[k, 1] = A_{k1} - 0", r"A is an array: write A[…] for an entry, \cdot for a product"),
    ("q_l := 2 z_l $$ q_1 = z_1 + z_1", "l : index n\nq_l := 2 z_l $$ q_1 = z_1 + z_1", "l isn't declared: declare it above as an index, such as `l : index n`"),
    (r"x = x + 0 \quad \text{for all } u \in \mathbb{R}", r"u : real $$ u + x = x + u \quad \text{for all } u \in \mathbb{R}", "declare it, such as `x : real[n]`"),
    (r"t : real $$ \left. t x \right|_t = 2x", r"t : real $$ \left. t x \right|_{t=2} = 2x", "a place reads: |_{t=0}"),
    (r"g(w_1, \ldots, w_n) := \sum_i w_i $$ g(z_2, \dots, z_n) = 1", r"g(w_1, \ldots, w_n) := \sum_i w_i $$ g(z_1, z_2, \dots, z_n) + n = \sum_i (z_i + 1)", r"an ellipsis between arguments goes from the first entry of an array to the last: x_1, \dots, x_n, with `x : real[n]`"),
    (r"d : real $$ \int_0^1 t \, dt = d - d + \frac12", r"c : real $$ \int_0^1 t \, dt = c - c + \frac12", "d is declared, so this integral has no dx: rename d"),
    (r"x + x \stackrel{!}{=} 2x", r"x + x \triangleq 2x", r"write = or \triangleq"),
    (r"g(w) := w^\top w $$ g'(z) = 2z", r"g(w) := w^\top w $$ \nabla g(z) = 2z", r"a prime here would be a derivative by a vector: write \nabla f(x)"),
    (r"m + m \bmod 2 = 2m \bmod 2", r"(m + m) \bmod 2 = 2m \bmod 2", r"\bmod in a sum: bracket what it applies to"),
    (r"\sum_k z_k (\sum_k v_k) = \sum_i \sum_j z_i v_j", r"\sum_k z_k (\sum_l v_l) = \sum_i \sum_j z_i v_j", "k is bound twice: use another letter for the inner one"),
    (r"x + x. = 2x", "x + x = 2x.", "an empty delimiter or a stray full stop: write one full stop, at the end of the display", "x⟪here⟫. = 2x"),
    (r"|x| = x \text{ here}", "where x > 0 $$ |x| = x", "words in a display aren't evaluated: move them to the prose, or declare a `where`", r"⟪here⟫\text{ here}"),
    ("a = - + b", "", "unexpected +", "a = - ⟪here⟫+ b"),
    ("a = ", "", "a term is missing"),
    ("(x + 1 = 2", "", "expected ), found =", "(x + 1 ⟪here⟫="),
    # parser
    (r"\mathbb{1}[x + a] = 1", r"\mathbb{1}[x \ge -2] = 1", "a condition needs a relation"),
    (r"2x = x \; 2", r"2x = x \cdot 2 \qquad x + x = 2x", r"a space this wide isn't read as a product: write \cdot, or \qquad between two statements"),
    (r"\sin x a = a \sin x", r"\sin(x) a = a \sin x", "does the function before apply to this factor too? use brackets", r"\sin x ⟪here⟫a"),
    ("a / 2 x = x a / 2", r"(a / 2) x = \frac{x a}{2}", r"does this belong to the denominator? use \frac or brackets", "a / 2 ⟪here⟫x"),
    ("x 2 = x + x", r"2 x = x \cdot 2", "a number after a factor: write the number first, or put a sign between", "x ⟪here⟫2"),
    (r"2 z \odot v = v \odot 2 z", r"(2 z) \odot v = v \odot (2 z)", r"bracket the factors of \odot"),
    (r"\cdots + 3 = 6", "", "one ellipsis, after at least one written term"),
    (r"1 + 2 - \cdots + 4 = 10", r"\cdots : k=1..4 -> k $$ 1 + 2 + \cdots + 4 = 10", "the sign before an ellipsis is that of the next term"),
    (r"1 + 2 + \cdots + m = \frac{m (m + 1)}{2}", "\\cdots : k=1..m -> k\nm : int 3..9 $$ 1 + 2 + \\cdots + m = \\frac{m (m + 1)}{2}", r"what does the ellipsis stand for? declare `\cdots : k=1..n -> general term`"),
    ("3!! = 720", "(3!)! = 720", "! after this needs brackets: n!! and 2^n! have other meanings", "3!⟪here⟫!"),
    ("2^3^2 = 64", "(2^3)^2 = 64", "^ after this needs brackets"),
    (r"A^\top_{ij}^2 = A_{ji} A_{ji}", r"(A^\top)_{ij} = A_{ji} \qquad (A^\top)^{-1} = (A^{-1})^\top", "^ after this needs brackets"),
    ("f(x)' = 3x^2 + 2", "f'(x) = 3x^2 + 2", "a prime follows the name of a function: f'(x)"),
    (r"\sin x \to 0 \quad \text{as } x \to 0^+", r"\lim_{x \to 0^+} \frac{|x|}{x} = 1", r"a limit from one side is read below \lim only, as in \lim_{x \to 0^+}"),
    ("T : int 2..2 $$ A^T = A A", r"T : int 2..2 $$ A^\top + A^\top = T A^\top", r"T is declared, and this could be a transpose: write \top, or rename T"),
    ("x^{(1)} + 1 = 1 + x^{(1)}", "x^{(1)} : real $$ x^{(1)} + 1 = 1 + x^{(1)}", "a label as a superscript: declare the whole name, such as `x^{(1)} : real`", "x⟪here⟫^{(1)}"),
    ("e : real $$ e^x = e^x + 0", r"u : real $$ u + \exp x = \exp x + u", r"e is declared, and e^… is the exponential: rename it, or write \exp"),
    ("f(x, a) = f(a, x)", "f(x, a) := x + a $$ f(x, a) = f(a, x)", "f is declared as f(·), and isn't as f(·,·)"),
    (r"\hat f(t) := t $$ \hat f^2(x) = x^2", r"\hat f(t) := t $$ \hat f(x)^2 + 1 = 1 + x^2", r"if \hat f is a function: write its argument in brackets"),
    ("f^2(x) = f(x) f(x)", "f(x)^2 = f(x) f(x)", "if f is a function: write its argument in brackets, powers after them", "⟪here⟫f^2(x)"),
    ("u_1 := 5\nu : real[2] $$ u_1 = 5", "w := 5\nu : real[2] $$ w = 4 + 1", "u_1 is an entry, and is declared besides: rename one"),
    (r"\sum_l z_l + z_l = 0", r"\sum_l (z_l + z_l) = 2 \sum_l z_l", "the sum over l ends before this: put its terms in brackets"),
    (r"\theta + 1 = 1 + \theta", r"\theta : real $$ \theta + 1 = 1 + \theta", r"\theta isn't declared: declare it in the annotation, such as `\theta : real`"),
    (r"\hat y_1 + 1 = 1 + \hat y_1", r"\hat y_1 : real $$ \hat y_1 + 1 = 1 + \hat y_1", r"`\hat y_1 : real`"),
    (r"\sigma(x) = \sigma(x + 0)", r"\sigma(x) := e^x $$ \sigma(x) = \sigma(x + 0)", r"a function as `\sigma(x) := …`, a number as `\sigma : real`"),
    ("CE + 1 = 1 + CE", r"\operatorname{CE} : real $$ \operatorname{CE} + 1 = 1 + \operatorname{CE}", r"for a name of several letters write \operatorname{C…}", "⟪here⟫CE"),
    (r"\sum_3 z_i = 1", r"\sum_i z_i = \sum_i (z_i + 1) - n", "expected one index such as i"),
    (r"\sum_k \sum_k z_k = 1", r"\sum_k \sum_j z_j = n \sum_j z_j", "k is bound twice: use another letter for the inner one", r"\sum_k \sum_⟪here⟫k"),
    # notation
    (r"\sin^{-1} x = \arctan \frac{x}{\sqrt{1 - x^2}}", r"\frac{1}{\sin x} \sin x = 1", r"\sin takes no subscript and no negative power: write \arctan or \frac"),
    (r"\tanh(x, 2) = 1", "", r"\tanh takes one argument", r"⟪here⟫\tanh"),
    (r"\log(x)^2 = 1", r"x : pos $$ 4 \log^2(x) = (\log(x^2))^2 \qquad \log((x)^2) = 2 \log x", r"does ^ belong to the argument? write \log^2(…) or bracket it", r"\log(x)⟪here⟫^2"),
    ("d : size 2..3 $$ \\frac{dx}{d} = x", "d : size 2..3 $$ \\frac{1 dx}{1 d} = x", "d is declared, and this reads as a derivative: rename d, or write 1 d"),
    (r"\sum^n z_i = 1", r"\sum_{i=1}^n z_i = \sum_i (z_i + 1) - n", r"\sum over what? write \sum_{i=1}^n, or \sum_i for a declared index", r"⟪here⟫\sum"),
    (r"\operatorname{argmax}(z) = 1", r"\operatorname{argmax}_i z_i = \operatorname{argmax}_{i=1}^n e^{z_i}", r"\operatorname{argmax} over what? write \operatorname{argmax}_{i=1}^n"),
    (r"\sum_l x^l = 1", "n : size 2..3\nl : index n $$ \\sum_l x^l = x \\sum_{l=1}^n x^{l-1}", "over which values of l? write bounds, declare `l : index n`", r"\sum_⟪here⟫l"),
    (r"\sum_{\hat t} \hat t = 3", "\\hat t : index 2 $$ \\sum_{\\hat t} \\hat t = 3", r"over which values of \hat t? write bounds, declare `\hat t : index n`"),
    (r"\max_t t (1 - t) = \frac14", r"t : (0, 1) $$ \max_t t (1 - t) = \frac14", "for a maximum an interval such as `t : (0, 1)`"),
    (r"\sum_{j,j} z_j = 1", r"\sum_{j,k} z_j = n \sum_j z_j", "j is bound twice: use another letter"),
    (r"\mathbb{E}_{x \sim f}[x] = 1", r"x ~ normal(0, 1) $$ \mathbb{E}[x] = 0", "a density isn't read here: leave out the subscript, and declare its distribution, as in `x ~ normal(0, 1)`"),
    (r"\mathbb{E}_{\hat x}[\hat x] = 0", r"\hat x ~ normal(0, 1) $$ \mathbb{E}_{\hat x}[\hat x] = 0 \qquad \mathbb{E}_{\hat x \sim p}[\hat x] = \sum_k k p_k", r"\hat x isn't a random variable: write \mathbb{E}_{\hat x \sim p}, or declare `\hat x ~ normal(0, 1)`"),
    (r"X ~ normal(0, 1) $$ \mathbb{E}_{X + 1}[X] = 0", r"X ~ normal(0, 1) $$ \mathbb{E}_X[X] = 0", r"expected a random variable, as in _{X \sim p}"),
    ("X ~ normal(0) $$ x = 1", r"X ~ normal(0, 1) $$ \mathbb{E}[X] = 0", "a distribution reads: normal(0, 1), uniform(0, 1), exponential(2), bernoulli(p), binomial(3, p), poisson(2), categorical(p), finite(-1, 1), finite(0, 2; 1/4, 3/4)"),
    (r"\mathbb{1}^\top z = \sum_i z_i", r"\mathbb{1}_i := 1 $$ \mathbb{1}^\top z = \sum_i z_i", r"what does \mathbb{1} count? write \mathbb{1}[x > 0], or declare `\mathbb{1}_i := 1` for an index i"),
    (r"\int 2t \, dt = 1", r"\int_0^1 2t \, dt = 1", "an indefinite integral has no value: write its bounds", r"⟪here⟫\int"),
    (r"\int_0^1 t = \frac12", r"\int_0^1 t \, dt = \frac12", r"this integral has no dx: write \, dx after the integrand", r"⟪here⟫\int"),
    (r"\int_1^2 \frac{t}{dt} = \frac32", r"\int_1^2 t \, dt = \frac32", "this integral has no dx"),
    (r"\int_0^1 \int_0^1 t \, dt \, dt = \frac12", r"\int_0^1 \int_0^1 t \, dt \, ds = \frac12", "t is bound twice: use another letter for the inner one"),
    (r"\frac{\partial^2 x}{\partial x} = 1", "", "numerator and denominator give different orders of the derivative", r"⟪here⟫\frac"),
    (r"\nabla x = 1", r"\nabla_z \sum_i z_i^2 = 2z", r"with respect to what? write \nabla_z, \partial L / \partial z or \frac{\partial …}{\partial …}", r"⟪here⟫\nabla"),
    (r"\nabla^3_z \sum_i z_i = 0", "", r"only \nabla and \nabla^2 are read"),
    (r"\frac{\partial x}{\partial 2} = 1", r"\frac{\partial x^2}{\partial x} = 2x", "differentiate with respect to a symbol or an entry"),
    (r"\frac{d}{dx} x x = 2x", r"\frac{d}{dx} (x x) = 2x", "does the derivative apply to this factor too? use brackets"),
    (r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix} = A", "", "the rows of this matrix differ in length"),
    (r"|x| = \begin{cases} x & x > 0 \\ -x & \text{else} \end{cases}", r"|x| = \begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}", r"write \text{if } and a condition, or \text{otherwise} in the last row"),
    # declarations
    ("q ; real $$ x = 1", "q : real $$ q + q = 2q", "'q ; real' isn't a declaration: write `name : domain`, `name := value`, `X ~ law`, `where …`, `tight …`, `x -> point`"),
    ("q : reals $$ x = 1", "q : real $$ q + q = 2q", "'reals' isn't a domain: size 2..4, index n, real, real[m,n], pos, (0, 1), simplex[n], onehot[n], int 1..5, kronecker"),
    ("q : (1, 2, 3) $$ x = 1", "", "an interval has two ends"),
    ("q : simplex $$ x = 1", r"q : simplex[n] $$ \sum_i q_i = 1", "simplex needs a size: simplex[n], or simplex[m,n] for m rows"),
    ("x := x + 1 $$ x = 1", "u := x + 1 $$ u - 1 = x", "x is defined by itself: use a new name"),
    (r"\max : real $$ x = 1", "u : real $$ u + u = 2u", "max has its meaning already: use another name"),
    ("c := py third within x $$ c = 1", "c := py third within 1e-12 $$ c = 1 / 3", "`within x`: write a number, such as `within 1e-12`"),
    ("y_i := py twice(z) $$ y_i = 2 z_i", "y := py [2 * c for c in z] $$ y_i = 2 z_i", "a py value is a whole array: declare it without indices"),
    ("c := py twice( $$ c = 1", "", "`py twice(` isn't a Python expression: '(' was never closed"),
    ("+ : real $$ x = 1", "", "expected a symbol's name"),
    ("g(t) : real $$ x = 1", "g(t) := t + 1 $$ g(x) = 1 + x + 0", "a function is declared with its value: `f(x) := …`"),
    ("tight 1 within 0.1: x = 1 $$ x < 3", "x : (-2, 2)\ntight 1 within 0.1: x := 2 $$ x \\le 2", "`tight` assigns values: write `p := …`, not 'x = 1'"),
    ("z_1 := 5 $$ x = 1", "", "z is an array: its entries have their values already"),
    ("y^2 : real $$ x = 1", "y^{(2)} : real $$ y^{(2)} + 1 = 1 + y^{(2)}", "a power can't be declared; a label can, such as `x^{(1)}`"),
    ("x + a := 3 $$ x = 1", "", "+ can't stand on the left of a definition"),
    # scope, steps
    ("x + 1", "x + 1 = 1 + x", "an expression states nothing: a display needs a relation such as =", "⟪here⟫x + 1"),
    (r"\quad", "", "an empty display"),
    (r"z_i = z_i + 0, \quad i j = 1, \dots, n", r"z_i = z_i + 0, \quad i = 1, \dots, n", r"the range of an index reads: i = 1, \dots, n"),
    (r"\text{if } x > 0", r"|x| = x \quad \text{if } x > 0", "what does this condition belong to? write the statement first"),
    (r"\sum_{i \ne j} z_i z_j = (\sum_i z_i)^2 - \sum_i z_i^2", r"\sum_j \sum_{i \ne j} z_i z_j = (\sum_i z_i)^2 - \sum_i z_i^2", r"is this a sum over j too? write one sum for each, the second with the condition: \sum_{j} \sum_{i …}"),
    (r"\sum_k z_k + z_k = 2 \sum_k z_k", r"\sum_k (z_k + z_k) = 2 \sum_k z_k", "k is bound by a sum, product or integral and also stands outside it: a sum ends at the next + or −: put its terms in brackets, or use another letter"),
    ("x = x", "", "both sides are the same, so this can't fail"),
    ("q := x + 1 $$ q = x + 1", "q := py x + 1 $$ q = x + 1", "this restates a definition, so it can't fail: instead of declaring it, say `eq-define`, or give the symbol a Python oracle (`… := py …`)"),
    # equation
    ("tight 2 within 0.1: x := 1 $$ x < 3", "", "`tight 2`, but the last relation is 1"),
    ("q := " + "(" * 250 + "x" + ")" * 250 + " $$ x = 1", "", "it is nested too deep, or never ends"),
    ("u : real\nu : pos $$ u = 1", "u : pos $$ u + u = 2u", "u is declared twice: leave one of the two, or rename one"),
    ("s := py missing(x) $$ s = 1", "", "step 1 of 1 couldn't be evaluated: NameError: name 'missing' is not defined"),
    # evaluate
    (r"\sum_{k=1}^{10^5} \sum_{l=1}^{k} k l = 1", r"\sum_{k=1}^{10} \sum_{l=1}^{k} k l = 1705", "can't be checked: this takes longer than 1 s: declare smaller sizes, or fewer `samples:`"),
    (r"\sum_{l=1}^{x} l = 1", "", "a bound, a size or an index has to be an integer, up to 2^63"),
    (r"g(t) := \sum_l t_l $$ g(x) = x", "", "an array is needed here, with 1 indices"),
    (r"u : real[5] $$ \sum_l z_l u_l = 1", r"u : real[5] $$ \sum_{l=1}^n z_l u_l = \sum_{l=1}^n u_l z_l", "an index stands at arrays of different lengths, [2, 5]: write bounds"),
    (r"\sqrt{\cdots} = 1", "", "an ellipsis stands between terms or in a matrix; O(…) on one side, with `x -> 0` declared"),
    (r"P(X) = \frac12", r"P(X > 0) = \frac12", "an event is 1 or 0: declare it as `A ~ bernoulli(p)`, or write P(X = 1)"),
    (r"A, B ~ bernoulli(1/2) $$ P(A \cup B \cap A) = 1/2", r"A, B ~ bernoulli(1/2) ; C := A B $$ P(A \cup C) = 1/2".replace(" ; ", "\n"), r"\cup and \cap in one: declare one of them as an event, such as `C := A B`"),
    (r"g(a, b) := a - b $$ g(b = 1, a = 2) = 1", r"g(a, b) := a - b $$ g(a = 2, b = 1) = 1", "g has the parameters a, b, in this order"),
    (r"g(a)_x := a $$ g(1) = 1", r"g(a)_k := a $$ g(1)_2 = 1", "after a function's arguments, only declared indices: f(x)_k := …"),
    (r"\sum_v v_1 = 0", r"V : real[2,n] $$ \sum_{i=1}^2 V^{(i)}_1 = V_{11} + V_{21}", r"v is an array, and a sum counts: number the examples, as in \sum_i v^{(i)}"),
    ("\\cdots : k=1..n -> z_k $$ z_1 - \\cdots + z_n = \\sum_k z_k", "\\cdots : k=1..n -> z_k $$ z_1 + \\cdots + z_n = \\sum_k z_k", "the sign before an ellipsis is that of the next term, which a second term would show"),
    ("a : (0, 0.5)\n\\cdots : k=0..n -> a^k $$ 1 + a + \\cdots = \\frac{1 - a^{n + 1}}{1 - a}", "a : (0, 0.5)\n\\cdots : k=0..\\infty -> a^k $$ 1 + a + \\cdots = \\frac{1}{1 - a}", r"an ellipsis at the end goes on: declare `\cdots : k=1..\infty -> …`, or write the last term"),
    ("w^{(t)} : real[2] $$ \\sum_{t=1}^3 w^{(t)}_1 = 3 w^{(1)}_1", "w : real[3,2] $$ \\sum_{t=1}^3 w^{(t)}_1 = w_{11} + w_{21} + w_{31}", "w^{(t)} is declared as one name: for each of them, declare an array by rows"),
    (r"\Re (x + a) = x + a", "b + x = x + b", "complex numbers aren't read: write the real part and the imaginary part as two formulas"),
    (r"x = a \Leftrightarrow a = x", r"x + a = a + x \qquad a + b = b + a", "write two statements, with \\qquad between them"),
    (r"W ~ normal(X, 1) $$ \mathbb{E}[W] = 0", r"W := X + Z $$ \mathbb{E}[W] = 0", "X is random, and laws take numbers: write Y := X + Z, with Z ~ normal(0, 1)"),
    ("l : int -2..-1\nW ~ binomial(l, 1/2) $$ \\mathbb{E}[W] = 1", "l : int 0..2\nW ~ binomial(l, 1/2) $$ \\mathbb{E}[W] = l/2", "a binomial law counts 0 or more trials"),
    ("q : (0, 1)\nW ~ bernoulli(q)[n] $$ P(W_1 = 1, \\dots, W_n = 0) = q^n", "q : (0, 1)\nW ~ bernoulli(q)[n]\nw : int 0..1 [n] $$ P(W_1 = w_1, \\dots, W_n = w_n) = \\prod_i P(W_i = w_i)", r"an ellipsis between conditions goes from the first entry to the last: X_1 = x_1, \dots, X_n = x_n"),
    ("f + 1 = 1", "f(x) + 1 = 1 + f(x)", "f has no value here: write a function's arguments in brackets"),
    ("H'(p, p) = 1", "", "a prime needs a function of one argument, not of 2"),
    ("g(t) := py twice(t) $$ g'(x) = 2", "g(t) := 2 t $$ g'(x) = 2", "g is Python code in float64: no derivatives or limits of it; define it in TeX"),
    ("c := py third  # no namespace $$ c = 1 / 3", "", "this needs the page's own code, and no namespace was given"),
    ("c := py third $$ c(1 - x) = 1", r"c := py third $$ c \cdot (1 - x) = \frac{1 - x}{3}", r"c is no function of the page, but a value: write \cdot before its bracket"),
    (r"\sum_{k=1}^{10^6} k = 1", r"\sum_{k=1}^{10} k = 55", "more than 100000 terms: declare a smaller size"),
    (r"u : onehot[3] $$ \arg\min_k u_k = 1", r"u : simplex[3] $$ \arg\min_k u_k = \arg\max_k (1 - u_k)", "the extremum is reached at [", "]: declare values that differ"),
    (r"\sum_{k=-\infty}^\infty z_k = \sum_i z_i", r"zero outside: z $$ \sum_{k=-\infty}^\infty z_k = \sum_i z_i", "a sum over all integers needs arrays that are declared `zero outside: …`"),
    (r"|x| = \begin{cases} x & \text{if } x > 1 \end{cases}", "", "no case applies here"),
    (r"|x| = \begin{cases} x & \text{if } x > -1 \\ -x & \text{if } x < 0 \end{cases}", "", "two cases apply here, with the values"),
    ("\\cdots : k=1..m -> k\nm : int 3..5 $$ 1 + 3 + \\cdots + m = 1", "", "the term written for k = 2 is 3, the general term 2"),
    ("f(t) := |t| $$ f'(0) = 0", "", "a kink: no derivative here"),
    # expectations
    (r"\mathbb{E}[x] = x", r"X ~ normal(0, 1) $$ \mathbb{E}[X + x] = x", "nothing random here: declare one, such as `X ~ normal(0, 1)`"),
    (r"X ~ bernoulli(1/2)[17] $$ \mathbb{E}[\max_{i=1}^{17} X_i] = 1", r"X ~ bernoulli(1/2)[2] $$ \mathbb{E}[\max(X_1, X_2)] = \frac34", "too many outcomes: declare less"),
    (r"X ~ normal(0, -1) $$ \mathbb{E}[X] = 0", "", "normal needs a positive variance, or a < b"),
    (r"X ~ bernoulli(p) $$ \mathbb{E}[X] = 0", "", "categorical needs a vector of probabilities, other distributions need numbers"),
    # calculus
    (r"\prod_{k=1}^\infty k = 1", "", "an infinite product or maximum isn't evaluated, nor a series with gaps"),
    (r"\lim_{t \to 0} \sin \frac1t = 0", "", "no limit found: near the point the values differ by"),
    (r"\nabla_z (A z) = A", r"layout: numerator $$ \frac{\partial (A z)}{\partial z} = A", r"a gradient of an array: write \frac{\partial a}{\partial b}, with a layout"),
    (r"\nabla^2_A \operatorname{tr}(A) = 0", "", "second derivatives as a matrix are by a vector"),
    ("u_{ij} := z_i z_j\nlayout: numerator $$ \\frac{\\partial u}{\\partial z} = 0", r"u_{ij} := z_i z_j $$ \frac{\partial u_{ij}}{\partial z_k} = \mathbb{1}[i = k] z_j + \mathbb{1}[j = k] z_i", "a derivative of this shape has no matrix: write indices"),
    (r"\frac{\partial (A z)}{\partial z} = A", r"layout: numerator $$ \frac{\partial (A z)}{\partial z} = A", "in which layout? declare `layout: numerator` or `layout: denominator`"),
    (r"\frac{\partial x}{\partial a} = 0", "q := a x $$ \\frac{\\partial q}{\\partial a} = x", "the expression doesn't depend on a: define what is differentiated by a"),
    # numeric
    (r"\sum_{k=1}^\infty \frac{\cos(k / 2)}{k} < 1", r"\sum_{k=1}^n \frac{\cos(k / 2)}{k} < 2", "the series converges too slowly: sum to a size n instead"),
    (r"\sum_{k=1}^\infty \frac1k > 1", r"\sum_{k=1}^n \frac1k > 1", "the series diverges, or converges too slowly to tell: sum to a size n instead"),
    (r"\sum_{k=0}^\infty (-1)^k = \frac12", r"\sum_{k=0}^n (-1)^k = \frac{1 + (-1)^n}{2}", "the series diverges, or its terms approach 0 too irregularly: sum to a size n instead"),
    (r"\sum_{k=1}^\infty \frac{(-1)^k}{\log(k + 1)} < 0", r"\sum_{k=1}^n \frac{(-1)^k}{\log(k + 1)} < 0", "the error of this series can't be estimated: sum to a size n instead"),
    (r"\sum_{k=0}^\infty \frac{(-300)^k}{k!} = e^{-300}", r"\sum_{k=0}^\infty \frac{(-3)^k}{k!} = e^{-3}", "the terms of this series nearly cancel: declare smaller values"),
    (r"\sum_{k=0}^\infty \frac{k!}{1000^k} = 1", r"\sum_{k=0}^m \frac{k!}{1000^k} = 1 + \sum_{k=1}^m \frac{k!}{1000^k}", "the terms of this series grow again: write a sum to n"),
    (r"\int_0^1 \frac1t \, dt = 1", r"\int_1^e \frac1t \, dt = 1", "the integral diverges at an end, or converges too slowly: write another bound"),
    (r"\int_0^1 \lfloor 15 t \rfloor \, dt = 7", r"\sum_{k=0}^{14} \int_{k/15}^{(k+1)/15} \lfloor 15 t \rfloor \, dt = 7", "the error of this integral can't be estimated: write its parts between jumps or poles"),
    (r"t : (0, 1) $$ \max_t \frac1t = 1", r"t : (1/2, 1) $$ \max_t \frac1t = 2", "the function has no bound that can be found: declare a smaller interval"),
    (r"W ~ normal(0, 1)[3] $$ \mathbb{E}[\max(W_1, W_2, W_3)] = 1", r"W ~ normal(0, 1)[3] $$ \mathbb{E}[\sum_{i=1}^3 W_i^2] = 3", "over more than two continuous variables, only polynomials have an expectation here"),
    (r"X, Y ~ normal(0, 1) $$ P(X < Y) = \frac12", r"X, Y ~ normal(0, 1) $$ \mathbb{E}[e^{X + Y}] = e", "over two continuous variables, only smooth functions have an expectation here"),
    # points
    ("where x > 5 $$ x = x + 0", "x : (5, 6) $$ x = x + 0", "no sample satisfies the conditions, so nothing is checked: widen the domains or the `where`"),
    ("where x > 1.95 $$ x = x + 0", "x : (1.95, 2) $$ x = x + 0", "of the points, so only a corner is checked: declare domains that fit them"),
    ("n : size 150\ni, j : index n\nwhere i > j $$ n + i = i + n", "n : size 1..20\ni, j : index n\nwhere i > j $$ n + i = i + n", "more than 20000 combinations of sizes or of indices: declare less"),
    # values
    (r"\max_i z = 1", "", "a number is needed here, not an array of shape (2,)"),
    ("c := py math_inf $$ c = 1", "", "not a finite real number"),
    ("u : real[60, 60] $$ u = u + u", "u : real[6, 6] $$ u + u = 2u", "an array of shape (60, 60) is too large to try: declare less"),
    ("A_{n+1} = 1", "", "there is no row 3 in an array of shape (2, 2)"),
    ("x_1 + 1 = 1", "x_1 : real $$ x_1 + 1 = 1 + x_1", "a number has no entry (1,); if it is part of the name, declare the whole name"),
    ("z_{n+1} = 1", "", "there is no entry 3 in an array of shape (2,)"),
    ("z + x = x + z", r"\mathbf{1}_i := 1 $$ (z + x \mathbf{1})_i = z_i + x", r"shapes don't match: (2,) and (); () is a number; to add it to each entry, write c \mathbf{1} with `\mathbf{1}_i := 1`, or write entries"),
    ("c := py ragged $$ c = 1", "", "the Python value's rows differ in shape"),
    ("c := py words(x) $$ c = 1", "", "the Python value is a str, not a number or an array of numbers"),
    ("z v = v z", r"z^\top v = v^\top z \qquad z \odot v = v \odot z", r"no product of shapes (2,) and (2,): write p^\top q, or p \odot q for entry by entry"),
    (r"z \otimes v = A", r"z v^\top = (v z^\top)^\top", r"of two vectors, \otimes has two meanings: write a b^\top, or indices"),
    (r"\det(z) = 1", "", "a square matrix is needed, not shape (2,)"),
    (r"\|z\|_A = 1", r"u := A^\top A $$ \sqrt{z^\top u z} = \|A z\|", r"a norm by a matrix isn't read: write \sqrt{x^\top Q x}, or its square without the root"),
    ("A^2 = A", "A A^{-1} A = A", "an array has only the power -1, if it is a square matrix: write A A, or entries"),
    ("z^2 = z", r"z \odot z = z \odot z + z - z", r"if it is a square matrix: write h \odot h, or entries with indices"),
    ("10^{10^{10^{10}}} = 1", "", "a power beyond 2^(2^4096)"),
    (r"\sin(10^{10^4}) = 1", "", "a function of a number beyond 2^4096"),
    ("(-1)! = 1", "", "a factorial needs a whole number, 0 or more"),
    (r"30000! = 1", "", "factorials are computed up to 20000"),
    (r"\lfloor e^{10^{12}} \rfloor = 1", "", "a number too large to round"),
    (r"\prod_{k=1}^{30000} k = 1", r"\prod_{k=1}^{5} k = 5!", "30000 factors: 20000 are multiplied, declare less"),
    (r"\log A = 1", r"g(t) := e^t $$ g(A)_{ij} = e^{A_{ij}}", "a function of a matrix has two meanings: declare one as `f(x) := …`, which goes entry by entry"),
    (r"\log 0 = 1", "", "the logarithm of 0"),
    (r"\frac{1}{x - x} = 1", "", "the left side has no value: division by zero"),
    (r"|z| = 1", "", "a number is needed here, not an array of shape (2,)"),
    (r"\operatorname{softmax}(x) = 1", "", "softmax doesn't apply to"),
    (r"\sum_i \log z_i = 1", "", "isn't a finite real number"),
    # check
    (r"|x| = \begin{cases} x & \text{if } x > 0 \\ -x & \text{if } x < 0 \\ 7 & \text{otherwise} \end{cases}", "x : int -1..1 $$ |x| = \\begin{cases} x & \\text{if } x > 0 \\\\ -x & \\text{if } x < 0 \\\\ 0 & \\text{otherwise} \\end{cases}", "no sample reached this case: widen the domains, or raise `samples:`"),
    ("x : (-2, 2)\ntight 1 within 0.01: x := 1 $$ x \\le 3", "", "isn't within 0.01 of an equality, relative to its sides, where it should be tight"),
    (r"x : (2800, 2801) $$ \sin(e^{x + 1}) = \sin(e e^x)", r"x : (3, 4) $$ \sin(e^{x + 1}) = \sin(e e^x)", "can't be decided here with 800 digits: the sides agree to some digits, then their difference is lost: change the domains"),
    ("x = x + 1", "", "step 1 of 1 is false", "left  = ", "right = ", "at x = "),
    ("-10^{400} = 10^{400}", "", "left  = below -10^300", "right = beyond 10^300"),
    ("z = A", "", "compares different shapes: (2,) and (2, 2); () is a number"),
    ("z < z + z", "z : pos[n] $$ z_i < z_i + z_i", "only = compares arrays: write the entries, with indices"),
    (r"x = \infty", "", "is false, infinity can't be compared with a number"),
    (r"\pi \approx e + 0.4", "a : (0.4, 0.5)\ntight 2 within 0.05: a := 0.42 $$ \\pi \\approx 3.14 \\qquad \\pi \\approx e + a", r"how near is \approx? end with a decimal, or declare `tight 1 within 0.05: …`"),
    (r"\sin x \sim x", r"x -> 0 $$ \sin x \sim x", "where to? declare one limit, such as `x -> 0`"),
    (r"x -> 0 $$ \log(-|x|) \to 0", "", "has no value on the way to the limit"),
    (r"x -> 0 $$ \log(1 + x) = x + O(x^3)", "", "is false, the remainder divided by O(…) grows"),
    (r"x -> 0 $$ \log(1 + x) \sim 2x", "", "the ratio of the sides, less 1, doesn't tend to 0"),
    (r"x -> 0 $$ \frac{\sin x}{x} \to 2", "", "the difference of the sides doesn't tend to 0"),
    ("tight 1\nx -> 0 $$ \\tanh x = x + O(x^2)", "", "isn't tight, the remainder divided by O(…) tends to 0"),
    (r"x -> 0 $$ \sin x < x + O(x^2)", r"x -> 0 $$ \sin x = x + O(x^2)", r"O(…) stands in an equality; what stands in it, or on the right of \sim, isn't 0"),
]  # fmt: skip
PAGES: list[tuple[str, ...]] = [
    ("$$ 1 + 1 = 2 $$", "<!-- eq -->\n$$ 1 + 1 = 2 $$", "has no annotation: put an `eq` comment above it (or `eq-skip: reason`)"),
    ("$$ x $$", "<!-- eq-skip: a picture -->\n$$ x $$", "or `eq-skip: reason`"),
    ("<!-- eq-skip -->\n$$ x $$", "<!-- eq-skip: a picture -->\n$$ x $$", "eq-skip needs a reason: <!-- eq-skip: reason -->"),
    ("<!-- eq x : real -->\n$$ x + x = 2x $$", "<!-- eq\nx : real -->\n$$ x + x = 2x $$", "'x : real' isn't a name (letters, digits, hyphens): declarations start on the next line"),
    ("<!-- eq -->\n\nwords $$ 1 + 1 = 2 $$", "words\n\n<!-- eq -->\n$$ 1 + 1 = 2 $$", "this eq comment annotates nothing: put it right before a formula"),
    ("<!-- eq a -->\n\n$1 = 1$", "<!-- eq a -->$1 = 2 - 1$", "this eq comment annotates nothing"),
    ("<!-- eq-given --> so $x = 3a$", "So <!-- eq-given -->$x = 3a$", "this eq-given comment annotates nothing"),
    ("<!-- eq a -->\n", "", "annotates nothing"),
    ("<!-- eq 2.1 -->\n$$ 1 + 1 = 2 $$", "<!-- eq 2-1 -->\n$$ 1 + 1 = 2 $$", "'2.1' isn't a name (letters, digits, hyphens)"),
    ("<!-- eq-page\nx : rael\n-->", "<!-- eq-page\nx : real\n-->", "page.md:2: this equation: can't read the declaration `x : rael`"),
    ("<!-- eq a -->\n$$ 1 + 1 = 2 $$\n<!-- eq a -->\n$$ 1 + 2 = 3 $$", "", "a second equation named 'a' on this page"),
    ("<!-- eq-page\nx : pos\ntight 1 within 0.1: x := 1\n-->\n<!-- eq -->\n$$ x > 0 $$", "<!-- eq-page\nx : pos\n-->\n<!-- eq\ntight 1 within 0.1: x := 1\n-->\n$$ x^2 \\ge 2x - 1 $$", "`tight` is about one display: declare it there"),
    ("<!-- eq-define -->\n$$ q = 2 $$", "<!-- eq-define -->\n$$ q = 2 $$\n<!-- eq -->\n$$ q + 1 = 3 $$\n<!-- eq-define\nr := py 2 -->\n$$ r = 2 $$", "nothing on the page tests the definition of q: use it in a later display, or declare it as Python code, `… := py …`"),
    ("<!-- eq\nt : real -->\n$$ |e^{it}| = 1 $$", "<!-- eq\nt : real -->\n$$ \\sqrt{\\cos^2 t + \\sin^2 t} = 1 $$", "write \\operatorname{i…}; complex numbers aren't read"),
    ("<!-- eq-define -->\n$$ 2 < q $$", "<!-- eq-define -->\n$$ q = 2 $$\n<!-- eq -->\n$$ q + 1 = 3 $$", "a definition reads: symbol = value"),
    ("<!-- eq-page\nf(a) := a\n-->\n<!-- eq\nf(a) := f(a) + 1\n-->\n$$ f(1) = 1 $$", "", "can't be read: something is defined by itself"),
    ("<!-- eq-given -->\n$$ 1 + 1 = 2 $$", "<!-- eq -->\n$$ 1 + 1 = 2 $$\n\n<!-- eq-skip: a reason -->\n$$ 1 = 1 $$", "eq-given marks a formula within a line; a display is tested, defined or skipped with a reason"),
    ("<!-- eq-given -->$x^2$", "$x^2$", "this formula states nothing, so it needs no eq-given: leave the comment out"),
    ("<!-- eq-given -->$x = 3$", "$x = 3$", "a bare setting is left out by itself, so it needs no eq-given: leave the comment out"),
    ("<!-- eq-given name -->$x = 3a$", "<!-- eq-given -->$x = 3a$", "eq-given takes no name and no declarations: nothing is evaluated"),
    ("<!-- eq-given\nx : real\n-->$x = 3a$", "<!-- eq-given -->$x = 3a$", "eq-given takes no name and no declarations"),
    ("<!-- eq -->$2^2$", "<!-- eq -->$2^2 = 4$", "an expression states nothing"),
    ("It is $2x = x + x$.", "<!-- eq-page\nx : real\n-->\n\nIt is $2x = x + x$.", "declare its symbols, in the page's `eq-page`"),
    ("It is $2x = x + x$.", "It is <!-- eq\nx : real\n-->$2x = x + x$.", "or in an `eq` comment right before it;\n"),
    ("It is $q = x + x$.", "It is <!-- eq-given -->$q = x + x$.", "or mark a definition, range, shape or condition: <!-- eq-given -->$…$;"),
    ("It is $2x = x + x$.", "It is twice as much.", "or say it in words"),
    ("$$\na = b\n\n", "<!-- eq -->\n$$\n1 + 1\n= 2\n$$", "this $$ has no partner: a display ends with $$, and no line in it is blank"),
    ("It costs $5-$10 for the $n$th.", "It costs USD 5 to USD 10 for the $n$ th, the $n$-th.", "$5-$10 isn't mathematics: write USD 5; after a formula write a space or a hyphen"),
    ("It costs $5.", "It costs USD 5.", "$5 isn't mathematics: write USD 5"),
]  # fmt: skip
# What newcomers write, and were once refused.
READ = [
    r"\max\{a, b\} + \min\{a, b\} = a + b",
    r"\int_1^2 \frac{dt}{t} = \log 2",
    r"\lim_{t \to 0^+} \frac{|t|}{t} = 1",
    r"A_{11} = \operatorname{tr}(A) - \sum_{i=2}^n A_{i,i}",
    r"l: index n $$ z_l + z_l = 2z_l",
    r"z_l + z_l = 2 z_l, \quad l = 1, \dots, n",
    r"\operatorname{tanh}^2(x) = 1 - \frac{1}{\cosh^2 x}",
    r"\underbrace{x + x}_{\text{twice}} = 2x \tag{1}",
    r"\lVert z \rVert_2^2 = \langle z, z \rangle, \qquad \lvert x \rvert^2 = x^2",
    r"m = \binom{m}{1}",
    r"\overline{z} := \frac1n \sum_i z_i $$ n \overline z = \sum_i z_i",
    r"(x^2)^3 = x^6, \qquad (A^\top)^\top = A",
]
CASES = [*((written(wrong), right and written(right), *words) for wrong, right, *words in FORMULAS), *PAGES]
ADVICE = r"\b(?:write|declare|put|use|say|bracket|brackets|rename|leave|define|widen|change|sum to)\b"
MODULES = [path for path in sorted((ROOT / "src/eqtest").glob("*.py")) if path.stem not in ("__main__", "mutate")]
NO_MESSAGE = r"^alpha beta|^for all$|\(\?|\\s\*"  # names, and regular expressions
LONG = 700  # so that patterns take no time
LOOKED_UP, UNREADABLE = "These are about formulas:", "What you write, and the message:"


@cache
def said(page: str) -> list[str]:
    """Return the messages about all that doesn't pass on a page."""
    results = [equation.check(None if "# no namespace" in page else CODE) for equation in read_page(page, "page.md")]
    return [result.message for result in results if result.status in ("failed", "bare")]


@pytest.fixture
def met() -> list[str]:
    """The messages of all cases."""
    return [message[:LONG] for wrong, *_ in CASES for message in said(wrong)]


@pytest.mark.parametrize(("wrong", "right", "words"), [(wrong, right, words) for wrong, right, *words in CASES])
def test_a_message_names_the_fault_and_its_advice_works(
    wrong: str, right: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eqtest.evaluate.SECONDS", 1 if "longer than" in words[0] else 20)
    message, *_ = said(wrong)
    assert message.startswith("page.md:")
    for part in words:
        assert part in message
    assert said(right) == [] if right else not re.search(ADVICE, words[0]), "its advice is followed nowhere"


@pytest.mark.parametrize("tex", READ)
def test_what_newcomers_write_is_read(tex: str) -> None:
    assert said(written(tex)) == []
    assert "is false" in said(written(re.sub(r" (?==)", " + 1 ", tex, count=1)))[0]


def texts(module: Path) -> Iterator[str]:
    """Yield a pattern for each text of a module that is words for people; the pattern matches what holds the text."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        silent |= {id(part) for part in parts if part is not node}
        words = [part.value if isinstance(part, ast.Constant) else "" for part in parts]
        text = "".join(map(str, words))
        if id(node) not in silent and re.search(r"(^|\s)[a-z']{2,} ", text) and not re.search(NO_MESSAGE, text):
            yield ".*".join(re.escape(str(word)) for word in words if word)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_message_has_an_example(module: Path, met: list[str]) -> None:
    missing = [text for text in texts(module) if not any(re.search(text, message, re.DOTALL) for message in met)]
    assert missing == [], "add a row to FORMULAS or PAGES"


def rows(page: str, above: str) -> list[str]:
    """List the rows of the table below a line of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert text.count(above) == 1
    return text.partition(above)[2].strip().partition("\n\n")[0].splitlines()[2:]


def test_the_messages_that_contributors_look_up_are_met(met: list[str]) -> None:
    shown = [text for row in rows("CONTRIBUTING.md", LOOKED_UP) for text in re.findall("`(.+?)`", row.split(" | ")[0])]
    patterns = [".*".join(map(re.escape, text.split("…"))) for text in shown]
    assert [text for text in patterns if not any(re.search(text, message, re.DOTALL) for message in met)] == []
    assert len(patterns) > 9


@pytest.mark.parametrize("row", rows("docs/reference/equations.md", UNREADABLE))
def test_what_the_manual_calls_unreadable_gets_the_message_that_it_shows(row: str) -> None:
    tex, words = re.findall("`(.+?)`", row)
    (message,) = said(written(tex))
    assert words in message
