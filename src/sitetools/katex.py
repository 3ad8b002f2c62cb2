r"""KaTeX at build time, as a Python-Markdown extension: readers get HTML and no script.

`pymdownx.arithmatex` finds the formulas (`$…$`, `\(…\)`, `$$…$$`, `\[…\]`, environments); this extension replaces each
by what KaTeX makes of it. An invalid formula ends the build, naming the places that hold it.
"""

import atexit
import html
import json
import re
import subprocess
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

import click
from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

from sitetools import ROOT
from sitetools.nodejs import find_node
from sitetools.places import locate


class Formula(NamedTuple):
    """TeX as the author wrote it, and whether it stands on a line of its own."""

    tex: str
    display: bool


# A ClickException ends `mkdocs build` with status 1 and its message alone; other exceptions add a page of traceback.
class KatexError(click.ClickException):
    """A formula that KaTeX rejects, or no KaTeX to ask."""


class Renderer:
    """One Node.js process for the whole build, asked in batches; a formula is rendered once however often it occurs."""

    def __init__(self, katex: Path = ROOT / "node_modules" / "katex") -> None:
        self._katex = katex
        self._cache: dict[Formula, str] = {}
        self._errors: dict[Formula, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # a site generator may convert pages in threads

    def render(self, formulas: Iterable[Formula]) -> dict[Formula, str]:
        """Render formulas.

        Args:
            formulas: Any number, repeats included.

        Returns:
            The HTML of each.

        Raises:
            KatexError: If KaTeX rejects a formula, or Node.js or KaTeX is missing.
        """
        wanted = set(formulas)
        with self._lock:
            missing = sorted(wanted - self._cache.keys())
            answers = self._ask(missing) if missing else []
            for formula, answer in zip(missing, answers, strict=True):
                if "html" in answer:
                    self._cache[formula] = answer["html"]
                else:
                    self._errors[formula] = answer["error"]
        if rejected := [formula for formula in missing if formula not in self._cache]:
            raise KatexError("\n\n".join(_complaint(formula.tex, self._errors[formula]) for formula in rejected))
        return {formula: self._cache[formula] for formula in wanted}

    def close(self) -> None:
        """End the process; the next formula starts another."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    def _ask(self, formulas: list[Formula]) -> list[dict[str, str]]:
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it ended before it was asked; then there is nothing to read either
            process.stdin.write(json.dumps(formulas) + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line.endswith("\n"):
            raise KatexError("Node.js stopped while rendering formulas; what it printed above says why.")
        answers: list[dict[str, str]] = json.loads(line)
        return answers

    def _start(self) -> subprocess.Popen[str]:
        node = find_node()
        missing = "Node.js" if node is None else None if self._katex.is_dir() else "KaTeX"
        if node is None or missing:
            raise KatexError(f"{missing} is not installed, and formulas need it. Run: python -m sitetools.install")
        command = [*node, str(Path(__file__).with_name("render.js")), str(self._katex)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        atexit.register(self.close)
        return process


RENDERER = Renderer()
"""Outlives a build, so that `mkdocs serve` rebuilds from the cache."""


def _complaint(tex: str, error: str) -> str:
    places = ", ".join(locate(tex)) or "a place not found in docs/**/*.md, docs/labs/*.ipynb or src/**/*.py"
    return f"{places}: KaTeX rejects a formula\n\n    {tex}\n\n{error.strip()}"


class _Treeprocessor(Treeprocessor):
    def run(self, root: Element) -> None:
        formulas = {el: formula for el in root.iter() if (formula := _formula(el))}
        if not formulas:
            return
        rendered = RENDERER.render(formulas.values())
        for heading in root.iter():
            if re.fullmatch("h[1-6]", heading.tag) and "data-toc-label" not in heading.attrib:
                _label(heading, formulas, rendered)
        for el, formula in formulas.items():
            el.text = self.md.htmlStash.store(rendered[formula])
            if formula.display:
                # Material leaves marked elements out of the search index, and strips the mark if it has a value.
                el.set("data-search-exclude", "1")


def _formula(el: Element) -> Formula | None:
    """Return the formula that an element made by arithmatex holds."""
    if el.get("class") != "arithmatex" or not el.text:
        return None
    tex = el.text[2:-2].strip()
    if el.tag != "div":
        return Formula(tex, display=False)
    # Arithmatex escapes what stands in blocks, but not what stands in lines.
    return Formula(html.unescape(tex), display=True)


def _label(heading: Element, formulas: dict[Element, Formula], rendered: dict[Formula, str]) -> None:
    """Give a heading with formulas a plain name for the table of contents, read off KaTeX's MathML."""
    if not any(el in formulas for el in heading.iter()):
        return

    def text(el: Element) -> str:
        if el in formulas:
            mathml = rendered[formulas[el]].split("<annotation", 1)[0]
            inner = html.unescape(re.sub("<[^>]*>", "", mathml))
        else:
            inner = (el.text or "") + "".join(map(text, el))
        return inner + (el.tail or "" if el is not heading else "")

    heading.set("data-toc-label", re.sub(r"\s*\{[^{}]*\}\s*$", "", text(heading)).strip())


class KatexExtension(Extension):
    """Arithmatex, then KaTeX."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register with a Markdown instance."""
        md.registerExtensions(["pymdownx.arithmatex"], {"pymdownx.arithmatex": {"generic": True}})
        # After the inline patterns (20), which make the formulas; before the table of contents (5) names headings.
        md.treeprocessors.register(_Treeprocessor(md), "katex", 12)


def makeExtension(**options: object) -> KatexExtension:
    """Return the extension: Python-Markdown's entry point."""
    return KatexExtension(**options)
