"""The explorer of convolution arithmetic: every number it shows is what dlnotes computes now."""

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from torch import Tensor, nn

from dlnotes.models.convolution import (
    conv_output_size,
    conv_transpose_output_size,
    cross_correlation,
    max_pool,
    pool_output_size,
)
from tests.support.chromium import load, watch
from tests.support.explorers import show_alone, violations

PAGE = "models/convolution-arithmetic/"
LAYERS = ["conv2d", "maxpool2d", "convtranspose2d"]

# As a reader would: into the boxes, in order, with the events of typing. Returns what is shown then.
SET_AND_READ = """(settings) => {
    const explorer = document.querySelector("[data-explorer=convolution]");
    const control = (name, rest) => explorer.querySelector(`[data-field="${name}"]${rest}`);
    const shown = () => {
        const values = {};
        for (const element of explorer.querySelectorAll("[data-value]"))
            if (element.checkVisibility()) values[element.dataset.value] = element.textContent;
        values.spoken = explorer.querySelector("[role=math]").ariaLabel;
        values.drawn = [...explorer.querySelectorAll("svg")].map(svg => svg.querySelectorAll(".conv-cell")[0]
            .getAttribute("d").split("M").length - 1);
        values.hatched = explorer.querySelector(".conv-lost")?.getAttribute("d") ?? "";
        values.text = explorer.textContent;
        return values;
    };
    const set = (input, value) => {
        input.value = value;
        input.dispatchEvent(new Event("input"));
    };
    return settings.map(({ layer, ceil, w, ...numbers }) => {
        control("layer", `[value=${layer}]`).click();
        for (const [name, value] of Object.entries(numbers)) set(control(name, "[type=number]"), value);
        if (control("ceil", "").checked !== ceil) control("ceil", "").click();
        set(control("w", ""), w);
        return shown();
    });
}"""


@pytest.fixture
def page(browser: Browser, home: str) -> Iterator[Page]:
    """The page as a desktop shows it; a console error or an unhandled exception fails the test."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    errors = watch(page)
    show_alone(page, home + PAGE)
    load(page, home + PAGE)
    yield page
    page.close()
    assert errors == []


def settings(count: int) -> list[dict[str, Any]]:
    """Random settings; a pool's padding is seldom larger than is allowed."""
    draw = random.Random(8)
    drawn: list[dict[str, Any]] = []
    for _ in range(count):
        layer = draw.choice(LAYERS)
        k = draw.randint(1, 7)
        most = k // 2 if layer == "maxpool2d" and draw.random() < 0.9 else 4
        drawn.append(
            {
                "layer": layer,
                "i": draw.randint(1, 8 if layer == "convtranspose2d" else 16),
                "k": k,
                "s": draw.randint(1, 4),
                "p": draw.randint(0, min(most, 4)),
                "d": draw.randint(1, 3),
                "q": draw.choice([0, 0, 0, 1, 2, 3]),
                "ceil": draw.random() < 0.6,
                "w": draw.randint(1, 40),
            }
        )
    return drawn


def size(setting: dict[str, Any]) -> int:
    i, k, s, p, d = (setting[name] for name in "ikspd")
    if setting["layer"] == "conv2d":
        return conv_output_size(i, k, s, p, d)
    if setting["layer"] == "maxpool2d":
        return pool_output_size(i, k, s, p, d, setting["ceil"])
    return conv_transpose_output_size(i, k, s, p, setting["q"], d)


def refusal(setting: dict[str, Any]) -> str:
    try:
        size(setting)
    except ValueError as error:
        return f"ValueError: {error}"
    return ""


def run(setting: dict[str, Any], x: Tensor) -> Tensor:
    """The layer in one dimension, with weights of 1, by dlnotes."""
    k, s, p, d = (setting[name] for name in "kspd")
    if setting["layer"] == "maxpool2d":
        return max_pool(x, k, s, p, d, setting["ceil"])
    return cross_correlation(x, torch.ones(1, 1, k), stride=s, padding=p, dilation=d)


