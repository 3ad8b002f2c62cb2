"""The explorers of softmax and of PolyLoss: every number they show is the one that dlnotes computes."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser, Locator, Page, expect
from torch import Tensor

from dlnotes.losses.polyloss import (
    cross_entropy_series,
    poly1_cross_entropy,
    poly1_hessian,
    remainder_bounds,
    series_remainder,
    terms_needed,
)
from dlnotes.losses.softmax import cross_entropy, softmax

from .test_pages import ROOT, VIOLATIONS

PAGES = {"softmax": "losses/softmax-cross-entropy/", "polyloss": "losses/polyloss/"}
SETTINGS = 250
SOFTMAX_START = {"classes": 3, "target": 2, "temperature": 1, "smoothing": 0, "logit-1": 2, "logit-2": 1, "logit-3": 0}
POLY_START = {"epsilon": 2, "terms": 5, "p": 0.1}

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


@pytest.fixture
def open_page(browser: Browser, home: str) -> Iterator[Open]:
    """Opens an explorer's page and waits for the explorer; an error in any script fails the test."""
    pages: list[Page] = []
    errors: list[str] = []

    def open_page(name: str, query: str = "", **options: Any) -> Page:
        page = browser.new_page(**{"viewport": {"width": 1440, "height": 900}, **options})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{home}{PAGES[name]}{query}")
        expect(page.locator(".explorer-body")).to_be_visible()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert errors == []


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


# Softmax and cross-entropy


def softmax_setting(draw: random.Random) -> dict[str, Any]:
    classes = draw.randint(3, 5)
    size = draw.choice([3, 20, 120])
    logits = {f"logit-{j}": round(draw.uniform(-size, size), 1) for j in range(1, classes + 1)}
    temperature = round(draw.choice([1, draw.uniform(0.1, 2), draw.uniform(0.1, 10)]), 1)
    smoothing = draw.choice([0, 0, 1, round(draw.random(), 2)])
    target = draw.randint(1, classes)
    return {"classes": classes, "target": target, "temperature": temperature, "smoothing": smoothing, **logits}


def softmax_values(setting: dict[str, Any]) -> tuple[dict[str, float], ...]:
    """What to expect in float64, in float32, and of logarithms in float32."""
    classes, t = setting["classes"], setting["target"] - 1
    temperature, alpha = setting["temperature"], setting["smoothing"]
    numbers = [setting[f"logit-{j}"] for j in range(1, classes + 1)]
    z = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    y = (1 - alpha) * F.one_hot(torch.tensor(t), classes).double() + alpha / classes
    loss = cross_entropy(z / temperature, y)
    loss.backward()
    torch.testing.assert_close(F.cross_entropy(z / temperature, torch.tensor(t), label_smoothing=alpha), loss)
    exact = each("p", softmax(z.detach() / temperature)) | each("y", y) | each("gradient", z.grad)
    exact |= {"loss": loss.item(), "entropy": torch.special.entr(y).sum().item()}
    z32 = torch.tensor(numbers) / torch.tensor(temperature)
    weights = z32.exp()
    naive = weights / weights.sum()
    single = each("exp", weights) | each("naive", naive) | each("stable", softmax(z32))
    single |= {"sum": weights.sum().item()}
    stable_loss = cross_entropy(z32, torch.tensor(t)).item()
    return exact, single, {"naive-loss": -naive[t].log().item(), "stable-loss": stable_loss}


def each(name: str, vector: Tensor | None) -> dict[str, float]:
    assert vector is not None
    return {f"{name}-{j}": value for j, value in enumerate(vector.tolist(), start=1)}


def test_softmax_shows_what_dlnotes_computes(open_page: Open) -> None:
    draw = random.Random(0)
    settings = [softmax_setting(draw) for _ in range(SETTINGS)]
    shown = open_page("softmax").evaluate(TRY, settings)
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
def test_softmax_says_why_float32_fails(open_page: Open, query: str, words: str) -> None:
    page = open_page("softmax", f"?softmax={query}")
    expect(page.locator(".explorer-body")).to_contain_text(words)
    lost = page.locator("[data-value].explorer-lost").all_inner_texts()
    assert set(lost) <= {"inf", "NaN"}
    assert bool(lost) == (words != "both ways agree")


def test_softmax_draws_its_bars_as_long_as_its_numbers(open_page: Open) -> None:
    page = open_page("softmax", "?softmax=z2,z1,z-3,t2,T0.5,a0.3")
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


def test_a_logit_follows_pointer_and_keys(open_page: Open) -> None:
    page = open_page("softmax")
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


def test_all_logits_move_together_as_far_as_they_may(open_page: Open) -> None:
    page = open_page("softmax")
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


def test_what_is_out_of_range_is_refused_in_words(open_page: Open) -> None:
    page = open_page("softmax")
    before = values(page)
    box = page.get_by_role("spinbutton", name="Logit of class 2")
    box.fill("500")
    expect(page.get_by_text("Logit of class 2 is 500; it must be a number from −120 to 120.")).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    assert values(page) == before


# PolyLoss


def poly_setting(draw: random.Random) -> dict[str, Any]:
    p = draw.choice([draw.uniform(0.001, 0.999), draw.uniform(0.001, 0.02), draw.uniform(0.9, 0.999)])
    return {
        "epsilon": draw.choice([round(draw.uniform(-2, 5), 1), round(draw.uniform(-2, 5), 3)]),
        "terms": draw.choice([draw.randint(1, 10), draw.randint(1, 100)]),
        "p": round(p, 3),
    }


def logits(p: float, classes: int = 2) -> Tensor:
    """Logits whose first class has the probability p, and the others equal shares of the rest."""
    rest = torch.full((classes - 1,), (1 - p) / (classes - 1), dtype=torch.float64)
    return torch.cat([torch.tensor([p], dtype=torch.float64), rest]).log()


