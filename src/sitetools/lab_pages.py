"""Notebooks as pages, as a MkDocs hook: their Markdown, code and stored outputs go the way of every other page.

mkdocs-jupyter makes pages of notebooks and publishes the notebooks themselves. The HTML that it would render brings
595 KB of styles with each page, formulas as raw TeX, and no ids of ours; so this hook gives MkDocs Markdown instead.
Nothing is executed here.
"""

import re
import struct
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import click
import nbformat
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from pages.claims import OPTION as CLAIM
from pages.claims import Claim, claims_of_options, find_claims
from pages.fences import fenced

Cell: TypeAlias = Any  # nbformat's dictionaries, whose keys are attributes too

OPTION = re.compile(r"#\| ?(.*)\n?")
ANSI = re.compile(r"\x1b\[[\d;]*m")  # colours of a terminal, which Jupyter shows and a page would show as characters
# Units of an SVG, 72 an inch, on the page: 5 inches fill the 640 pixels that all figures may take.
SCALE = 640 / 360


class LabError(click.ClickException):
    """A notebook that is no page yet: something failed, was never run, or has no words for those who can't see it."""


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str | None:
    """Replace a notebook's JSON by Markdown and add its figures to the site; MkDocs calls this for each page."""
    path = PurePosixPath(page.file.src_uri)
    if path.suffix != ".ipynb":
        return None
    vars(page).pop("render", None)  # mkdocs-jupyter's, which hides the method that renders Markdown
    text, figures = convert(nbformat.reads(markdown, as_version=4), f"docs/{path}")
    for name, content in figures.items():
        files.append(File.generated(config, str(path.with_suffix("") / name), content=content))
    return text


def convert(notebook: Cell, path: str) -> tuple[str, dict[str, bytes]]:
    """Convert an executed notebook.

    Args:
        notebook: As nbformat reads it.
        path: Its path, for messages and addresses.

    Returns:
        The page as Markdown, and figures by the names of their files, which belong in a folder of the notebook's name.

    Raises:
        LabError: If a cell failed, wasn't run in its turn, or shows what a page can't.
    """
    name = PurePosixPath(path).name
    parts: list[str] = []
    figures: dict[str, bytes] = {}
    executed = 0
    for number, cell in enumerate(notebook.cells, start=1):
        try:
            claims(cell, f"{path}, cell {number}")
            if cell.cell_type == "markdown":
                parts.append(cell.source)
            elif cell.cell_type == "code":
                executed += 1
                if cell.execution_count != executed:
                    raise ValueError("it wasn't run in order, from a fresh start: run `make labs`")
                parts += _code(cell, PurePosixPath(name).stem, figures)
        except ValueError as error:
            raise LabError(f"{cell_name(path, number, cell)}: {error}") from error
    title, _, rest = "\n\n".join(parts).lstrip().partition("\n")
    if not title.startswith("# "):
        raise LabError(f"{path}: start with a Markdown cell whose first line is the title, as in # LeNet")
    # Not found by searches, where it would be what every lab starts with.
    download = f'<p data-search-exclude="1"><a href="{name}" download>Download this notebook</a></p>'
    return f"{title}\n\n{download}\n\n{rest.lstrip()}\n", figures


def cell_name(path: str, number: int, cell: Cell) -> str:
    """Say which cell, for people: Jupyter shows no numbers, so its first line of code comes along."""
    lines = split_options(cell.source)[1].strip().splitlines() or [""]
    return f"{path}, cell {number} ({lines[0]})"


def split_options(source: str) -> tuple[str, str]:
    """Part a code cell into the YAML of the `#|` lines at its top, and the code below, which readers see."""
    options = ""
    while match := OPTION.match(source):
        options += match[1] + "\n"
        source = source[match.end() :]
    return options, source


def claims(cell: Cell, path: str) -> list[Claim]:
    """Find a cell's claims: in its text, or on the caption and the alternative text of its figure.

    Args:
        cell: As nbformat reads it.
        path: The names of the notebook and the cell, for messages.

    Returns:
        The claims in order.

    Raises:
        ClaimError: If one can't be read.
    """
    if cell.cell_type == "code":
        options, _ = split_options(cell.source)
        return claims_of_options(options, "\n".join(words(options)), path) if CLAIM.search(options) else []
    return find_claims(cell.source, path)


