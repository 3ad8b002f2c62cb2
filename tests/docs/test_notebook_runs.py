"""A page's notebook runs from top to bottom on its own: in an empty folder, away from the repository.

Its cells are the page's blocks (test_notebooks.py), which have run in their own tests. So only code that reads or
writes files is run once more, and a sample in Jupyter.
"""

import re
import shutil
from pathlib import Path
from typing import Any

import IPython.core.inputtransformer2 as ipython
import nbformat
import pytest
from nbclient import NotebookClient

from pages.outputs import difference, matches
from pagetest.running import Raised, run
from tests.support.notebooks import LESSONS, blaming, notebook_of
from tests.support.pages import DOCS, ROOT


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working folder."""
    assert not tmp_path.is_relative_to(ROOT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILES = re.compile(r"\b(?:Path|open|load)\(")
WITH_FILES = [page for page in LESSONS if FILES.search((DOCS / page).read_text("utf-8"))]


@pytest.mark.parametrize("lesson", WITH_FILES)
def test_it_runs_and_shows_what_is_stored(lesson: str, built_site: Path, away: Path) -> None:
    """In this process, which is fast; what a kernel adds, the test below has."""
    namespace: dict[str, object] = {}
    for cell in nbformat.read(notebook_of(lesson, built_site), as_version=nbformat.NO_CONVERT).cells:
        if cell.cell_type == "code":
            source = ipython.TransformerManager().transform_cell(cell.source)
            try:
                printed = run(source, cell.id, namespace)
            except Raised as raised:
                if "raises-exception" not in cell.metadata.get("tags", []):
                    with blaming(lesson):
                        raise
                printed = raised.output
            stored = "".join(output.text for output in cell.outputs)
            assert matches(stored, printed), difference(stored, printed)


SAMPLE = {
    "reads a file of the repository": "models/lenet.md",
    "has cells that raise": "basics/tensors.md",
    "has code from the package": "losses/softmax-cross-entropy.md",
}


@pytest.mark.parametrize("kind", SAMPLE)
def test_jupyter_runs_a_page_that(kind: str, built_site: Path, away: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(away / "ipython"))  # nobody's settings
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # a warning that concerns debuggers
    path = shutil.copy(notebook_of(SAMPLE[kind], built_site), away)
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    stored = {cell.id: "".join(output.text for output in cell.outputs) for cell in notebook.cells if "outputs" in cell}
    options: dict[str, Any] = {"timeout": 120, "extra_arguments": ["--IPKernelApp.log_level=ERROR"]}
    with blaming(SAMPLE[kind]):
        NotebookClient(notebook, kernel_name="python3", **options).execute(cwd=str(away))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        printed = "".join(
            output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout"
        )
        raised = "".join(f"{out.ename}: {out.evalue}" for out in cell.outputs if out.output_type == "error")
        if raised or "UserWarning" not in stored[cell.id]:  # warnings go to stderr, with their place
            assert matches(stored[cell.id], printed + raised), difference(stored[cell.id], printed + raised)
