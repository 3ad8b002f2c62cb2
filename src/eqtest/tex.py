r"""TeX to tokens. A name is one token, in one spelling: `\hat{\mathbf y}` is `y_hat`, `\operatorname{CE}` is `CE`."""

import re
from collections.abc import Sequence
from functools import cache
from keyword import iskeyword
from typing import NamedTuple

FUNCTIONS = frozenset(["log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan"])
RELATIONS = {
    "=": "=", "<": "<", ">": ">", r"\lt": "<", r"\gt": ">", r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=",
    r"\leqslant": "<=", r"\geqslant": ">=", r"\ne": "!=", r"\neq": "!=", r"\approx": "≈", r"\simeq": "≈",
    r"\sim": "~", r"\to": "→", ":=": "=", r"\coloneqq": "=", r"\equiv": "=", r"\triangleq": "=",
}  # fmt: skip
STARS = ("*", r"\ast", r"\star")
FRACTIONS = (r"\frac", r"\tfrac", r"\dfrac")
SAME = {  # commands that show what another shows
    r"\vert": "|", r"\lvert": "|", r"\rvert": "|", r"\Vert": r"\|", r"\lVert": r"\|", r"\rVert": r"\|",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\rightarrow": r"\to", r"\dotsc": r"\dots", r"\dotsb": r"\cdots",
}  # fmt: skip
LONGEST, DEEPEST, LONGEST_NUMBER = 20_000, 60, 1000
_GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Phi Psi Sigma Upsilon Pi Omega ell pi"
)
_ACCENT = r"\\(?:hat|bar|tilde|dot|vec|overline|widehat|widetilde)(?![A-Za-z])\s*"
_FONT = r"\\(?:mathbf|boldsymbol|bm|mathsf|mathit|mathcal|mathbb|mathrm|operatorname\*?)(?![A-Za-z])\s*"
_OPERATORS = ("max", "min", "sup", "inf", "det", "Pr", "argmax", "argmin")
_PLAIN = rf"(?:[A-Za-z]|\\(?:{'|'.join([*_GREEK.split(), *FUNCTIONS, *_OPERATORS])})(?![A-Za-z]))"
_STYLED = rf"(?:{_FONT}(?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|{_PLAIN}|\d)|{_PLAIN})"
_TOKEN = re.compile(
    rf"""
    (?P<skip> \s+ | %[^\n]*\n? | \\[,!] | \\tag\*?\s*\{{[^{{}}]*\}}
      | \\(?:displaystyle|textstyle|limits|nolimits|notag|nonumber|middle|[bB]igg?[lrm]?)(?![A-Za-z]) )
  | (?P<wide> ~ | \\[;:>\s] )
  | (?P<side> \\(?:left|right)(?![A-Za-z]) )
  | (?P<word> \\text(?:rm|bf)?\s*\{{(?P<said>[^{{}}]*)\}} )
  | (?P<name> {_ACCENT}(?:\{{\s*{_STYLED}\s*\}}|{_STYLED}) | {_STYLED} )
  | (?P<num> [0-9]+(?:\{{,\}}[0-9]{{3}})*(?:\.[0-9]+)? )
  | (?P<row> \\\\(?:\[[^\]]*\])? )
  | (?P<cmd> \\(?:begin|end)\s*\{{[a-zA-Z]+\*?\}} | \\(?:[A-Za-z]+|.) )
  | (?P<op> := | [-+*/^_(){{}}\[\]|=<>,;:.!'&] )
    """,
    re.VERBOSE,
)
_DIGIT = re.compile(r"(?P<num>[0-9])")


CONTINUES = {"+", "-", r"\cdot", r"\times", "/", *RELATIONS}  # what a row begins or ends with that isn't whole
SEPARATE = ("and", "if", "for", "for all", "where", "when", "with", "as")
_ROWS = r"\\begin\{(?:aligned|align|split|gathered|gather|equation)\*?\}"


class EqError(Exception):
    """A formula or an annotation that can't be read or checked; `pos` is an offset into its TeX, where known."""

    def __init__(self, message: str, pos: int | None = None) -> None:
        super().__init__(message)
        self.pos = pos


