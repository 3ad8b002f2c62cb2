"""Claims: phrases of the prose, each bound to an expression that must be true.

A comment directly above a paragraph, a list, a table or a figure names the phrase, which stands there word for word:

    <!-- claim "keeps off zero in every epoch": (low > 0).all() -->

Nothing is evaluated here. `pagetest.claims` does that, with what the code above has left.
"""

import ast
import copy
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pages.errors import PageError
from pages.fences import find_fences

MARK = re.compile(r"<!--\s*claim\b(?P<content>.*?)-->", re.DOTALL)
CLAIM = re.compile(r'\s*"(?P<phrase>.+?)":\s(?P<expression>.+?)\s*', re.DOTALL)
COMMENTS = re.compile(r"(?:[> ]*<!--(?:(?!-->).)*-->[ ]*\n)+", re.DOTALL)
PARAGRAPH = re.compile(r"(?:[> ]*\S.*(?:\n|\Z))+")
SPAN = re.compile(r"(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)")
FORM = '<!-- claim "the phrase": the expression -->'


class ClaimError(PageError):
    """A claim that can't be read, or whose phrase isn't below it."""


@dataclass(frozen=True)
class Claim:
    """A phrase and its expression; `start` and `end` say where the phrase stands in the text."""

    where: str
    phrase: str
    expression: str
    paragraph: str
    start: int
    end: int
    at: int  # where its comment begins; -1 among the options of a lab's figure

    @property
    def sentence(self) -> str:
        """The sentence around the phrase."""
        found = _pattern(self.phrase).search(self.paragraph)
        assert found is not None
        ends = r'[.!?:]["”)*]*\s'
        before = [end.end() for end in re.finditer(ends, self.paragraph[: found.start()])]
        after = re.search(ends, self.paragraph[found.end() - 1 :] + " ")
        last = found.end() - 1 + after.end() if after else len(self.paragraph)
        return " ".join(self.paragraph[before[-1] if before else 0 : last].split())

    @property
    def of_figure(self) -> bool:
        """Whether it speaks of a figure, on a page or in a lab."""
        return self.at < 0 or self.paragraph.lstrip("> ").startswith("<figure")

    @cached_property
    def tree(self) -> ast.Expression:
        """The expression as Python reads it."""
        return _parsed(self.expression, self.where)


def find_claims(text: str, path: str) -> list[Claim]:
    """Find the claims of a page; what code shows doesn't count.

    Args:
        text: The page.
        path: The name of its file, for messages.

    Returns:
        The claims in order.

    Raises:
        ClaimError: If a claim can't be read, or its phrase doesn't stand once in the paragraph right below.
    """
    if not MARK.search(text):
        return []
    spans = [(fence.start, fence.end) for fence in find_fences(text, path)]
    spans += [span for match in SPAN.finditer(text) if "<!--" in match[0] for span in [match.span()]]
    found = []
    for mark in MARK.finditer(text):
        if any(start <= mark.start() < end for start, end in spans):
            continue
        where = f"{path}:{text.count(chr(10), 0, mark.start()) + 1}"
        below = text.index("\n", mark.end() - 1) + 1 if "\n" in text[mark.end() - 1 :] else len(text)
        if text[mark.end() : below].strip():
            raise ClaimError(f"{where}: a claim stands on a line of its own, above the paragraph that it speaks of")
        if comments := COMMENTS.match(text, below):
            below = comments.end()
        paragraph = PARAGRAPH.match(text, below)
        if paragraph is None:
            raise ClaimError(f"{where}: a claim stands directly above its paragraph, and here is none")
        found.append(_claim(mark["content"], where, paragraph, mark.start()))
    return found


def claims_of_options(options: str, words: str, path: str) -> list[Claim]:
    """Find the claims among the `#|` lines of a lab's figure.

    Args:
        options: The lines without their `#|`, as `claim "the phrase": the expression`; more of it is indented.
        words: The caption and the alternative text.
        path: The name of the cell, for messages.

    Returns:
        The claims in order.

    Raises:
        ClaimError: If a claim can't be read, or its phrase doesn't stand once in these words.
    """
    paragraph = re.compile(".+", re.DOTALL).match(words)
    matches = OPTION.finditer(options)
    return [_claim(match["content"], f"{path}:1", paragraph, -1) for match in matches] if paragraph else []


