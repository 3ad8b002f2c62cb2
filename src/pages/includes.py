"""Includes: a named section of a module in place of `--8<-- "src/dlnotes/losses/softmax.py:softmax"`.

Of a docstring, a page shows the first paragraph: it says what the code is for, and the API reference has the rest.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from pages.errors import IncludeError
from pages.fences import DOCTEST, PYTHON, Fence, find_fences

MARK = "--8<--"
INCLUDE = re.compile(r'--8<-- "(?P<path>[^":]+):(?P<section>[A-Za-z][\w-]*)"')
MARKER = re.compile(r"--8<-- \[(?P<side>start|end):(?P<section>[\w-]+)\]")


@dataclass(frozen=True)
class Code:
    """The code of a block: `text` is what readers see; line `lines[i]` of `path` holds its i-th line."""

    text: str
    path: str
    lines: list[int]

    def placed(self) -> str:
        """Return the code with every line at the number it comes from, so that tracebacks name the true place."""
        placed = [""] * max(self.lines, default=0)
        for number, line in zip(self.lines, self.text.split("\n"), strict=False):
            placed[number - 1] = line
        return "\n".join(placed) + "\n"


def code_of(fence: Fence, root: Path) -> Code:
    """Return the code that a fence shows, its include expanded.

    Args:
        fence: Of Python.
        root: The folder that includes start from.

    Returns:
        The code, with its places.

    Raises:
        IncludeError: If the include is malformed, mixed with other lines, not found or empty.
    """
    if MARK not in fence.source:
        first = fence.line + 1
        return Code(fence.source, fence.path, list(range(first, first + fence.source.count("\n"))))
    include = INCLUDE.fullmatch(fence.source.strip())
    if include is None:
        raise IncludeError(
            f"{fence.where}: a block is either hand-written or exactly one include of a named section, "
            f'{MARK} "path/to/file.py:section"'
        )
    file = root / include["path"]
    try:
        lines = section(file.read_text("utf-8"), include["section"])
    except FileNotFoundError:
        raise IncludeError(
            f"{fence.where}: there is no file {include['path']}; paths start at the repository"
        ) from None
    except SyntaxError as error:
        raise IncludeError(f"{fence.where}: {include['path']}:{error.lineno} can't be read: {error.msg}") from None
    except ValueError as error:
        raise IncludeError(f"{fence.where}: {include['path']} {error}") from None
    text = textwrap.dedent("".join(f"{line}\n" for _, line in lines))
    return Code(text, str(file), [number for number, _ in lines])


def expanded(text: str, path: str, root: Path) -> str:
    """Return a page with the code of its Python blocks in place of their includes."""
    parts, end = list[str](), 0
    for fence in find_fences(text, path) if MARK in text else ():
        if fence.language in PYTHON | DOCTEST and MARK in fence.source:
            opening, _, closing = text[fence.start : fence.end].split("\n")
            code = textwrap.indent(code_of(fence, root).text, fence.indent)
            parts += [text[end : fence.start], f"{opening}\n{code}{closing}"]
            end = fence.end
    return "".join([*parts, text[end:]])


@lru_cache(64)
def section(text: str, name: str) -> list[tuple[int, str]]:
    """Return the lines of a module's named section, numbered, without what marks it and others.

    Args:
        text: The module.
        name: What stands in `# --8<-- [start:name]` and `# --8<-- [end:name]`.

    Returns:
        Pairs of a line's number, from 1, and the line.

    Raises:
        ValueError: If there is no such section, or nothing in it; the message goes on from the file's name.
    """
    names = [match["section"] for match in MARKER.finditer(text) if match["side"] == "start"]
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise ValueError(f"has no section {name!r}{hint} It has {', '.join(sorted(names)) or 'none'}.")
    found, inside = list[tuple[int, str]](), False
    for number, line in brief(text):
        if marker := MARKER.search(line):
            inside = marker["side"] == "start" if marker["section"] == name else inside
        elif inside:
            found.append((number, line))
    if not any(line.strip() for _, line in found):
        raise ValueError(f"has nothing in its section {name!r}; put code between its marks")
    return found


@lru_cache(64)
def brief(text: str) -> list[tuple[int, str]]:
    r"""Return a module's lines, numbered, with the first paragraph alone of the docstrings of functions and classes.

    Args:
        text: The module.

    Returns:
        Pairs of a line's number, from 1, and the line.

    Examples:
        >>> from pages.includes import brief
        >>> text = 'def f(x):\n    \"\"\"Double x.\n\n    Args:\n        x: Any.\n    \"\"\"\n    return 2 * x'
        >>> brief(text)[-1], [number for number, _ in brief(text)]
        ((7, '    return 2 * x'), [1, 2, 7])
    """
    lines = dict(enumerate(text.split("\n"), 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            docstring = node.body[0]
            first, last = docstring.lineno, docstring.end_lineno or docstring.lineno
            paragraph = next((number for number in range(first, last) if not lines[number].strip()), None)
            if paragraph:
                for number in range(paragraph, last + 1):
                    del lines[number]
                if paragraph == first + 1:
                    lines[first] += '"""'
                else:
                    lines[paragraph] = " " * docstring.col_offset + '"""'
    return sorted(lines.items())
