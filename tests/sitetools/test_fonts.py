"""The fonts of a built site hold all that its formulas show, and little else."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from sitetools import ROOT
from sitetools.fonts import FontsError, characters, cut_all, main

WHOLE = ROOT / "docs" / "assets" / "katex"


def site_with(folder: Path, text: str) -> Path:
    fonts = folder / "assets" / "katex" / "fonts"
    fonts.mkdir(parents=True)
    (fonts / "KaTeX_Main-Regular.woff2").write_bytes((WHOLE / "fonts" / "KaTeX_Main-Regular.woff2").read_bytes())
    (folder / "index.html").write_text(text, "utf-8")
    return fonts / "KaTeX_Main-Regular.woff2"


def test_a_font_keeps_what_pages_show_and_nothing_else(tmp_path: Path) -> None:
    font = site_with(tmp_path, "<b>⋯ &forall;</b>")
    assert main([str(tmp_path)]) == 0
    with TTFont(font) as cut:
        assert set(cut.getBestCmap()) == {ord(sign) for sign in "<b>⋯ ∀/"}


def test_characters_of_all_pages_count_escaped_or_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text("&#8943;", "utf-8")
    (tmp_path / "index.html").write_text("⊤", "utf-8")
    assert characters(tmp_path) == "⊤⋯"


def test_a_folder_without_fonts_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FontsError, match=r"Build the site first"):
        cut_all(tmp_path)
    assert main([str(tmp_path)]) == 1
    assert "Build the site first: mkdocs build --site-dir" in capsys.readouterr().err
    assert main([]) == 2
