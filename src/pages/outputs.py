"""Outputs that pages show: compared with real ones, to as many digits as are shown, and replaced by them."""

import difflib
import re
import unicodedata
from decimal import Decimal

from pages.blocks import Block, Shown, is_doctest
from pages.errors import FenceError
from pages.fences import fenced

# An output that shows an error says that the block should raise.
SHOWN_ERROR = re.compile(r"^[\w.]*(Error|Exception|Interrupt|StopIteration)\b", re.MULTILINE)
NUMBER = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?")


def matches(shown: str, real: str) -> bool:
    """Tell whether `shown` is `real`, its decimal fractions perhaps rounded; trailing blanks don't count.

    Integers and words must be equal.

    Args:
        shown: What the page shows.
        real: What was printed.

    Returns:
        Whether the page may show it.

    Examples:
        >>> from pages.outputs import matches
        >>> matches("loss 0.55", "loss 0.5514")
        True
        >>> matches("loss 0.56", "loss 0.5514")
        False
    """
    shown, real = _trimmed(shown), _trimmed(real)
    if NUMBER.split(shown) != NUMBER.split(real):
        return False
    return all(map(_close, NUMBER.findall(shown), NUMBER.findall(real)))


def difference(shown: str, real: str) -> str:
    """Compare two outputs line by line, for people."""
    diff = difflib.unified_diff(
        _trimmed(shown).split("\n"), _trimmed(real).split("\n"), "shown on the page", "printed now", lineterm="", n=99
    )
    return "\n".join(line for line in diff if not line.startswith("@@"))


def replace(lines: list[str], block: Block, shown: Shown | None, printed: str) -> None:
    """Let a page show what was really printed; whatever else stands there stays as it is.

    Args:
        lines: The page's, changed in place. Of several outputs, replace the last one first.
        block: The block.
        shown: What the page shows, if anything.
        printed: What was printed.

    Raises:
        FenceError: If a page can't show it.
    """
    fence = block.fence
    text = printed.strip("\n")
    within = is_doctest(fence)
    if within and re.search(r"^(>>>|$)", text, re.MULTILINE) and text:
        raise FenceError(f"{fence.where}: a session can't show an empty line or a prompt; print in another block")
    if odd := {character for character in printed if unicodedata.category(character) == "Cc"} - {"\n"}:
        names = ", ".join(map(repr, sorted(odd)))
        raise FenceError(f"{fence.where}: this block prints {names}, which no page can show; print it by its repr()")
    end = "\r" if lines[fence.line - 1].endswith("\r") else ""
    new = (text if within else fenced("text", text)).split("\n") if text.strip() else []
    new = [(fence.indent + line).rstrip() + end for line in new]
    if shown is None:
        lines[fence.last_line : fence.last_line] = [fence.indent.rstrip() + end, *new]
    elif within:
        lines[shown.first : shown.last] = new
    else:
        lines[shown.first - 1 : shown.last + 1] = new


def _close(shown: str, real: str) -> bool:
    if "." not in shown and "e" not in shown.lower():
        return shown == real
    exponent = Decimal(shown).as_tuple().exponent
    assert isinstance(exponent, int)
    # Half a unit of the last digit shown; the factor lets a tie round either way.
    half = Decimal("0.5000001").scaleb(exponent)
    return abs(Decimal(shown) - Decimal(real)) <= half


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
