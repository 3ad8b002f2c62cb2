"""A page's formulas with their annotations: found, read once, then checked one by one, in any order."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mpmath import mp

from eqtest.check import Check, Step, Wrong, read_steps
from eqtest.evaluate import Undefined, World
from eqtest.parser import Node
from eqtest.prose import blank_code, stray_dollars
from eqtest.scope import Scope
from eqtest.tex import RELATIONS, EqError, require, split, statements

DIGITS = 30
# An annotation with the formula right after it, or another comment, or a formula alone.
_PIECE = re.compile(
    r"""
    <!--\s* (?P<kind>eq(?:-page|-define|-skip)?) (?![\w-]) (?P<colon>:?) [ \t]*
      (?P<first>[^\n]*?) \s* (?P<rows>\n.*?)? -->
      (?: [ \t]*\n?[ \t]* (?P<inline>\$(?!\$)) (?P<formula>[^$]+) \$ | \s* \$\$ (?P<shown>.*?) \$\$ )?
  | <!-- .*? -->
  | \$\$ (?P<bare>.*?) \$\$
  | (?P<raw> ^\\begin\{(?:align|equation)\*?\} | \\\[ )
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_ANNOTATION = re.compile(
    r"<!--\s*eq(?:-page|-define|-skip)?(?![\w-]).*?-->(?:[ \t]*\n?[ \t]*(?P<inline>(?=\$(?!\$))))?", re.DOTALL
)


@dataclass(frozen=True)
class Result:
    """What became of a formula.

    `status` is `tested`, `defined` (a definition, tested where it is used), `skipped`, `bare` (without annotation) or
    `failed`.
    """

    status: str
    message: str = ""
    checks: int = 0
    points: int = 0


@dataclass
class Equation:
    """A formula: where it stands, what its annotation says, its steps, and the declarations that hold for it.

    `kind` is eq, eq-define, eq-skip, eq-page (no formula), or empty for a bare display. Lines count from 1, offsets
    from 0.
    """

    path: str
    line: int
    start: int
    end: int
    kind: str = ""
    name: str | None = None
    reason: str = ""
    declarations: list[tuple[int, str]] = field(default_factory=list)
    tex: str = ""
    tex_start: int = 0
    inline: bool = False
    problem: str = ""
    steps: list[Step] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    defines: tuple[str, ...] = ()

    @property
    def sides(self) -> list[Node]:
        """The left and right sides of all steps."""
        return [side for step in self.steps for side in step.sides]

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """The sizes that are enumerated, from and to."""
        kinds = ((name, self.scope.bindings[name]) for name in sorted(self.scope.depends(*self.sides)))
        ends = ((name, kind.nodes) for name, kind in kinds if kind.kind == "size")
        return {name: (int(low.args[0]), int(high.args[0])) for name, (low, high) in ends}

    def with_tex(self, tex: str) -> Equation:
        """The same equation with other TeX, read under the same declarations."""
        changed = replace(self, tex=tex, steps=[])
        changed.read()
        return changed

    def read(self, page: Scope | None = None) -> None:
        """Read the steps, or note why they can't be read; with a page, add what is defined to its declarations."""
        try:
            tokens = self.scope.tokens(self.tex)
            self.steps = read_steps(self.tex, tokens, self.scope) if page is None else self._define(page)
            if missing := [tight for tight in self.scope.tight if not 0 < tight[0] <= len(self.steps)]:
                self.problem = self.report(f"`tight {missing[0][0]}`, but there are {len(self.steps)} relations")
        except RecursionError:
            self.problem = self.report("can't be read: something is defined by itself")
        except EqError as error:
            pos = min(error.pos or 0, len(self.tex))
            shown = self.tex[:pos].rpartition("\n")[2] + "⟪here⟫" + self.tex[pos:].partition("\n")[0]
            self.problem = self.report(f"can't be read: {error}\n    {shown.strip()}", self.line_at(pos))

    def _define(self, page: Scope) -> list[Step]:
        """Make the definitions binding for later displays; check against an oracle and the rest of a chain."""
        self.declare(page)
        page.tight.clear()
        steps: list[Step] = []
        for piece in statements(self.scope.tokens(self.tex)):
            left = split(piece, *RELATIONS)[0]
            rest = piece[len(left) + 1 :]
            body = split(rest, *RELATIONS)[0]
            require(body and piece[len(left)].text == "=", "a definition reads: symbol = value", piece[0].pos)
            key = page.define(left, body)
            oracles = (self.scope.bindings.get(name) for name in (key, key.partition("(")[0]))
            if any(oracle and oracle.kind == "py" for oracle in oracles):
                steps += read_steps(self.tex, piece, self.scope)
            elif len(body) < len(rest):
                self.scope.define(left, body)
                steps += read_steps(self.tex, rest, self.scope)
            self.defines += (key,)
        return steps

    def declare(self, scope: Scope) -> None:
        """Add the annotation's declarations, in any order; note what is wrong with one."""
        waiting, problems, before = self.declarations, [""], -1
        while len(waiting) != before:  # one may need another below it
            before, failed, problems = len(waiting), [], []
            for line, text in waiting:
                try:
                    scope.declare(text)
                except EqError as error:
                    failed.append((line, text))
                    problems.append(self.report(f"can't read the declaration `{text}`: {error}", line))
            waiting = failed
        self.problem = self.problem or "".join(problems[:1])

    def check(
        self,
        namespace: Mapping[str, Any] | None = None,
        to_native: Callable[[Any], Any] = lambda value: value,
        seed: int = 0,
        evaluate: bool = True,
    ) -> Result:
        """Check every step.

        Args:
            namespace: The names of the page's own code, for `py`.
            to_native: What turns floats and nested lists of floats into what that code wants.
            seed: Another seed, other points.
            evaluate: False counts checks and points only, without evaluating (and without the page's code).
        """
        if self.problem:
            return Result("failed", self.problem)
        if self.kind == "eq-skip":
            return Result("skipped", self.reason)
        if not self.kind:
            return Result("bare", self.report("has no annotation: put an `eq` comment above it (or `eq-skip: reason`)"))
        count = 0
        with mp.workdps(DIGITS):
            for step in self.steps:
                check = Check(step, World(self.scope, namespace, to_native), f"{self.tex}|{step.number}|{seed}")
                try:
                    count += check.run() if evaluate else sum(1 for _ in check.points(check.world))
                except Exception as error:  # the page's own code may raise anything
                    return Result("failed", self.explain(step, error))
        return Result("tested" if self.steps else "defined", "", len(self.steps), count)

    def explain(self, step: Step, error: Exception) -> str:
        """A report on a failed step."""
        known = {Wrong: "", EqError: "can't be checked: ", Undefined: "can't be checked: "}
        head = known.get(type(error), f"couldn't be evaluated: {type(error).__name__}: ")
        message, *rows = error.args if isinstance(error, Wrong) else [error]
        line = self.line_at(getattr(error, "pos", None) or step.pos)
        head = self.report(f"step {step.number} of {len(self.steps)} {head}{message}", line)
        return "\n    ".join([head, step.tex, *rows])

    def report(self, message: str, line: int = 0) -> str:
        """A message with file, line and name."""
        name = f"equation {self.name!r}" if self.name else "this equation"
        return f"{self.path}:{line or self.line}: {name}: {message}"

    def line_at(self, pos: int) -> int:
        """The page's line of an offset into the TeX."""
        return self.line + self.tex.count("\n", 0, pos)


def read_page(text: str, path: str = "<page>") -> list[Equation]:
    """A page's displays and annotated inline formulas in order, read with the declarations that hold for each.

    Dollars that aren't mathematics stand below them, as formulas that have no TeX and can't be checked.
    """
    page = Scope()
    equations: list[Equation] = []
    for equation in find_equations(text, path):
        if equation.kind == "eq-page":
            equation.declare(page)
            if page.tight:
                equation.problem, page.tight = equation.report("`tight` speaks of one display: declare it there"), []
        elif equation.kind in ("eq", "eq-define") and not equation.problem:
            equation.scope = page.child()
            equation.declare(equation.scope)
            if not equation.problem:
                equation.read(page if equation.kind == "eq-define" else None)
        if equation.kind != "eq-page" or equation.problem:
            equations.append(equation)
    for index, equation in enumerate(equations):
        used = frozenset().union(*(other.scope.depends(*other.sides) for other in equations[index + 1 :]))
        for name in equation.defines:
            if name not in used and not equation.steps and not equation.problem:
                hint = f"use it in a later display, or add `{name} := py …`"
                equation.problem = equation.report(f"nothing on the page tests the definition of {name}: {hint}")
    for start, end, problem in stray_dollars(text):
        if not any(equation.start <= start < equation.end for equation in equations):
            line = text.count("\n", 0, start) + 1
            equations.append(Equation(path, line, start, end, problem=f"{path}:{line}: {problem}"))
    return equations


def find_equations(text: str, path: str = "<page>") -> list[Equation]:
    """All displays, annotated inline formulas and `eq-page` comments, not yet read; formulas in code don't count."""
    hidden = blank_code(text)
    found: list[Equation] = []
    at = 0
    while match := _PIECE.search(hidden, at):
        at, kind = match.end(), match["kind"] or ""
        group = next((name for name in ("formula", "shown", "bare") if match[name] is not None), "")
        if kind == "eq-page" and group:  # what follows has its own annotation, or none
            at, group = hidden.index("-->", match.start()) + 3, ""
        if match["raw"] is None and not group and not kind:
            continue
        start = match.start(group or 0)
        equation = Equation(path, text.count("\n", 0, start) + 1, match.start(), at, kind)
        equation.inline = group == "formula"
        equation.tex, equation.tex_start = (text[slice(*match.span(group))], start) if group else ("", 0)
        problem = _annotate(equation, match, text) if kind else ""
        if match["raw"]:
            problem = "put $$ … $$ round the display, with \\begin{aligned} inside"
        elif kind != "eq-page" and not group:
            problem = problem or f"this {kind} comment annotates nothing: put it directly above a display"
        elif equation.name and equation.name in [other.name for other in found]:
            problem = f"a second equation named {equation.name!r} on this page"
        equation.problem = equation.report(problem) if problem else ""
        found.append(equation)
    return found


def _annotate(equation: Equation, match: re.Match[str], text: str) -> str:
    """Take over what an annotation says: its name or reason, its declarations. Return what is wrong with it."""
    first, rows = (text[slice(*match.span(group))] if match[group] else "" for group in ("first", "rows"))
    if equation.kind == "eq-skip":
        equation.reason = " ".join((first + rows).split())
        return "" if match["colon"] and equation.reason else "eq-skip needs a reason: <!-- eq-skip: reason -->"
    if first and equation.kind != "eq-page" and re.fullmatch(r"[A-Za-z][\w-]*", first):
        equation.name = first
    elif first:
        return f"{first!r} isn't a name (letters, digits, hyphens): declarations start on the next line"
    number = text.count("\n", 0, match.start("rows")) + 1
    for line, row in enumerate(textwrap.dedent(rows.expandtabs(4)).split("\n"), number):
        content = re.sub(r"(^|\s)#(?!\d).*$", "", row).rstrip()
        if content[:1] == " " and equation.declarations:
            above, before = equation.declarations.pop()
            equation.declarations.append((above, f"{before} {content.strip()}"))
        elif content:
            equation.declarations.append((line, content.strip()))
    return ""


def strip_annotations(text: str) -> str:
    """The page without its eq comments: line for line, except where a comment stands before an inline formula."""
    return _ANNOTATION.sub(lambda match: "" if match["inline"] is not None else "\n" * match[0].count("\n"), text)