def touching(setting: dict[str, Any]) -> Tensor:
    """Whether a cell (first index) is read by a window (second); transposed: an output cell written by a stamp."""
    if setting["layer"] != "convtranspose2d":
        return run(setting, torch.eye(setting["i"])[:, None])[:, 0] > 0
    # It is the adjoint of the convolution: what that reads for one window, this writes.
    row = torch.eye(size(setting))[:, None]
    return run(setting, row)[:, 0, : setting["i"]] > 0


FLOORS = {"⌊": "math.floor(", "⌋": ")", "⌈": "math.ceil(", "⌉": ")", "·": "*", "−": "-"}


def evaluate(step: str) -> int:
    code = step
    for sign, meaning in FLOORS.items():
        code = code.replace(sign, meaning)
    assert re.fullmatch(r"(?:min|math\.floor|math\.ceil|[\d\s()+*/,-])+", code), step
    return int(eval(code, {"math": math, "min": min}))


def digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def test_every_number_is_what_dlnotes_computes(page: Page) -> None:
    drawn = settings(400)
    shown = page.evaluate(SET_AND_READ, drawn)
    refusals, remainders = 0, 0
    for setting, values in zip(drawn, shown, strict=True):
        assert not re.search("NaN|undefined|Infinity|null|object", values["text"]), setting
        if message := refusal(setting):
            refusals += 1
            assert values["refused"] == message, setting
            assert {"output", "line", "formula"}.isdisjoint(values), setting
            continue
        output = size(setting)
        i, k, s, p, d = (setting[name] for name in "ikspd")
        transposed = setting["layer"] == "convtranspose2d"
        reach = touching(setting)
        cells, windows = reach.shape
        span = d * (k - 1) + 1
        blank = cells**2 - int(reach.any(1).sum()) ** 2
        wide = output + 2 * p if transposed else i + 2 * p
        expected = {"output": output, "windows": windows**2, "span": span, "wide": wide, "blank": blank}
        if not transposed:
            assert windows == output
            expected["left"] = max(wide - span - (windows - 1) * s, 0)
            remainders += expected["left"] > 0
        assert {name: values.get(name) for name in expected} == {
            name: str(value) for name, value in expected.items()
        }, setting
        assert "refused" not in values

        steps = values["spoken"].split(" = ")[1:]
        assert [evaluate(step) for step in steps] == [output] * len(steps), (setting, values["spoken"])
        assert digits(values["formula"]) == digits(values["spoken"])
        assert digits(steps[0])[0] == str(i)

        large, small = (cells, windows)
        assert sorted(values["drawn"]) == sorted([large**2, small**2])
        hatched = {(int(r) - p, int(c) - p) for c, r in re.findall(r"M(\d+) (\d+)", values["hatched"])}
        inside = {cell for cell in hatched if max(cell) < cells and min(cell) >= 0}
        untouched = {(r, c) for r in range(cells) for c in range(cells) if not (reach[r].any() and reach[c].any())}
        assert inside == untouched, setting

        row, column = divmod(min(setting["w"], windows**2) - 1, windows)
        for name, at in [("rows", row), ("columns", column)]:
            assert [int(cell) for cell in digits(values[name])] == reach[:, at].nonzero().flatten().tolist(), setting
            assert len(values[name].split(", ")) == k

        layer = eval(values["line"], {"nn": nn})
        with torch.no_grad():
            assert layer(torch.ones(1, 1, i, i)).shape[2:] == (output, output), values["line"]
    assert min(refusals, remainders, len(drawn) - refusals - 200) > 30, "the settings should meet all cases"


