"""Formulas become HTML wherever Markdown allows them, and an invalid one names its place."""

import json
import re
import textwrap
from pathlib import Path
from unittest.mock import Mock

import pytest
from bs4 import BeautifulSoup, Tag
from markdown import Markdown

from sitetools import katex, places
from sitetools.katex import Formula, KatexError, Renderer
from sitetools.places import locate

EXTENSIONS = [
    "admonition",
    "attr_list",
    "footnotes",
    "md_in_html",
    "tables",
    "toc",
    "pymdownx.details",
    "pymdownx.superfences",
    "sitetools.katex",
]


def convert(text: str) -> BeautifulSoup:
    html = Markdown(extensions=EXTENSIONS).convert(textwrap.dedent(text))
    return BeautifulSoup(html, "html.parser")


def tex(where: BeautifulSoup | Tag) -> list[str]:
    """The formulas rendered, as KaTeX itself recorded them."""
    return [annotation.get_text() for annotation in where.select(".katex annotation")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a $x$ b", "p > span.arithmatex"),
        (r"a \(x\) b", "p > span.arithmatex"),
        ("$$\nx\n$$", "div.arithmatex .katex-display"),
        ("$$x$$", "div.arithmatex .katex-display"),
        ("\\[\nx\n\\]", "div.arithmatex .katex-display"),
        ("| a |\n|---|\n| $x$ |", "td > span.arithmatex"),
        ("- item\n\n    $$\n    x\n    $$", "li > div.arithmatex .katex-display"),
        ("1. $x$", "li > span.arithmatex"),
        ("!!! note\n    $$\n    x\n    $$", ".admonition > div.arithmatex .katex-display"),
        ('??? success "Solution"\n    $x$', "details p > span.arithmatex"),
        ("> $x$", "blockquote span.arithmatex"),
        ('<div markdown="1">\n\n$$\nx\n$$\n\n</div>', "div > div.arithmatex .katex-display"),
        ("**bold $x$**", "strong > span.arithmatex"),
        ("text[^1]\n\n[^1]: $x$", ".footnote span.arithmatex"),
    ],
)
def test_a_formula_is_rendered(text: str, place: str) -> None:
    soup = convert(text)
    assert tex(soup) == ["x"]
    assert len(soup.select(place)) == 1
    assert soup.select(".katex-html[aria-hidden=true]")
    assert soup.select(".katex-mathml math")


