"""Read a Markdown page as its readers see it, without running anything. Needs neither Sybil nor torch nor MkDocs.

* `fences` finds the fenced blocks, as pymdownx.superfences does, and refuses headers that no page uses.
* `includes` puts code in the place of an include, and remembers where each line comes from.
* `blocks` pairs each Python block with the output shown below it.
* `outputs` compares an output with a real one, and puts another in its place.
* `numbers` looks up the numbers of the prose in what is tested.
* `claims` finds phrases of the prose that are bound to expressions.
* `comparisons` finds the words that need a claim most.
* `cells` parts a page into prose and code, as a notebook has them.
* `errors` are what is wrong with a page, each with its place.
"""

from pages.errors import FenceError, IncludeError, PageError

__all__ = ["FenceError", "IncludeError", "PageError"]