def require(fine: object, message: str, pos: int | None = None) -> None:
    """Refuse what isn't fine, with what to write instead."""
    if not fine:
        raise EqError(message, pos)


class Token(NamedTuple):
    """A token: `kind` is num, name, word, cmd, op or end; `pos` and `end` are offsets into the TeX.

    `shown` is its TeX, and `wide` whether a space stands before it that is wider than a thin one.
    """

    kind: str
    text: str
    pos: int
    end: int
    shown: str = ""
    wide: bool = False


def tokenize(tex: str) -> list[Token]:
    r"""Split `tex` into tokens; all braces, environments and `\left … \right` are closed, and `\frac12` is one half."""
    require(len(tex) <= LONGEST, f"a formula of {len(tex)} characters: split it, {LONGEST} are read", 0)
    tokens: list[Token] = []
    opened: list[Token] = []
    at, wide, sided = 0, False, ""
    while at < len(tex):
        argument = tokens and tokens[-1].text in FRACTIONS
        match = (_DIGIT.match(tex, at) if argument else None) or _TOKEN.match(tex, at)
        if match is None:
            raise EqError(f"{tex[at]!r} has no meaning in a formula: write it in TeX", at)
        kind, text = match.lastgroup or "", match[0]
        if kind == "name":
            text = _spelling(text)
        elif kind == "word":
            text = match["said"].strip(" ,.")
        elif kind in ("num", "row"):
            text = text.replace("{,}", "") if kind == "num" else r"\\"
        elif kind == "cmd":
            text = SAME.get(text, text)
        require(kind != "num" or len(text) <= LONGEST_NUMBER, f"a number of {len(text)} digits: write a power", at)
        digits = kind == "num" and len(text) > 1 and tokens and tokens[-1].text in ("_", "^")
        require(not digits, f"TeX takes only one digit of {text} here: write {{{text}}}", at)
        token, at = Token(kind, text, at, match.end(), match[0], wide), match.end()
        wide = kind == "wide" or (wide and kind == "skip")
        if nesting(token) > 0 or text == r"\left":
            opened.append(token)
            require(len(opened) <= DEEPEST, f"nested more than {DEEPEST} deep: define the inner part first", token.pos)
            bare = text == r"\left" and not re.match(r"\s*(?:[(\[|.</]|\\[{}|A-Za-z])", tex[at:])
            require(not bare, r"\left needs a bracket after it", token.pos)
        elif nesting(token) < 0 or text == r"\right":
            opening = opened.pop().text if opened else ""
            closing = {"{": "}", r"\left": r"\right"}.get(opening, opening.replace("begin", "end"))
            require(closing == text, f"{text} closes nothing", token.pos)
        if text == "." and sided:  # an empty delimiter; on the left, a bar that evaluates follows
            token = token._replace(kind="cmd", text=r"\left.")
            kind = "side" if sided == r"\right" else "cmd"
        sided = text if kind == "side" else "" if kind not in ("skip", "wide") else sided
        if kind not in ("skip", "wide", "side"):
            tokens.append(token)
            _join(tokens)
    require(not opened, f"{opened[-1].text if opened else ''} is never closed", opened[-1].pos if opened else 0)
    return tokens


def _join(tokens: list[Token]) -> None:
    r"""Make one name of `\Delta x`, and of `(x * w)` before an argument or an index."""
    last = tokens[-1]
    if [token.text for token in tokens[-2:-1]] == ["Delta"] and last.kind == "name" and not last.wide:
        name = last._replace(text=f"Delta {last.text}", pos=tokens[-2].pos, shown=f"\\Delta {last.shown}")
        tokens[-2:] = [name]
    run = tokens[-6:-1] if last.text in ("(", "_") else []
    shape = [token.kind if token.kind == "name" else token.text for token in run]
    if shape in [["(", "name", star, "name", ")"] for star in STARS]:
        shown = f"({run[1].shown} {run[2].shown} {run[3].shown})"
        name = Token("name", f"{run[1].text}{run[2].text}{run[3].text}", run[0].pos, run[-1].end, shown, run[0].wide)
        tokens[-6:-1] = [name]


