"""The fonts of a built site hold all that its formulas show, and little else."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from sitetools import ROOT
from sitetools.fonts import FontsError, characters, cut_all

WHOLE = ROOT / "docs" / "assets" / "katex"


def site_with(folder: Path, text: str) -> Path:
    fonts = folder / "assets" / "katex" / "fonts"
    fonts.mkdir(parents=True)
    (fonts / "KaTeX_Main-Regular.woff2").write_bytes((WHOLE / "fonts" / "KaTeX_Main-Regular.woff2").read_bytes())
    (folder / "index.html").write_text(text, "utf-8")
    return fonts / "KaTeX_Main-Regular.woff2"


def test_a_font_keeps_what_pages_show_and_nothing_else(tmp_path: Path) -> None:
    font = site_with(tmp_path, "<b>⋯ &forall;</b>")
    cut_all(tmp_path)
    with TTFont(font) as cut:
        assert set(cut.getBestCmap()) == {ord(sign) for sign in "<b>⋯ ∀/"}


def test_characters_of_all_pages_count_escaped_or_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text("&#8943;", "utf-8")
    (tmp_path / "index.html").write_text("⊤", "utf-8")
    assert characters(tmp_path) == "⊤⋯"


def test_a_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FontsError, match=r"holds no .*Run: python -m sitetools\.install"):
        cut_all(tmp_path)


def test_a_build_ends_with_fonts_that_are_cut_down(built_site: Path) -> None:
    for font in (WHOLE / "fonts").glob("*.woff2"):
        assert (built_site / "assets" / "katex" / "fonts" / font.name).stat().st_size < font.stat().st_size
