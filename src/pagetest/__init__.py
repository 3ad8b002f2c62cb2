"""Run the code of a Markdown page exactly as its readers see it, and compare what it prints with what the page shows.

* `running` executes a block, and `parser` hands the blocks of a page to Sybil.
* `claims` evaluates what the prose says.
* `equations` gives eqtest the names that a page's code defines.
* `collection` says which files of a repository hold examples, and of which kind.
* `lab_runs` executes the labs.
* `check` runs what concerns one page, and `report` makes typos in its equations.
* `slips` edits the prose as a slip would, and counts what is noticed.
* `python -m pagetest` rewrites the shown outputs from real runs.
"""

from pagetest.parser import BlockError, PageParser

__all__ = ["BlockError", "PageParser"]
