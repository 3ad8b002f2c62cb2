"""What is wrong with a page, and where."""

import re
from pathlib import Path


class PageError(ValueError):
    """A page that can't be read or run as it stands; the message starts with `path:line`."""

    @property
    def place(self) -> tuple[Path, int]:
        """The page, and the line of the block that is wrong."""
        match = re.match(r"(?P<path>.+?):(?P<line>\d+): ", str(self))
        assert match is not None, f"no path:line in front of {self}"
        return Path(match["path"]), int(match["line"])


class FenceError(PageError):
    """A fence that can't be tested as it stands."""


class IncludeError(PageError):
    """An include that leads nowhere, or isn't all that stands in its block."""
