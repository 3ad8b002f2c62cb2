"""Picture the built site: python -m tests.support.screenshots SITE_DIR OUT_DIR [PAGE…].

PAGE is an address within the site, such as losses/softmax-cross-entropy/; without any, all pages are pictured.
Each is saved as a phone and a desktop show it, light and dark, from top to bottom.
"""

import argparse
import re
from itertools import product
from pathlib import Path
from typing import Literal, TypeAlias

from PIL import Image
from playwright.sync_api import Browser

from tests.support.chromium import find_chromium, launch, load
from tests.support.server import serve

Scheme: TypeAlias = Literal["light", "dark"]
SCHEMES: list[Scheme] = ["light", "dark"]


def take(browser: Browser, url: str, file: Path, size: tuple[int, int], scheme: Scheme, *, full: bool) -> None:
    """Save one picture."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    load(page, url)
    if full:  # formulas and figures out of view come late, which would leave gaps in the picture
        page.add_style_tag(content=".katex-html { content-visibility: visible !important }")
        page.eval_on_selector_all("img", "images => images.forEach(image => image.loading = 'eager')")
        page.wait_for_function("[...document.images].every(image => image.complete)")
    page.screenshot(path=file, full_page=full)
    page.close()


def shrink(file: Path) -> None:
    """Leave 256 colours to a picture: a page has hardly more, and the file is half as large."""
    with Image.open(file) as picture:
        reduced = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    reduced.save(file, optimize=True)


def size(text: str) -> tuple[int, int]:
    """Read the size of a screen, as in 1280x800."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"write a size as in 1280x800, not {text!r}")
    return int(match[1]), int(match[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, metavar="SITE_DIR")
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("pages", nargs="*", metavar="PAGE")
    parser.add_argument(
        "--screenshot",
        type=size,
        metavar="SIZE",
        help="save only what a light screen of a size such as 1280x800 shows first",
    )
    options = parser.parse_args()
    program = find_chromium()
    if program is None:
        parser.exit(1, "No Chromium is installed. Install one, or let CHROMIUM name its program.\n")
    found = sorted(f"{file.parent.relative_to(options.site).as_posix()}/" for file in options.site.rglob("index.html"))
    pages = options.pages or ["" if page == "./" else page for page in found]
    options.out.mkdir(parents=True, exist_ok=True)
    with serve(options.site) as home, launch(program) as browser:
        for page in pages:
            name = page.strip("/").replace("/", "-") or "home"
            if options.screenshot:
                file = options.out / f"{name}.png"
                take(browser, home + page, file, options.screenshot, "light", full=False)
                shrink(file)
                continue
            for width, scheme in product([390, 1440], SCHEMES):
                file = options.out / f"{name}-{width}-{scheme}.png"
                take(browser, home + page, file, (width, 900), scheme, full=True)


if __name__ == "__main__":
    main()
