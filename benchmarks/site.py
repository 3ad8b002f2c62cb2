"""The built site in headless Chromium: bytes, requests, shifts, axe, Lighthouse. `make bench-site`.

Each page is opened with an empty cache, as a phone does, from a server that compresses as hosts do. What is over its
target makes the benchmark fail. Seconds and Lighthouse's scores are reported only, for they follow the machine.

Lighthouse (mobile: slow 4G and a CPU slowed down four times, both simulated) takes turns among its pages, so that a
slow moment of the machine hits all of them; each number is a median. Two pages with many formulas are measured three
times: as they were built, and with their formulas left to KaTeX or to MathJax in the browser, the usual ways. A page
should block the browser for at most half as long as with KaTeX there.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from sitetools import ROOT
from sitetools.fonts import cut_all
from sitetools.nodejs import find_node, find_npm
from tests.support.chromium import FLAGS, find_chromium, launch, load
from tests.support.pages import ADDRESSES
from tests.support.server import serve
from tests.support.visit import PHONE, Visit, look, look_in_the_dark
from tests.support.weight import LIMITS, Weight, weigh

NODE_MODULES = ROOT / "benchmarks" / "node_modules"
LAB = "labs/lenet/"
WITH_FORMULAS = ("losses/polyloss/", "losses/polyloss-series/")
SECONDS = (8, 2)
SCORES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
BLOCKING = 0.5  # of the time with KaTeX in the browser
AUDITS = ["total-byte-weight", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"]

# The second build finds what the first one cached, as those of `mkdocs serve` do.
BUILD_TWICE = """
import sys, time
from mkdocs.commands.build import build
from mkdocs.config import load_config

for _ in range(2):
    start = time.perf_counter()
    config = load_config("mkdocs.yml", site_dir=sys.argv[1])
    config.plugins.on_startup(command="serve", dirty=False)
    build(config)
    print(time.perf_counter() - start)
