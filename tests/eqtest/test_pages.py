"""The fixture pages: typical displays are verified, under any seed, and typos in them are caught."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eqtest import Equation, Result, read_page
from eqtest.mutate import fate, typos

PAGES = sorted((Path(__file__).parent / "pages").glob("*.md"))
EQUATIONS = [equation for path in PAGES for equation in read_page(path.read_text(encoding="utf-8"), path.name)]
SEEDS = (1, 2)  # `python -m eqtest --seeds 25` runs more
REVIEWED = {  # typos that leave a true, weaker statement: an inequality can't be sharp on both sides everywhere
    r"\hat y_i^2 > 0",
    r" y_i > 0",
}


Run = Callable[[Equation, int], Result]


@pytest.fixture
def run(namespace: dict[str, Any]) -> Run:
    return lambda equation, seed: equation.check(namespace, seed=seed)


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: equation.name)
def test_typical_displays_are_verified(equation: Equation, run: Run) -> None:
    result = run(equation, 0)
    assert result.status in ("tested", "defined"), result.message
    assert equation.check(evaluate=False) == result  # what the site says


def test_there_are_enough_of_them() -> None:
    planned = [equation.check(evaluate=False) for equation in EQUATIONS]
    assert sum(result.status == "tested" for result in planned) >= 50


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_false_alarm_under_other_seeds(path: Path, run: Run) -> None:
    for equation in read_page(path.read_text(encoding="utf-8"), path.name):
        for seed in SEEDS:
            result = run(equation, seed)
            assert result.status in ("tested", "defined"), result.message


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_typos_are_caught(path: Path, run: Run) -> None:
    """A fixed sample of all typos; `python -m eqtest mutate` makes every one."""
    text = path.read_text(encoding="utf-8")
    equations = read_page(text, path.name)
    made = [(equation, typo) for equation in equations for typo in typos(equation.tex)]
    sample = random.Random(1).sample(made, 100)
    ends = [(fate(equations, equation, typo, text, run), typo) for equation, typo in sample]
    survived = [
        typo.tex for end, typo in ends if end == "survived" and not any(known in typo.tex for known in REVIEWED)
    ]
    assert survived == []
    assert sum(end == "equivalent" for end, _ in ends) < 0.05 * len(ends)
