"""What keeps a site from being built is named with its line."""

import logging
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from sitetools import ROOT
from sitetools.places import lines_of

CONFIG = f"""
site_name: test
use_directory_urls: true
validation:
  anchors: warn
markdown_extensions: [attr_list, md_in_html]
hooks:
  - {ROOT}/src/sitetools/places.py
  - {ROOT}/src/sitetools/includes.py
"""


@pytest.fixture
def warnings(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """Build a site of one page and return MkDocs' warnings, or raise what ends the build."""

    def warnings(page: str) -> list[str]:
        (tmp_path / "mkdocs.yml").write_text(CONFIG)
        (tmp_path / "docs" / "losses").mkdir(parents=True)
        (tmp_path / "docs" / "losses" / "x.md").write_text(page, "utf-8")
        build(load_config(str(tmp_path / "mkdocs.yml")))
        return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]

    return warnings


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("# X\n\nA [link](y.md) leads\n", "docs/losses/x.md:3 contains a link 'y.md', but the target"),
        ("---\ntitle: X\n---\n# X\n\n[link](y.md)\n", "docs/losses/x.md:6 contains a link 'y.md', but the target"),
        ("# X\n\n![A long\ntext](../a.svg){ width=1 }\n", "docs/losses/x.md:4 contains a link '../a.svg', but"),
        ("# X\n\n[here](#gone)\n", "docs/losses/x.md:3 contains a link '#gone', but there is no such anchor"),
        ("# X\n\n[here][1] and\n[there][1]\n\n[1]: y.md\n", "docs/losses/x.md:6 contains a link 'y.md', but"),
    ],
)
def test_a_dead_link_names_its_line(warnings, page: str, said: str) -> None:
    found = set(warnings(page))  # a link that occurs twice has two warnings, each with both lines
    assert [warning.startswith(said) for warning in found] == [True]


def test_a_link_that_the_source_does_not_show_keeps_mkdocs_words(warnings) -> None:
    (warning,) = warnings("# X\n\n[link](y\\_z.md)\n")
    assert warning.startswith("Doc file 'losses/x.md' contains a link 'y_z.md', but")


def test_a_missing_section_ends_the_build_with_its_line(warnings, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("# --8<-- [start:softmax]\n# --8<-- [end:softmax]\n")
    with pytest.raises(Exception, match=r"^docs/losses/x\.md:3: module\.py has no section 'softmaxx'; did you mean"):
        warnings('# X\n\n```python\n--8<-- "module.py:softmaxx"\n```\n')


@pytest.mark.parametrize("source", ["[a](b.md)", "![a]( b.md )", "[a]: b.md", "[a](<b.md>)", "<img src='b.md'>"])
def test_links_of_all_kinds_are_found(source: str) -> None:
    assert lines_of("b.md", f"b.md\n{source}\n") == [2]


@pytest.mark.parametrize("source", ["[a](b.md#c)", "[a](ab.md)", "b.md", "[b.md](c.md)"])
def test_other_targets_are_not(source: str) -> None:
    assert lines_of("b.md", source) == []
