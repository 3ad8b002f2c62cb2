"""The explorers: where they are, how they are set and read, and what is wrong there."""

import functools
from collections.abc import Callable

from bs4 import BeautifulSoup
from playwright.sync_api import Page, Route

from tests.support.pages import ROOT
from tests.support.visit import VIOLATIONS

PAGES = {"softmax": "losses/softmax-cross-entropy/", "polyloss": "losses/polyloss/"}
SETTINGS = 250

# Gives each field its value, as typing does, and reads what is then shown.
TRY = """(settings) => settings.map((fields) => {
    const root = document.querySelector("[data-explorer]");
    for (const [name, value] of Object.entries(fields)) {
        const inputs = [...root.querySelectorAll(`[data-field="${name}"]`)];
        const radio = inputs.find((input) => input.type === "radio" && input.value === String(value));
        const box = inputs.find((input) => input.type === "number");
        if (radio) radio.click();
        else {
            box.value = value;
            box.dispatchEvent(new Event("input", { bubbles: true }));
        }
    }
    return Object.fromEntries([...root.querySelectorAll("[data-value]")].map((e) => [e.dataset.value, e.textContent]));
})"""

Open = Callable[..., Page]


def show_alone(page: Page, address: str) -> None:
    """Leave out of a page all but its explorer: the rest takes longer to show than the tests take."""

    def answer(route: Route) -> None:
        route.fulfill(body=_alone(route.fetch().text()), content_type="text/html; charset=utf-8")

    page.route(lambda url: url.partition("?")[0].partition("#")[0] == address, answer)


@functools.cache
def _alone(html: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    article, explorer, title = (soup.select_one(name) for name in ("article", "[data-explorer]", "h1"))
    assert article
    assert explorer
    assert title
    heading = soup.select_one("#explorer") or title
    for element in (explorer, title, heading):
        element.extract()
    article.clear()
    article.extend([title, heading, explorer])
    return str(soup)


def violations(page: Page) -> list[str]:
    """What axe finds in an explorer."""
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    found: list[str] = page.evaluate(VIOLATIONS.replace("axe.run(", "axe.run('[data-explorer]', "))
    return found


def differs(shown: dict[str, str], expected: dict[str, float], slack: float = 0, noise: float = 1e-9) -> list[str]:
    """The numbers that aren't the expected ones, rounded to the digits shown; 0 stands for less than `noise`, too."""
    wrong = []
    for name, value in expected.items():
        number = float(shown[name].replace("−", "-"))
        digits, _, exponent = shown[name].replace("−", "-").partition("e")
        half = 0.5 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
        exact = number == value or (number != number and value != value)
        near = abs(number - value) <= half * (1 + 1e-6) + slack * (abs(value) + 1e-38) and (
            number != 0 or abs(value) < noise
        )
        if not exact and not near:
            wrong.append(f"{name}: {shown[name]} is shown, {value} is right")
    return wrong


def values(shown: Page) -> dict[str, str]:
    found: dict[str, str] = shown.evaluate(TRY, [{}])[0]
    return found
