"""Slips of the pen in prose, made on purpose: `python -m pagetest.slips` counts how many of them the tests notice.

A word that compares becomes its opposite, a word that denies is dropped, a digit in the words of a figure becomes
another one. Results are what labs say, and the sections of pages that report a training.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pages import PageError
from pages.claims import Claim, claims_of_options, find_claims
from pages.comparisons import find_comparisons
from pages.fences import find_fences
from sitetools.lab_pages import split_options, words

RESULTS = re.compile(r"^## [^\n]*\{#results\}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"^ *<figure\b.*?</figure>", re.MULTILINE | re.DOTALL)
NOT_SHOWN = re.compile(r"\]\([^)]*\)|<[^>]*>")


COMPARING, DENYING, FIGURES = "words that compare", "words that deny", "digits in the words of figures"


@dataclass(frozen=True)
class Slip:
    """An edit: of which kind, on which line, at what place in which text; and whether that lies within a claim.

    The text is that of a page or a cell. For the figure of a lab it is the caption and the alternative text, and
    `options` are the lines that hold them and their claims.
    """

    kind: str
    line: str
    text: str
    start: int
    before: str
    after: str
    claimed: bool
    options: str | None = None

    @property
    def noticed(self) -> bool:
        """Whether the claims can't be read any more after the edit, which fails the tests and the build."""
        edited = self.text[: self.start] + self.after + self.text[self.start + len(self.before) :]
        try:
            if self.options is None:
                find_claims(edited, self.line)
            else:
                claims_of_options(self.options, edited, self.line)
        except PageError:
            return True
        return False


def slips(path: Path) -> Iterator[Slip]:
    """Make every slip that there is on a page or in a lab.

    Args:
        path: The file, Markdown or a notebook.

    Yields:
        The slips, each alone.
    """
    if path.suffix == ".md":
        text = path.read_text("utf-8")
        whole = path.parent.name == "labs"
        results = [range(len(text))] if whole else [range(*match.span()) for match in RESULTS.finditer(text)]
        yield from _words(text, str(path), results)
        yield from _digits(text, str(path), _words_of_figures(text, str(path)), find_claims(text, str(path)))
        return
    for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"], 1):
        text, where = "".join(cell["source"]), f"{path}, cell {number}"
        if cell["cell_type"] == "markdown":
            yield from _words(text, where, [range(len(text))])
        elif options := split_options(text)[0]:
            shown = "\n".join(words(options))
            found = claims_of_options(options, shown, where)
            yield from _digits(shown, where, [range(len(shown))], found, options)


def _words(text: str, where: str, results: Iterable[range]) -> Iterator[Slip]:
    for word in find_comparisons(text, where):
        place = "in results" if any(word.start in part for part in results) else "elsewhere"
        kind = f"{DENYING if word.denies else COMPARING} {place}"
        yield Slip(kind, _line(text, where, word.start), text, word.start, word.word, word.opposite, word.claimed)


def _words_of_figures(text: str, path: str) -> list[range]:
    """Find the captions and the alternative texts of a page's figures."""
    fences = [range(fence.start, fence.end) for fence in find_fences(text, path)]
    figures = [match for match in FIGURE.finditer(text) if not any(match.start() in fence for fence in fences)]
    found = []
    for figure in figures:
        at = figure.start()
        for cut in NOT_SHOWN.finditer(figure[0]):
            found.append(range(at, figure.start() + cut.start()))
            at = figure.start() + cut.end()
    return found


def _digits(
    text: str, where: str, parts: Iterable[range], claims: list[Claim], options: str | None = None
) -> Iterator[Slip]:
    for part in parts:
        for match in re.finditer(r"\d", text[part.start : part.stop]):
            at, other = part.start + match.start(), str((int(match[0]) + 1) % 10)
            claimed = any(claim.start <= at < claim.end for claim in claims)
            yield Slip(FIGURES, _line(text, where, at), text, at, match[0], other, claimed, options)


def _line(text: str, where: str, at: int) -> str:
    return f"{where}:{text.count(chr(10), 0, at) + 1}"


def files(root: Path) -> list[Path]:
    """List the pages and the labs."""
    return sorted([*(root / "docs").rglob("*.md"), *(root / "docs").rglob("*.ipynb")])


def main() -> None:
    """Print what is noticed, by kind, and list what isn't."""
    found = defaultdict[str, list[Slip]](list)
    for path in map(Path, sys.argv[1:] or files(Path())):
        for slip in slips(path):
            found[slip.kind].append(slip)
    for kind, edits in sorted(found.items()):
        missed = [slip for slip in edits if not slip.noticed]
        for slip in missed:
            around = slip.text[max(0, slip.start - 30) : slip.start + 30]
            print(f"    {slip.line}: {slip.before} → {slip.after} in … {' '.join(around.split())} …")
        print(f"{len(edits) - len(missed)} of {len(edits)} {kind} are noticed: {1 - len(missed) / len(edits):.0%}")


if __name__ == "__main__":
    main()
