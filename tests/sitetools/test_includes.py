"""A missing section is named with its place, and with the sections that there are."""

from pathlib import Path

import pytest

from sitetools.includes import missing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    marks = "".join(f"# --8<-- [start:{name}]\n# --8<-- [end:{name}]\n" for name in ("softmax", "logsumexp"))
    (tmp_path / "module.py").write_text(marks)
    (tmp_path / "bare.py").write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "section", "said"),
    [
        ("module.py", "softmax", ""),
        ("module.py", "softmaxx", "'softmaxx'; did you mean 'softmax'? It has logsumexp, softmax."),
        ("module.py", "jacobian", "'jacobian'. It has logsumexp, softmax."),
        ("bare.py", "softmax", "'softmax'. It has none."),
    ],
)
def test_the_sections_that_there_are_are_named(root: Path, path: str, section: str, said: str) -> None:
    assert missing(path, section, root) == (f"{path} has no section {said}" if said else "")


def test_a_missing_file_is_named(root: Path) -> None:
    assert missing("modul.py", "softmax", root) == "there is no file modul.py"
