"""`python -m eqtest FILE.md…` checks pages; `python -m eqtest mutate FILE.md…` makes typos in them.

Displays may refer to the code of their page. Who runs it is the project's choice: name a module in pyproject.toml, as
`[tool.eqtest] hooks = "module"`, with the functions `page_namespace(path)`, which returns the names of a page, and
`to_native(value)`, which turns floats and nested lists of floats into what the page's functions take.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eqtest import mutate
from eqtest.page import Equation, Result, read_page


def no_code(path: Path) -> Mapping[str, Any]:
    """The default for `page_namespace`: pages without code of their own."""
    raise RuntimeError(f"{path} needs its Python code run: name the hooks in pyproject.toml (python -m eqtest --help)")


def unchanged(value: Any) -> Any:
    """The default for `to_native`: floats and lists of floats as they are."""
    return value


def hooks() -> tuple[Callable[[Path], Mapping[str, Any]], Callable[[Any], Any]]:
    """The project's `page_namespace` and `to_native`."""
    project = Path("pyproject.toml")
    settings = tomllib.loads(project.read_text(encoding="utf-8")) if project.is_file() else {}
    name = settings.get("tool", {}).get("eqtest", {}).get("hooks")
    if name is None:
        return no_code, unchanged
    module = importlib.import_module(name)
    return module.page_namespace, module.to_native


def checker(path: Path, equations: Sequence[Equation]) -> Callable[[Equation, int], Result]:
    """A function that checks an equation with a seed; the page's code runs once, and only if an equation needs it."""
    page_namespace, to_native = hooks()
    needed = any(equation.scope.uses_python(*equation.sides) for equation in equations)
    namespace = page_namespace(path) if needed else {}
    return lambda equation, seed: equation.check(namespace, to_native, seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 1 if any display is false, unreadable or bare."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] == ["mutate"]:
        return mutate.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m eqtest", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.md")
    parser.add_argument("--seeds", type=int, default=1, help="check with this many seeds, to look for false alarms")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each display")
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    times: list[float] = []
    started = time.perf_counter()
    for path in options.files:
        equations = read_page(path.read_text(encoding="utf-8"), str(path))
        run = checker(path, equations)
        for equation in equations:
            for seed in range(options.seeds):
                result = run(equation, seed)
                if result.status in ("failed", "bare"):
                    break
            counts[result.status] += 1
            times.append(result.seconds)
            if result.status in ("failed", "bare"):
                print(result.message + (f"\n    (seed {seed})" if seed else "") + "\n")
            elif options.verbose:
                done = f"{result.checks} checks, {result.points} points, {1000 * result.seconds:.0f} ms"
                print(equation.report(f"{result.status}, {result.message or done}", equation.line))
    summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no displays"
    typical = f"; median {1000 * statistics.median(times):.0f} ms a display" if times else ""
    print(f"{summary} in {time.perf_counter() - started:.1f} s{typical}")
    return int(bool(counts["failed"] or counts["bare"]))


if __name__ == "__main__":
    sys.exit(main())
