"""Every lab runs, and shows what is stored."""

from pathlib import Path

import nbformat

from pagetest.lab_runs import check, normalise

SECONDS = 300  # a cell may take on a busy machine; all of them take a minute on a quiet one


def test_recorded_results_give_what_is_stored(path: Path) -> None:
    check(path, "recorded", SECONDS)


def test_short_mode_runs_and_gives_what_is_tagged_stable(path: Path) -> None:
    check(path, "short", SECONDS)


def test_nothing_is_stored_that_changes_from_run_to_run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    normalise(notebook)
    assert nbformat.writes(notebook) + "\n" == path.read_text("utf-8"), "run `make labs MODE=recorded`"


def test_tags_are_known(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert set(cell.metadata.get("tags", [])) <= {"stable"}, cell.source
