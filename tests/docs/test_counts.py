"""The numbers that the site shows of itself are those of another count, and of typos that nothing has changed since."""

import json
import re
from collections import Counter
from collections.abc import Callable

import pytest
from bs4 import Tag

from eqtest import read_page
from pages.blocks import find_blocks
from pages.claims import find_claims
from pagetest.report import current, read, stale
from pagetest.slips import COMPARING, files, slips
from sitetools.counts import CountError, fill
from tests.support.pages import DOCS, PAGES, ROOT

LINK = re.compile(r"\]\((?!https?:)[^)\s]+\)")


PLACE = re.compile(r"\{\{ (\w+) \}\}")


@pytest.fixture(scope="module")
def counted() -> dict[str, int]:
    """Counted by what runs the pages, which shares nothing with what builds them but the reading of each statement."""
    texts = [(DOCS / page).read_text("utf-8") for page in PAGES]
    labs = [json.loads(lab.read_text("utf-8"))["cells"] for lab in (DOCS / "labs").glob("*.ipynb")]
    cells = [(cell["cell_type"], "".join(cell["source"])) for lab in labs for cell in lab]
    prose = [*texts, *(source for kind, source in cells if kind == "markdown")]
    options = [line for kind, source in cells if kind == "code" for line in source.splitlines() if line[:2] == "#|"]
    blocks = [block for text in texts for block in find_blocks(text, "page")]
    every = [equation for text in texts for equation in read_page(text)]
    formulas = [equation for equation in every if equation.kind in ("eq", "eq-define")]
    plans = [equation.check(evaluate=False) for equation in formulas]
    tested = Counter(e.inline for e, plan in zip(formulas, plans, strict=True) if plan.status in ("tested", "defined"))
    typos = {end: sum(int(page[end]) for page in read(ROOT).values()) for end in ("caught", "equivalent", "survived")}
    verdicts = Counter(verdict for page in read(ROOT).values() for verdict in page["verdicts"].values())
    made = [slip for path in files(ROOT) for slip in slips(path) if slip.kind.startswith(COMPARING)]
    of_figures = sum(line.startswith("#| claim") for line in options)
    claims = [claim for text in prose for claim in find_claims(text, "page")]
    return {
        "pages": len(PAGES),
        "blocks": sum(block.fence.skip_reason is None for block in blocks),
        "outputs": sum(block.output is not None for block in blocks),
        "mistakes": sum(block.fence.title == "The mistake" for block in blocks),
        "figures": len([*(DOCS / "assets" / "figures").iterdir()]),
        "links": sum(len(LINK.findall(text)) for text in texts),
        "equations": tested[False],
        "formulas": tested[True],
        "formulas_given": sum(equation.kind == "eq-given" for equation in every),
        "relations": sum(plan.checks for plan in plans),
        "points": sum(plan.points for plan in plans),
        "proved": verdicts["general"],
        "proved_sizes": verdicts["sizes"],
        "claims": len(claims) + of_figures,
        "figure_claims": of_figures + sum("<figcaption" in claim.paragraph for claim in claims),
        "recorded": sum(len(cell.get("outputs", [])) for lab in labs for cell in lab),
        "comparisons": len(made),
        "comparisons_claimed": sum(slip.claimed for slip in made),
        "comparisons_free": sum(not slip.claimed for slip in made),
        "typos": sum(typos.values()),
        "typos_caught": typos["caught"],
        "typos_equivalent": typos["equivalent"],
        "typos_survived": typos["survived"],
    }


def shown(page: str, article: Callable[[str], Tag], pattern: str) -> dict[str, int]:
    """The numbers that a built page shows, by the names that its source calls them by."""
    names = PLACE.findall((DOCS / page).read_text("utf-8"))
    numbers = re.findall(pattern, article(page).decode())
    assert len(names) == len(numbers)
    return {name: int(number.replace(",", "")) for name, number in zip(names, numbers, strict=True)}


def test_the_site_shows_what_is_counted(counted, article):
    table = shown("reference/testing.md", article, r"(?:>|\s)([\d,]+)(?=</td>| such words;| of them stand)")
    assert {name: table[name] for name in counted if name in table} == {
        name: counted[name] for name in table.keys() & counted
    }
    assert len(table.keys() & counted) >= 18


def test_the_home_page_shows_some_of_it(counted, article):
    names = PLACE.findall((DOCS / "index.md").read_text("utf-8"))
    lines = [item.get_text() for item in article("index.md").select(".figures li")]
    shown_there = [name for name in names if name != "minutes"]
    assert [int(line.split()[0].replace(",", "")) for line in lines] == [counted[name] for name in shown_there]
    assert len(lines) == 6


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
    (tmp_path / "reference" / "bibliography.md").write_text("# Works\n", "utf-8")
    (tmp_path / "b.md").write_text("# B\n", "utf-8")
    with pytest.raises(CountError, match=message):
        fill(text, tmp_path, "Reading takes about {} minutes")
