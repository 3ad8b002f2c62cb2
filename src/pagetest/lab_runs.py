"""Run the labs: `python -m pagetest.lab_runs docs/labs/*.ipynb` executes them and saves what they show."""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias, get_args

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell

import figures
from figures.compare import same_png, same_svg
from figures.style import tidy
from pages import PageError
from pages.outputs import difference
from sitetools.lab_pages import ANSI, LabError, cell_name, convert, shown
from sitetools.lab_pages import claims as claims_of

Mode: TypeAlias = Literal["full", "recorded", "short"]
Notebook: TypeAlias = Any  # nbformat's dictionaries, whose keys are attributes too

EVALUATE = "print(__import__('pagetest.claims', fromlist='complaints').complaints(globals(), {}))"
STABLE = "stable"  # the tag of cells whose outputs are the same in short mode


class NotebookError(Exception):
    """A lab that doesn't run, or shows other outputs than those stored; the message names notebook and cell."""


class FalseClaims(NotebookError):
    """A lab that runs, and says what isn't so; `notebook` is what ran."""

    def __init__(self, message: str, notebook: Notebook) -> None:
        super().__init__(message)
        self.notebook = notebook


class _Client(NotebookClient):
    """Runs a notebook's cells, and evaluates each cell's claims after it, if asked to."""

    def __init__(self, notebook: Notebook, path: str, *, claims: bool, **options: Any) -> None:
        super().__init__(notebook, **options)
        self.path, self.claims, self.started = path, claims, 0
        self.complaints = list[str]()

    async def async_execute_cell(self, cell: Notebook, cell_index: int, *args: Any, **options: Any) -> Notebook:
        """Execute a cell and evaluate its claims."""
        self.started = cell_index
        done = await super().async_execute_cell(cell, cell_index, *args, **options)
        if self.claims and (found := claims_of(cell, f"{self.path}, cell {cell_index + 1}")):
            asked = EVALUATE.format([astuple(claim) for claim in found])
            probe = new_code_cell(asked)
            await super().async_execute_cell(probe, cell_index, store_history=False)
            self.nb.cells[cell_index] = done
            self.code_cells_executed -= 1
            self.complaints += [output.text.strip() for output in probe.outputs if output.get("text", "").strip()]
        return done


