"""What every explorer owes to the script that they share: addresses, links, and a start without a reload."""

import gzip
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import load, watch
from tests.support.explorers import PAGES, TRY, Open, differs, values, violations
from tests.support.pages import ROOT
from tests.support.polyloss_explorer import POLY_START, poly_setting, poly_values
from tests.support.softmax_explorer import SOFTMAX_START, softmax_setting, softmax_values

FAR = {"softmax": "z92,z1,z-20.5,z0,z3,t2,T0.7,a0.1", "polyloss": "e-1.5,N30,p0.8"}


@pytest.mark.parametrize("name", PAGES)
def test_a_view_is_in_its_address(open_explorer: Open, name: str) -> None:
    page = open_explorer(name, "?other=1#explorer")
    start = values(page)
    draw = random.Random(1)
    setting = softmax_setting(draw) if name == "softmax" else poly_setting(draw)
    page.evaluate(TRY, [setting])
    changed = values(page)
    assert changed != start
    page.wait_for_url(f"**/{PAGES[name]}?other=1&{name}=*#explorer")
    assert "%" not in page.url
    page.reload()
    expect(page.locator(".explorer-body")).to_be_visible()
    assert values(page) == changed
    page.get_by_role("button", name="Start again").click()
    page.wait_for_url(f"**/{PAGES[name]}?other=1#explorer")
    assert values(page) == start


def test_a_long_drag_changes_the_address_less_often_than_browsers_allow(open_explorer: Open) -> None:
    page = open_explorer("polyloss")
    page.evaluate(
        """() => {
            window.changes = 0;
            const replace = history.replaceState.bind(history);
            history.replaceState = (...change) => (window.changes += 1, replace(...change));
        }"""
    )
    page.evaluate(TRY, [{"p": i / 1000} for i in range(1, 301)])
    assert page.evaluate("window.changes") < 60
    page.wait_for_url("**polyloss=e2,N5,p0.3*")


@pytest.mark.parametrize("name", PAGES)
def test_a_link_can_be_copied(open_explorer: Open, name: str) -> None:
    page = open_explorer(name, f"?{name}={FAR[name]}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/{PAGES[name]}?{name}={FAR[name]}#explorer")


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("softmax", "z1,z2", "There are 2 logits; there must be 3, 4 or 5"),
        ("softmax", "z1,z2,z3,t4", "The true class is 4; there are 3 classes"),
        ("softmax", "z1,z2,z300", "A logit is 300; it must be a number from −120 to 120"),
        ("softmax", "z1,z2,z3,T0", "Temperature is 0; it must be a number from 0.1 to 10"),
        ("softmax", "z1,z2,z3,q5", "“q5” starts with none of z, t, T, a"),
        ("polyloss", "e9", "Coefficient is 9; it must be a number from −2 to 5"),
        ("polyloss", "N2.5", "Terms kept is 2.5; it must be a whole number from 1 to 100"),
        ("polyloss", "p", "Probability is empty; it must be a number from 0.001 to 0.999"),
    ],
)
def test_an_address_that_makes_no_sense_is_explained(open_explorer: Open, name: str, query: str, words: str) -> None:
    page = open_explorer(name, f"?{name}={query}")
    expect(page.locator(".explorer-note").first).to_contain_text(words)
    start = softmax_values(SOFTMAX_START)[0] if name == "softmax" else poly_values(POLY_START)
    assert not differs(values(page), start)


@pytest.mark.parametrize("name", PAGES)
def test_a_figure_and_a_table_stand_in_for_it_without_scripts(browser: Browser, home: str, name: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{home}{PAGES[name]}")
    place = page.locator(f"[data-explorer={name}]")
    expect(place.get_by_role("img")).to_be_visible()
    expect(place.locator(".language-text")).to_contain_text("loss")
    expect(page.locator(".explorer-body")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_it_works_from_a_file(browser: Browser, built_site: Path, name: str) -> None:
    page = browser.new_page()
    errors = watch(page)
    page.goto(f"{(built_site / PAGES[name] / 'index.html').as_uri()}?{name}={FAR[name]}")
    expect(page.locator(".explorer-body")).to_be_visible()
    before = values(page)
    page.get_by_role("slider").last.press("End")
    assert values(page) != before
    page.wait_for_timeout(400)  # the address follows late
    page.close()
    assert errors == []


def test_it_starts_on_pages_that_are_reached_without_a_reload(browser: Browser, home: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    load(page, home)
    page.evaluate("window.stays = true")
    for title, name in [("PolyLoss", "polyloss"), ("Softmax and cross-entropy", "softmax"), ("PolyLoss", "polyloss")]:
        page.get_by_role("navigation").get_by_role("link", name=title, exact=True).first.click()
        expect(page.locator(f"[data-explorer={name}] .explorer-body")).to_be_visible()
        assert page.evaluate("window.stays")
    page.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_much_is_wrong(open_explorer: Open, name: str, scheme: str) -> None:
    page = open_explorer(name, f"?{name}={FAR[name]}", color_scheme=scheme, viewport={"width": 320, "height": 800})
    page.get_by_role("spinbutton").first.fill("99999")
    expect(page.get_by_text("is 99999; it must be")).to_be_visible()
    page.add_style_tag(content="* { transition: none !important }")
    found = violations(page)
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("document.querySelector('[data-explorer]').getAnimations({ subtree: true }).length") == 0


def test_the_scripts_of_a_page_stay_small() -> None:
    size = {file.stem: len(gzip.compress(file.read_bytes())) for file in (ROOT / "docs/assets/explorers").glob("*.js")}
    shared = size.pop("explorer")
    assert set(size) == {"convolution", "softmax", "polyloss"}
    assert shared + max(size.values()) <= 12_000