def _code(cell: Cell, folder: str, figures: dict[str, bytes]) -> Iterator[str]:
    options, code = split_options(cell.source)
    yield fenced("python", code.strip("\n"))
    drawn = 0
    for kind, content in shown(cell):
        if kind == "text":
            yield fenced("text", content.strip("\n"))
        elif kind == "markdown":
            yield content
        else:
            drawn += 1
            caption, alternative = words(options)
            file = f"figure-{len(figures) + 1}.{kind}"
            figures[file] = content.encode() if kind == "svg" else b64decode(content)
            yield _figure(f"{folder}/{file}", figures[file], caption, alternative)
    if drawn > 1:
        raise ValueError("it shows more than one figure: draw each in its own cell, with its own words")
    if options.strip() and not drawn:
        raise ValueError("its #| lines describe a figure, but it shows none: draw one, or delete them")


def shown(cell: Cell) -> list[tuple[str, str]]:
    """Return what a code cell's stored outputs show, in order.

    Args:
        cell: As nbformat reads it.

    Returns:
        Pairs of a kind, which is text, markdown, svg or png, and its content, PNG in Base64. Texts in a row are one.

    Raises:
        ValueError: If it failed, wrote to stderr, or shows anything else.
    """
    found: list[tuple[str, str]] = []
    for output in cell.outputs:
        kind, content = _shown(output)
        if kind == "text" and found and found[-1][0] == "text":
            before = found.pop()[1]
            content = (before if before.endswith("\n") else before + "\n") + content
        found.append((kind, content))
    return found


def _shown(output: Cell) -> tuple[str, str]:
    if output.output_type == "error":
        raise ValueError(f"it failed with {output.ename}: {output.evalue}")
    if output.output_type == "stream":
        if output.name != "stdout":
            raise ValueError(f"it wrote to {output.name}, a warning perhaps: {output.text.strip()}")
        return "text", ANSI.sub("", output.text)
    kinds = {"image/svg+xml": "svg", "image/png": "png", "text/markdown": "markdown", "text/plain": "text"}
    for mime, kind in kinds.items():
        if mime in output.data:
            return kind, ANSI.sub("", output.data[mime]) if kind == "text" else output.data[mime]
    raise ValueError(f"it shows {', '.join(output.data)}; a page can show {', '.join(kinds)}")


def words(options: str) -> tuple[str, str]:
    """Return the caption and the alternative text that a cell's options give to its figure.

    Args:
        options: The cell's `#|` lines, without that.

    Returns:
        Both, as readers see them.

    Raises:
        ValueError: If one of them is missing, or something else is given but claims.
    """
    wanted = ("fig-cap", "fig-alt")
    try:
        given = yaml.safe_load(CLAIM.sub("", options)) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"its #| lines aren't YAML (a colon in a text needs >- before it): {error}") from error
    if not isinstance(given, dict) or set(given) != set(wanted) or not all(_is_text(given[name]) for name in wanted):
        raise ValueError(
            "it shows a figure, so start it with `#| fig-cap: …`, the caption, and `#| fig-alt: …`, which says "
            f"what the picture shows to those who can't see it; {options.strip() or 'nothing'!r} stands there"
        )
    return given["fig-cap"].strip(), given["fig-alt"].strip()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _figure(address: str, content: bytes, caption: str, alternative: str) -> str:
    width, height = _size(content)
    # No character is left that Markdown, a formula or HTML could take for its own.
    escaped = "".join(c if c.isalnum() or c in " .,;" else f"&#{ord(c)};" for c in " ".join(alternative.split()))
    return (
        f'<figure markdown>\n![{escaped}]({address}){{ width="{width}" height="{height}" loading="lazy" }}\n'
        f"<figcaption markdown>{caption}</figcaption>\n</figure>"
    )


def _size(content: bytes) -> Iterable[int]:
    """Return the picture's width and height in pixels, so that nothing moves when it arrives."""
    if content.startswith(b"\x89PNG"):
        return struct.unpack(">II", content[16:24])
    box = re.search(rb'<svg[^>]* viewBox="([-\d.eE ,]+)"', content)
    if not box:
        raise ValueError("its SVG has no viewBox, which says how large it is: draw it with Matplotlib")
    return [round(SCALE * float(number)) for number in box[1].replace(b",", b" ").split()[2:]]
