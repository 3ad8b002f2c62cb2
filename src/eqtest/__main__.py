"""`python -m eqtest FILE.md…` checks pages; `python -m eqtest mutate FILE.md…` makes typos in them."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eqtest.page import read_page

page_namespace: Callable[[Path], Mapping[str, Any]] | None = None
"""Runs a page's Python fences and returns their namespace; set by the project that uses eqtest."""
to_native: Callable[[Any], Any] = lambda value: value  # noqa: E731  # a hook with a default
"""What turns floats and nested lists of floats into what the page's functions take; set likewise."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status: 1 if any display is false, unreadable or bare."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments[:1] == ["mutate"]:
        from eqtest.mutate import main as mutate

        return mutate(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m eqtest", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.md")
    parser.add_argument("--seed", type=int, default=0, help="other random points")
    parser.add_argument("--seeds", type=int, default=1, help="check with this many seeds, to look for false alarms")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each display")
    options = parser.parse_args(arguments)
    counts: dict[str, int] = {}
    times: list[float] = []
    started = time.perf_counter()
    for path in options.files:
        equations = read_page(path.read_text(encoding="utf-8"), str(path))
        needed = any(equation.scope.uses_python(*equation.sides) for equation in equations)
        namespace = page_namespace(path) if page_namespace and needed else None
        for equation in equations:
            for seed in range(options.seed, options.seed + options.seeds):
                result = equation.check(namespace, to_native, seed)
                if result.status in ("failed", "bare"):
                    break
            counts[result.status] = counts.get(result.status, 0) + 1
            times.append(result.seconds)
            if result.status in ("failed", "bare"):
                print(result.message + (f"\n    (seed {seed})" if seed else "") + "\n")
            elif options.verbose:
                note = f"{result.checks} checks, {result.points} points, {1000 * result.seconds:.0f} ms"
                print(f"{path}:{equation.line}: {equation.name or '-'}: {result.status}, {result.message or note}")
    summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no displays"
    typical = f"; median {1000 * statistics.median(times):.0f} ms a display" if times else ""
    print(f"{summary} in {time.perf_counter() - started:.1f} s{typical}")
    return int(bool(counts.keys() & {"failed", "bare"}))


if __name__ == "__main__":
    sys.exit(main())
