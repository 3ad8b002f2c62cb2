"""A page's equations: read once, then checked one by one, in any order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eqtest.checks import DIGITS, Check, Wrong
from eqtest.declarations import Python, Scope, Size
from eqtest.evaluate import World
from eqtest.layout import Step, read_steps, statements
from eqtest.markdown import Display, find_displays
from eqtest.syntax import BRACKETS, RELATIONS, Node
from eqtest.tokens import EqError, Token, nesting
from eqtest.values import Undefined, mp, show


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
        return [side for step in self.steps for side in step.sides]

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """The sizes that are enumerated, from and to."""
        kinds = ((name, self.scope.bindings[name]) for name in sorted(self.scope.depends(*self.sides)))
        return {name: (kind.low, kind.high) for name, kind in kinds if isinstance(kind, Size)}

    def with_tex(self, tex: str) -> Equation:
        """The same equation with other TeX, read under the same declarations."""
        changed = replace(self, display=replace(self.display, tex=tex), steps=[])
        changed.read(lambda tokens: read_steps(tex, tokens, self.scope))
        return changed

    def read(self, parse: Callable[[list[Token]], list[Step]]) -> None:
        """Read the display's steps, or note why it can't be read."""
        try:
            self.steps = parse(self.scope.tokens(self.tex))
        except RecursionError:
            self.problem = "can't be read: something is defined by itself"
        except EqError as error:
            pos = min(error.pos or 0, len(self.tex))
            shown = self.tex[:pos].rpartition("\n")[2] + "⟪here⟫" + self.tex[pos:].partition("\n")[0]
            self.problem, self.problem_line = f"can't be read: {error.message}\n    {shown.strip()}", self.line_at(pos)

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
        if self.problem:
            return Result("failed", self.report(self.problem, self.problem_line or self.line))
        if self.display.kind == "eq-skip":
            return Result("skipped", self.display.reason)
        if not self.display.kind:
            hint = "has no annotation: put an `eq` comment above it (or `eq-skip: reason`)"
            return Result("bare", self.report(hint, self.line))
        count = 0
        with mp.workdps(DIGITS):
            for number, step in enumerate(self.steps, 1):
                check = Check(step, number, World(self.scope, namespace, to_native), f"{self.tex}|{number}|{seed}")
                try:
                    count += check.run() if evaluate else sum(1 for _ in check.points())
                except Exception as error:  # the page's own code may raise anything
                    return Result("failed", self.explain(number, step, error), seconds=time.perf_counter() - start)
        seconds = time.perf_counter() - start
        return Result("tested" if self.steps else "defined", "", len(self.steps), count, seconds)

    def explain(self, number: int, step: Step, error: Exception) -> str:
        """A report on a failed step."""
        pos, rows = step.pos, [f"    {step.tex}"]
        match error:
            case Wrong():
                head = error.message
                if error.left is not None:
                    rows += [f"    left  = {show(error.left)}", f"    right = {show(error.right)}"]
                rows += [f"    at {error.point}"] if error.point else []
            case EqError() | Undefined():
                head = f"can't be checked: {error}"
                pos = getattr(error, "pos", None) or pos
            case _:
                head = f"couldn't be evaluated: {type(error).__name__}: {error}"
        return "\n".join([self.report(f"step {number} of {len(self.steps)} {head}", self.line_at(pos)), *rows])

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
        line = text.count("\n", 0, display.tex_start) + 1 if display.tex_start else display.line
        equation = Equation(display, path, line, problem=display.problem)
        if display.kind == "eq-page":
            _declare(page, equation)
        elif display.kind in ("eq", "eq-define") and not equation.problem:
            equation.scope = page.child()
            _declare(equation.scope, equation)
            if not equation.problem and display.kind == "eq":
                equation.read(lambda tokens, e=equation: read_steps(e.tex, tokens, e.scope))  # type: ignore[misc]  # e
            elif not equation.problem:
                equation.read(lambda tokens, e=equation: _define(e, page, tokens))  # type: ignore[misc]  # e
        if display.kind != "eq-page" or equation.problem:
            equations.append(equation)
    _refuse_untested(equations)
    return equations


def _declare(scope: Scope, equation: Equation) -> None:
    """Add the display's declarations, in any order; note what is wrong with one.

    Python oracles come last: which names in them are symbols is known only then.
    """
    waiting = [row for row in equation.display.declarations if ":= py " not in row[1]]
    oracles = [row for row in equation.display.declarations if ":= py " in row[1]]
    while waiting or oracles:
        failed: list[tuple[int, str, str]] = []
        for line, text in waiting:
            try:
                scope.declare(text)
            except EqError as error:
                failed.append((line, text, error.message))
        if failed and len(failed) == len(waiting) and not oracles:
            equation.problem_line, text, message = failed[0]
            equation.problem = equation.problem or f"can't read the declaration `{text}`: {message}"
            return
        stuck = len(failed) == len(waiting)
        waiting = [(line, text) for line, text, _ in failed] + (oracles if stuck else [])
        oracles = [] if stuck else oracles


def _define(equation: Equation, page: Scope, tokens: list[Token]) -> list[Step]:
    """Make a display's definitions binding for later displays; check against an oracle and the rest of a chain."""
    _declare(page, equation)
    steps: list[Step] = []
    for piece in statements(tokens):
        signs = [i for i in _outside(piece) if piece[i].text in RELATIONS]
        if not signs or piece[signs[0]].text != "=":
            raise EqError("a definition reads: symbol = value", piece[0].pos)
        left, rest = piece[: signs[0]], piece[signs[0] + 1 :]
        body = piece[signs[0] + 1 : signs[1]] if signs[1:] else rest
        name = page.child().define(left, body)
        page.define(left, body)
        if isinstance(equation.scope.bindings.get(name), Python):
            steps += read_steps(equation.tex, piece, equation.scope)
        elif signs[1:]:
            equation.scope.define(left, body)
            steps += read_steps(equation.tex, rest, equation.scope)
        equation.defines += (name,)
    return steps


def _outside(tokens: list[Token]) -> list[int]:
    """The places outside all brackets."""
    depth, found = 0, []
    for index, token in enumerate(tokens):
        depth += nesting(token) + (token.text in BRACKETS) - (token.text in BRACKETS.values())
        found += [index] if depth == 0 else []
    return found


def _refuse_untested(equations: list[Equation]) -> None:
    """A definition that no later display uses is tested by nothing."""
    for index, equation in enumerate(equations):
        used = frozenset().union(*(other.scope.depends(*other.sides) for other in equations[index + 1 :]))
        for name in equation.defines:
            if name not in used and not equation.steps and not equation.problem:
                hint = f"use it in a later display, or add `{name} := py …`"
                equation.problem = f"nothing on the page tests the definition of {name}: {hint}"
