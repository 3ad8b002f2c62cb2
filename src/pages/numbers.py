"""Numbers in prose: whatever a reader could take for a result occurs in something tested.

Looked at are all numbers but whole ones below 100: in text, tables, captions, inline code, formulas within a line,
comments in code, and blocks that aren't run. Code that runs, outputs that are compared, equations that are evaluated
and the phrases of claims back them: fractions and percentages those of the same section, whole numbers those of the
same page. What comes from elsewhere has its source in a comment above the paragraph, which names each number again:

    <!-- numbers: 86.8 and 87.2 are from table 1 of the paper -->
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from eqtest import find_equations
from pages.blocks import find_blocks
from pages.claims import find_claims
from pages.fences import NOT_RUN, find_fences
from pages.includes import code_of

NUMBER = re.compile(r"(?<![\w.])(?=\.?\d)(?:\d{1,3}(?:\{?,\}?\d{3})+(?!\d)|\d*)(?:\.\d+)*(?:[eE][+-]?\d+)?(?:\s?\\?%)?")
COMMENT = re.compile(r"#.*")
OPTION = re.compile(r"^#\|.*", re.MULTILINE)
SOURCE = re.compile(r"\s*<!-- numbers: (.+?) -->", re.DOTALL)
HIDDEN = re.compile(  # what isn't looked at
    r"<!--(?! numbers: ).*?-->"
    r"|\[[^]]*\]\([^)\s]*bibliography\.md#[^)\s]*\)|(?<=\])\([^)\s]*\)|<https?:[^>]*>|\{#[^}]*\}",
    re.DOTALL,
)


class Line(NamedTuple):
    """A line: its place, what it says, and the tested text that starts there."""

    place: str
    prose: str
    tested: str = ""


class Number(NamedTuple):
    """A number as written, and its value; versions such as 2.15.0 have no value and stay text."""

    text: str
    value: Decimal | str

    @property
    def small(self) -> bool:
        """Whether it is a whole number below 100, which isn't looked at."""
        return re.fullmatch(r"\d\d?", self.text) is not None

    @property
    def fraction(self) -> Decimal | None:
        """Its value, unless it is whole."""
        return self.value if isinstance(self.value, Decimal) and re.search(r"[.e%]", self.text, re.I) else None

    def rounds(self, other: "Number") -> bool:
        """Tell whether it is another fraction, or that fraction rounded to two digits or more."""
        if self.fraction is None or other.fraction is None:
            return False
        _, digits, exponent = self.fraction.as_tuple()
        half = Decimal("0.5").scaleb(int(exponent)) if len(digits) > 1 else 0
        return abs(self.fraction - other.fraction) <= half


def read_page(path: Path, root: Path) -> list[Line]:
    """Read the lines of a Markdown page; its includes start from `root`."""
    text = path.read_text("utf-8")
    hidden = [match.span() for match in HIDDEN.finditer(text)]
    shown = NOT_RUN - {"markdown"}  # which is how to write pages
    hidden += [(fence.start, fence.end) for fence in find_fences(text, str(path)) if fence.language not in shown]
    tested, comments = dict[int, str](), dict[int, str]()
    for block in find_blocks(text, str(path)):
        if not block.fence.skip_reason:
            source = code_of(block.fence, root).text
            comments[block.fence.line] = " ".join(COMMENT.findall(source))
            tested[block.fence.line] = COMMENT.sub("", source) + (block.output.text if block.output else "")
    for claim in find_claims(text, str(path)):
        line = text.count("\n", 0, claim.start) + 1
        tested[line] = f"{tested.get(line, '')} {claim.phrase} "
    for equation in find_equations(text):
        if equation.kind in ("eq", "eq-define"):
            hidden.append((equation.start, equation.end))
            tested[equation.line] = tested.get(equation.line, "") + equation.tex + " "
    for start, end in hidden:
        text = text[:start] + re.sub(r"\S", " ", text[start:end]) + text[end:]
    prose = (comments.get(at, line) for at, line in enumerate(text.split("\n"), 1))
    return [Line(f"{path}:{at}", line, tested.get(at, "")) for at, line in enumerate(prose, 1)]


def read_notebook(path: Path) -> list[Line]:
    """Read the lines of a notebook: cells of code and what they printed back the cells of text."""
    lines = []
    for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"], 1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            printed = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
            code = OPTION.sub("", source)
            lines.append(Line(f"{path}, cell {number}", "", "\n".join([code, *map("".join, printed)])))
        else:
            shown = HIDDEN.sub("", source).split("\n")
            lines += [Line(f"{path}, cell {number}, line {at}", line) for at, line in enumerate([*shown, ""], 1)]
    return lines


def numbers(text: str) -> Iterator[Number]:
    """Find the numbers of a text, percentages as fractions."""
    for match in NUMBER.finditer(text):
        digits = re.sub(r"[^\d.eE+-]", "", match[0])
        if digits.count(".") > 1 or re.match(r"0\d", digits):
            yield Number(match[0], digits)
        else:
            yield Number(match[0], Decimal(digits).scaleb(-2 if "%" in match[0] else 0))


def problems(lines: list[Line]) -> Iterator[str]:
    """Yield a message for each number that nothing backs, and for each of a source that its paragraph lacks."""
    page = {number.value for line in lines for number in numbers(line.tested)}
    starts = [at for at, line in enumerate(lines) if re.match(r"##+ ", line.prose)]
    for start, end in pairwise([0, *starts, len(lines)]):
        section = [number for line in lines[start:end] for number in numbers(line.tested)]
        for written, paragraph in groupby(lines[start:end], lambda line: bool(line.prose.strip())):
            if written:
                yield from _paragraph(list(paragraph), page, section)


def _paragraph(lines: list[Line], page: set[Decimal | str], section: list[Number]) -> Iterator[str]:
    text = "\n".join(line.prose for line in lines)
    source = SOURCE.match(text)
    named = {number.value for number in numbers(source[1]) if not number.small} if source else set()
    if source:
        text = "\n" * source[0].count("\n") + text[source.end() :]
    for line, prose in zip(lines, text.split("\n"), strict=True):
        for number in numbers(prose):
            backed = number.value in page if number.fraction is None else any(map(number.rounds, section))
            if not (number.small or backed or number.value in named):
                yield (
                    f"{line.place}: nothing tested in this section shows {number.text}: print it in a block, or name "
                    f"its source directly above the paragraph, as <!-- numbers: {number.text} is … -->"
                )
    for value in sorted(map(str, named - {number.value for number in numbers(text)})):
        yield f"{lines[0].place}: the comment gives a source for {value}, which isn't in the paragraph below"
