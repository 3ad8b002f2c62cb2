"""Which packages aren't the pinned ones: a page states what the pinned ones do."""

import re
from collections.abc import Mapping
from importlib.metadata import version


def drift(constraints: str, installed: Mapping[str, str] | None = None) -> str:
    """Return a sentence for a failing page, if it runs with other versions than those that it was written for.

    Args:
        constraints: The text of constraints.txt, which has lines such as `torch==2.15.0`.
        installed: The versions to compare; those of torch, torchvision and NumPy here, if None.

    Returns:
        The sentence, or nothing if all versions are pinned ones.

    Examples:
        >>> from pagetest.versions import drift
        >>> drift("torch==2.15.0", {"torch": "2.15.0+cpu"})
        ''
        >>> drift("torch==2.15.0", {"torch": "2.16.0"})
        'This page is written for torch 2.15.0; this is 2.16.0. If that behaves differently, correct the text as well.'
    """
    if installed is None:
        installed = {name: version(name) for name in ("torch", "torchvision", "numpy")}
    notes = []
    for name, here in installed.items():
        pinned = re.findall(rf"^{name}==([^\s;]+)", constraints, re.MULTILINE)
        if here.partition("+")[0] not in pinned:
            notes.append(
                f"This page is written for {name} {' or '.join(pinned)}; this is {here}. "
                "If that behaves differently, correct the text as well."
            )
    return "\n".join(notes)
