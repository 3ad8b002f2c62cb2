"""What else stands in a page's text: code, where a dollar is a dollar, and dollars that were never meant as TeX."""

import re
from collections.abc import Iterator

# What opens fenced code, with all that may follow the mark: a language, then attributes or options.
_FENCE = re.compile(
    r"""
    (?P<indent> [> ]* ) (?P<mark> `{3,} | ~{3,} )
    (?: [ ]*\.?[\w#.+-]+ (?=[ ]|$) )?
    (?: [ ]*\{.*\}
      | (?: [ ]*(?: title(?:_mode)?(?:=(?:".*?"|'.*?'))? | (?:hl_lines|linenums)=(?:"\d.*?"|'\d.*?') ) (?=[ ]|$) )+
    )?
    [ ]*$
    """,
    re.VERBOSE,
)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)")
# A formula within a line, by the rule of pymdownx.arithmatex and of Pandoc.
FORMULA = r"(?<!\\)\$(?!\s)(?P<within>(?:\\.|[^\\$\n]|\n(?!\s*\n))+?)(?<!\s)\$"
# A comment or a display; a formula within a line; a dollar alone.
_DOLLARS = re.compile(
    rf"""
    <!-- .*? --> | \$\$ .*? \$\$
  | (?P<formula> {FORMULA} )
  | (?P<alone> \\?\$ )
    """,
    re.DOTALL | re.VERBOSE,
)


def fences(text: str) -> Iterator[tuple[int, int]]:
    """Find where fenced code starts and ends, as line numbers from 0, by the rules of pymdownx.superfences.

    A fence is given up, and is text, where a line isn't indented and quoted as its first line is, or at the page's end.
    """
    opening, start, gap = None, 0, False
    for number, row in enumerate(text.split("\n")):
        line = row.expandtabs(4) if row.strip() else ""
        if opening is None:
            opening, start, gap = _FENCE.match(line), number, False
            continue
        indent, depth = opening.end("indent"), opening["indent"].count(">")
        content = line[:indent].lstrip("> ") + line[indent:]
        before = line[: len(line) - len(content)]
        quotes = before.count(">")
        outside = len(before) < indent or (gap and quotes < depth)
        if quotes > depth or (content and outside):
            opening = None
        elif content.rstrip() == opening["mark"]:
            yield start, number + 1
            opening = None
        gap = not content


def blank_code(text: str) -> str:
    """Put blanks in place of code, blocks and spans, so that every other character stays where it is."""
    lines = text.split("\n")
    for start, end in fences(text):
        lines[start:end] = [" " * len(line) for line in lines[start:end]]
    return _SPAN.sub(lambda match: " " * len(match[0]), "\n".join(lines))


def formulas_in_lines(text: str) -> list[str]:
    """List the TeX of a page's formulas that stand within a line."""
    return [match["within"] for match in _DOLLARS.finditer(blank_code(text)) if match["formula"]]


def stray_dollars(text: str) -> Iterator[tuple[int, int, str]]:
    """Find dollars that aren't mathematics: those alone, and those of a formula that a letter or digit touches.

    Args:
        text: The page.

    Yields:
        Where each starts and ends, and what to do about it.

    Examples:
        >>> from eqtest.prose import stray_dollars
        >>> [problem for *_, problem in stray_dollars("It is $x$, and costs $5-$10.")]
        ["$5-$10 isn't mathematics: write USD 5; after a formula write a space or a hyphen"]
    """
    for match in _DOLLARS.finditer(blank_code(text)):
        start, end = match.span()
        around = text[max(start - 1, 0) : start] + text[end : end + 1]
        if match["alone"] or (match["formula"] and any(map(str.isalnum, around))):
            before, after = re.split(r"\s", text[:start])[-1], re.split(r"\W", text[end:], maxsplit=1)[0]
            advice = "; after a formula write a space or a hyphen" if match["formula"] else ""
            yield start, end, f"{before}{text[start:end]}{after} isn't mathematics: write USD 5{advice}"
