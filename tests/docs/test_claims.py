"""What pages and labs say in words is held by claims: of slips made on purpose, few pass."""

import os
import random
from collections import defaultdict
from pathlib import Path

import pytest

from pagetest.slips import COMPARING, DENYING, FIGURES, Slip, files, slips

ROOT = Path(__file__).parents[2]
SAMPLE = os.environ.get("GITHUB_RUN_NUMBER", "1")  # another one in each run on GitHub; to repeat it, set its number
NOTICED = {  # the share of all slips of a kind; raise it when there are more claims
    f"{COMPARING} in results": 0.85,
    f"{COMPARING} elsewhere": 0.40,
    f"{DENYING} in results": 0.60,
    f"{DENYING} elsewhere": 0.20,
    FIGURES: 1.0,
}


@pytest.fixture(scope="module")
def made() -> dict[str, list[Slip]]:
    by_kind = defaultdict[str, list[Slip]](list)
    for path in files(ROOT):
        for slip in slips(path):
            by_kind[slip.kind].append(slip)
    return by_kind


@pytest.mark.parametrize("kind", NOTICED)
def test_most_slips_would_be_noticed(made: dict[str, list[Slip]], kind: str) -> None:
    missed = [f"{slip.line}: {slip.before} → {slip.after}" for slip in made[kind] if not slip.claimed]
    share = 1 - len(missed) / len(made[kind])
    assert share >= NOTICED[kind], f"{share:.0%} of {kind}; bind more conclusions:\n" + "\n".join(missed)


def test_a_sample_of_slips_is_noticed_where_claims_are(made: dict[str, list[Slip]]) -> None:
    chosen = random.Random(SAMPLE).sample([slip for kind in made.values() for slip in kind], 100)
    assert [slip.noticed for slip in chosen] == [slip.claimed for slip in chosen]
