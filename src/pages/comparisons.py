"""Words that compare or deny: where a result is put into words, the opposite of one makes the sentence wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pages.claims import find_claims
from pages.fences import find_fences

PAIRS = """
above below, more less, most least, better worse, best worst, faster slower, fastest slowest, larger smaller,
largest smallest, higher lower, highest lowest, longer shorter, longest shortest, nearer farther, wider narrower,
steeper flatter, deeper shallower, easier harder, stronger weaker, cheaper dearer, never always, rises falls, rise fall,
rose fell, rising falling, grows shrinks, grow shrink, grew shrank, growing shrinking, increases decreases,
increase decrease, gains loses, helps hurts, improves worsens, doubles halves, twice half, positive negative,
equal unequal, ahead behind
"""
ONE_WAY = """
bigger smaller, greater smaller, biggest smallest, greatest smallest, fewer more, fewest most, quicker slower,
closer farther, smoother rougher, climbs falls, climb fall, drops rises, drop rise, exceeds equals,
same other, different same, identical different, differs agrees, differ agree, beats trails, beat trail
"""
DENIALS = """
not , no every, none all, nothing everything, nobody everybody, all none, every no, any no, only not only,
everything nothing, everywhere nowhere, nowhere everywhere, isn't is, aren't are, doesn't does, don't do, can't can,
cannot can, wasn't was, weren't were, didn't did
"""


def _opposites(pairs: str, *, both_ways: bool = False) -> dict[str, str]:
    table = {word: opposite.strip() for pair in pairs.split(",") for word, _, opposite in [pair.strip().partition(" ")]}
    return table | {opposite: word for word, opposite in table.items() if both_ways}


COMPARING = _opposites(ONE_WAY) | _opposites(PAIRS, both_ways=True)
DENYING = _opposites(DENIALS)
WORD = re.compile(r"(?<![\w'-])[A-Za-z]+(?:['’]t)?(?![\w-])")
HIDDEN = re.compile(
    r"<!--.*?-->|(?<!`)(?P<ticks>`+)(?!`)[^\n]+?(?<!`)(?P=ticks)(?!`)|\$\$.*?\$\$|(?<!\\)\$(?!\s)(?:\\.|[^\\$])+?\$"
    r"|(?<=\])\([^)\s]*\)|<https?:[^>]*>|\{#[^}]*\}|</?[a-z][^>]*>|^ *(?:\?\?\?\+?|!!!|===|#+) [^\n]*",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Comparison:
    """A word that compares or denies, its place in the text, what turns it round, and whether a claim holds it."""

    word: str
    start: int
    opposite: str
    claimed: bool
    denies: bool = False


def find_comparisons(text: str, path: str) -> Iterator[Comparison]:
    """Find the words of a page's prose that compare or deny; headings, code and formulas don't count.

    Args:
        text: The page.
        path: The name of its file, for messages.

    Yields:
        The words in order.

    Raises:
        PageError: If the page, or a claim on it, can't be read.
    """
    claims = [range(claim.start, claim.end) for claim in find_claims(text, path)]
    prose = text
    for start, end in [(fence.start, fence.end) for fence in find_fences(text, path)]:
        prose = prose[:start] + re.sub(r"\S", " ", prose[start:end]) + prose[end:]
    prose = HIDDEN.sub(lambda match: re.sub(r"\S", " ", match[0]), prose)
    for match in WORD.finditer(prose):
        word = match[0].lower().replace("’", "'")
        claimed = any(match.start() in claim for claim in claims)
        if word in COMPARING | DENYING:
            opposite = (COMPARING | DENYING)[word]
            opposite = opposite.capitalize() if match[0][0].isupper() else opposite
            yield Comparison(match[0], match.start(), opposite, claimed, denies=word in DENYING)