def loss_and_pull(loss: Callable[[Tensor], Tensor], p: float) -> tuple[float, float]:
    z = logits(p).requires_grad_()
    result = loss(z)
    result.backward()
    assert z.grad is not None
    return result.item(), -z.grad[0].item()


def poly_values(setting: dict[str, Any]) -> dict[str, float]:
    epsilon, terms, value = setting["epsilon"], setting["terms"], setting["p"]
    first = torch.tensor(0)
    losses: dict[str, Callable[[Tensor], Tensor]] = {
        "poly": lambda z: poly1_cross_entropy(z, first, epsilon=epsilon),
        "ce": lambda z: F.cross_entropy(z, first),
        "series": lambda z: cross_entropy_series(softmax(z)[0], terms),
    }
    expected = {}
    for name, loss in losses.items():
        expected[f"loss-{name}"], expected[f"pull-{name}"] = loss_and_pull(loss, value)
    p = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    least, most = remainder_bounds(p, terms)
    (truncated,) = torch.autograd.grad(cross_entropy_series(p, terms), p)
    (full,) = torch.autograd.grad(-p.log(), p)
    hessian = poly1_hessian(logits(value, classes=3), target=0, epsilon=epsilon)
    apart = torch.tensor([0, 1, -1], dtype=torch.float64)  # among the others: mean 0, variance 1
    return expected | {
        "lost": series_remainder(p, terms).item(),
        "least": least.item(),
        "most": most.item(),
        "lost-gradient": (1 - truncated / full).item(),
        "terms-loss": terms_needed(value, 0.01),
        "terms-gradient": terms_needed(value, 0.01, "gradient"),
        "curvature-true": hessian[0, 0].item(),
        "curvature-others": (apart @ hessian @ apart).item(),
    }


def curves_downwards(p: float, epsilon: float, classes: int) -> bool:
    return torch.linalg.eigvalsh(poly1_hessian(logits(p, classes), 0, epsilon)).min().item() < -1e-12


def test_polyloss_shows_what_dlnotes_computes(open_page: Open) -> None:
    draw = random.Random(0)
    settings = [poly_setting(draw) for _ in range(SETTINGS)]
    shown = open_page("polyloss").evaluate(TRY, settings)
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
def test_polyloss_is_convex_where_no_region_is_shown(open_page: Open, epsilon: float) -> None:
    page = open_page("polyloss", f"?polyloss=e{epsilon},N5,p0.1")
    expect(page.get_by_text("Convex in the logits, as for every")).to_be_visible()
    expect(page.locator(".polyloss-name").first).to_be_hidden()
    assert not any(curves_downwards(i / 200, epsilon, classes) for i in range(1, 200) for classes in (2, 3))


@pytest.mark.parametrize("epsilon", [-1.6, 2])
def test_polyloss_draws_what_its_numbers_say(open_page: Open, epsilon: float) -> None:
    page = open_page("polyloss", f"?polyloss=e{epsilon},N7,p0.3")
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


def place(picture: Locator, p: float) -> dict[str, float]:
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


def test_the_marker_follows_pointer_and_keys(open_page: Open) -> None:
    page = open_page("polyloss")
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


def test_the_marker_follows_a_finger(open_page: Open) -> None:
    page = open_page("polyloss", viewport={"width": 390, "height": 844}, has_touch=True)
    picture = page.locator(".polyloss-picture").first
    touch = page.context.new_cdp_session(page)
    for kind, p in [("touchStart", 0.2), ("touchMove", 0.4), ("touchMove", 0.6)]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place(picture, p)]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_p(page, 0.6)


# Both

FAR = {"softmax": "z92,z1,z-20.5,z0,z3,t2,T0.7,a0.1", "polyloss": "e-1.5,N30,p0.8"}


@pytest.mark.parametrize("name", PAGES)
def test_a_view_is_in_its_address(open_page: Open, name: str) -> None:
    page = open_page(name, "?other=1#explorer")
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


def test_a_long_drag_changes_the_address_less_often_than_browsers_allow(open_page: Open) -> None:
    page = open_page("polyloss")
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
def test_a_link_can_be_copied(open_page: Open, name: str) -> None:
    page = open_page(name, f"?{name}={FAR[name]}")
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
def test_an_address_that_makes_no_sense_is_explained(open_page: Open, name: str, query: str, words: str) -> None:
    page = open_page(name, f"?{name}={query}")
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
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
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
    page.route("**/sitemap.xml", lambda route: route.fulfill(body=published(route.fetch().text(), home)))
    page.goto(home, wait_until="networkidle")
    page.evaluate("window.stays = true")
    for title, name in [("PolyLoss", "polyloss"), ("Softmax and cross-entropy", "softmax"), ("PolyLoss", "polyloss")]:
        page.get_by_role("navigation").get_by_role("link", name=title, exact=True).first.click()
        expect(page.locator(f"[data-explorer={name}] .explorer-body")).to_be_visible()
        assert page.evaluate("window.stays")
    page.close()


def published(sitemap: str, home: str) -> str:
    return sitemap.replace("http://127.0.0.1/notes/", home)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_much_is_wrong(open_page: Open, name: str, scheme: str) -> None:
    page = open_page(name, f"?{name}={FAR[name]}", color_scheme=scheme, viewport={"width": 320, "height": 800})
    page.get_by_role("spinbutton").first.fill("99999")
    expect(page.get_by_text("is 99999; it must be")).to_be_visible()
    page.add_style_tag(content="* { transition: none !important }")
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate(VIOLATIONS.replace("axe.run(", "axe.run('[data-explorer]', "))
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("document.querySelector('[data-explorer]').getAnimations({ subtree: true }).length") == 0