def execute(path: Path, mode: Mode, timeout: int | None = None) -> Notebook:
    """Run a notebook from a fresh start, in its own folder.

    Args:
        path: The notebook. It isn't changed.
        mode: What `dlnotes.labs` shall do: train on all data, read recorded results, or train in short.
        timeout: Seconds that a cell may take; None for any time.

    Returns:
        The executed notebook, without what changes from run to run.

    Raises:
        NotebookError: If a cell failed, or shows what the site can't; in recorded mode, if a claim is false.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = _Client(
        notebook,
        str(path),
        claims=mode == "recorded",
        kernel_name="python3",
        timeout=timeout,
        force_raise_errors=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it warns that messages to this machine aren't encrypted
    )
    with TemporaryDirectory() as scratch:
        try:
            client.execute(cwd=str(path.parent), env=_environment(mode, scratch))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            where = cell_name(str(path), client.started + 1, notebook.cells[client.started])
            raise NotebookError(f"{where} failed in {mode} mode\n{_reason(error)}") from error
        except PageError as error:  # of a claim
            raise NotebookError(str(error)) from error
    normalise(notebook)
    try:
        convert(notebook, str(path))
    except LabError as error:
        raise NotebookError(error.message) from error
    if client.complaints:
        raise FalseClaims("\n\n".join(client.complaints), notebook)
    return notebook


def _environment(mode: Mode, scratch: str) -> dict[str, str]:
    """Return the environment of a run, alike on every machine."""
    style = Path(figures.__file__).with_name("matplotlibrc")
    inherited = {
        name: value for name, value in os.environ.items() if name != "MPLBACKEND"
    }  # figures go to the notebook
    return inherited | {
        "DLNOTES_LABS": mode,
        "IPYTHONDIR": scratch,  # no one's settings and history
        "MATPLOTLIBRC": str(style),
        "OMP_NUM_THREADS": "1",  # a sum over more threads ends in other digits
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a warning that concerns debuggers
    }


def _reason(error: Exception) -> str:
    text = error.traceback if isinstance(error, CellExecutionError) else f"{type(error).__name__}: {error}"
    return ANSI.sub("", text).strip()


def normalise(notebook: Notebook) -> None:
    """Leave in an executed notebook only what readers see, so that the same outputs make the same file."""
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.setdefault("id", f"cell-{number}")  # notebooks of before version 4.5 have none
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs = list(_merged(cell.outputs))
            for output in cell.outputs:
                _normalise_output(output)


def _merged(outputs: list[Notebook]) -> Iterator[Notebook]:
    """Make one of the pieces that a stream happened to arrive in."""
    previous = None
    for output in outputs:
        if previous and previous.output_type == output.output_type == "stream" and previous.name == output.name:
            previous.text += output.text
        else:
            yield output
            previous = output


def _normalise_output(output: Notebook) -> None:
    if "metadata" in output:
        output.metadata = nbformat.from_dict({})
    if "image/svg+xml" in output.get("data", {}):
        drawn = re.sub(r"\s*<metadata>.*?</metadata>", "", output.data["image/svg+xml"], flags=re.DOTALL)
        output.data["image/svg+xml"] = tidy(drawn)


def check(path: Path, mode: Mode, timeout: int | None = None) -> None:
    """Run a notebook and compare what it shows with what is stored: in short mode, in the cells with the tag "stable".

    Args:
        path: The notebook. It isn't changed.
        mode: As for `execute`.
        timeout: Likewise.

    Raises:
        NotebookError: If it doesn't run, or something differs.
    """
    stored = nbformat.read(path, as_version=4)
    try:
        new, found = execute(path, mode, timeout), list[str]()
    except FalseClaims as error:
        new, found = error.notebook, [str(error)]
    found += _differences(path, stored, new, stable_only=mode == "short")
    if found:
        raise NotebookError(
            "\n\n".join(
                [*found, "If the new output is right, run `make labs MODE=recorded` and look at the difference."]
            )
        )


def _differences(path: Path, stored: Notebook, new: Notebook, *, stable_only: bool) -> Iterator[str]:
    for number, (before, now) in enumerate(zip(stored.cells, new.cells, strict=True), start=1):
        if before.cell_type != "code" or (stable_only and STABLE not in before.metadata.get("tags", [])):
            continue
        what = compare(shown(before), shown(now))
        if what:
            yield f"{cell_name(str(path), number, before)}: {what}"


def compare(stored: list[tuple[str, str]], new: list[tuple[str, str]]) -> str:
    """Compare what a cell shows with what it showed: texts exactly, pictures as an eye sees them.

    Args:
        stored: As `sitetools.lab_pages.shown` returns it.
        new: Likewise.

    Returns:
        What differs; empty if nothing does.
    """
    kinds = [[kind for kind, _ in outputs] for outputs in (stored, new)]
    if kinds[0] != kinds[1]:
        return f"it showed {' and '.join(kinds[0]) or 'nothing'}, and shows {' and '.join(kinds[1]) or 'nothing'} now"
    for (kind, before), (_, now) in zip(stored, new, strict=True):
        if kind in ("svg", "png"):
            if not (same_svg if kind == "svg" else same_png)(before, now):
                return "the figure differs"
        elif before != now:
            return f"the output differs\n{difference(before, now) or 'in blanks at the ends of lines'}"
    return ""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m pagetest.lab_runs", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        "--mode", choices=get_args(Mode), default="full", help="what DLNOTES_LABS says to the notebooks"
    )
    parser.add_argument("--check", action="store_true", help="compare and save nothing, as short mode does in any case")
    options = parser.parse_args()
    status = 0
    for path in options.paths:
        print(f"{path}: running in {options.mode} mode", flush=True)
        try:
            if options.check or options.mode == "short":
                check(path, options.mode)
            else:
                nbformat.write(execute(path, options.mode), path)
        except FalseClaims as error:
            nbformat.write(error.notebook, path)
            print(error, file=sys.stderr)
            status = 1
        except NotebookError as error:  # the others may take an hour, and nobody may be there to start them again
            print(error, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
