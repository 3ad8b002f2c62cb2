"""Typos: `python -m eqtest mutate FILE.md…` makes small, realistic ones in every formula and lists those that pass."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from typing import NamedTuple

from eqtest.equation import Equation, Result
from eqtest.page import read_page
from eqtest.tex import FUNCTIONS, RELATIONS, Token, tokenize

FURTHER = 24  # samples, to tell an equivalent typo from one that slips through
_GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\}"
_ARGUMENT = rf"(?:{_GROUP}|\\[A-Za-z]+|\w)"
_END = r"(?:le|ge|leq|geq|qquad|rfloor|rceil|right|end|\\)(?![a-z])"
_TERM = rf"(?:{_GROUP}|\((?:[^()]|\([^()]*\))*\)|\\(?!{_END}).|[^-+=<>&,|(){{}}\\])+"
_PAIRS = r"+- \le\ge \leq\geq <> \log\exp \max\min \sum\prod \sin\cos \tanh\tan \cosh\sinh \arctan\tan"
_SWAPS = [ordered for pair in _PAIRS.split() for ordered in permutations(re.findall(r"\\[a-z]+|.", pair))]
TYPOS = [  # a pattern and what to put instead
    *((re.escape(a) + "(?![A-Za-z])" * (a[0] == "\\"), b.replace("\\", r"\\")) for a, b in _SWAPS),
    (r"'|\\(?:hat|bar|tilde|dot|vec|sqrt)(?![A-Za-z])", ""),
    (rf"[_^]\s*{_ARGUMENT}", ""),
    (rf"(\\(?:sum|prod)_{_ARGUMENT}\^)(?:\{{([^{{}}\\]*)\}}|(\w))", r"\1{\2\3 - 1}"),
    (rf"(\\(?:sum|prod)_{_ARGUMENT}\^)(?:\{{([^{{}}\\]*)\}}|(\w))", r"\1{\2\3 + 1}"),
    (rf"(\\[td]?frac)\s*({_GROUP})\s*({_GROUP})", r"\1\3\2"),
    (rf"\\[td]?frac\s*({_GROUP})\s*{_GROUP}", r"\1"),
    (rf"\(\s*({_ARGUMENT})(\s*(?:,|\\\|)[\s\\,]*)([A-Za-z]|\\[a-z]+\s\w)", r"(\3\2\1"),
    (rf"(?<=[\w}})|])\s*[-+]{_TERM}", " "),
]
NO_SYMBOLS = {"e", "d", "pi", "max", "min", *FUNCTIONS}
Edits = list[tuple[int, int, str]]  # from where, to where, by what
Run = Callable[[Equation, int], Result]


class Typo(NamedTuple):
    """A typo: what was done, and the formula's TeX with it."""

    what: str
    tex: str


def typos(tex: str) -> list[Typo]:
    """List all typos of a formula, each different from it."""
    made = (_edited(tex, *edits) for edits in _edits(tex))
    return [*{typo.tex: typo for typo in made if typo.tex != tex}.values()]


