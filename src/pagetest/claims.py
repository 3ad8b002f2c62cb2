"""Whether claims are true: evaluated with what the code above them has left.

They are turned round, too, to see that they can fail.
"""

import ast
import builtins
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import cache
from types import CodeType, ModuleType
from typing import Any

from pages.claims import Claim, turned
from pagetest.running import Namespace

FIGURE = re.compile(r"assets/figures/([\w-]+)\.svg")
LONGEST = 300  # characters of a value in a message


def complaint(claim: Claim, namespace: Mapping[str, Any]) -> str:
    """Evaluate a claim.

    Args:
        claim: The claim.
        namespace: What the code above has left. It stays as it is, and so do the generators of random numbers.

    Returns:
        What is wrong with it, for people; empty if it is true and could be false.
    """
    names = dict(namespace) | _figure(claim)
    with _quiet():
        wrong = _reads_nothing(claim, names) or _value(claim, names) or _cannot_fail(claim, names)
    if not wrong:
        return ""
    return f'{claim.where}: "{claim.phrase}" {wrong}\n    in: {claim.sentence}\n    claim: {claim.expression}'


def complaints(namespace: Mapping[str, Any], claims: list[tuple[Any, ...]]) -> str:
    """Evaluate claims in a lab's kernel, where they arrive as tuples of their fields; return all that is wrong."""
    return "\n\n".join(filter(None, (complaint(Claim(*fields), namespace) for fields in claims)))


def _value(claim: Claim, names: Namespace) -> str:
    try:
        if eval(_compiled(claim.tree), names):
            return ""
    except Exception as error:
        return f"can't be evaluated: {_said(error)}"
    return "isn't true" + "".join(f"\n    {part} = {value}" for part, value in _parts(claim.tree, names))


def _reads_nothing(claim: Claim, names: Namespace) -> str:
    used = [node for node in ast.walk(claim.tree) if isinstance(node, ast.Name)]
    own = {node.id for node in used if isinstance(node.ctx, ast.Store)}  # of comprehensions
    read = {node.id for node in used} - own - vars(builtins).keys()
    if not all(isinstance(names.get(name), ModuleType) for name in read):
        return ""  # an unknown name is what evaluation speaks of
    return "reads nothing that the page has computed or defined, so it says nothing of the page"


def _cannot_fail(claim: Claim, names: Namespace) -> str:
    for part, opposites in turned(claim.tree):
        if not any(_false(opposite, names) for opposite in opposites):
            return (
                f"can't fail: with a comparison turned round, {ast.unparse(part)} is true all the same; "
                "write .all() for .any(), or compare a number"
            )
    return ""


def _false(tree: ast.Expression, names: Namespace) -> bool:
    try:
        return not eval(_compiled(tree), names)
    except Exception:
        return False


def _parts(tree: ast.Expression, names: Namespace) -> Iterator[tuple[str, str]]:
    """Yield what a claim compares, with values, but for what has some only inside a comprehension."""
    for node in ast.walk(tree):
        for side in [node.left, *node.comparators] if isinstance(node, ast.Compare) else []:
            if any(isinstance(part, ast.Name) for part in ast.walk(side)):
                try:
                    value = " ".join(repr(eval(_compiled(ast.Expression(side)), names)).split())
                except Exception:
                    continue
                yield ast.unparse(side), value if len(value) <= LONGEST else f"{value[:LONGEST]} …"


def _compiled(tree: ast.Expression) -> CodeType:
    return compile(ast.fix_missing_locations(tree), "<claim>", "eval")


def _said(error: Exception) -> str:
    message = f"{type(error).__name__}: {error}"
    if "ambiguous" in message or "Boolean value of Tensor" in message:
        message += " (write .all())"
    return message


def _figure(claim: Claim) -> Namespace:
    """Give claims on a figure what is drawn there."""
    names = FIGURE.findall(claim.paragraph)
    return {"figure": _drawn(names[0])} if names else {}


@cache
def _drawn(name: str) -> Any:
    from figures.drawn import Drawn

    return Drawn.named(name)


@contextmanager
def _quiet() -> Iterator[None]:
    """Print nothing, warn of nothing, and leave the generators of random numbers as they were."""
    import random

    import numpy as np
    import torch

    states = random.getstate(), np.random.get_state()
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
