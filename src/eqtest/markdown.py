"""Displays and their annotations in a Markdown page."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

_FENCE = re.compile(
    r"^(?P<indent>[ >]*)(?P<mark>`{3,}|~{3,})[^\n]*\n.*?^[ >]*(?P=mark)[`~]*[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
_PIECE = re.compile(
    r"(?P<comment><!--(?P<body>.*?)-->)|(?P<open>\$\$)(?P<tex>.*?)\$\$|(?P<bracket>\\\[)(?P<tex2>.*?)\\\]|(?P<raw>^\\begin\{(?:align|equation)\*?\})",
    re.DOTALL | re.MULTILINE,
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
    """All displays and all `eq-page` comments, in order; formulas in code fences don't count."""
    hidden = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    hidden = re.sub(r"(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)", lambda match: " " * len(match[0]), hidden)
    found: list[Display] = []
    waiting: Display | None = None
    names: set[str] = set()
    for match in _PIECE.finditer(hidden):
        line = text.count("\n", 0, match.start()) + 1
        if (
            waiting
            and (match["comment"] is None or _HEAD.fullmatch(match["body"]))
            and hidden[waiting.end : match.start()].strip()
        ):
            found.append(_lost(waiting))
            waiting = None
        if match["comment"] is not None:
            if head := _HEAD.fullmatch(text[match.start("body") : match.end("body")]):
                note = _annotation(head, line, match.start(), match.end(), match.start("body"), text)
                if note.kind == "eq-page":
                    found.append(note)
                else:
                    if waiting:
                        found.append(_lost(waiting))
                    waiting = note
            continue
        display = waiting or Display(line, match.start(), match.end())
        waiting = None
        display.line, display.end = line, match.end()
        group = "tex" if match["open"] else "tex2"
        if match["raw"]:
            display.problem = "put $$ … $$ round the display, with \\begin{aligned} inside"
        else:
            display.tex, display.tex_start = text[match.start(group) : match.end(group)], match.start(group)
        if display.name in names:
            display.problem = f"a second equation named {display.name!r} on this page"
        names |= {display.name} if display.name else set()
        found.append(display)
    if waiting:
        found.append(_lost(waiting))
    return found


def strip_annotations(text: str) -> str:
    """The page without its eq comments, line for line."""
    return re.sub(
        r"<!--(.*?)-->",
        lambda match: re.sub(r"[^\n]", "", match[0]) if _HEAD.fullmatch(match[1]) else match[0],
        text,
        flags=re.DOTALL,
    )


def _lost(note: Display) -> Display:
    note.problem = f"this {note.kind} comment annotates nothing: put it directly above a display"
    return note


def _annotation(head: re.Match[str], line: int, start: int, end: int, body: int, text: str) -> Display:
    note = Display(line, start, end, kind=head[1])
    first = head[3].strip()
    if note.kind == "eq-skip":
        note.reason = " ".join((head[3] + head[4]).split())
        if not head[2] or not note.reason:
            note.problem = "eq-skip needs a reason: <!-- eq-skip: reason -->"
        return note
    if first and note.kind != "eq-page" and re.fullmatch(r"[A-Za-z][\w-]*", first):
        note.name = first
    elif first:
        note.problem = f"{first!r} isn't a name (letters, digits, hyphens): declarations start on the next line"
    number = text.count("\n", 0, body + head.start(4))
    for offset, row in enumerate(textwrap.dedent(head[4].expandtabs(4)).split("\n")):
        content = re.sub(r"(^|\s)#(?!\d).*$", "", row).rstrip()
        if content[:1] == " " and note.declarations:
            where, before = note.declarations[-1]
            note.declarations[-1] = (where, f"{before} {content.strip()}")
        elif content:
            note.declarations.append((number + offset + 1, content.strip()))
    return note