def test_every_layer_and_the_clipping_of_ceil_mode_are_met() -> None:
    clipped = 0
    for setting in settings(400):
        if setting["layer"] != "maxpool2d" or not setting["ceil"]:
            continue
        i, k, s, p, d = (setting[name] for name in "ikspd")
        if p <= k // 2 and i + 2 * p >= d * (k - 1) + 1:
            clipped += size(setting) < -(-(i + 2 * p - d * (k - 1) - 1) // s) + 1
    assert clipped >= 4


def explorer_value(page: Page, name: str) -> str:
    return page.locator(f"[data-value={name}]").inner_text()


def test_by_keyboard(page: Page) -> None:
    page.get_by_label("Max pooling").focus()
    page.keyboard.press("ArrowLeft")  # radio buttons: to the first
    stride = page.get_by_role("slider", name="Stride")
    stride.focus()
    page.keyboard.press("ArrowLeft")
    assert explorer_value(page, "output") == str(conv_output_size(9, 3, 2, 1)) == "5"
    page.get_by_role("spinbutton", name="Padding").fill("0")
    assert explorer_value(page, "output") == str(conv_output_size(9, 3, 2, 0)) == "4"
    drawing = page.get_by_role("group", name="Drawing")
    drawing.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowDown"):  # the second ArrowUp has nowhere to go
        page.keyboard.press(key)
    assert (explorer_value(page, "rows"), explorer_value(page, "columns")) == ("2, 3, 4", "2, 3, 4")
    expect(page.get_by_role("slider", name="Window")).to_have_value("6")


def test_by_pointer(page: Page) -> None:
    page.get_by_role("radio", name="Transposed convolution").check()
    expect(page.get_by_role("spinbutton", name="Input size")).to_have_value("8")  # larger ones aren't drawn
    assert explorer_value(page, "output") == str(conv_transpose_output_size(8, 3, 3, 1))
    page.get_by_role("button", name="Next").click()
    assert explorer_value(page, "columns") == "2, 3, 4"
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    small = page.get_by_role("img", name="Input of 8 by 8 cells")
    box = small.bounding_box()
    assert box
    small.click(position={"x": box["width"] * 2.5 / 8, "y": box["height"] * 1.5 / 8})
    expect(page.get_by_role("slider", name="Window")).to_have_value(str(1 * 8 + 2 + 1))


def test_play_steps_to_the_end_and_never_starts_by_itself(page: Page) -> None:
    slider = page.get_by_role("slider", name="Window")
    page.wait_for_timeout(1_000)
    expect(slider).to_have_value("1")
    slider.fill("7")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(slider).to_have_value("9")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize(("motion", "seconds"), [("reduce", "0s"), ("no-preference", "0.2s")])
def test_the_window_glides_only_where_motion_is_welcome(page: Page, motion: Any, seconds: str) -> None:
    page.emulate_media(reduced_motion=motion)
    assert page.locator(".conv-drawing g").first.evaluate("e => getComputedStyle(e).transitionDuration") == seconds


def test_a_view_can_be_linked(page: Page, browser: Browser, home: str) -> None:
    load(page, f"{home}{PAGE}?theme=x&other=1,2#formula")
    page.evaluate(SET_AND_READ, [{"layer": "maxpool2d", "i": 5, "k": 2, "s": 2, "p": 0, "d": 1, "ceil": True, "w": 9}])
    assert "?theme=x&other=1,2&conv=maxpool2d,i5,k2,s2,p0,d1,ceil,w9" in page.url
    page.reload()
    assert explorer_value(page, "line") == "nn.MaxPool2d(kernel_size=2, stride=2, ceil_mode=True)"
    assert explorer_value(page, "rows") == "4, beyond"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("conv=maxpool2d,i5,k2,s2,p0,d1,ceil,w9#explorer")
    page.get_by_role("button", name="Copy code").click()
    assert page.evaluate("navigator.clipboard.readText()") == explorer_value(page, "line")
    # Back at the start, the address is as short as before.
    page.evaluate(SET_AND_READ, [{"layer": "conv2d", "i": 9, "k": 3, "s": 3, "p": 1, "d": 1, "ceil": False, "w": 1}])
    assert "conv" not in page.url.split("?")[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("k99", "Kernel size is 99; it must be a whole number from 1 to 7"),
        ("k2.5", "Kernel size is 2.5; it must be a whole number"),
        ("p-1", "Padding is -1; it must be a whole number from 0 to 4"),
        ("convtranspose2d,i9", "Input size is 9; it must be a whole number from 1 to 8"),
        ("<b>,k3", "“<b>” isn’t known; write ?conv="),
        ("w10", "Window is 10; there are 9"),
    ],
)
def test_a_wrong_address_is_explained(page: Page, home: str, given: str, message: str) -> None:
    load(page, f"{home}{PAGE}?conv={given}")
    expect(page.locator("[data-explorer]")).to_contain_text(message)
    assert explorer_value(page, "output").isdigit()