@pytest.mark.parametrize("text", ["`$x$`", "```text\n$x$\n```", r"from \$5 to \$6", "a $5 bill", "$ x $"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert tex(convert(text)) == []


@pytest.mark.parametrize(
    "formula", ["a < b", "a > b", "a & b", r"x_1 * y_1 * z", r"\text{it's } \$ 5", r"\{1, \dots, C\}"]
)
@pytest.mark.parametrize("display", [False, True])
def test_markup_characters_reach_katex_as_written(formula: str, display: bool) -> None:
    if "&" in formula:
        formula = rf"\begin{{matrix}} {formula} \end{{matrix}}"
    assert tex(convert(f"$$\n{formula}\n$$" if display else f"${formula}$")) == [formula]


def test_an_environment_needs_no_delimiters() -> None:
    assert tex(convert("\\begin{align}\na &= b \\\\\n&= c\n\\end{align}")) == [
        "\\begin{align}\na &= b \\\\\n&= c\n\\end{align}"
    ]


def test_search_skips_displays() -> None:
    assert [el.name for el in convert("$x$\n\n$$y$$").select('[data-search-exclude="1"]')] == ["div"]


def test_a_formula_that_comes_late_leaves_its_text_until_then() -> None:
    page = Markdown(extensions=EXTENSIONS, extension_configs={"sitetools.katex": {"late": True}}).convert("$x^2 < y$")
    assert page == '<p><span class="arithmatex"><i data-formula="0">x2&lt;y</i></span></p>'
    assert katex.RENDERER.restore(page) == Markdown(extensions=EXTENSIONS).convert("$x^2 < y$")


def test_a_heading_with_a_formula_has_a_plain_name_in_the_contents() -> None:
    md = Markdown(extensions=EXTENSIONS)
    html = md.convert(r"## The *loss* $\ell(\mathbf{z}, t)$ of `f` {#loss}")
    (token,) = md.toc_tokens  # type: ignore[attr-defined]  # the toc extension adds it
    assert (token["id"], token["name"]) == ("loss", "The loss ℓ(z,t) of f")
    assert "data-toc-label" not in html


def test_a_formula_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = Renderer()
    ask = Mock(wraps=renderer._ask)
    monkeypatch.setattr(renderer, "_ask", ask)
    x, display = Formula("x", False), Formula("x", True)
    renderer.render([x, x, display])
    renderer.render([x])
    renderer.close()
    ask.assert_called_once_with([x, display])


def test_a_process_that_ended_is_started_again() -> None:
    renderer = Renderer()
    renderer.render([Formula("a", False)])
    renderer.close()
    assert "katex" in renderer.render([Formula("b", False)])[Formula("b", False)]
    renderer.close()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose sources `locate` searches."""
    monkeypatch.setattr(places, "ROOT", tmp_path)
    (tmp_path / "docs" / "losses").mkdir(parents=True)
    (tmp_path / "src").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# T\n\nA brace: $\\frac{1}{2$.", r"docs/losses/page.md:3: KaTeX rejects a formula\s+\\frac\{1\}\{2\s"),
        ("# T\n\n$$\nx +\n  \\foo\n$$", r"docs/losses/page.md:4: .*\s+x \+\s+\\foo\s+.*Undefined control sequence"),
        ("- a\n\n    $$\n    x +\n    \\foo\n    $$", r"docs/losses/page.md:4: "),
        ("> $$\n> x\n> \\foo\n> $$", r"docs/losses/page.md:2: "),
        ("$\\foo$\n\n$\\foo$", r"docs/losses/page.md:1, docs/losses/page.md:3: "),
        ("$é$", "docs/losses/page.md:1: "),  # strict: no letter that KaTeX's fonts lack
        ("$\\href{https://example.org}{x}$", "docs/losses/page.md:1: "),  # not trusted to make links
    ],
)
def test_an_invalid_formula_names_file_line_and_reason(repository: Path, text: str, complaint: str) -> None:
    (repository / "docs" / "losses" / "page.md").write_text(text, "utf-8")
    with pytest.raises(KatexError) as error:
        convert(text)
    assert re.match(complaint, error.value.message), error.value.message


def test_every_invalid_formula_of_a_page_is_named(repository: Path) -> None:
    text = "$\\foo$ and $\\bar{$ and $x$"
    (repository / "docs" / "page.md").write_text(text, "utf-8")
    with pytest.raises(KatexError) as error:
        convert(text)
    assert error.value.message.count("docs/page.md:1: KaTeX rejects a formula") == 2


def test_an_invalid_formula_stays_invalid_on_the_next_try(repository: Path) -> None:
    for _ in range(2):  # `mkdocs serve` builds again in the same process
        with pytest.raises(KatexError):
            convert("$\\foo$")


@pytest.mark.parametrize("docstring", ['r"""Loss.\n\n$\\foo{x}$\n"""', '"""Loss.\n\n$\\\\foo{x}$\n"""'])
def test_a_formula_in_a_docstring_is_found(repository: Path, docstring: str) -> None:
    (repository / "src" / "module.py").write_text(f"def f():\n    {docstring}", "utf-8")
    assert locate(r"\foo{x}") == ["src/module.py:4"]


def test_a_formula_in_a_notebook_is_found(repository: Path) -> None:
    (repository / "docs" / "labs").mkdir()
    notebook = {"cells": [{"source": ["# Lab"]}, {"source": ["One line,\n", 'then $\\foo\\bar{"x"}$.']}]}
    (repository / "docs" / "labs" / "lab.ipynb").write_text(json.dumps(notebook), "utf-8")
    assert locate(r'\foo\bar{"x"}') == ["docs/labs/lab.ipynb, cell 2:2"]


def test_short_formulas_are_found_between_delimiters_only(repository: Path) -> None:
    (repository / "docs" / "page.md").write_text("x_ marks\n\nthe $x_$", "utf-8")
    assert locate("x_") == ["docs/page.md:3"]


def test_a_formula_from_elsewhere_is_said_to_be_nowhere(repository: Path) -> None:
    with pytest.raises(KatexError, match="a place not found in docs"):
        convert("$\\foo$")


def test_missing_node_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(katex, "find_node", lambda: None)
    with pytest.raises(KatexError, match=r"Node\.js is not installed.*python -m sitetools\.install"):
        Renderer().render([Formula("x", False)])


def test_missing_katex_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KatexError, match=r"KaTeX is not installed.*python -m sitetools\.install"):
        Renderer(tmp_path / "katex").render([Formula("x", False)])


def test_a_broken_katex_is_an_error_and_no_hang(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.js").write_text("throw new Error('broken on purpose')")
    with pytest.raises(KatexError, match=r"Node\.js stopped"):
        Renderer(tmp_path).render([Formula("x", False)])
    assert "broken on purpose" in capfd.readouterr().err


def test_a_process_that_dies_before_it_is_asked_is_the_same_error(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text("process.exit(1)")
    renderer = Renderer(tmp_path)
    with pytest.raises(KatexError, match=r"Node\.js stopped"):
        renderer.render([Formula("x" * 1_000_000, False)])  # more than a pipe holds: the write waits for the end
    renderer.close()


def test_a_process_that_dies_while_it_answers_is_the_same_error(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text("""process.stdout.write('[{"html": "<sp'); process.exit(1)""")
    with pytest.raises(KatexError, match=r"Node\.js stopped"):
        Renderer(tmp_path).render([Formula("x", False)])