"""

KATEX = """
<link rel="stylesheet" href="../../katex/katex.min.css">
<script src="../../katex/katex.min.js"></script>
<script src="../../katex/contrib/auto-render.min.js"></script>
<script>renderMathInElement(document.body)</script>
"""
MATHJAX = """<script src="../../mathjax/es5/tex-chtml.js"></script>"""


def build(site: Path, repetitions: int) -> None:
    """Build the site into a folder, and print the median seconds of a first and of a later build in one process."""
    times = []
    for _ in range(repetitions):
        command = [sys.executable, "-c", BUILD_TWICE, str(site)]
        times.append([float(line) for line in output(command, cwd=ROOT).split()])
    cut_all(site)
    for name, column, target in zip(("first", "later"), zip(*times, strict=True), SECONDS, strict=True):
        print(f"{name} build: {statistics.median(column):.1f} s (target {target} s)")


def measure(browser: Browser, home: str, page: str) -> tuple[Weight, int]:
    """Open a page as a phone does, then for axe; return its weight and the number of violations."""
    tab = browser.new_page(viewport=PHONE)
    weight = weigh(tab)
    load(tab, home + page)
    result = weight()
    tab.close()
    tab = browser.new_page(color_scheme="light")
    load(tab, home + page)
    visit = Visit()
    look(tab, visit, phone=True)
    look_in_the_dark(tab, visit)
    tab.close()
    return result, len(visit.violations)


def weights(site: Path) -> list[str]:
    """Measure and print every page; return what is over its target."""
    excess = []
    row("", *Weight._fields, "axe")
    row("target", *LIMITS, 0)
    with serve(site) as home, launch(chromium()) as browser:
        for page in ADDRESSES:
            weight, violations = measure(browser, home, page)
            row(page or "home", *weight, violations)
            excess += weight.excess(page) + [f"{page}: axe finds {violations} violations"] * (violations > 0)
    return excess


def row(name: str, *values: object) -> None:
    """Print a line of a table."""
    cells = (f"{value:.4f}" if isinstance(value, float) else f"{value}" for value in values)
    print(f"{name:<42}" + "".join(f"{cell:>15}" for cell in cells), flush=True)


def variant(site: Path, page: str, name: str, scripts: str) -> str:
    """Copy a page, with its formulas as TeX and what renders that in the browser; return its address."""
    soup = BeautifulSoup((site / page / "index.html").read_text("utf-8"), "html.parser")
    for formula in soup.select(".arithmatex"):
        tex = "".join(annotation.text for annotation in formula.select("annotation"))
        formula.string = rf"\[{tex}\]" if formula.name == "div" else rf"\({tex}\)"
    for link in soup.select("link[href*='katex.min.css']"):
        link.decompose()  # its fonts hold this site's characters alone
    for body in soup.select("body"):
        body.append(BeautifulSoup(scripts, "html.parser"))
    address = f"{page.rstrip('/')}-{name}/"  # as deep as the page itself, for the links
    (site / address).mkdir()
    (site / address / "index.html").write_text(str(soup), "utf-8")
    return address


def lighthouse(url: str) -> list[float]:
    """Run Lighthouse once; return kilobytes, LCP and TBT in milliseconds, CLS, and the scores from 0 to 100."""
    node = find_node() or sys.exit("Node.js is not installed. Run: python -m sitetools.install")
    command = [*node, str(NODE_MODULES / "lighthouse" / "cli" / "index.js"), url, "--output=json", "--quiet"]
    # One flag holds spaces, where Lighthouse would split it; what it rules out, the tests find on every page.
    flags = ["--headless=new", *(flag for flag in FLAGS if " " not in flag)]
    command += [f"--only-categories={','.join(SCORES)}", f"--chrome-flags={' '.join(flags)}"]
    report: dict[str, Any] = json.loads(output(command, env=os.environ | {"CHROME_PATH": chromium()}))
    numbers = [report["audits"][audit]["numericValue"] for audit in AUDITS]
    return [*numbers, *(100 * report["categories"][name]["score"] for name in SCORES)]


def scores(site: Path, repetitions: int) -> None:
    """Print Lighthouse's medians: four pages, and what two would cost if the browser rendered their formulas."""
    shutil.copytree(ROOT / "node_modules" / "katex" / "dist", site / "katex")
    shutil.copytree(NODE_MODULES / "mathjax", site / "mathjax")
    addresses = ["", LAB]
    for page in WITH_FORMULAS:
        addresses += [page, variant(site, page, "katex", KATEX), variant(site, page, "mathjax", MATHJAX)]
    found: dict[str, list[list[float]]] = {address: [] for address in addresses}
    with serve(site) as home:
        for _ in range(repetitions):
            for address in addresses:
                found[address].append(lighthouse(home + address))
    print(f"\nLighthouse, medians of {repetitions}")
    row("", "KB", "LCP s", "TBT ms", "CLS", *SCORES)
    row("target", *[""] * len(AUDITS), *SCORES.values())
    medians = {
        address: [statistics.median(column) for column in zip(*runs, strict=True)] for address, runs in found.items()
    }
    for address, (size, paint, blocked, shift, *points) in medians.items():
        numbers = round(size / 1000), f"{paint / 1000:.1f}", round(blocked), f"{shift:.4f}", *map(round, points)
        row(address or "home", *numbers)
    blocking = {address: numbers[AUDITS.index("total-blocking-time")] for address, numbers in medians.items()}
    for page in WITH_FORMULAS:
        ratio = blocking[page] / blocking[f"{page.rstrip('/')}-katex/"]
        print(f"{page} blocks {ratio:.2f} of the time with KaTeX in the browser (target {BLOCKING})")


def output(command: list[str], **options: Any) -> str:
    """Run a command and return what it prints; if it fails, end with what it complained of."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", **options)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\nexited with status {done.returncode}:\n{done.stderr}")
    return done.stdout


def chromium() -> str:
    """Find the browser."""
    return find_chromium() or sys.exit("No Chromium is installed. Install one, or let CHROMIUM name its program.")


def install() -> None:
    """Have Lighthouse and MathJax in place, in the versions of the lock."""
    folder = NODE_MODULES.parent
    done = NODE_MODULES / ".package-lock.json"  # npm writes it last
    if not done.exists() or done.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        npm = find_npm() or sys.exit("npm is not installed. Run: python -m sitetools.install")
        subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)


def main() -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5, help="of builds, and of Lighthouse for each page")
    options = parser.parse_args()
    install()
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        build(site, options.repetitions)
        excess = weights(site)
        scores(site, options.repetitions)
    for line in excess:
        print(line, file=sys.stderr)
    print("Some pages are over their targets." if excess else "No page is over its targets.")
    return 1 if excess else 0


if __name__ == "__main__":
    sys.exit(main())
