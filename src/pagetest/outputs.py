"""Compare a shown output with a real one, to as many digits as are shown."""

import difflib
import re
from decimal import Decimal

NUMBER = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?")


def matches(shown: str, real: str) -> bool:
    """Whether `shown` is `real`, its decimal fractions perhaps rounded to fewer digits; trailing blanks don't count.

    Integers and words must be equal.

    Examples:
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
    """The two outputs line by line, for people."""
    diff = difflib.unified_diff(
        _trimmed(shown).splitlines(), _trimmed(real).splitlines(), "shown on the page", "printed now", lineterm="", n=99
    )
    return "\n".join(line for line in diff if not line.startswith("@@"))


def _close(shown: str, real: str) -> bool:
    if "." not in shown and "e" not in shown.lower():
        return shown == real
    exponent = Decimal(shown).as_tuple().exponent
    assert isinstance(exponent, int)
    # Half a unit of the last digit shown; the factor lets a tie round either way.
    half = Decimal("0.5000001").scaleb(exponent)
    return abs(Decimal(shown) - Decimal(real)) <= half


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