def _spelling(tex: str) -> str:
    r"""Spell a name one way: bold and roman are dropped; accents and script letters go to the end."""
    marks = re.findall(r"\\(hat|bar|tilde|dot|vec|overline|widehat|widetilde|mathcal|mathbb)(?![A-Za-z])", tex)
    name = " ".join(re.sub(rf"{_ACCENT}|{_FONT}|[{{}}\\]", "", tex).split())
    return "_".join([re.sub(r"^arg\W+(?=max|min)", "arg", name), *marks])


@cache
def python_name(name: str) -> str:
    """Return the name in Python: `L_Poly-1` is `L_Poly_1`, and `lambda`, which Python keeps to itself, `lambda_`."""
    plain = re.sub(r"\W+", "_", name.replace("'", "_prime")).strip("_")
    return plain + "_" * iskeyword(plain)


def label(tokens: Sequence[Token]) -> str:
    r"""Return a subscript as part of a name: `{\text{Poly-1}}` is `Poly-1`."""
    return "".join(token.text for token in tokens if token.text not in ("{", "}"))


def nesting(token: Token) -> int:
    """Return 1 at the start of a brace group or an environment, -1 at its end, else 0."""
    text = token.text
    return (text == "{" or text.startswith(r"\begin{")) - (text == "}" or text.startswith(r"\end{"))


def group_end(tokens: Sequence[Token], at: int) -> int:
    """Return the index after the group (or the single token) that starts at `at`."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += nesting(tokens[index])
        if depth == 0:
            return index + 1
    return len(tokens)


def split(tokens: Sequence[Token], *separators: str) -> list[list[Token]]:
    """Split at separators that stand outside braces and environments."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += nesting(token)
        if depth == 0 and token.text in separators:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def statements(tokens: Sequence[Token]) -> list[list[Token]]:
    r"""Split a display into statements: at `\quad`, words, and rows' ends unless the next row continues.

    A word that begins a condition, such as "if", stays in front of it.
    """
    inside = bool(tokens and re.match(_ROWS, tokens[0].text) and group_end(tokens, 0) == len(tokens))
    found: list[list[Token]] = [[]]
    for row in split(tokens[1:-1] if inside else tokens, r"\\"):
        cells, depth = split(row, "&"), 0
        start = next((token for token in row if token.text not in ("&", r"\quad", r"\qquad")), None)
        goes_on = not start or start.text in CONTINUES or (found[-1] and found[-1][-1].text in (*CONTINUES, "("))
        hint = "does this row go on with the one above? begin it with a relation or a sign"
        require(goes_on or cells[0] or not found[-1], hint, start.pos if start else None)
        dropped = r"KaTeX drops \\ outside an environment: put the lines in \begin{aligned} … \end{aligned}"
        rows = inside and not tokens[0].text.startswith(r"\begin{equation")
        require(rows or not found[-1], dropped, start.pos if start else None)
        found += [[]] if not goes_on else []
        stray = len(cells) > 2 and (
            len(cells) % 2 or any(not RELATIONS.keys() & {t.text for t in c} for c in cells[1::2])
        )
        hint = r"no relation in a column: leave out its &, or write a &= b"
        require(not stray, hint, start.pos if start else None)
        for number, cell in enumerate(cells):
            found += [[]] if number and number % 2 == 0 and len(cells) % 2 == 0 else []  # a &= b & c &= d
            for at, token in enumerate(cell):
                depth += nesting(token)
                after = cell[at + 1].text if at + 1 < len(cell) else ""
                if depth == 0 and token.kind == "word" and token.text in SEPARATE:
                    found += [[token] if token.text != "and" else []]
                elif depth or token.text not in (r"\quad", r"\qquad"):
                    found[-1].append(token)
                elif found[-1] and found[-1][-1].kind != "word":
                    before = found[-1][-1].text
                    pause = token.text == r"\qquad" or before in (",", ";", ".")
                    found += [[]] if pause or not {before, after} & CONTINUES else []
    return [piece for piece in map(trimmed, found) if piece]


def trimmed(tokens: list[Token]) -> list[Token]:
    """Leave out the punctuation at the end."""
    return trimmed(tokens[:-1]) if tokens and tokens[-1].text in (",", ";", ".") else tokens
