"""Expand `--8<--` includes as the site does, and know where each line comes from."""

from dataclasses import dataclass
from pathlib import Path

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig

from pagetest.errors import IncludeError
from pagetest.fences import Fence
from sitetools.includes import INCLUDE, missing

SNIPPETS = "pymdownx.snippets"
MARK = "--8<--"


@dataclass(frozen=True)
class Code:
    """The code of a block: `text` is what readers see; line `lines[i]` of `path` holds its i-th line."""

    text: str
    path: str
    lines: list[int]

    def placed(self) -> str:
        """The code with every line at the line number it comes from, so that tracebacks name the true place."""
        placed = [""] * max(self.lines, default=0)
        for number, line in zip(self.lines, self.text.splitlines(), strict=True):
            placed[number - 1] = line
        return "\n".join(placed) + "\n"


class Includer:
    """Gives the code of a fence, with includes expanded by the site's own preprocessor and settings.

    Args:
        config_file: The site's `mkdocs.yml`.
    """

    def __init__(self, config_file: Path) -> None:
        config = MkDocsConfig(str(config_file))
        with config_file.open("rb") as file:
            config.load_file(file)  # validating it would load all plugins, in every process of the tests
        extensions = config["markdown_extensions"]
        settings = next(entry[SNIPPETS] for entry in extensions if isinstance(entry, dict) and SNIPPETS in entry)
        self._root = config_file.parent
        self._preprocessor = Markdown(extensions=[SNIPPETS], extension_configs={SNIPPETS: settings}).preprocessors[
            "snippet"
        ]

    def code(self, fence: Fence) -> Code:
        """The code that the fence shows.

        Raises:
            IncludeError: If the include is malformed, mixed with other lines, not found or empty.
        """
        if MARK not in fence.source:
            first = fence.line + 1
            return Code(fence.source, fence.path, list(range(first, first + len(fence.source.splitlines()))))
        include = INCLUDE.fullmatch(fence.source.strip())
        if include is None:
            raise IncludeError(
                f"{fence.where}: a block is either hand-written or exactly one include of a named section, "
                f'{MARK} "path/to/file.py:section"'
            )
        return self._expand(include["path"], include["section"], fence)

    def _expand(self, path: str, section: str, fence: Fence) -> Code:
        if problem := missing(path, section, self._root):
            raise IncludeError(f"{fence.where}: {problem}")
        shown = self._preprocessor.run([f'{MARK} "{path}:{section}"'])
        if not any(line.strip() for line in shown):
            raise IncludeError(f"{fence.where}: the section {section!r} of {path} is empty")
        origin = self._root / path
        return Code("\n".join(shown) + "\n", str(origin), _origins(shown, origin.read_text("utf-8"), section))


def _origins(shown: list[str], text: str, section: str) -> list[int]:
    """Line numbers in the file of the shown lines: the markers of other sections are not among them."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if f"[start:{section}]" in line) + 1
    origins = []
    for line in shown:
        while lines[at].strip() != line.strip():
            at += 1
        at += 1
        origins.append(at)
    return origins
