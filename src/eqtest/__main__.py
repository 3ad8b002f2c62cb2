"""`python -m eqtest FILE.md…` checks pages; `python -m eqtest mutate FILE.md…` makes typos and lists those that pass.

`python -m eqtest count FILE.md…` says of the formulas within lines how many are tested.

Formulas may refer to the Python code of their page, which runs fence by fence, in the current folder. If a project runs
its pages in another way, it names a module in pyproject.toml, as `[tool.eqtest] hooks = "module"`, with the function
`page_namespace(path)`, which returns the names of a page.

The exit status is 0 if all is well; 1 if a formula is false, unreadable or bare, or a typo survives; 2 if the command
can't be carried out, such as for a file that isn't there.
"""

import argparse
import importlib
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eqtest import python
from eqtest.equation import Equation, Result
from eqtest.inline import sort_of
from eqtest.mutate import FailingError, fates
from eqtest.page import read_page
from eqtest.prose import formulas_in_lines


def checker(path: Path, equations: Sequence[Equation]) -> Callable[[Equation, int], Result]:
    """Return what checks an equation with a seed; the page's code runs once, and only if an equation needs it."""
    namespace, problem = dict[str, Any](), ""
    if any(equation.scope.uses_python(*equation.sides) for equation in equations):
        try:
            namespace = dict(_runner()(path))
        except Exception as error:  # the project's hooks may raise anything
            problem = f"needs the page's code, which fails: {error}"

    def run(equation: Equation, seed: int) -> Result:
        if problem and not equation.problem and equation.scope.uses_python(*equation.sides):
            return Result("failed", equation.report(problem))
        return equation.check(namespace, seed)

    return run


def _runner() -> Callable[[Path], Mapping[str, Any]]:
    """Return what runs a page's code: the project's hook, or else eqtest itself."""
    try:
        project = Path("pyproject.toml")
        settings = tomllib.loads(project.read_text(encoding="utf-8")) if project.is_file() else {}
        name = settings.get("tool", {}).get("eqtest", {}).get("hooks")
        hook: Callable[[Path], Mapping[str, Any]] = importlib.import_module(name).page_namespace if name else python.run
        return hook
    except (ImportError, AttributeError, ValueError) as error:
        wanted = '`[tool.eqtest] hooks = "module"` names a module with the function page_namespace(path)'
        print(f"pyproject.toml: {wanted}: {error}", file=sys.stderr)
        raise SystemExit(2) from error


def page(name: str) -> Path:
    """Take a file's name from the command line."""
    try:
        Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or error
        raise argparse.ArgumentTypeError(f"can't read {name}: {why}; name Markdown files in UTF-8") from None
    return Path(name)


def count(path: Path) -> Counter[str]:
    """Count a page's formulas within lines: what they do, and what is made of those that state something."""
    text = path.read_text(encoding="utf-8")
    sorts = Counter(map(sort_of, formulas_in_lines(text)))
    plans = Counter(equation.check(evaluate=False).status for equation in read_page(text, str(path)) if equation.inline)
    tested = plans["tested"] + plans["defined"]
    others = {"given": plans["given"], "failed": plans["failed"], "settings": sorts["setting"]}
    return Counter(formulas=sorts.total(), statements=sorts["statement"], tested=tested, **others)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a formula is false, unreadable or bare, or a typo survives, else 0."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    mutate, counting = arguments[:1] == ["mutate"], arguments[:1] == ["count"]
    parser = argparse.ArgumentParser(prog="python -m eqtest", description=__doc__)
    parser.add_argument("files", nargs="+", type=page, metavar="FILE.md")
    parser.add_argument("--seeds", type=int, default=1, help="check with this many seeds, to look for false alarms")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each formula")
    options = parser.parse_args(arguments[mutate or counting :])
    if options.seeds < 1:
        parser.error(f"--seeds {options.seeds} checks nothing: write 1 or more, as in --seeds 25")
    counts, started = Counter[str](), time.perf_counter()
    for path in (*options.files, None) if counting else ():
        of_page = count(path) if path else counts
        print(f"{path or 'all'}: {', '.join(f'{number} {name}' for name, number in of_page.items())}")
        counts.update(of_page if path else {})
    if counting:
        return 0
    for path in options.files:
        text = path.read_text(encoding="utf-8")
        equations = read_page(text, str(path))
        run = checker(path, equations)
        try:
            for equation, typo, end in fates(equations, text, run) if mutate else ():
                counts[end] += 1
                if end in ("survived", "equivalent"):
                    print(equation.report(f"{typo.what}: {end}\n    {' '.join(typo.tex.split())}"))
        except FailingError as error:
            counts["failed"] += 1
            print(f"{error}\n")
        for equation in () if mutate else equations:
            for seed in range(options.seeds):
                result = run(equation, seed)
                if bad := result.status in ("failed", "bare"):
                    print(result.message + (f"\n    (seed {seed})" if seed else "") + "\n")
                    break
            counts[result.status] += 1
            if options.verbose and not bad:
                numbers = {"relation": result.checks, "point": result.points}
                of = ", ".join(f"{number} {what}{'s' * (number != 1)}" for what, number in numbers.items())
                of += f", {result.discarded:.0%} of the points left out by conditions" * (result.discarded > 0)
                print(equation.report(f"{result.status}, {result.message or of}"))
    summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no formulas"
    print(f"{summary} in {time.perf_counter() - started:.1f} s")
    return int(any(counts[status] for status in ("failed", "bare", "survived")))


if __name__ == "__main__":
    sys.exit(main())
