"""Nothing tells a reader to install dlnotes from the package index, where that name belongs to somebody else."""

import html
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("*.toml"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "docs").rglob("*.ipynb"),
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "overrides").rglob("*.html"),
]
# Ours isn't there either: its name comes with an address.
INSTALLS = re.compile(
    r"(?:pip\d? install|uv add)\b[^\n`]*?(?<![\w./-])(?:tested-)?dlnotes\b(?!/)(?:\[[\w,]+\])?+(?! @ )"
)


def installs(text: str) -> list[str]:
    lines = text.replace("\\n", "\n")  # in JSON and in strings
    return [found[0] for found in INSTALLS.finditer(lines)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_tells_to_install_it(path: Path) -> None:
    assert not installs(path.read_text("utf-8"))


def test_the_site_does_not_either(built_site: Path) -> None:
    files = [file for kind in ("html", "ipynb", "json") for file in built_site.rglob(f"*.{kind}")]
    assert len(files) > len(SOURCES) // 4
    for file in files:
        text = html.unescape(re.sub(r"<[^>]+>", "", file.read_text("utf-8").replace("</code>", "`")))
        assert not installs(text), file.relative_to(built_site)


@pytest.mark.parametrize(
    "line",
    [
        "`pip install dlnotes`",
        'python -m pip install -U "dlnotes[train]"',
        '%pip install --quiet \\"dlnotes\\"',
        "uv pip install torch dlnotes",
        "uv add dlnotes",
        "pip install tested-dlnotes[train]",
    ],
)
def test_such_a_line_is_noticed(line: str) -> None:
    assert installs(line)


@pytest.mark.parametrize(
    "line",
    [
        'pip install ".[train]"',
        "pip install ./dlnotes",
        '%pip install --quiet "tested-dlnotes[train] @ git+https://github.com/example/dlnotes"',
        "`pip install .` installs dlnotes",
        "python -m pip uninstall dlnotes",
    ],
)
def test_what_leads_to_ours_is_not(line: str) -> None:
    assert not installs(line)
