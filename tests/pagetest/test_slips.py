"""Slips are made in prose and in the words of figures, and noticed within claims."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pagetest import slips

PAGE = """# Title

More text.

## Results {#results}

<!-- claim "It is faster": a < b -->
It is faster. It is smaller.

## Next {#next}

<!-- claim "2 curves": len(figure.curves) == 2 -->
<figure markdown>
![There are 2 curves of 3](../assets/figures/poly1-losses.svg)
<figcaption>It rises from 10.</figcaption>
</figure>
"""


def seen(path):
    found = list(slips.slips(path))
    assert [slip.noticed for slip in found] == [slip.claimed for slip in found]
    return [(slip.kind, slip.before, slip.after, slip.noticed) for slip in found]


def test_slips_of_a_page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    elsewhere, results = "words that compare elsewhere", "words that compare in results"
    assert seen(path) == [
        (elsewhere, "More", "Less", False),
        (results, "faster", "slower", True),
        (results, "smaller", "larger", False),
        (elsewhere, "rises", "falls", False),
        (slips.FIGURES, "2", "3", True),
        (slips.FIGURES, "3", "4", False),
        (slips.FIGURES, "1", "2", False),
        (slips.FIGURES, "0", "1", False),
    ]


def test_slips_of_a_lab(tmp_path):
    path = tmp_path / "lab.ipynb"
    text = '# Lab\n\n<!-- claim "never faster": a < b -->\nIt is never faster, not even smaller.'
    code = '#| claim "2 lines": len(lines) == 2\n#| fig-cap: Here are 2 lines.\n#| fig-alt: From 1 to 2.\nplot(3)'
    nbformat.write(new_notebook(cells=[new_markdown_cell(text), new_code_cell(code), new_code_cell("4")]), path)
    compare, deny = "words that compare in results", "words that deny in results"
    assert seen(path) == [
        (compare, "never", "always", True),
        (compare, "faster", "slower", True),
        (deny, "not", "", False),
        (compare, "smaller", "larger", False),
        (slips.FIGURES, "2", "3", True),
        (slips.FIGURES, "1", "2", False),
        (slips.FIGURES, "2", "3", False),
    ]


def test_the_command_lists_what_nobody_notices(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    monkeypatch.setattr("sys.argv", ["slips", str(path)])
    slips.main()
    said = capsys.readouterr().out
    assert "page.md:8: smaller → larger in" in said
    assert "1 of 2 words that compare in results are noticed: 50%" in said
