"""The explorer of softmax and cross-entropy: every number it shows is the one that dlnotes computes."""

import random

import pytest
from playwright.sync_api import Locator, expect

from tests.support.explorers import SETTINGS, TRY, Open, differs, values
from tests.support.softmax_explorer import SOFTMAX_START, softmax_setting, softmax_values


def test_softmax_shows_what_dlnotes_computes(open_explorer: Open) -> None:
    draw = random.Random(0)
    settings = [softmax_setting(draw) for _ in range(SETTINGS)]
    shown = open_explorer("softmax").evaluate(TRY, settings)
    wrong = []
    overflows = 0
    for setting, seen in zip(settings, shown, strict=True):
        exact, single, logs = softmax_values(setting)
        assert set(seen) == set(exact | single | logs)
        overflows += single["sum"] == float("inf")
        # float32's own rounding, of about 1e-7, may differ in the last bits.
        problems = differs(seen, exact) + differs(seen, single, slack=1e-6) + differs(seen, logs, noise=1e-4)
        wrong += [f"{setting}: {problem}" for problem in problems]
    assert not wrong, "\n".join(wrong[:10])
    assert 10 < overflows < SETTINGS - 10


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("z88.7,z0,z0,t1", "both ways agree"),
        ("z88.8,z0,z90,t1", "Overflow: the exponential of class 1 and 3"),
        ("z88.7,z88.7,z0,t1", "Overflow: the sum"),
        ("z-110,z-120,z-110,t1", "Underflow: every exponential is 0"),
        ("z60,z-60,z0,t2", "Underflow: the probability of the true class is 0"),
    ],
)
def test_softmax_says_why_float32_fails(open_explorer: Open, query: str, words: str) -> None:
    page = open_explorer("softmax", f"?softmax={query}")
    expect(page.locator(".explorer-body")).to_contain_text(words)
    lost = page.locator("[data-value].explorer-lost").all_inner_texts()
    assert set(lost) <= {"inf", "NaN"}
    assert bool(lost) == (words != "both ways agree")


def test_softmax_draws_its_bars_as_long_as_its_numbers(open_explorer: Open) -> None:
    page = open_explorer("softmax", "?softmax=z2,z1,z-3,t2,T0.5,a0.3")
    exact, *_ = softmax_values(SOFTMAX_START | {"temperature": 0.5, "smoothing": 0.3, "logit-3": -3})
    for j in (1, 2, 3):
        cells = page.locator(f".softmax-exact tbody tr:nth-child({j}) td")
        p, gradient = exact[f"p-{j}"], exact[f"gradient-{j}"] / 2 / 2  # the strip reaches from −1/T to 1/T
        assert ends(cells.nth(1)) == pytest.approx([0, p, exact[f"y-{j}"]])
        assert ends(cells.nth(2))[:2] == pytest.approx(sorted([0.5, 0.5 + gradient]))


def ends(cell: Locator) -> list[float]:
    """Where the bar of a strip starts and ends, and its mark, if any."""
    style = cell.locator(".explorer-strip").get_attribute("style") or ""
    return [float(part.split(":")[1]) for part in style.rstrip("; ").split(";")]


def test_a_logit_follows_pointer_and_keys(open_explorer: Open) -> None:
    page = open_explorer("softmax")
    slider = page.get_by_role("slider", name="Logit of class 1")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    x = {part: box["x"] + part * box["width"] for part in (0.7, 0.25)}
    page.mouse.move(x[0.7], box["y"] + box["height"] / 2)  # the handle, at 2 of −5 to 5
    page.mouse.down()
    page.mouse.move(x[0.25], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    logit = float(slider.input_value())
    assert logit == pytest.approx(-2.5, abs=0.3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert float(slider.input_value()) == pytest.approx(logit + 0.2)
    exact, *_ = softmax_values(SOFTMAX_START | {"logit-1": float(slider.input_value())})
    assert not differs(values(page), exact)
    expect(page.locator("[aria-live=polite]").filter(has_text="Loss")).to_contain_text(values(page)["loss"])


def test_all_logits_move_together_as_far_as_they_may(open_explorer: Open) -> None:
    page = open_explorer("softmax")
    before = values(page)
    for _ in range(3):
        page.get_by_role("button", name="Add 30").click()
    for label, possible in [("Add 30", False), ("Double", False), ("Halve", True), ("Subtract 30", True)]:
        expect(page.get_by_role("button", name=label)).to_be_enabled(enabled=possible)
    after = values(page)
    assert after["naive-1"] == "NaN"
    for name in ("loss", "p-1", "gradient-2", "stable-3"):
        assert after[name] == before[name]
    page.get_by_role("button", name="Start again").click()
    assert values(page) == before
    page.get_by_role("button", name="Double").click()
    assert page.get_by_role("spinbutton", name="Logit of class 1").input_value() == "4"


def test_what_is_out_of_range_is_refused_in_words(open_explorer: Open) -> None:
    page = open_explorer("softmax")
    before = values(page)
    box = page.get_by_role("spinbutton", name="Logit of class 2")
    box.fill("500")
    expect(page.get_by_text("Logit of class 2 is 500; it must be a number from −120 to 120.")).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    assert values(page) == before
