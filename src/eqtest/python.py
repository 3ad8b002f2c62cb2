"""A page's own Python code: run, where no hooks run it, and given arrays of the kind that it uses."""

import io
import os
import re
import sys
import textwrap
import traceback
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from inspect import getmro, isclass, ismodule
from pathlib import Path
from types import CodeType
from typing import Any

from eqtest.prose import fences, written

_PYTHON = re.compile(r"[\s{.]*(?:code-cell\}\s*)?(?:i?python3?|py)(?!\w)", re.IGNORECASE)


class CodeError(Exception):
    """Code of a page that fails; the message starts with the file and the line."""


def run(path: Path) -> dict[str, Any]:
    """Run a page's Python fences one after another, in one namespace, and return the names that they leave."""
    os.environ.setdefault("MPLBACKEND", "Agg")  # a window with a figure would wait for somebody to close it
    text, names = path.read_text(encoding="utf-8"), dict[str, Any](__name__="__main__")
    lines = text.split("\n")
    for start, end, info in fences(text):
        fence = "\n".join(lines[start:end])
        code = textwrap.dedent(written(fence, 0, len(fence)).partition("\n")[2].rpartition("\n")[0])
        placed = "\n" * (start + 1) + re.sub(r"(?m)^(?=[%!])", "#", code)  # without the commands of notebooks
        try:
            with redirect_stdout(io.StringIO()):
                exec(compile(placed, str(path), "exec", dont_inherit=True) if _PYTHON.match(info) else "", names)
        except (Exception, SystemExit) as error:
            trace = traceback.TracebackException.from_exception(error)
            lines_run = [frame.lineno for frame in trace.stack if frame.filename == str(path)]
            line = lines_run[-1] if lines_run else getattr(trace, "lineno", start + 1)
            raise CodeError(f"{path}:{line}: {''.join(trace.format_exception_only()).splitlines()[-1]}") from error
    return names


def names_in(code: CodeType) -> set[str]:
    """Return the names and attributes that code uses, in functions and comprehensions within it too."""
    return {*code.co_names, *(name for part in code.co_consts if isinstance(part, CodeType) for name in names_in(part))}


def library(code: CodeType, names: Mapping[str, Any]) -> str:
    """Say whose arrays an expression takes: torch's, numpy's or nobody's.

    It is the library that is nearest to the expression, through the functions that it uses; else that of the page,
    whose names these are. Of two, it is torch: most functions of NumPy take its tensors.
    """
    words, seen = names_in(code), set[int]()
    layer = [names[word] for word in words if word in names]
    while layer and not _nearest(layer):
        seen.update(map(id, layer))
        layer = [used for value in layer for used in _used(value, words) if id(used) not in seen]
    return _nearest(layer) or _nearest(names.values())


def _nearest(values: Iterable[Any]) -> str:
    """Return the library that modules, functions and objects are from, objects by what their classes derive from."""
    homes = set[str]()
    for value in values:
        classes = getmro(value if isclass(value) else type(value))
        home = value.__name__ if ismodule(value) else getattr(value, "__module__", "")
        homes |= {str(name).partition(".")[0] for name in (home, *(each.__module__ for each in classes))}
    return next((name for name in ("torch", "numpy") if name in homes), "")


def _used(value: Any, words: set[str]) -> list[Any]:
    """Return what a function uses, adding its names to the words; of modules and objects, what these words name."""
    value = getattr(value, "func", value)
    if code := getattr(value, "__code__", None):
        words |= names_in(code)
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return [*cells, *(value.__globals__[name] for name in names_in(code) if name in value.__globals__)]
    own = vars(value if isclass(value) or ismodule(value) else type(value))
    return [own[word] for word in {"__call__", *words} if word in own]


def native(value: Any, library: str) -> Any:
    """Turn a float, or nested lists of floats, into an array of a library with as many digits."""
    module = sys.modules.get(library)
    return module.asarray(value, dtype=module.float64)[()] if module else value  # of a number, NumPy makes a number
