"""A page's equations: read once, then checked one by one, in any order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from eqtest.bindings import Size
from eqtest.checks import DIGITS, Check, refuse_empty
from eqtest.declarations import Scope
from eqtest.layout import Step, statements, steps
from eqtest.markdown import Display, find_displays
from eqtest.nodes import Node
from eqtest.numbers import Undefined, mp
from eqtest.oracle import World
from eqtest.parser import RELATIONS
from eqtest.sampling import Wrong
from eqtest.tokens import EqError, Token


@dataclass(frozen=True)
class Result:
    """What became of a display.

    `status` is `tested`, `defined` (a definition, tested where it is used), `skipped`, `bare` (without annotation) or
    `failed`.
    """

    status: str
    message: str = ""
    checks: int = 0
    points: int = 0
    seconds: float = 0.0


@dataclass
class Equation:
    """A display, read: its steps, and the declarations that hold for it."""

    display: Display
    path: str
    line: int
    steps: list[Step] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    problem: str = ""
    problem_line: int = 0
    defines: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        """The name in the annotation."""
        return self.display.name

    @property
    def tex(self) -> str:
        """The display's TeX."""
        return self.display.tex

    @property
    def sides(self) -> list[Node]:
        """The left and right sides of all steps."""
        return [side for step in self.steps for side in (step.left, step.right)]

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """The sizes that are enumerated, from and to."""
        used = self.scope.depends(*self.sides)
        kinds = {name: self.scope.bindings[name] for name in sorted(used)}
        return {name: (kind.low, kind.high) for name, kind in kinds.items() if isinstance(kind, Size)}

    def with_tex(self, tex: str) -> Equation:
        """The same equation with other TeX, read under the same declarations."""
        scope = replace(self.scope, dots_seen={})
        changed = replace(self, display=replace(self.display, tex=tex), steps=[], scope=scope)
        _read(changed, lambda tokens: steps(tex, tokens, scope))
        return changed

    def check(
        self,
        namespace: Mapping[str, Any] | None = None,
        to_native: Callable[[Any], Any] = lambda value: value,
        seed: int = 0,
        *,
        evaluate: bool = True,
    ) -> Result:
        """Check every step.

        Args:
            namespace: The names of the page's own code, for `py`.
            to_native: What turns floats and nested lists of floats into what that code wants.
            seed: Another seed, other points.
            evaluate: False counts checks and points only, without evaluating (and without the page's code).
        """
        start = time.perf_counter()
        if self.display.kind == "eq-skip" and not self.problem:
            return Result("skipped", self.display.reason)
        if not self.display.kind:
            return Result(
                "bare", self.report("has no annotation: put an `eq` comment above it (or `eq-skip: reason`)", self.line)
            )
        if self.problem:
            return Result("failed", self.report(self.problem, self.problem_line or self.line))
        count = 0
        with mp.workdps(DIGITS):
            for number, step in enumerate(self.steps, 1):
                check = Check(step, number, self.scope, World(namespace, to_native), f"{self.tex}|{number}|{seed}")
                try:
                    count += check.run() if evaluate else check.planned()
                except (EqError, Wrong, Undefined) as error:
                    return Result("failed", self.explain(number, step, error), seconds=time.perf_counter() - start)
                except Exception as error:  # the page's own code may raise anything
                    where = Wrong(f"couldn't be evaluated: {type(error).__name__}: {error}")
                    return Result("failed", self.explain(number, step, where), seconds=time.perf_counter() - start)
        status = "tested" if self.steps else "defined"
        return Result(status, "", len(self.steps), count, time.perf_counter() - start)

    def explain(self, number: int, step: Step, error: Exception) -> str:
        """A report on a failed step."""
        found = error if isinstance(error, Wrong) else Wrong(f"can't be checked: {error}")
        pos = error.pos if isinstance(error, EqError) and error.pos is not None else step.pos
        head = f"step {number} of {len(self.steps)} {found.message}"
        rows = [f"    {step.tex}"]
        if found.left or found.right:
            rows += [f"    left  = {found.left}", f"    right = {found.right}"]
        if found.point:
            rows.append(f"    at {found.point}")
        return "\n".join([self.report(head, self.line_at(pos)), *rows])

    def report(self, message: str, line: int) -> str:
        """A message with file, line and name."""
        name = f"equation {self.name!r}" if self.name else "this equation"
        return f"{self.path}:{line}: {name}: {message}"

    def line_at(self, pos: int) -> int:
        """The page's line of an offset into the TeX."""
        return self.line + self.tex.count("\n", 0, pos)


