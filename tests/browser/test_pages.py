"""Every page in a real browser: light and dark, on a desktop, a phone and paper, and enlarged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import load
from tests.support.pages import ADDRESSES
from tests.support.visit import DESKTOP, Visit, look, look_in_the_dark
from tests.support.weight import weigh

# What surrounds a page is another on a phone, and the same on all pages: axe looks there at two only.
ON_A_PHONE = ("", "models/lenet/")


@pytest.fixture(scope="module", params=[*ADDRESSES, "404.html"], ids=lambda page: page.strip("/") or "home")
def address(request: pytest.FixtureRequest, home: str) -> str:
    return f"{home}{request.param}"


@pytest.fixture(scope="module")
def visit(browser: Browser, home: str, address: str) -> Iterator[Visit]:
    visit = Visit()
    page = browser.new_page(color_scheme="light", viewport=DESKTOP)
    visit.watch(page)
    weight = weigh(page)
    load(page, address)
    visit.excess = weight().excess(address.removeprefix(home))
    look(page, visit, phone=address.removeprefix(home) in ON_A_PHONE)
    look_in_the_dark(page, visit)
    yield visit
    page.close()


def test_no_console_error_and_no_failed_request(visit: Visit) -> None:
    assert not visit.errors, "\n".join(visit.errors)


def test_no_request_to_another_host(visit: Visit) -> None:
    assert not visit.foreign, "\n".join(visit.foreign)


def test_no_raw_tex_is_visible(visit: Visit) -> None:
    assert not visit.raw_tex, f"not recognized as formulas (for a price, write USD 5): {visit.raw_tex}"


def test_no_formula_shows_an_error(visit: Visit) -> None:
    assert visit.katex_errors == 0


def test_axe_finds_no_violation(visit: Visit) -> None:
    assert not visit.violations, "\n".join(visit.violations)


def test_exactly_the_formulas_and_tables_that_scroll_are_reachable_by_tab(visit: Visit) -> None:
    assert not visit.unreachable, "\n".join(visit.unreachable)


def test_page_never_scrolls_sideways(visit: Visit) -> None:
    assert not visit.sideways, "\n".join(visit.sideways)


def test_nothing_is_cut_on_any_screen_or_on_paper(visit: Visit) -> None:
    assert not visit.cut, "\n".join(visit.cut)


def test_no_line_starts_with_the_comma_after_a_formula(visit: Visit) -> None:
    assert not visit.lonely, "\n".join(visit.lonely)


def test_the_page_is_light_and_nothing_jumps(visit: Visit) -> None:
    assert not visit.excess, "\n".join(visit.excess)


def test_every_built_page_is_visited(built_site: Path) -> None:
    built = {file.relative_to(built_site).as_posix() for file in built_site.rglob("*.html")}
    assert built == {"404.html"} | {f"{page}index.html" for page in ADDRESSES}
