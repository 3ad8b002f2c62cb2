"""Run the code of a Markdown page exactly as its readers see it, and compare what it prints with what the page shows.

* `fences` finds the fenced blocks of a page and refuses headers it doesn't know.
* `includes` expands `--8<--` includes with the site's own settings and remembers where each line comes from.
* `blocks` pairs each Python block with the output shown below it.
* `running` executes a block and `outputs` compares.
* `numbers` looks up the numbers of the prose in what is tested.
* `errors` are what stops a page, each with its place.
* `parser` hands the blocks to Sybil, `python -m pagetest` rewrites the shown outputs from real runs.
"""

from pagetest.errors import BlockError, FenceError, IncludeError, PageError
from pagetest.includes import Includer
from pagetest.parser import PageParser

__all__ = ["BlockError", "FenceError", "IncludeError", "Includer", "PageError", "PageParser"]
