"""A page is parted into prose and code, as a notebook has them, without what only the site understands."""

from pathlib import Path

import pytest

from pages.cells import plain, split

ROOT = Path()


def cells(markdown: str) -> list[tuple[str, str]]:
    return [(cell.kind, cell.text) for cell in split(markdown, "page.md", ROOT)]


def test_prose_and_code_alternate() -> None:
    assert cells("# T\n\na\n\n```python\nx = 1\n\n\ny = 2\n\n```\n\nb\n") == [
        ("markdown", "# T\n\na"),
        ("code", "x = 1\n\n\ny = 2"),
        ("markdown", "b"),
    ]


@pytest.mark.parametrize("between", ["\n", ""])
def test_an_output_belongs_to_the_code_above_it(between: str) -> None:
    (code,) = split(f"```python\nprint(1)\n```\n{between}```text\n1\n\n```\n", "page.md", ROOT)
    assert (code.text, code.output) == ("print(1)", "1\n\n")


def test_other_fences_are_prose() -> None:
    fence = '```console title="Here"\nls  # <!-- stays -->\n```'
    assert cells(fence) == [("markdown", fence)]


def test_includes_are_expanded(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("# --8<-- [start:a]\nx = 1\n# --8<-- [end:a]\n")
    (code,) = split('```python\n--8<-- "m.py:a"\n```\n', "page.md", tmp_path)
    assert code.text == "x = 1"


@pytest.mark.parametrize("opening", ["~~~python", "``` python", "```{.python}", '````py title=""'])
def test_every_fence_that_is_run_is_a_code_cell(opening: str) -> None:
    html = '~~~python\nhtml = "<!-- hi -->"\n~~~\n'
    assert cells(html) == [("code", 'html = "<!-- hi -->"')]
    marks = opening[: opening.rindex(opening[0], 0, 4) + 1]
    assert cells(f"{opening}\nx = 1\n{marks}\n") == [("code", "x = 1")]


def test_titles_of_blocks_are_words_above_them() -> None:
    assert cells('```python title="The mistake"\nx\n```\n') == [("markdown", "**The mistake**"), ("code", "x")]


def test_folds_are_told_apart_and_end_with_their_indentation() -> None:
    fold = '    ??? success "Solution"\n\n        S\n\n        ```py\n        if x:\n            y\n        ```\n'
    page = f"1. A\n\n{fold}\n2. B\n"
    assert [(cell.text, cell.fold) for cell in split(page, "page.md", ROOT)] == [
        ("1. A", ""),
        ("S", "Solution"),
        ("if x:\n    y", "Solution"),
        ("2. B", ""),
    ]


def test_admonitions_and_tabs_are_opened() -> None:
    page = '!!! note "Mind"\n\n    this\n\n=== "pip"\n\n    ```console\n    pip\n    ```\n\n=== "uv"\n\n    u\n\nend\n'
    ((_, text),) = cells(page)
    assert text == "**Mind**\n\nthis\n\n**pip**\n\n```console\npip\n```\n\n**uv**\n\nu\n\nend"


def test_a_list_goes_on_at_the_margin_after_code() -> None:
    """Four blanks at the start of a cell would make code of it."""
    page = "1. a\n\n    ```py\n    x\n    ```\n\n    more\n      deep\n\n2. b\n\n    rest\n"
    assert cells(page)[-1] == ("markdown", "more\n  deep\n\n2. b\n\n    rest")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a\n\n<!-- eq x\nz : real\n-->\n$$\nz\n$$\n", "a\n\n$$\nz\n$$"),
        ("a\n<!-- eq x -->$1$. b\n\n<!-- numbers: 2 -->\nc\n", "a\n$1$. b\n\nc"),
        ("a `<!-- eq -->` b <!-- c -->\n", "a `<!-- eq -->` b"),
        ("```markdown\n<!-- eq -->\n```\n", "```markdown\n<!-- eq -->\n```"),
    ],
)
def test_comments_go_where_they_are_no_code(page: str, text: str) -> None:
    assert cells(page) == [("markdown", text)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("## A `x` {#a-b}\n\n### B $c_{d}$ {#b}", "## A `x`\n\n### B $c_{d}$"),
        ("[a](x.md#b) and [`c`](#d), not `[e](f)`", "[a](/x.md#b) and [`c`](/#d), not `[e](f)`"),
        ("```html\n<div>\n[a](b)\n```", "```html\n<div>\n[a](b)\n```"),
        ("<figure markdown>\n![a\nb](c.svg)\n<figcaption markdown>D</figcaption>\n</figure>", "![a\nb](/c.svg)\n\nD"),
    ],
)
def test_what_only_the_site_understands_goes(before: str, after: str) -> None:
    assert plain(before, "page.md", lambda target: f"/{target}") == after
