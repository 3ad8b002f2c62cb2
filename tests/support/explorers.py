"""The explorers: where they are, how they are set and read, and what is wrong there."""

from collections.abc import Callable

from playwright.sync_api import Page

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
