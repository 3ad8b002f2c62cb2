"""A place in a run of tokens: steps ahead, and refusals that name the place and what to write instead."""

from collections.abc import Sequence

from eqtest.tex import EqError, Token, group_end

_REFUSED = {
    "N_mathcal": r"a distribution has no value: declare `X ~ normal(0, 1)`, then write \mathbb{E}[X] or P(X \le x)",
    r"\leftarrow": "an assignment isn't an equation: write w' = w - …, with a new name for the new value",
    r"\propto": "the factor is left open: write it, with =",
    r"\label": "KaTeX shows no \\label: give the equation its name in the `eq` comment",
    r"\circ \ast": r"this sign has several meanings: write \odot for entry by entry, or a sum for a convolution",
    r"\forall": r"write \quad i = 1, \dots, n at the end, or declare the index",
    r"\begin{array}": r"write \begin{bmatrix}, \begin{cases} or \begin{aligned}",
    r"\stackrel \overset": r"write = or \triangleq",
    r"\begin{eqnarray} \begin{eqnarray*}": r"KaTeX knows no eqnarray: write \begin{align}, and &= for & = &",
    r"\mathop": r"write \operatorname{…}, and one \sum for each index",
    r"\rm \bf \it": r"write \mathrm{…}, \mathbf{…} or, for a function, \operatorname{…}",
    "*": r"write \cdot for a product, a sum for a convolution; a name such as `(x * w)(t)` can be declared",
    r"\iint": r"write one \int for each variable",
    r"\pm": "two statements in one: write two formulas",
    r"\in \subset": "membership isn't evaluated: leave it to the prose, and declare the domain, such as `x : (0, 1)`",
    r"\Re \Im": "complex numbers aren't read: write the real part and the imaginary part as two formulas",
    r"\implies \iff \Rightarrow \Leftrightarrow \Longrightarrow": (
        r"write two statements, with \qquad between them or in two displays"
    ),
    ".": "an empty delimiter or a stray full stop: write one full stop, at the end of the display",
}
REFUSED = {name: message for names, message in _REFUSED.items() for name in names.split()}


class Cursor:
    """A place among tokens; `pos` is where they would stand if there are none."""

    def __init__(self, tokens: Sequence[Token], pos: int = 0):
        end = tokens[-1].end if tokens else pos
        self.tokens = [*tokens, Token("end", "", end, end)]
        self.at = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.at]

    @property
    def text(self) -> str:
        """Its text; empty at words."""
        return "" if self.token.kind == "word" else self.token.text

    def next(self) -> Token:
        """Step over the next token."""
        token, self.at = self.token, min(self.at + 1, len(self.tokens) - 1)
        return token

    def take(self, *texts: str) -> str:
        """Step over the next token if it is one of these, and return it; else nothing."""
        return self.next().text if self.text in texts and self.text else ""

    def expect(self, *texts: str) -> str:
        """Step over one of these, and return it, or fail."""
        if self.text not in texts:
            raise self.error(REFUSED.get(self.text) or f"expected {' or '.join(texts)}, found {self.text or 'the end'}")
        return self.next().text

    def group(self) -> list[Token]:
        """Step over what TeX takes as an argument: one token, or what stands in braces."""
        start, self.at = self.at, min(group_end(self.tokens, self.at), len(self.tokens) - 1)
        tokens = self.tokens[start : self.at] or [self.token]
        return tokens[1:-1] if tokens[0].text == "{" else tokens

    def error(self, message: str = "") -> EqError:
        """Return a refusal of what comes next."""
        if self.token.kind == "word":
            message = message or "words in a display aren't evaluated: move them to the prose, or declare a `where`"
        default = f"unexpected {self.text}" if self.text else "a term is missing"
        return EqError(message or REFUSED.get(self.text, default), self.token.pos)
