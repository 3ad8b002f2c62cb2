"""Labs are run, saved without what changes from run to run, and compared."""

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.image import imsave
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pagetest import lab_runs
from pagetest.lab_runs import NotebookError, check, compare, execute, normalise


def save(folder: Path, *cells: str, tags: tuple[str, ...] = ()) -> Path:
    """Write a notebook with code cells, all of them with the tags."""
    path = folder / "lab.ipynb"
    code = [new_code_cell(source, metadata={"tags": list(tags)} if tags else {}) for source in cells]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Lab"), *code]), path)
    return path


def texts(notebook: NotebookNode) -> list[str]:
    return [output.get("text") or output.data["text/plain"] for cell in notebook.cells[1:] for output in cell.outputs]


def test_a_run_starts_afresh_in_the_notebooks_folder_and_is_told_the_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")  # would swallow the figures
    source = "import os, pathlib\nos.environ['DLNOTES_LABS'], pathlib.Path.cwd().name, os.environ['MPLBACKEND'][-6:]"
    path = save(tmp_path, f"import matplotlib\n{source}", "print(1, end='', flush=True)\nprint(2, flush=True)")
    notebook = execute(path, "short", timeout=60)
    assert texts(notebook) == [f"('short', {tmp_path.name!r}, 'inline')", "12\n"]
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2]
    assert nbformat.read(path, as_version=4).cells[1].outputs == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1 / 0", r"lab\.ipynb, cell 3 \(1 / 0\) failed in full mode\n(.*\n)*.*ZeroDivisionError: division by zero"),
        ("import os\nos._exit(3)", r"cell 3 \(import os\) failed in full mode\nDeadKernelError"),
        ("import warnings\nwarnings.warn('old')", r"cell 3 \(import warnings\): it wrote to stderr.*(\n.*)*old"),
    ],
)
def test_a_failure_names_notebook_and_cell(tmp_path: Path, source: str, complaint: str) -> None:
    with pytest.raises(NotebookError, match=complaint) as error:
        execute(save(tmp_path, "x = 1", source, "y = 2"), "full", timeout=60)
    assert "\x1b" not in str(error.value)


def test_a_cell_that_takes_too_long_fails(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"cell 2 \(import time\) failed in short mode\nCellTimeoutError"):
        execute(save(tmp_path, "import time\ntime.sleep(60)"), "short", timeout=2)


def test_a_cell_that_expects_to_fail_fails_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="cell 2"):
        execute(save(tmp_path, "1 / 0", tags=("raises-exception",)), "full", timeout=60)


MODES = "import os\nprint(os.environ['DLNOTES_LABS'])"


def test_saving_then_comparing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path, MODES)

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["lab_runs", *arguments, str(path)])
        return lab_runs.main()

    assert run() == 0
    stored = path.read_text()
    assert texts(nbformat.read(path, as_version=4)) == ["full\n"]
    assert run() == 0
    assert path.read_text() == stored

    assert run("--check", "--mode", "recorded") == 1
    said = capsys.readouterr().err
    assert "lab.ipynb, cell 2 (import os): the output differs" in said
    assert "-full\n+recorded" in said
    assert "make labs" in said
    assert run("--mode", "short") == 0  # the cell isn't tagged
    assert path.read_text() == stored


def test_short_mode_compares_what_is_tagged_stable(tmp_path: Path) -> None:
    path = save(tmp_path, MODES, tags=("stable",))
    nbformat.write(execute(path, "full", timeout=60), path)
    check(path, "full", timeout=60)
    with pytest.raises(NotebookError, match=r"-full\n\+short"):
        check(path, "short", timeout=60)


def test_a_failing_lab_keeps_no_other_from_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = save(tmp_path, "1 + 1").rename(tmp_path / "good.ipynb")
    bad = save(tmp_path, "1 / 0")
    before = bad.read_text()
    monkeypatch.setattr("sys.argv", ["lab_runs", str(bad), str(good)])
    assert lab_runs.main() == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert bad.read_text() == before
    assert texts(nbformat.read(good, as_version=4)) == ["2"]


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def test_normalised_notebooks_hold_what_readers_see() -> None:
    svg = "<svg>\n <metadata>\n <dc:date>2026</dc:date></metadata>\n <path d=\"M 1.23456 2\"/>'DejaVu Sans'</svg>"
    figure = new_output("display_data", data={"image/svg+xml": svg}, metadata={"needs_background": "light"})
    cell = new_code_cell("x", outputs=[stream("a"), stream("b"), figure, stream("c")], id="chosen")
    cell.metadata.update({"execution": {"iopub.status.busy": "2026"}, "scrolled": True, "tags": ["stable"]})
    notebook = new_notebook(
        cells=[cell, new_markdown_cell("y", metadata={"editable": False})],
        metadata={"widgets": {}, "language_info": {"name": "ipython", "version": "3"}},
    )
    del notebook.cells[1]["id"]
    normalise(notebook)
    assert [cell.id for cell in notebook.cells] == ["chosen", "cell-2"]
    assert [dict(cell.metadata) for cell in notebook.cells] == [{"tags": ["stable"]}, {}]
    assert notebook.metadata.language_info == {"name": "python"}
    assert notebook.metadata.kernelspec.name == "python3"
    first, second, third = cell.outputs
    assert (first.text, third.text) == ("ab", "c")
    assert second.data["image/svg+xml"] == '<svg>\n <path d="M 1.23 2"/>system-ui</svg>'
    assert second.metadata == {}
    nbformat.validate(notebook)