OPTION = re.compile(r"^claim\b(?P<content>.*\n(?:[ ]{2,}.*\n)*)", re.MULTILINE)


def _claim(content: str, where: str, paragraph: re.Match[str], at: int) -> Claim:
    read = CLAIM.fullmatch(content)
    if read is None:
        raise ClaimError(f"{where}: a claim reads {FORM}, not {' '.join(content.split())!r}")
    phrase, expression = (" ".join(part.split()) for part in read.groups())
    places = [match.span() for match in _pattern(phrase).finditer(paragraph[0])]
    if len(places) != 1:
        number = "isn't" if not places else f"is {len(places)} times"
        raise ClaimError(
            f"{where}: {phrase!r} {number} in the paragraph below; a claim's phrase stands there once, word for word"
            f"\n    the paragraph: {' '.join(paragraph[0].split())}"
        )
    start, end = (paragraph.start() + place for place in places[0])
    claim = Claim(where, phrase, expression, paragraph[0], start, end, at)
    compared = [node for node in ast.walk(claim.tree) if isinstance(node, ast.Compare)]
    if not compared:
        raise ClaimError(f"{where}: {expression!r} compares nothing; it needs a comparison that can fail, as a < b")
    for node in compared:
        if ast.dump(node.left) == ast.dump(node.comparators[0]):
            raise ClaimError(f"{where}: {ast.unparse(node)!r} has the same on both sides, so it says nothing")
    return claim


def _pattern(phrase: str) -> re.Pattern[str]:
    """Return what finds a phrase: over line breaks, and not within a longer word. Formulas may have a comment."""
    words = r"[\s>]+".join(map(re.escape, phrase.split())).replace(r"\$", r"(?:<!--(?:(?!-->).)*-->\s*)?\$")
    return re.compile(rf"(?<!\w){words}(?!\w)", re.DOTALL)


def _parsed(expression: str, where: str) -> ast.Expression:
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise ClaimError(f"{where}: {expression!r} isn't a Python expression: {error.msg}") from None
    if any(isinstance(node, ast.NamedExpr) for node in ast.walk(tree)):
        raise ClaimError(f"{where}: {expression!r} assigns a name; a claim only reads what the code has left")
    return tree


def turned(tree: ast.Expression) -> Iterator[tuple[ast.expr, Iterator[ast.Expression]]]:
    """Yield each part of an expression that stands alone, with the expressions that say its opposite.

    The parts are what a top-level `and` joins. The opposites have one comparison of the part turned round.
    """
    body = tree.body
    parts = body.values if isinstance(body, ast.BoolOp) and isinstance(body.op, ast.And) else [body]
    for part in parts:
        yield part, _opposites(part)


def _opposites(part: ast.expr) -> Iterator[ast.Expression]:
    for at, node in enumerate(ast.walk(part)):
        for index in range(len(node.ops) if isinstance(node, ast.Compare) else 0):
            opposite = copy.deepcopy(part)
            same = next(itertools.islice(ast.walk(opposite), at, None))
            assert isinstance(same, ast.Compare)
            same.ops[index] = OPPOSITE[type(same.ops[index])]()
            yield ast.Expression(opposite)


OPPOSITE: dict[type[ast.cmpop], Any] = {
    ast.Eq: ast.NotEq,
    ast.Gt: ast.LtE,
    ast.In: ast.NotIn,
    ast.Is: ast.IsNot,
    ast.Lt: ast.GtE,
}
OPPOSITE |= {opposite: operator for operator, opposite in OPPOSITE.items()}


def without_claims(text: str) -> str:
    """Return a page without its claims, line for line; what looks like one in code stays if it is set aside before."""
    return MARK.sub(lambda match: "\n" * match[0].count("\n"), text)
