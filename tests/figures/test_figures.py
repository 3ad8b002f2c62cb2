"""Every figure is what its code draws, is on a page, and says in words what it shows."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from figures import FIGURES
from figures.basics_reductions import SHADES
from figures.cells import BLUE, ORANGE
from figures.compare import same_svg
from figures.style import COLOURS, GAP, spread, svg

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "assets" / "figures"


@pytest.mark.parametrize("name", FIGURES)
def test_committed_figures_are_what_the_code_draws(name: str) -> None:
    committed = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert same_svg(committed, svg(FIGURES[name])), f"{name}.svg differs from what is drawn now: run make figures"


def test_a_figure_that_differs_is_noticed() -> None:
    committed = (FOLDER / "sigmoids.svg").read_text("utf-8")
    assert same_svg(committed, committed)
    assert not same_svg(committed, committed.replace(">softsign<", ">soft sign<"))
    assert not same_svg(committed, committed.replace("#0072B2".lower(), "#0072b3"))
    a_point = re.search(r"\nL \d+\.(\d\d)", committed)
    assert a_point
    for digits, expected in [(1, True), (9, False)]:
        moved = f"{(int(a_point[1]) + digits) % 100:02}"
        changed = committed[: a_point.start(1)] + moved + committed[a_point.end(1) :]
        assert same_svg(committed, changed) is expected


def test_drawing_twice_gives_the_same_file() -> None:
    assert svg(FIGURES["sigmoids"]) == svg(FIGURES["sigmoids"])


def test_text_is_text_in_the_readers_font() -> None:
    drawn = svg(FIGURES["sigmoids"])
    assert ">Gudermannian</text>" in drawn
    assert set(re.findall(r"font-family: ([^;]*);", drawn)) == {"system-ui, sans-serif"}
    assert "<dc:date>" not in drawn


def cut_off(drawn: str) -> list[str]:
    """The texts that a figure's frame cuts off, taking half the size of the letters for their width."""
    picture = ElementTree.fromstring(drawn)
    _, _, *frame = (float(value) for value in picture.attrib["viewBox"].split())
    found = []
    for text in picture.iter("{http://www.w3.org/2000/svg}text"):
        style = dict(part.split(": ") for part in text.attrib["style"].rstrip("; ").split("; "))
        size = float(style["font-size"].removesuffix("px"))
        words = "".join(text.itertext())
        length = len(words) * size / 2
        start = {"start": 0, "middle": -length / 2, "end": -length}[style.get("text-anchor", "start")]
        turn = text.attrib["transform"]
        # Text that isn't aligned stands where it is moved to; the other is turned about its place.
        moved = re.match(r"translate\((\S+) (\S+)\)", turn)
        place = tuple(map(float, moved.groups() if moved else (text.attrib["x"], text.attrib["y"])))
        upright = "rotate(-90" in turn
        # A line of text that runs upwards has its letters' height to the left.
        first, last = (
            (place[1] - start - length, place[1] - start) if upright else (place[0] + start, place[0] + start + length)
        )
        top = place[0] - size if upright else place[1] - size
        if min(first, top) < 0 or last > frame[1 if upright else 0]:
            found.append(words)
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(name: str) -> None:
    assert cut_off((FOLDER / f"{name}.svg").read_text("utf-8")) == []


@pytest.mark.parametrize("name", FIGURES)
def test_letters_are_large_enough_for_a_phone(name: str) -> None:
    sizes = re.findall(r"font-size: ([\d.]+)px", (FOLDER / f"{name}.svg").read_text("utf-8"))
    assert min(map(float, sizes)) >= 9


@pytest.mark.parametrize("name", FIGURES)
def test_colours_are_those_of_the_style(name: str) -> None:
    """Greys are free, but for white, which would be black patches in the dark."""
    found = set(re.findall("#[0-9a-f]{6}", (FOLDER / f"{name}.svg").read_text("utf-8")))
    greys = {f"#{level:02x}{level:02x}{level:02x}" for level in range(255)}
    assert found - greys <= {colour.lower() for colour in (*COLOURS, *SHADES[BLUE], ORANGE)}


def images(html: str) -> list[tuple[str, str, str]]:
    """The file, the alternative text and the caption of every image in a page's article."""
    found = []
    for image in BeautifulSoup(html, "html.parser").select("article img"):
        figure = image.find_parent("figure")
        captions = figure.select("figcaption") if figure else []
        words = "".join(caption.get_text() for caption in captions)
        found.append((str(image["src"]), str(image.get("alt", "")).strip(), words.strip()))
    return found


@pytest.fixture(scope="module")
def shown(built_site: Path) -> list[tuple[str, str, str]]:
    return [image for page in built_site.rglob("*.html") for image in images(page.read_text("utf-8"))]


def test_committed_figures_have_code_and_a_page(shown: list[tuple[str, str, str]]) -> None:
    on_pages = {Path(source).stem for source, _, _ in shown if "assets/figures/" in source}
    assert {file.stem for file in FOLDER.iterdir()} == set(FIGURES) == on_pages


def test_images_have_an_alternative_text_and_a_caption(shown: list[tuple[str, str, str]]) -> None:
    for source, alternative, caption in shown:
        assert len(alternative) > 40, f"{source}: say in the alt text what the picture shows"
        assert caption, f"{source}: put a figcaption below it"


@pytest.mark.parametrize(
    "html", ['<img src="a.svg">', '<img src="a.svg" alt=" ">', '<figure><img src="a.svg" alt=""></figure>']
)
def test_an_image_without_words_is_noticed(html: str) -> None:
    assert images(f"<article>{html}</article>") == [("a.svg", "", "")]


def test_labels_keep_apart_and_in_order() -> None:
    assert spread([0.9, 0.5, 0.1]) == [0.9, 0.5, 0.1]
    assert spread([0.9, 0.9, 0.88, 0.1]) == pytest.approx([0.9, 0.9 - GAP, 0.9 - 2 * GAP, 0.1])
    assert spread([0.9, 0.03, 0.02, -0.1]) == pytest.approx([0.9, 2 * GAP, GAP, 0])
