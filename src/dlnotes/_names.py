"""What packages show of the modules below them."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType


def submodules(package: str, names: Sequence[str]) -> tuple[Callable[[str], ModuleType], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package whose submodules are imported when they are first used.

    So `dlnotes.losses.polyloss` is there after `import dlnotes` alone, which doesn't import PyTorch.
    """

    def get(name: str) -> ModuleType:
        if name in names:
            return import_module(f"{package}.{name}")
        raise AttributeError(
            f"module {package!r} has no attribute {name!r}; its modules are {', '.join(names)}",
            name=name,
            obj=sys.modules[package],  # with both, Python asks "Did you mean …?"
        )

    return get, lambda: sorted({*vars(sys.modules[package]), *names})