def test_a_wrong_number_in_a_box_is_explained_and_the_drawing_stays(page: Page) -> None:
    box = page.get_by_role("spinbutton", name="Kernel size")
    box.fill("8")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(
        "Kernel size is 8; it must be a whole number from 1 to 7. The value stays 3."
    )
    assert explorer_value(page, "span") == "3"
    box.fill("4")
    expect(box).to_have_attribute("aria-invalid", "false")
    assert explorer_value(page, "span") == "4"


def test_what_changed_is_announced(page: Page) -> None:
    page.get_by_role("spinbutton", name="Stride").fill("2")
    expect(page.locator("[data-explorer] [aria-live=polite]")).to_contain_text("Output 5 by 5.")


def test_without_scripts_a_figure_and_a_table_stand_there(browser: Browser, home: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(home + PAGE)
        place = page.locator("[data-explorer=convolution]")
        expect(place.locator("figure img")).to_be_visible()
        expect(place.locator(".language-text")).to_contain_text("17 of 81")
        expect(place.locator("input")).to_have_count(0)


def test_from_a_file(browser: Browser, built_site: Path) -> None:
    page = browser.new_page()
    page.goto((built_site / PAGE / "index.html").as_uri() + "?conv=i7,k3,p1,s2,d1")
    expect(page.locator("[data-value=output]")).to_have_text(str(conv_output_size(7, 3, 2, 1)))
    page.get_by_role("spinbutton", name="Stride").fill("1")
    expect(page.locator("[data-value=output]")).to_have_text("7")
    assert "conv=i7,k3,s1,p1,d1" in page.url
    page.close()


def test_it_comes_and_goes_with_its_page(page: Page, home: str) -> None:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    load(page, f"{home}models/convolution/")
    assert not [url for url in requests if "explorer" in url], "other pages don't pay for it"
    page.evaluate("window.stays = true")
    link = page.get_by_role("navigation", name="Footer").get_by_role("link", name="Convolution arithmetic")
    for _ in range(2):
        link.click()
        page.get_by_role("spinbutton", name="Stride").fill("2")
        expect(page.locator("[data-value=output]")).to_have_text("5")
        assert page.locator(".explorer-body").evaluate("e => getComputedStyle(e).display") == "grid"
        page.go_back()
        expect(page.locator("[data-explorer]")).to_have_count(0)
    assert page.evaluate("window.stays")
    assert len([url for url in requests if "explorer.js" in url]) == 1


@pytest.mark.parametrize(
    ("scheme", "given"),
    [
        ("light", ""),
        ("dark", "convtranspose2d,i8,k2,s4,p1,d2,q3"),
        ("light", "i1,k3,p0"),
        ("dark", "maxpool2d,k99,ceil"),
    ],
)
def test_axe_finds_nothing_and_nothing_is_too_wide(browser: Browser, home: str, scheme: Any, given: str) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 700}, reduced_motion="reduce")
    show_alone(page, home + PAGE)
    load(page, f"{home}{PAGE}?conv={given}#explorer")
    found = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    low = page.evaluate(
        """() => [...document.querySelectorAll("[data-explorer] :is(button, input, label:has(input))")]
            .filter(e => e.checkVisibility() && e.type !== "number" && e.type !== "checkbox")
            .map(e => e.getBoundingClientRect()).filter(box => box.height < 43.9 || box.width < 44).length"""
    )
    page.close()
    assert found == []
    assert wide == 320
    assert low == 0, "a finger needs 44 px"
