"""The explorer of PolyLoss: every number it shows is the one that dlnotes computes."""

import random
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, Position, expect

from dlnotes.losses.polyloss import poly1_hessian
from tests.support.explorers import SETTINGS, TRY, Open, differs, values
from tests.support.polyloss_explorer import logits, poly_setting, poly_values


def curves_downwards(p: float, epsilon: float, classes: int) -> bool:
    return torch.linalg.eigvalsh(poly1_hessian(logits(p, classes), 0, epsilon)).min().item() < -1e-12


def test_polyloss_shows_what_dlnotes_computes(open_explorer: Open) -> None:
    draw = random.Random(0)
    settings = [poly_setting(draw) for _ in range(SETTINGS)]
    shown = open_explorer("polyloss").evaluate(TRY, settings)
    wrong = []
    for setting, seen in zip(settings, shown, strict=True):
        expected = poly_values(setting)
        assert set(seen) - set(expected) == limits(setting["epsilon"])
        problems = differs(seen, expected, slack=1e-12)
        problems += [
            f"{name}: {seen[name]}" for name in limits(setting["epsilon"]) if not is_limit(seen, name, setting)
        ]
        wrong += [f"{setting}: {problem}" for problem in problems]
    assert not wrong, "\n".join(wrong[:10])


def limits(epsilon: float) -> set[str]:
    """The limits of the region where the loss isn't convex: another one for two classes where ε is small."""
    if abs(epsilon) <= 1:
        return set()
    return {"limit"} if epsilon > 1 else {"limit", "limit-binary"}


def is_limit(shown: dict[str, str], name: str, setting: dict[str, Any]) -> bool:
    """Whether the Hessian is indefinite on one side of the limit, right next to it, and not on the other."""
    classes = 2 if name == "limit-binary" else 3
    inside = -1e-4 if setting["epsilon"] > 1 else 1e-4
    limit = float(shown[name])
    downwards = [curves_downwards(limit + step, setting["epsilon"], classes) for step in (inside, -inside)]
    return downwards == [True, False]


@pytest.mark.parametrize("epsilon", [-1, -0.4, 0, 1])
def test_polyloss_is_convex_where_no_region_is_shown(open_explorer: Open, epsilon: float) -> None:
    page = open_explorer("polyloss", f"?polyloss=e{epsilon},N5,p0.1")
    expect(page.get_by_text("Convex in the logits, as for every ε from −1 to 1.", exact=True)).to_be_visible()
    expect(page.locator(".polyloss-name").first).to_be_hidden()
    assert not any(curves_downwards(i / 200, epsilon, classes) for i in range(1, 200) for classes in (2, 3))


@pytest.mark.parametrize("epsilon", [-1.6, 2])
def test_polyloss_draws_what_its_numbers_say(open_explorer: Open, epsilon: float) -> None:
    page = open_explorer("polyloss", f"?polyloss=e{epsilon},N7,p0.3")
    shown = values(page)
    heights = {"loss": (-1.0, 6.0), "pull": (-0.25, 2.0)}
    for i, (quantity, (low, high)) in enumerate(heights.items()):
        picture = page.locator(".polyloss-picture").nth(i)
        for name in ("poly", "ce", "series"):
            dot = picture.locator(f"circle.polyloss-{name}")
            y = low + (high - low) * (158 - float(dot.get_attribute("cy") or "")) / 136
            assert y == pytest.approx(float(shown[f"{quantity}-{name}"].replace("−", "-")), abs=1e-3)
            path = picture.locator(f"path.polyloss-{name}").get_attribute("d") or ""
            points = [tuple(map(float, point.split())) for point in path.removeprefix("M").split("L")]
            for x, point in points[5:-5:40]:
                p = (x - 30) / 242
                expected = poly_values({"epsilon": epsilon, "terms": 7, "p": p})[f"{quantity}-{name}"]
                drawn = low + (high - low) * (158 - point) / 136
                assert drawn == pytest.approx(min(expected, 15), abs=0.06) or expected > high
        area = picture.locator("rect")
        edge = float(area.get_attribute("x") or "") + (float(area.get_attribute("width") or "") if epsilon > 0 else 0)
        assert (edge - 30) / 242 == pytest.approx(float(shown["limit"]), abs=1e-4)


def place(picture: Locator, p: float) -> Position:
    """Where p stands in a picture, on the screen."""
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box
    return {"x": box["x"] + box["width"] * (30 + 242 * p) / 280, "y": box["y"] + box["height"] / 2}


def expect_p(page: Page, p: float) -> None:
    box = page.get_by_role("spinbutton", name="Probability")
    number = float(box.input_value())
    assert number == pytest.approx(p, abs=0.01)
    assert not differs(values(page), {"loss-ce": -torch.tensor(number, dtype=torch.float64).log().item()})


def test_the_marker_follows_pointer_and_keys(open_explorer: Open) -> None:
    page = open_explorer("polyloss")
    picture = page.locator(".polyloss-picture").first
    page.mouse.move(**place(picture, 0.5))
    expect(page.get_by_role("spinbutton", name="Probability")).to_have_value("0.1")  # hovering doesn't move it
    page.mouse.down()
    expect_p(page, 0.5)
    page.mouse.move(**place(picture, 0.7), steps=4)
    expect_p(page, 0.7)
    page.mouse.move(**place(picture, 1.5), steps=2)
    page.mouse.up()
    expect_p(page, 0.999)
    page.get_by_role("slider", name="Probability").press("Home")
    expect_p(page, 0.001)
    page.get_by_role("spinbutton", name="Terms kept").press("ArrowUp")
    expect(page.get_by_text("its first 6 terms")).to_be_visible()


def test_the_marker_follows_a_finger(open_explorer: Open) -> None:
    page = open_explorer("polyloss", viewport={"width": 390, "height": 844}, has_touch=True)
    picture = page.locator(".polyloss-picture").first
    touch = page.context.new_cdp_session(page)
    for kind, p in [("touchStart", 0.2), ("touchMove", 0.4), ("touchMove", 0.6)]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place(picture, p)]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_p(page, 0.6)