def png(*shades: int) -> str:
    file = io.BytesIO()
    imsave(file, np.array([shades], dtype=np.uint8), cmap="gray", vmin=0, vmax=255, format="png")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("stored", "new", "difference"),
    [
        ([("text", "0.50")], [("text", "0.50")], ""),
        ([("text", "0.5")], [("text", "0.50")], "the output differs\n.*\n.*\n-0.5\n.0.50"),
        ([("text", "a \n")], [("text", "a\n")], "in blanks"),
        ([("markdown", "| a |")], [("markdown", "| b |")], "the output differs"),
        ([("text", "a")], [], "it showed text, and shows nothing now"),
        ([("text", "a")], [("text", "a"), ("svg", "<svg/>")], "it showed text, and shows text and svg now"),
        ([("svg", '<p d="M 1.23 4">')], [("svg", '<p d="M 1.24 4">')], ""),
        ([("svg", '<p d="M 1.23 4">')], [("svg", '<p d="M 1.33 4">')], "the figure differs"),
        ([("svg", "<text>loss</text>")], [("svg", "<text>loss</text>")], ""),
        ([("svg", "<text>loss</text>")], [("svg", "<text>lose</text>")], "the figure differs"),
        ([("png", png(0, 200))], [("png", png(0, 201))], ""),
        ([("png", png(0, 200))], [("png", png(0, 210))], "the figure differs"),
        ([("png", png(0, 200))], [("png", png(0, 200, 200))], "the figure differs"),
    ],
)
def test_texts_are_compared_exactly_and_pictures_by_eye(
    stored: list[tuple[str, str]], new: list[tuple[str, str]], difference: str
) -> None:
    found = compare(stored, new)
    assert bool(found) == bool(difference)
    assert re.search(difference, found), found


def test_pictures_within_pictures_are_compared_too() -> None:
    svg = '<image xlink:href="data:image/png;base64,{}"/>'
    assert compare([("svg", svg.format(png(0, 9)))], [("svg", svg.format(png(0, 10)))]) == ""
    assert compare([("svg", svg.format(png(0, 9)))], [("svg", svg.format(png(0, 90)))]) == "the figure differs"


CLAIM = '<!-- claim "x is {0}": x == {0} -->\nNow x is {0}.'


def test_claims_are_evaluated_after_the_cells_above_in_recorded_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lab.ipynb"
    texts_and_code = [new_markdown_cell("# Lab"), new_code_cell("x = 1"), new_markdown_cell(CLAIM.format(1))]
    nbformat.write(new_notebook(cells=[*texts_and_code, new_code_cell("x = 2\nx")]), path)
    saved = execute(path, "recorded", timeout=60)
    assert [cell.get("execution_count") for cell in saved.cells] == [None, 1, None, 2]

    saved.cells.append(new_markdown_cell(f"Not true. {CLAIM.format(1)}".replace("Not true. <", "<")))
    nbformat.write(saved, path)
    execute(path, "full", timeout=60)
    with pytest.raises(NotebookError, match='cell 5:1: "x is 1" isn\'t true\n    x = 2'):
        check(path, "recorded", timeout=60)
    monkeypatch.setattr("sys.argv", ["lab_runs", "--mode", "recorded", str(path)])
    assert lab_runs.main() == 1
    assert "isn't true" in capsys.readouterr().err


def test_a_claim_on_a_labs_figure_is_evaluated_after_its_cell(tmp_path: Path) -> None:
    words = "#| fig-cap: Two points.\n#| fig-alt: 2 points, drawn\n"
    code = "import matplotlib.pyplot as plt\n%matplotlib inline\n(line,) = plt.plot([1, 2])\nplt.show()"
    path = save(tmp_path, f'#| claim "2 points": len(line.get_xdata())\n#|   == 2\n{words}{code}')
    assert execute(path, "recorded", timeout=60)
    with pytest.raises(NotebookError, match='cell 2:1: "2 points" isn\'t true'):
        execute(save(tmp_path, path_source(path).replace("[1, 2]", "[1, 2, 3]")), "recorded", timeout=60)


def test_a_claim_whose_phrase_is_missing_names_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "lab.ipynb"
    cells = [new_markdown_cell("# Lab"), new_code_cell("x = 1"), new_markdown_cell(CLAIM.format(1) + " times")]
    cells[2].source = cells[2].source.replace("Now x is", "Now x was")
    nbformat.write(new_notebook(cells=cells), path)
    with pytest.raises(NotebookError, match="cell 3:1: 'x is 1' isn't in the paragraph below"):
        execute(path, "recorded", timeout=60)


def path_source(path: Path) -> str:
    return str(nbformat.read(path, as_version=4).cells[1].source)
