"""The figures that the site shows of itself are recounted."""

import json
from pathlib import Path

from pagetest.report import FIGURE, HOME, REPORT, count, renew

ROOT = Path(__file__).parents[2]


def test_the_committed_report_is_right():
    report = json.loads((ROOT / REPORT).read_text("utf-8"))
    counted = count(ROOT)
    assert {name: report[name] for name in counted} == counted, "run `make report` and `make docs-update-output`"


def test_no_typo_survives():
    report = json.loads((ROOT / REPORT).read_text("utf-8"))
    assert report["typos that survive"] <= report["typos made in equations"] // 100
    made = report["typos made in equations"]
    assert made == report["typos caught"] + report["typos that change nothing"] + report["typos that survive"]


def test_the_home_page_shows_the_report():
    home = (ROOT / HOME).read_text("utf-8")
    figures = home[home.index('<div class="figures" markdown>') :].partition("</div>")[0]
    assert len(FIGURE.findall(figures)) == len(figures.strip().splitlines()) - 2 == 6
    assert [page for page in (ROOT / "docs").rglob("*.md") if 'class="figures"' in page.read_text("utf-8")] == [
        ROOT / HOME
    ]
    assert renew(home, json.loads((ROOT / REPORT).read_text("utf-8"))) == home, "run `make report`"