def read_page(text: str, path: str = "<page>") -> list[Equation]:
    """Read a page's displays in order, with the declarations that hold for each.

    Args:
        text: The page's Markdown.
        path: Its name, for reports.

    Returns:
        One equation a display; what can't be read has a `problem`.
    """
    page = Scope()
    equations: list[Equation] = []
    for display in find_displays(text):
        equation = Equation(
            display, path, text.count("\n", 0, display.tex_start) + 1 if display.tex_start else display.line
        )
        equation.problem = display.problem
        if display.kind == "eq-page":
            equation.problem, equation.problem_line = (
                equation.problem or _declare(page, display, equation),
                equation.problem_line,
            )
            if equation.problem:
                equations.append(equation)
            continue
        equations.append(equation)
        if equation.problem or display.kind not in ("eq", "eq-define"):
            continue
        equation.scope = page.child()
        equation.problem = _declare(equation.scope, display, equation)
        if equation.problem:
            continue
        _read(equation, partial(_statements, equation, page))
    _refuse_untested(equations)
    return equations


def _read(equation: Equation, parse: Callable[[list[Token]], list[Step]]) -> None:
    """Read the display's steps, or note why it can't be read."""
    tex = equation.tex
    try:
        equation.steps = parse(equation.scope.tokens(tex))
        refuse_empty(equation.steps, equation.scope)
    except EqError as error:
        pos = min(error.pos or 0, len(tex))
        shown = (tex[:pos].rpartition("\n")[2] + "⟪here⟫" + tex[pos:].partition("\n")[0]).strip()
        equation.problem, equation.problem_line = f"can't be read: {error.message}\n    {shown}", equation.line_at(pos)


def _statements(equation: Equation, page: Scope, tokens: list[Token]) -> list[Step]:
    if equation.display.kind == "eq":
        return steps(equation.tex, tokens, equation.scope)
    return _define(equation, page, tokens)


def _declare(scope: Scope, display: Display, equation: Equation) -> str:
    """Add the display's declarations, in any order; return what is wrong with one.

    Python oracles come last: which names in them are symbols is known only then.
    """
    waiting, python_too = list(display.declarations), False
    while waiting:
        failed: list[tuple[int, str, str]] = []
        for line, text in waiting:
            if ":= py " in text and not python_too:
                failed.append((line, text, ""))
                continue
            try:
                scope.declare(text)
            except EqError as error:
                failed.append((line, text, error.message))
        stuck = len(failed) == len(waiting)
        if stuck and python_too:
            equation.problem_line, text, message = failed[0]
            return f"can't read the declaration `{text}`: {message}"
        python_too = stuck
        waiting = [(line, text) for line, text, _ in failed]
    return ""


def _define(equation: Equation, page: Scope, tokens: list[Token]) -> list[Step]:
    """Make a display's definitions binding for later displays; check against an oracle and the rest of a chain."""
    display = equation.display
    _declare(page, display, equation)
    defined, found = [], list[Step]()
    for piece in statements(tokens):
        signs = [i for i, token in enumerate(piece) if token.text in RELATIONS or token.text == ":="]
        if not signs or piece[signs[0]].text not in ("=", ":="):
            raise EqError("a definition reads: symbol = value", piece[0].pos)
        left, rest = piece[: signs[0]], piece[signs[0] + 1 :]
        after = [i for i in _top_level(rest) if rest[i].text in RELATIONS]
        body = rest[: after[0]] if after else rest
        trial = page.child()
        name = trial.define(left, body)
        oracle = equation.scope.uses_python_for(name)
        page.define(left, body)
        if oracle:
            found += steps(display.tex, [*left, piece[signs[0]], *rest], equation.scope)
        elif after:
            equation.scope.define(left, body)
            found += steps(display.tex, rest, equation.scope)
        defined.append(name)
    equation.defines = tuple(defined)
    return found


def _top_level(tokens: list[Token]) -> list[int]:
    depth, found = 0, []
    for index, token in enumerate(tokens):
        depth += token.text in ("{", "(", "[", r"\{") or token.text.startswith(r"\begin{")
        depth -= token.text in ("}", ")", "]", r"\}") or token.text.startswith(r"\end{")
        if depth == 0:
            found.append(index)
    return found


def _refuse_untested(equations: list[Equation]) -> None:
    """A definition that no later display uses is tested by nothing."""
    for index, equation in enumerate(equations):
        later = [other for other in equations[index + 1 :] if other.steps]
        used = frozenset().union(*(other.scope.depends(*other.sides) for other in later))
        for name in equation.defines:
            if name not in used and not equation.steps and not equation.problem:
                equation.problem = (
                    f"nothing on the page tests the definition of {name}: use it in a later display, or add "
                    f"`{name} := py …`"
                )
