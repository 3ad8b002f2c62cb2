"""What else stands in a page's text: code, where a dollar is a dollar, and dollars that were never meant as TeX."""

import re
from collections.abc import Iterator

_CODE = re.compile(
    r"^[ >]*(?P<mark>`{3,}|~{3,})[^\n]*\n.*?^[ >]*(?P=mark)[`~]*[ \t]*$\n?|(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\2(?!`)",
    re.MULTILINE | re.DOTALL,
)
# A comment or a display; a formula within a line, by the rule of pymdownx.arithmatex and of Pandoc; a dollar alone.
_DOLLARS = re.compile(
    r"""
    <!-- .*? --> | \$\$ .*? \$\$
  | (?P<formula> (?<!\\) \$ (?!\s) (?: \\. | [^\\$\n] | \n(?!\s*\n) )+? (?<!\s) \$ )
  | (?P<alone> \\?\$ )
    """,
    re.DOTALL | re.VERBOSE,
)


def blank_code(text: str) -> str:
    """The text with blanks in place of code, blocks and spans, so that every other character stays where it is."""
    return _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def stray_dollars(text: str) -> Iterator[tuple[int, int, str]]:
    """Find dollars that aren't mathematics: those alone, and those of a formula that a letter or digit touches.

    Returns:
        Where each starts and ends, and what to do about it.

    Examples:
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
