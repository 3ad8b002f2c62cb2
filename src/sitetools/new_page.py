"""Start a page: `python -m sitetools.new_page losses/hinge` makes all that the tests demand of one.

The files in templates/ are such a page, named `folder/new-topic`; they are copied under the page's own name, and
entries are added where pages are listed. All of it passes the tests at once, so that you go from green to green.
"""

import keyword
import os
import re
import subprocess
import sys
from pathlib import Path

from sitetools import ROOT

FOLDERS = ("basics", "losses", "models")
IMPORTS = re.compile(r"(?<=import \(\n)(?:    \w+,\n)+")
LISTED = re.compile(r"__all__ = \[(?P<names>[^]]*)\]")
IMPORTED = re.compile(r"(?<= import )(?:\w+(?:, \w+)+$|\([^)]*\))", re.MULTILINE)


class NewPageError(ValueError):
    """A page that can't have this name; the message says why, and what to do."""


def create(name: str, root: Path = ROOT) -> list[str]:
    """Write the files of a page, and its entries.

    Args:
        name: The page, as `losses/label-smoothing`.
        root: The repository.

    Returns:
        The files, those written first.

    Raises:
        NewPageError: If the name can't be used; nothing is written then.
    """
    folder, topic = _checked(name, root)
    module = topic.replace("-", "_")
    reference = "reference/api-losses.md" if folder == "losses" else "reference/api.md"

    def named(text: str) -> str:
        title = topic.replace("-", " ")
        for old, new in {"new_topic": module, "new-topic": topic, "new topic": title}.items():
            text = text.replace(old, new).replace(old.capitalize(), new.capitalize())
        return re.sub(r"\bfolder\b", folder, text).replace("reference/api.md", reference)

    drawn = f"{folder}_{module}"
    copies = {
        "page.md": f"docs/{folder}/{topic}.md",
        "module.py": f"src/dlnotes/{folder}/{module}.py",
        "test.py": f"tests/{folder}/test_{module}.py",
        "figure.py": f"src/figures/{drawn}.py",
    }
    texts = {path: named(_read(root, f"templates/{file}")) for file, path in copies.items()}
    if there := [path for path in (f"src/dlnotes/{folder}/{module}", *texts) if (root / path).exists()]:
        raise NewPageError(f"{there[0]} exists already: choose another name")

    def add(path: str, below: str, new: str) -> None:
        """Add lines to a file, below the last place that matches."""
        text = texts.get(path) or _read(root, path)
        *_, last = re.finditer(f"(?m)^{below}", text)
        texts[path] = text[: last.end()] + new + text[last.end() :]

    package = f"src/dlnotes/{folder}/__init__.py"
    texts[package] = _with(module, _read(root, package))
    add("mkdocs.yml", rf"      - {folder}/.*\n", f"      - {folder}/{topic}.md\n")
    add("docs/index.md", rf"1\. \[.*\]\({folder}/.*\n", named("1. [New topic](folder/new-topic.md)\n"))
    entry = rf"Explained on .*\(\.\./{folder}/.*(?:\n+(?!## ).+)*"
    add(f"docs/{reference}", entry, named("\n\n" + _read(root, "templates/reference.md").rstrip()))
    add("src/figures/__init__.py", rf"    (?={folder}_\w+,\n)", f"{drawn},\n    ")
    add("src/figures/__init__.py", rf'    ".*": {folder}_.*\n', f'    "{folder}-{topic}": {drawn}.values,\n')
    texts["src/figures/__init__.py"] = IMPORTS.sub(_sorted, texts["src/figures/__init__.py"])

    for path, text in texts.items():
        (root / path).write_text(text, "utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", package], cwd=root, check=True)
    code = os.environ | {"PYTHONPATH": str(root / "src")}
    for command in (["figures", f"{folder}-{topic}"], ["pagetest.report", f"{folder}/{topic}.md"]):
        subprocess.run([sys.executable, "-m", *command], cwd=root, env=code, check=True, stdout=subprocess.DEVNULL)
    return [*texts, f"docs/assets/figures/{folder}-{topic}.svg", "docs/reference/report.json"]


def _checked(name: str, root: Path) -> tuple[str, str]:
    folder, _, topic = name.partition("/")
    if folder not in FOLDERS or not topic:
        raise NewPageError(f"NAME is {name!r}; write a folder and a topic, as losses/hinge, in {', '.join(FOLDERS)}")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", topic):
        raise NewPageError(f"the topic is {topic!r}; write small letters, digits and hyphens, as in label-smoothing")
    if keyword.iskeyword(topic):
        raise NewPageError(
            f"the topic is {topic!r}, a word of Python's own, so no module can have this name: choose another"
        )
    if pages := [str(page.relative_to(root)) for page in (root / "docs").glob(f"*/{topic}.md")]:
        raise NewPageError(f"{pages[0]} exists already: choose another name")
    return folder, topic


def _read(root: Path, path: str) -> str:
    return (root / path).read_text("utf-8")


def _with(module: str, package: str) -> str:
    """Return a package's `__init__.py` with one more module in its list and in the import for type checkers."""
    listed = LISTED.search(package)
    assert listed is not None
    names = sorted([*re.findall(r"\w+", listed["names"]), module])
    quoted = ", ".join(f'"{name}"' for name in names)
    package = LISTED.sub(f"__all__ = [{quoted}]", package)
    return IMPORTED.sub(", ".join(names), package)


def _sorted(lines: re.Match[str]) -> str:
    return "".join(sorted(lines[0].splitlines(keepends=True)))


def main() -> int:
    """Run the command line."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    try:
        written = create(name)
    except NewPageError as error:
        print(f"make new-page NAME={name}: {error}.", file=sys.stderr)
        return 2
    print(*written, sep="\n")
    print(f"\nNext: make serve shows the page while you write, and make check PAGE={name} tests it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
