"""What else stands in a page's text: code, where a dollar is a dollar, and dollars that were never meant as TeX."""

import re
from bisect import bisect
from collections.abc import Iterator
from math import inf

_ITEM = r"(?:[-+*]|\d+[.)])[ ]"
# What opens fenced code. No backtick follows the mark, but in a title: code within a line opens nothing.
_FENCE = re.compile(rf"""(?P<indent>[> ]*(?:{_ITEM} *)*)(?P<mark>`{{3,}}|~{{3,}})(?P<info>(?:[^`]|=".*?"|='.*?')*)$""")
# Code in a line goes on into the next one, unless that starts a block.
_SPAN = re.compile(rf"(?<![\\`])(`+)(?!`)((?:[^\n]|\n(?!\s*(?:{_ITEM}|[\n>#|$]|$)))+?)(?<!`)\1(?!`)")
# What holds the indented lines below it: an item of a list, a definition, footnote, admonition, fold or tab.
_HOLDER = re.compile(rf"[ ]*(?:{_ITEM}|:[ ]|\[\^[^]]+\]:|!!![ ]|\?\?\?|===)")
# A comment goes on over blank lines only if it starts a line.
COMMENT = r"(?: (?<![^\n]) <!-- .*? --> | <!-- (?: [^\n] | \n(?![ \t\r>]*\n) )*? --> )"
_CHARACTER = r"\\. | [^\\$\n] | \n(?![ \t\r>]*\n)"  # no blank line
_TEX = rf"(?: {_CHARACTER} | \$(?!\$) )+?"  # \text{{if $x > 0$}} may stand in a display
# A display; brackets and environments count where a line starts, elsewhere \[ is a bracket. Then a formula within a
# line, by the rule of pymdownx.arithmatex and of Pandoc.
SHOWN = rf"""
    (?<!\\) \$\$ (?P<dollars>{_TEX}) \$\$
  | (?: ^(?:[ \t>]|{_ITEM}|:[ ]|\[\^[^]\n]+\]:)* | (?<=-->) )
    (?: \\\[ (?P<brackets>{_TEX}) \\\]
      | (?P<environment> \\begin\{{(?P<_name>[a-z]+\*?)\}} {_TEX} \\end\{{(?P=_name)\}} ) ) (?=[ \t\r]*$)
  | (?<!\\) (?: \$(?!\s) | (?P<_round>\\\() ) (?P<within>(?:{_CHARACTER})+?) (?(_round)\\\)|(?<!\s)\$)
"""
_DOLLARS = re.compile(rf"{COMMENT} | {SHOWN} | (?P<alone> \$\$ | \\?\$ )", re.DOTALL | re.MULTILINE | re.VERBOSE)


def fences(text: str) -> Iterator[tuple[int, int, str]]:
    """Find fenced code: its first line and the line after it, counted from 0, and what stands after its mark.

    A fence is given up, and is text, where a line isn't indented and quoted as its first line is, or at the page's end:
    the rules are those of pymdownx.superfences, but any words may follow the mark.
    """
    opening, start, gap = None, 0, False
    for number, row in enumerate(text.removeprefix("\ufeff").split("\n")):
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
            yield start, number + 1, opening["info"]
            opening = None
        gap = not content


def _indented(lines: list[str]) -> Iterator[int]:
    """Find the lines of indented code: blocks that start four blanks further in than what may hold them."""
    levels, gap, code = [0], 0.0, False  # how many holders are open, outside quotes and in each of them
    for number, row in enumerate(lines):
        line = row.expandtabs(4)
        start = re.match(r"(?: {0,3}> ?)*", line).end()  # type: ignore[union-attr]  # it may be empty
        content, depth = line[start:], line[:start].count(">")
        indent = len(content) - len(content.lstrip())
        if not content.strip():
            gap = min(gap, depth)
            continue
        starts = gap <= depth or depth >= len(levels)
        if starts:
            levels = [*levels[: depth + 1], *[0] * (depth + 1 - len(levels))]
        code = indent >= 4 * levels[depth] + 4 and (code or starts)
        if code:
            yield number
        elif _HOLDER.match(content):
            levels[depth] = indent // 4 + 1
        elif starts:
            levels[depth] = min(levels[depth], -(-indent // 4))
        gap = inf


def _blank_unclosed(text: str) -> str:
    """Put blanks in place of what opens a comment or an environment that never ends: looking for the end takes long."""
    gaps = [*(gap.start() for gap in re.finditer(r"\n[ \t\r>]*(?=\n)", text)), len(text)]

    def kept(match: re.Match[str]) -> str:
        start, name = match.end(), match["name"]
        free = not name and text[match.start() - 1 : match.start()] in ("", "\n")  # this comment may hold blank lines
        stop = len(text) if free else gaps[bisect(gaps, match.start())]
        return match[0] if text.find(f"\\end{{{name}}}" if name else "-->", start, stop) >= 0 else " " * len(match[0])

    return re.sub(r"<!--|\\begin\{(?P<name>[a-z]+\*?)\}", kept, text)


def blank_code(text: str) -> str:
    """Put blanks in place of blocks of code, and backticks in place of code in lines: all else stays where it is."""
    lines = _blank_unclosed(text).replace("\ufeff", " ", 1).split("\n")
    for start, end, _ in fences(text):
        lines[start:end] = [" " * len(line) for line in lines[start:end]]
    blanked = _SPAN.sub(lambda match: re.sub(r"[^\n]", "`", match[0]), "\n".join(lines))
    # What stands in a comment, over however many lines, is no code.
    filled = re.sub(f"(?sx){COMMENT}", lambda match: re.sub(r"(?m)^.*", "x", match[0]), blanked)
    lines = blanked.split("\n")
    for number in _indented(filled.split("\n")):
        lines[number] = " " * len(lines[number])
    return "\n".join(lines)


def written(text: str, start: int, end: int) -> str:
    """Return what stands there, with blanks in place of the marks of the quote that its first line stands in."""
    quotes = re.match(rf"(?:[\s>]|{_ITEM})*", text[text.rfind("\n", 0, start) + 1 :])[0].count(">")  # type: ignore[index]
    return re.sub(rf"(?<=\n)(?:[ \t]*>){{,{quotes}}}", lambda match: " " * len(match[0]), text[start:end])


def formulas_in_lines(text: str) -> list[str]:
    """List the TeX of a page's formulas that stand within a line."""
    return [match["within"] for match in _DOLLARS.finditer(blank_code(text)) if match.lastgroup == "within"]


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
        if match[0] == "$$":
            yield start, end, "this $$ has no partner: a display ends with $$, and no line in it is blank"
        elif match["alone"] or (match.lastgroup == "within" and any(map(str.isalnum, around))):
            near = text[max(start - 40, 0) : start], text[end : end + 40]
            before, after = re.split(r"\s", near[0])[-1], re.split(r"\W", near[1], maxsplit=1)[0]
            advice = "; after a formula write a space or a hyphen" if match.lastgroup == "within" else ""
            yield start, end, f"{before}{text[start:end]}{after} isn't mathematics: write USD 5{advice}"
