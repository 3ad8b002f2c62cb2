"""`python -m eqtest FILE.md…` checks pages; `python -m eqtest mutate FILE.md…` makes typos and lists those that pass.

`python -m eqtest count FILE.md…` says of the formulas within lines how many are tested.

Formulas may refer to the code of their page. Who runs it is the project's choice: name a module in pyproject.toml, as
`[tool.eqtest] hooks = "module"`, with the functions `page_namespace(path)`, which returns the names of a page, and
`to_native(value)`, which turns floats and nested lists of floats into what the page's functions take.
"""

import argparse
import importlib
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from eqtest.equation import Equation, Result
from eqtest.inline import sort_of
from eqtest.mutate import fates
from eqtest.page import read_page
from eqtest.prose import formulas_in_lines


def checker(path: Path, equations: Sequence[Equation]) -> Callable[[Equation, int], Result]:
    """Return what checks an equation with a seed; the page's code runs once, and only if an equation needs it."""
    if not any(equation.scope.uses_python(*equation.sides) for equation in equations):
        return lambda equation, seed: equation.check(seed=seed)
    project = Path("pyproject.toml")
    settings = tomllib.loads(project.read_text(encoding="utf-8")) if project.is_file() else {}
    name = settings.get("tool", {}).get("eqtest", {}).get("hooks")
    if name is None:
        raise RuntimeError(f"{path} needs its Python code run: name the hooks in pyproject.toml (see --help)")
    module = importlib.import_module(name)
    namespace = module.page_namespace(path)
    return lambda equation, seed: equation.check(namespace, module.to_native, seed)


def page(name: str) -> Path:
    """Take a file's name from the command line."""
    if not Path(name).is_file():
        raise argparse.ArgumentTypeError(f"{name} is not a file; name Markdown files, as in docs/*/*.md")
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
        for equation, typo, end in fates(equations, text, run) if mutate else ():
            counts[end] += 1
            if end in ("survived", "equivalent"):
                print(equation.report(f"{typo.what}: {end}\n    {' '.join(typo.tex.split())}"))
        for equation in () if mutate else equations:
            for seed in range(options.seeds):
                result = run(equation, seed)
                if bad := result.status in ("failed", "bare"):
                    print(result.message + (f"\n    (seed {seed})" if seed else "") + "\n")
                    break
            counts[result.status] += 1
            if options.verbose and not bad:
                done = result.message or f"{result.checks} checks, {result.points} points"
                print(equation.report(f"{result.status}, {done}"))
    summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no formulas"
    print(f"{summary} in {time.perf_counter() - started:.1f} s")
    return int(any(counts[status] for status in ("failed", "bare", "survived")))


if __name__ == "__main__":
    sys.exit(main())
