"""Run everything that concerns one page, and nothing else: `python -m pagetest.check losses/polyloss`.

This module is a pytest plugin too, which leaves out the tests that concern other pages.
"""

import os
import re
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pytest

INCLUDED = re.compile(r'--8<-- "(src/[^":]+)')
FIGURE = re.compile(r"assets/figures/([\w-]+)\.svg")
EXPLAINED = r"Explained on [^\n]*\(\.\./{page}\)[^\n]*\s+::: ([\w.]+)"  # in the API reference
OWN = "PAGE = ROOT / {parts}\n"  # how a test module says that it is about a single page


@dataclass(frozen=True)
class Concern:
    """Where a page's tests are, and what they call the page and its parts when they go through all pages."""

    paths: list[Path]
    names: set[str]

    def has(self, item: pytest.Item) -> bool:
        """Tell whether a test is about this page, or quickly says something of all pages."""
        parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
        named = [str(value).partition("#")[0] for value in parameters if isinstance(value, str | Path)]
        if item.path in self.paths or self.names.intersection(named):
            return True
        needs_the_site = "built_site" in getattr(item, "fixturenames", ())
        return not parameters and not needs_the_site and item.path.parts[-3:-1] == ("tests", "docs")


def find(root: Path, name: str) -> Path:
    """Find the file of a page.

    Args:
        root: The repository.
        name: The page, as `losses/polyloss`; what it starts or ends with beyond that, as its file does, doesn't matter.

    Returns:
        Its Markdown, or a lab's notebook.

    Raises:
        ValueError: If there is none; the message names those with similar names.
    """
    docs = root / "docs"
    pages = {
        path.relative_to(docs).with_suffix("").as_posix(): path
        for path in (*docs.rglob("*.md"), *docs.glob("labs/*.ipynb"))
    }
    wanted = re.sub(r"^(\./)?docs/|\.(md|ipynb)$|/$", "", name)
    if wanted in pages:
        return pages[wanted]
    topics = {page: page.rpartition("/")[2] for page in pages}
    topic = get_close_matches(wanted.rpartition("/")[2], topics.values(), n=1)
    near = [page for page in pages if topics[page] in topic] or sorted(pages)
    raise ValueError(f"there is no page {name!r}; PAGE is one of {', '.join(near)}")


def concerns(root: Path, page: Path) -> Concern:
    """Find a page's tests: those of its blocks, equations, numbers, code, figures and HTML.

    Explorers and the keyboard have tests of their own, which take longer.
    """
    text = page.read_text("utf-8")
    source = page.relative_to(root / "docs")
    address = re.sub(r"(^|/)index/$", r"\1", f"{source.with_suffix('').as_posix()}/")
    # What a page borrows from another folder, its own page and tests look after.
    own_folder = {root / path for path in INCLUDED.findall(text) if source.parent.name in Path(path).parent.parts}
    modules = own_folder | set(_explained(root, source))
    tests = root / "tests"
    own = [path for path in (tests / "docs").glob("test_*.py") if _is_about(path, source)]
    paths = [
        *([page] if page.suffix == ".md" else []),
        *sorted(modules),
        *sorted(_unit_tests(root, modules)),
        *own,
    ]
    names = {source.as_posix(), address, str(page), *FIGURE.findall(text), *map(str, modules)}
    return Concern(paths, names | ({page.stem} if page.suffix == ".ipynb" else set()))


def _is_about(test: Path, source: Path) -> bool:
    return OWN.format(parts=" / ".join(f'"{part}"' for part in ("docs", *source.parts))) in test.read_text("utf-8")


def _explained(root: Path, source: Path) -> list[Path]:
    """List the modules that the API reference says a page explains; of a package, all."""
    references = [path.read_text("utf-8") for path in sorted((root / "docs" / "reference").glob("api*.md"))]
    names = re.findall(EXPLAINED.format(page=re.escape(source.as_posix())), "\n".join(references))
    places = [root / "src" / name.replace(".", "/") for name in names]
    return [file for place in places for file in (place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")])]


def _unit_tests(root: Path, modules: set[Path]) -> set[Path]:
    """Find the tests that mirror one of these modules, or import it and are in the folder that mirrors its own."""
    found = set[Path]()
    for module in modules:
        place = module.relative_to(root / "src" / "dlnotes")
        name = ".".join(("dlnotes", *place.with_suffix("").parts)).removesuffix(".__init__")
        imports = re.compile(rf"^(from|import) {re.escape(name)}\b", re.MULTILINE)
        tests = root / "tests"
        candidates = (tests / place.parts[0]).rglob("test_*.py") if len(place.parts) > 1 else tests.glob("test_*.py")
        mirror = tests / place.with_name(f"test_{place.name}")
        found |= {test for test in candidates if test == mirror or imports.search(test.read_text("utf-8"))}
    return found


def everywhere(root: Path, page: Path) -> list[Path]:
    """List the test modules that go through all pages of this kind."""
    tests = root / "tests"
    browser = [tests / "browser" / f"test_{name}.py" for name in ("pages", "without_scripts")]
    return [*browser, tests / "docs", tests / "figures", *([tests / "labs"] if page.suffix == ".ipynb" else [])]


# What pytest calls, in each of its processes


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the page from the command line."""
    parser.addoption("--page", help="run only what concerns this page, as losses/polyloss")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what concerns other pages."""
    concern = concerns(config.rootpath, find(config.rootpath, config.getoption("--page")))
    kept = [item for item in items if concern.has(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def main() -> int:
    """Run the command line."""
    root = Path.cwd()
    try:
        (name,) = sys.argv[1:]
        page = find(root, name)
    except ValueError as error:
        print(f"Name one page, as in make check PAGE=losses/polyloss: {error}", file=sys.stderr)
        return 2
    os.environ["ONLY_PAGE"] = page.relative_to(root / "docs").as_posix()  # sitetools builds the others as empty shells
    paths = [*everywhere(root, page), *concerns(root, page).paths]  # the longest first
    processes = ["--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"]
    options = ["-p", "pagetest.check", f"--page={name}", "--quiet", *processes]
    return pytest.main([*options, *map(str, paths)])


if __name__ == "__main__":
    sys.exit(main())
