"""The numbers that the site shows of itself are those of another count, and of typos that nothing has changed since."""

import re
from collections import Counter

import pytest

from eqtest import read_page
from pages.blocks import find_blocks
from pagetest.report import current, read, stale
from sitetools.counts import CountError, fill
from tests.support.pages import DOCS, PAGES, ROOT

LINK = re.compile(r"\]\((?!https?:)[^)\s]+\)")


@pytest.fixture(scope="module")
def counted() -> dict[str, int]:
    """Counted by what runs the pages, which shares nothing with what builds them but the reading of equations."""
    texts = [(DOCS / page).read_text("utf-8") for page in PAGES]
    blocks = [block for text in texts for block in find_blocks(text, "page")]
    formulas = [equation for text in texts for equation in read_page(text) if equation.kind in ("eq", "eq-define")]
    plans = [equation.check(evaluate=False) for equation in formulas]
    tested = Counter(e.inline for e, plan in zip(formulas, plans, strict=True) if plan.status in ("tested", "defined"))
    typos = {end: sum(int(page[end]) for page in read(ROOT).values()) for end in ("caught", "equivalent", "survived")}
    return {
        "pages": len(PAGES),
        "blocks of code run": sum(block.fence.skip_reason is None for block in blocks),
        "outputs compared": sum(block.output is not None for block in blocks),
        "mistakes shown to fail": sum(block.fence.title == "The mistake" for block in blocks),
        "figures drawn again": len([*(DOCS / "assets" / "figures").iterdir()]),
        "links followed": sum(len(LINK.findall(text)) for text in texts),
        "displayed equations tested": tested[False],
        "formulas within a line tested": tested[True],
        "relations checked": sum(plan.checks for plan in plans),
        "points they are checked at": sum(plan.points for plan in plans),
        "typos made in equations": sum(typos.values()),
        "typos caught": typos["caught"],
        "typos that change nothing": typos["equivalent"],
        "typos that survive": typos["survived"],
    }


def test_the_site_shows_what_is_counted(counted, article):
    rows = [row.select("td") for row in article("reference/testing.md").select("#figures ~ * tbody tr")]
    assert {name.text: int(number.text.replace(",", "")) for number, name in rows} == counted


def test_the_home_page_shows_some_of_it(counted, article):
    lines = [item.get_text() for item in article("index.md").select(".figures li")]
    assert len(lines) == 6
    assert set(lines) <= {f"{number:,} {name}" for name, number in counted.items()}


def test_every_page_s_typos_are_those_of_its_equations():
    assert stale(ROOT) == [], "run `make report`"


SOURCE = """
```python
def f(x):
    return 2 * x
```

<!-- eq double
x : real
y := py f(x)
-->
$$
y = 2x
$$
"""


def test_only_what_typos_depend_on_makes_them_stale(tmp_path):
    for name in ("mkdocs.yml", "overrides", "src"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"

    def digest(text):
        page.write_text(text, "utf-8")
        return current(tmp_path)["page.md"]

    before = digest(SOURCE)
    assert digest(SOURCE + "\n[A link](page.md) and `code`.\n") == before
    for old, new in {"x : real": "x : pos", "y = 2x": "y = x + x", "2 * x": "x + x"}.items():
        assert digest(SOURCE.replace(old, new)) != before


@pytest.mark.parametrize(
    ("text", "message"),
    [("{{ blocs }}", "a page can show blocks, "), ("### A {#a}\n{{ minutes }}\n\n1. [B](b.md)\n", "lists b.md")],
)
def test_a_number_that_nobody_knows_is_refused(tmp_path, text, message):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "report.json").write_text("{}", "utf-8")
    (tmp_path / "b.md").write_text("# B\n", "utf-8")
    with pytest.raises(CountError, match=message):
        fill(text, tmp_path, "Reading takes about {} minutes")
