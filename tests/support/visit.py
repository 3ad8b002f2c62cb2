"""A visit to a page: light and dark, on a desktop, a phone and paper, and enlarged, and what is wrong there."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize, expect

from tests.support.chromium import watch
from tests.support.pages import ROOT

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
# What browsers make of 1440 × 900 at 200 %, and of 1280 × 1024 at 400 %.
ENLARGED: list[ViewportSize] = [{"width": 720, "height": 450}, {"width": 320, "height": 256}]
A4: ViewportSize = {"width": 680, "height": 1002}  # less the margins of site.css

# What no reader should see, in the text outside code: TeX that was not recognized as a formula.
RAW_TEX = re.compile(r".{0,30}(?:\$|\\[()\[\]]|\\[a-zA-Z]{2,}).{0,30}")
VISIBLE_TEXT = """() => {
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll("pre, code, script, style, .katex").forEach(element => element.remove());
    return copy.textContent;
}"""

VIOLATIONS = """async () => (await axe.run({ resultTypes: ["violations"] })).violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id} (${rule.help}) at ${node.target}: ${node.failureSummary}`))"""
# Formulas have the colour of the text around them; all of them take longer to look at than all else.
CONTRAST = VIOLATIONS.replace(
    "axe.run({",
    """axe.run({ exclude: [...document.querySelectorAll(".katex")].slice(3) }, { runOnly: "color-contrast",""",
)

# Everything a reader may come to see: solutions unfolded, formulas out of view laid out, no colour halfway to another.
UNFOLD = """() => document.querySelectorAll("details").forEach(details => details.open = true)"""
STILL = "* { transition: none !important } .katex-html { content-visibility: visible !important }"

WRONGLY_FOCUSABLE = """() => [...document.querySelectorAll("div.arithmatex, .md-typeset__scrollwrap")]
    .filter(element => (element.scrollWidth > element.clientWidth) !== (element.tabIndex === 0))
    .map(element => (element.querySelector("annotation") || element).textContent)"""


# What is clipped, or sticks out of the page without being in something that scrolls.
CUT = """() => {
    const scrolls = element => element && (["auto", "scroll"].includes(getComputedStyle(element).overflowX) ||
        scrolls(element.parentElement));
    return [...document.querySelectorAll("main *")].filter(element => {
        if (!element.checkVisibility({ visibilityProperty: true })) return false;
        if (element.closest(".katex *, svg *, .md-sidebar")) return false;
        const { left, right, width } = element.getBoundingClientRect();
        const out = width > 1 && (left < -1 || right > document.documentElement.clientWidth + 1);
        const clipped = element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1 &&
            ["hidden", "clip"].includes(getComputedStyle(element).overflowX);
        return clipped || (out && !scrolls(element));
    }).map(element => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`);
}"""

# A comma or a full stop that starts a line, after a formula of at most two boxes (site.css says why of these).
LONELY = """() => [...document.querySelectorAll("span.arithmatex")].filter(formula => {
    const next = formula.nextSibling, box = formula.querySelector(".katex-html > :last-child");
    if (formula.querySelector(".katex-base:nth-child(3)") || !/^[,.;:?!)]/.test(next?.data)) return false;
    const sign = new Range();
    sign.setStart(next, 0);
    sign.setEnd(next, 1);
    return sign.getBoundingClientRect().left < box.getBoundingClientRect().left;
}).map(formula => formula.querySelector("annotation").textContent + formula.nextSibling.data.slice(0, 20))"""


@dataclass
class Visit:
    """What happened while a page was open."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    sideways: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    lonely: list[str] = field(default_factory=list)
    excess: list[str] = field(default_factory=list)
    raw_tex: list[str] = field(default_factory=list)
    katex_errors: int = 0

    def watch(self, page: Page) -> None:
        self.errors = errors = watch(page)
        page.on("requestfailed", lambda request: errors.append(f"failed: {request.url} ({request.failure})"))
        page.on(
            "response", lambda answer: errors.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None
        )
        page.on("request", lambda request: self._host(request.url))

    def _host(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.foreign.append(url)


def look(page: Page, visit: Visit, phone: bool) -> None:
    """Open a page's folds, and inspect it in every size."""
    page.evaluate(UNFOLD)
    page.add_style_tag(content=STILL)
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    for size in (DESKTOP, PHONE, *ENLARGED, A4):
        page.set_viewport_size(size)
        if size == A4:
            page.emulate_media(media="print")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if size == DESKTOP or (size == PHONE and phone):
            visit.violations += page.evaluate(VIOLATIONS)
        if size == PHONE:
            visit.lonely = page.evaluate(LONELY)
        if size != A4:
            visit.unreachable += page.evaluate(WRONGLY_FOCUSABLE)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            visit.sideways.append(f"{width} px wide on a screen of {size['width']} px")
        visit.cut += [f"{where} (at {size['width']} px)" for where in page.evaluate(CUT)]
    visit.raw_tex = RAW_TEX.findall(page.evaluate(VISIBLE_TEXT))
    visit.katex_errors = page.locator(".katex-error, .katex [style*='#cc0000']").count()


def look_in_the_dark(page: Page, visit: Visit) -> None:
    """Inspect the colours, which are all that differs there."""
    page.set_viewport_size(DESKTOP)
    page.emulate_media(media="screen", color_scheme="dark")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    visit.violations += page.evaluate(CONTRAST)
