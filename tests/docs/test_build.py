"""The site can be built; if not, this is the test that says why, and those that need the site are skipped."""

from pathlib import Path


def test_the_site_builds(built_site: Path) -> None:
    assert (built_site / "index.html").is_file()
