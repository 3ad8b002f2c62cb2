"""A formula of a page: read once under its declarations, then checked, as often and in any order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from mpmath import mp

from eqtest.check import FEW, Check, Wrong
from eqtest.declarations import declare, define
from eqtest.evaluate import World
from eqtest.inline import WAYS_OUT
from eqtest.scope import Scope
from eqtest.steps import Step, read_statements, read_steps
from eqtest.tex import RELATIONS, EqError, Token, require, split, tokenize
from eqtest.tree import Node
from eqtest.values import Undefined


@dataclass(frozen=True)
class Result:
    """What became of a formula.

    `status` is `tested`, `defined` (a definition, tested where it is used), `given` (a premise, not evaluated),
    `skipped`, `bare` (without annotation) or `failed`. `exact` says that all values were whole numbers or fractions,
    and `discarded` which share of a step's points its conditions left out, at most.
    """

    status: str
    message: str = ""
    checks: int = 0
    points: int = 0
    exact: bool = field(default=False, compare=False)
    discarded: float = field(default=0.0, compare=False)


@dataclass
class Equation:
    """A formula: where it stands, what its annotation says, its steps, and the declarations that hold for it.

    `kind` is eq, eq-define, eq-skip, eq-given, eq-page (no formula), or empty for a bare display. Lines count from 1,
    offsets from 0.
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

    def with_tex(self, tex: str) -> Self:
        """Return the same equation with other TeX, read under the same declarations."""
        changed = replace(self, tex=tex, steps=[])
        changed.read()
        return changed

    def read(self, page: Scope | None = None) -> None:
        """Read the steps, or note why they can't be read; with a page, add what is defined to its declarations."""
        try:
            tokens, self.scope.infer = tokenize(self.tex), True
            self.steps = read_steps(self.tex, tokens, self.scope) if page is None else self._define(tokens, page)
            if missing := [tight for tight in self.scope.tight if not 0 < tight[0] <= len(self.steps)]:
                self.problem = self.report(f"`tight {missing[0][0]}`, but the last relation is {len(self.steps)}")
        except RecursionError:
            self.problem = self.report("can't be read: something is defined by itself")
        except EqError as error:
            pos = min(error.pos or 0, len(self.tex))
            shown = self.tex[:pos].rpartition("\n")[2] + "⟪here⟫" + self.tex[pos:].partition("\n")[0]
            hint = WAYS_OUT if self.inline else ""
            self.problem = self.report(f"can't be read: {error}\n    {shown.strip()}{hint}", self.line_at(pos))

    def _define(self, tokens: Sequence[Token], page: Scope) -> list[Step]:
        """Make the definitions binding for later displays; check against an oracle and the rest of a chain."""
        self.declare(page)
        page.tight.clear()
        steps: list[Step] = []
        for piece, _ in read_statements(tokens, self.scope):
            left = split(piece, *RELATIONS)[0]
            rest = piece[len(left) + 1 :]
            body = split(rest, *RELATIONS)[0]
            require(body and piece[len(left)].text == "=", "a definition reads: symbol = value", piece[0].pos)
            key = define(page, left, body)
            oracles = (self.scope.bindings.get(name) for name in (key, key.partition("(")[0]))
            if any(oracle and oracle.kind == "py" for oracle in oracles):
                steps += read_steps(self.tex, piece, self.scope)
            elif len(body) < len(rest):
                define(self.scope, left, body)
                steps += read_steps(self.tex, rest, self.scope)
            self.defines += (key,)
        return steps

    def declare(self, scope: Scope) -> None:
        """Add the annotation's declarations, in any order; note what is wrong with one."""
        waiting, problems, before, seen = self.declarations, [""], -1, set[str]()
        while len(waiting) != before:  # one may need another below it
            before, failed, problems = len(waiting), [], []
            for line, text in waiting:
                old = dict(scope.bindings)
                try:
                    declare(scope, text)
                    new = {name for name, kind in scope.bindings.items() if kind is not old.get(name)}
                    # A function has several forms, and an array perhaps a shape before its entries.
                    more = {
                        name for name in new if old.get(name) and old[name].kind != scope.bindings[name].kind == "array"
                    }
                    forms = {name for name in new if scope.bindings[name].kind == "function"}
                    twice = ", ".join(sorted((new & seen) - more - forms))
                    require(not twice, f"{twice} is declared twice: leave one of the two, or rename one")
                    seen |= new
                except (EqError, RecursionError) as error:
                    failed.append((line, text))
                    error = error if isinstance(error, EqError) else EqError("it is nested too deep, or never ends")
                    problems.append(self.report(f"can't read the declaration `{text}`: {error}", line))
            waiting = failed
        self.problem = self.problem or "".join(problems[:1])

    def check(
        self,
        namespace: Mapping[str, Any] | None = None,
        seed: int = 0,
        evaluate: bool = True,
    ) -> Result:
        """Check every step.

        Args:
            namespace: The names of the page's own code, for `py`.
            seed: Another seed, other points.
            evaluate: False counts checks and points only, without evaluating (and without the page's code).

        Returns:
            What became of the formula.
        """
        if self.problem:
            return Result("failed", self.problem)
        if self.kind in ("eq-skip", "eq-given"):
            return Result("skipped" if self.kind == "eq-skip" else "given", self.reason)
        if not self.kind:
            return Result("bare", self.report("has no annotation: put an `eq` comment above it (or `eq-skip: reason`)"))
        count, exact, discarded, deadline = 0, evaluate, 0.0, World(self.scope).deadline
        with mp.workdps(FEW):
            for step in self.steps:
                world = World(self.scope, namespace, deadline=deadline)
                check = Check(step, world, f"{self.tex}|{step.number}|{seed}")
                try:
                    count += check.run() if evaluate else check.plan()
                    exact, discarded = exact and check.exact, max(discarded, check.discarded)
                except Exception as error:  # the page's own code may raise anything
                    return Result("failed", self.explain(step, error))
        status, exact = "tested" if self.steps else "defined", exact and bool(self.steps)
        return Result(status, "", len(self.steps), count, exact, discarded)

    def explain(self, step: Step, error: Exception) -> str:
        """Report on a failed step."""
        known = {Wrong: "", EqError: "can't be checked: ", Undefined: "can't be checked: "}
        head = known.get(type(error), f"couldn't be evaluated: {type(error).__name__}: ")
        message, *rows = error.args if isinstance(error, Wrong) else [error]
        line = self.line_at(getattr(error, "pos", None) or step.pos)
        head = self.report(f"step {step.number} of {len(self.steps)} {head}{message}", line)
        return "\n    ".join([head, step.tex, *rows]) + (WAYS_OUT if self.inline else "")

    def report(self, message: str, line: int = 0) -> str:
        """Return a message with file, line and name."""
        name = f"equation {self.name!r}" if self.name else "this equation"
        return f"{self.path}:{line or self.line}: {name}: {message}"

    def line_at(self, pos: int) -> int:
        """Return the page's line of an offset into the TeX."""
        return self.line + self.tex.count("\n", 0, pos)
