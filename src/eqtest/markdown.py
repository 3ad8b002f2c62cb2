"""Displays and their annotations in a Markdown page."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

_CODE = re.compile(
    r"^[ >]*(?P<mark>`{3,}|~{3,})[^\n]*\n.*?^[ >]*(?P=mark)[`~]*[ \t]*$\n?|(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\2(?!`)",
    re.MULTILINE | re.DOTALL,
)
_PIECE = re.compile(
    r"<!--(?P<comment>.*?)-->|\$\$(?P<tex>.*?)\$\$|(?P<raw>^\\begin\{(?:align|equation)\*?\}|\\\[)",
    re.MULTILINE | re.DOTALL,
)
_HEAD = re.compile(r"\s*(eq-page|eq-define|eq-skip|eq)(?![\w-])(:?)[ \t]*([^\n]*)(.*)", re.DOTALL)


@dataclass
class Display:
    """A displayed formula with what its annotation says; lines count from 1, offsets from 0.

    `kind` is eq, eq-define, eq-skip, eq-page (no formula), or empty for a bare display.
    """

    line: int
    start: int
    end: int
    tex: str = ""
    tex_start: int = 0
    kind: str = ""
    name: str | None = None
    reason: str = ""
    declarations: list[tuple[int, str]] = field(default_factory=list)
    problem: str = ""


def find_displays(text: str) -> list[Display]:
    """All displays and all `eq-page` comments, in order; formulas in code don't count."""
    hidden = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    found: list[Display] = []
    waiting: Display | None = None
    for match in _PIECE.finditer(hidden):
        comment = match["comment"] is not None
        head = _HEAD.fullmatch(text, match.start("comment"), match.end("comment")) if comment else None
        if comment and not head:
            continue
        if waiting and (head or hidden[waiting.end : match.start()].strip()):
            waiting.problem = f"this {waiting.kind} comment annotates nothing: put it directly above a display"
            waiting = None
        line = text.count("\n", 0, match.start()) + 1
        if head:
            note = _annotation(head, Display(line, match.start(), match.end()), text)
            waiting = note if note.kind != "eq-page" else None
            found.append(note)
            continue
        if not waiting:
            found.append(Display(line, match.start(), match.end()))
        display, waiting = found[-1], None
        display.line, display.end = line, match.end()
        if match["raw"]:
            display.problem = "put $$ … $$ round the display, with \\begin{aligned} inside"
        else:
            display.tex, display.tex_start = text[match.start("tex") : match.end("tex")], match.start("tex")
        if display.name and display.name in [other.name for other in found[:-1]]:
            display.problem = f"a second equation named {display.name!r} on this page"
    if waiting:
        waiting.problem = f"this {waiting.kind} comment annotates nothing: put it directly above a display"
    return found


def strip_annotations(text: str) -> str:
    """The page without its eq comments, line for line."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", "", match[0]) if _HEAD.fullmatch(match[1]) else match[0]

    return re.sub(r"<!--(.*?)-->", blank, text, flags=re.DOTALL)


def _annotation(head: re.Match[str], note: Display, text: str) -> Display:
    note.kind, first = head[1], head[3].strip()
    if note.kind == "eq-skip":
        note.reason = " ".join((head[3] + head[4]).split())
        if not head[2] or not note.reason:
            note.problem = "eq-skip needs a reason: <!-- eq-skip: reason -->"
        return note
    if first and note.kind != "eq-page" and re.fullmatch(r"[A-Za-z][\w-]*", first):
        note.name = first
    elif first:
        note.problem = f"{first!r} isn't a name (letters, digits, hyphens): declarations start on the next line"
    number = text.count("\n", 0, head.start(4)) + 1
    for offset, row in enumerate(textwrap.dedent(head[4].expandtabs(4)).split("\n")):
        content = re.sub(r"(^|\s)#(?!\d).*$", "", row).rstrip()
        if content[:1] == " " and note.declarations:
            where, before = note.declarations[-1]
            note.declarations[-1] = (where, f"{before} {content.strip()}")
        elif content:
            note.declarations.append((number + offset, content.strip()))
    return note
