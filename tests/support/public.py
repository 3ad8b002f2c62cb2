"""What dlnotes offers."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import dlnotes


def public_objects(module: ModuleType = dlnotes) -> Iterator[tuple[str, str, Any]]:
    """The public functions and classes of a module, and of all that it lists: their module, their name, themselves."""
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.ismodule(value):
            yield from public_objects(value)
        elif inspect.isroutine(value) or inspect.isclass(value):
            yield module.__name__, name, value