def _edits(tex: str) -> Iterator[Edits]:
    """Yield what each typo replaces."""
    words = [match.span() for match in re.finditer(r"\\(?:text|operatorname|mathrm|begin|end)\*?\s*\{[^{}]*\}", tex)]
    scripts = [match.span() for match in re.finditer(rf"_\s*{_ARGUMENT}", tex)]
    tokens = tokenize(tex)
    symbols = [
        (token, _within(token.pos, scripts))
        for token in tokens
        if token.kind == "name" and token.text not in NO_SYMBOLS and not _within(token.pos, words)
    ]
    yield from _patterns(tex, words)
    yield from _digits(tokens)
    yield from _roundings(tokens)
    yield from _symbols(tex, symbols)
    yield from _indices(tex, tokens, [token for token, script in symbols if script and len(token.text) == 1])


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a place lies in one of these spans."""
    return any(start <= at < end for start, end in spans)


def _patterns(tex: str, words: Sequence[tuple[int, int]]) -> Iterator[Edits]:
    """Replace what the patterns match, overlapping matches too."""
    for pattern, new in TYPOS:
        for at in range(len(tex)):
            match = re.compile(pattern).match(tex, at)
            if match and not _within(at, words):
                yield [(at, match.end(), match.expand(new))]


def _digits(tokens: Sequence[Token]) -> Iterator[Edits]:
    """Make the last digit of a number one more or less."""
    for token in (token for token in tokens if token.kind == "num"):
        last = int(token.text[-1])
        for digit in {(last + 1) % 10, abs(last - 1)}:
            yield [(token.end - 1, token.end, str(digit))]


def _roundings(tokens: Sequence[Token]) -> Iterator[Edits]:
    """Make all floors ceilings, and the other way round."""
    for one, other in (("floor", "ceil"), ("ceil", "floor")):
        ends = [token for token in tokens if token.text in (f"\\l{one}", f"\\r{one}")]
        yield [(token.pos, token.end, token.text.replace(one, other)) for token in ends]


def _symbols(tex: str, symbols: Sequence[tuple[Token, bool]]) -> Iterator[Edits]:
    """Exchange a symbol for another, square it or leave it out; exchange an index for another."""
    for token, script in symbols:
        pool = {other.text: tex[other.pos : other.end] for other, inside in symbols if inside == script}
        other = sorted(pool)[(sorted(pool).index(token.text) + 1) % len(pool)]
        if other != token.text:
            yield [(token.pos, token.end, pool[other])]
        after = re.compile(rf"(?:\s*_\s*{_ARGUMENT})*()(\s*\^\s*{_ARGUMENT})?").match(tex, token.end)
        if after and not script:
            differential = re.search(r"(?:\\partial|d|\\to)\s*$", tex[: token.pos])
            if not differential and not re.match(r"\s*[\^'(}]", tex[after.end(1) :]):
                yield [(after.end(1), after.end(1), "^2")]
            yield [(token.pos, after.end(), " ")]


def _indices(tex: str, tokens: Sequence[Token], indices: Sequence[Token]) -> Iterator[Edits]:
    """Swap two indices all over one side."""
    sides = [token.pos for token in tokens if token.text in RELATIONS]
    for a, b in pairwise(sorted({token.text for token in indices})):
        for start, end in pairwise([*sides, len(tex) + 1]):
            inside = [token for token in indices if token.text in (a, b) and start < token.pos < end]
            yield [(token.pos, token.end, a if token.text == b else b) for token in inside]


def _edited(tex: str, *edits: tuple[int, int, str]) -> Typo:
    """Make a typo and say what it is."""
    changed, what = tex, list[str]()
    for start, end, text in sorted(edits, reverse=True):
        joint = " " if text[:1] == "\\" and changed[end : end + 1].isalpha() else ""
        changed = changed[:start] + text + joint + changed[end:]
        what.insert(0, f"{' '.join(tex[start:end].split()) or 'nothing'} to {text.strip() or 'nothing'}")
    return Typo(", ".join(what), changed)


class FailingError(Exception):
    """A page with a formula that fails as it stands: what a typo does can't be told."""


def fates(equations: Sequence[Equation], text: str, run: Run) -> Iterator[tuple[Equation, Typo, str]]:
    """Yield every typo with its fate; `run` checks an equation with a seed."""
    for equation in equations:
        if (result := run(equation, 0)).status == "failed":
            raise FailingError(f"{result.message}\n    no typos are made on this page until this passes")
    for equation in equations:
        if equation.kind in ("eq", "eq-define") and not equation.problem:
            for typo in typos(equation.tex):
                yield equation, typo, fate(equations, equation, typo, text, run)


def fate(equations: Sequence[Equation], equation: Equation, typo: Typo, text: str, run: Run) -> str:
    """Say what becomes of a typo: `caught`, `unreadable` (caught by the parser), `equivalent` or `survived`."""
    after = [equation.with_tex(typo.tex)]
    if equation.defines:
        start, end = equation.tex_start, equation.tex_start + len(equation.tex)
        filled = re.sub(r"\n\s*(?=\n)", "", typo.tex)  # a blank line would end the display
        page = read_page(text[:start] + filled + text[end:], equation.path)
        uses = [e.scope.depends(*e.sides) & set(equation.defines) for e in equations]
        after = [new for old, new, used in zip(equations, page, uses, strict=True) if used or old is equation]
    for changed in after:
        if run(changed, 0).status == "failed":
            return "unreadable" if changed.problem else "caught"
    return "equivalent" if not equation.defines and _equivalent(equation, after[0], run) else "survived"


def _equivalent(equation: Equation, changed: Equation, run: Run) -> bool:
    """Tell whether each side of each step has the same value as before, at further points."""
    pairs = list(zip(equation.steps, changed.steps, strict=False))
    if any(old.relation != new.relation for old, new in pairs):
        return False
    compared = [(old, new) for old, new in pairs if old.relation not in ("~", "→")]  # a limit that holds is as sharp
    sides = [(old, *both) for old, new in compared for both in zip(old.sides, new.sides, strict=True)]
    steps = [replace(old, relation="=", sides=(a, b)) for old, a, b in sides if a != b]
    scope = equation.scope.child()
    scope.tight, scope.samples = [], FURTHER
    return run(replace(equation, scope=scope, steps=steps), 1).status in ("tested", "defined")
