"""Expectations and probabilities: by moments, over all outcomes of finite distributions, or by quadrature."""

import itertools
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cache, partial, reduce
from typing import Any

from mpmath import mp

from eqtest import numeric
from eqtest.calculus import Calculus
from eqtest.polynomial import Name, Polynomial
from eqtest.tree import Node, free
from eqtest.values import Undefined, Value, build, divide, each, every, need, number, power, real, shape

MOST_OUTCOMES = 100_000
Entry = tuple[str, tuple[int, ...]]
Laws = dict[str, tuple[Node, tuple[int, ...]]]  # by name: the law, and an array's sizes


class Point(Calculus):
    """A frame that evaluates everything, random variables too."""

    def beyond(self, node: Node) -> Value:
        """Evaluate an expectation too."""
        if node.op != "E":
            return super().beyond(node)
        names, laws, condition, body = node.args
        own, parts = self.own(names, laws, condition, body), (*laws, condition, body)

        def evaluate(home: Point) -> Value:
            try:
                return home.by_moments(own, condition, body)
            except (Undefined, TypeError):  # no polynomial
                return home.by_quadrature(own, condition, body)

        depends = self.world.scope.depends(*parts) | free(*parts)
        return self.remembered(node, depends - own.keys(), evaluate)

    def own(self, names: tuple[str, ...], laws: tuple[Any, ...], test: Node | None, body: Node) -> Laws:
        """Return the random variables that an expectation is over: those named, or all that the body depends on."""
        scope = self.world.scope
        own: Laws = {name: (law, ()) for name, law in zip(names, laws, strict=True) if law}
        depends = scope.depends(body, test) | free(body, test)
        for name in sorted(depends - own.keys()):  # a value that is given outside doesn't count within
            binding = scope.bindings.get(name)
            if binding and binding.kind == "random" and (not names or name in names):
                own[name] = binding.nodes[0], self.whole(*binding.nodes[1:])
        need(own, "nothing random here: declare one, such as `X ~ normal(0, 1)`")
        return own

    def by_moments(self, own: Laws, test: Node | None, body: Node) -> Value:
        """Evaluate an expectation of a polynomial."""
        need(not test, "a condition")
        bound: dict[str, Value] = {}
        for name, (_, sizes) in own.items():
            numbers = {index: Polynomial({((self.depth, name, index),): 1}) for index in every(sizes)}
            bound[name] = numbers if sizes else numbers[()]
        outcomes = {name: self.outcomes(law) for name, (law, _) in own.items()}

        @cache
        def moment(name: Name, order: int) -> Value:
            match outcome := outcomes[name[1]]:
                case _ if order == 0:
                    return 1
                case "normal", mean, variance:
                    before = moment(name, order - 2) if order > 1 else 0
                    return mean * moment(name, order - 1) + (order - 1) * variance * before
                case "uniform", low, high:
                    return sum(low**k * high ** (order - k) for k in range(order + 1)) * Fraction(1, order + 1)
                case "exponential", rate:
                    return divide(order * moment(name, order - 1), rate)
                case "poisson", rate:
                    return rate * sum(math.comb(order - 1, k) * moment(name, k) for k in range(order))
            return sum(chance * value**order for value, chance in outcome)

        with self.watched(own):
            value = self.inner(bound).eval(body)
        return each(lambda x: x.expectation(self.depth, moment) if isinstance(x, Polynomial) else x, value)

    def by_quadrature(self, own: Laws, test: Node | None, body: Node) -> Value:
        """Evaluate an expectation of a number or an array, given a condition."""
        sizes = shape(self.inner(self.trial(own, 0)).eval(body))
        entries = {at: Node("item", (body, *(Node("num", (str(k),)) for k in at))) for at in every(sizes)}
        return build(sizes, lambda at: self.expectation(own, test, entries[at] if at else body))

    def expectation(self, own: Laws, test: Node | None, body: Node) -> Value:
        """Evaluate an expectation over random variables, given a condition."""
        given = [Node("indicator", (test,))] if test else []
        parts = [Node("mul", (*given, body)), *given]
        outcomes = {name: self.outcomes(law) for name, (law, _) in own.items()}
        used = self.read(parts, own)
        finite = [at for at in used if isinstance(outcomes[at[0]], list)]
        smooth = [at for at in used if at not in finite]
        outer, self.world.touched = self.world.touched, None
        self.rough(1e-18 if smooth else 0.0)

        def given_smooth(part: Node, values: Sequence[Value], known: Mapping[Any, Value]) -> Value:
            bound: dict[str, Value] = {}
            for (name, index), value in {**known, **dict(zip(smooth, values, strict=True))}.items():
                bound[name] = {**bound.get(name, {}), index: value} if index else value
            return number(self.inner(bound).eval(part))

        def mean(part: Node) -> Value:
            total: Value = 0
            for choice in itertools.product(*(outcomes[name] for name, _ in finite)):
                weight = reduce(operator.mul, (chance for _, chance in choice), 1)
                known = dict(zip(finite, (value for value, _ in choice), strict=True))
                inner = partial(given_smooth, part, known=known)
                laws = [(law, *map(real, ends)) for law, *ends in (outcomes[name] for name, _ in smooth)]
                marks = list[Value]()
                if len(smooth) == 1 and not smooth[0][1]:
                    marks = self.marks(smooth[0][0], part)
                total += weight * (
                    numeric.expectation(lambda *values, of=inner: of(values), laws, marks) if laws else inner(())
                )
            return total

        need(math.prod(len(outcomes[name]) for name, _ in finite) <= MOST_OUTCOMES, "too many outcomes: declare less")
        means = [mean(part) for part in parts]
        self.world.touched = outer
        return self.apply("div", means) if given else means[0]

    @contextmanager
    def watched(self, own: Laws) -> Iterator[set[Entry]]:
        """Collect the entries that are read; an outer expectation gets those that aren't the inner one's own."""
        outer, self.world.touched = self.world.touched, set()
        touched = self.world.touched
        try:
            yield touched
        finally:
            self.world.touched = outer
            if outer is not None:
                outer |= {at for at in touched if at[0] not in own}

    def outcomes(self, law: Node) -> Any:
        """Return the values of a finite distribution with their probabilities, or a continuous one's parameters."""
        values = [self.eval(node) for node in law.args]
        fine = bool(shape(values[0])) == (law.op == "categorical")
        need(fine, "categorical needs a vector of probabilities, other distributions need numbers")
        match law.op:
            case "bernoulli":
                return [(1, values[0]), (0, 1 - values[0])]
            case "binomial":
                count, p = self.whole(law.args[0])[0], values[1]
                need(0 <= count <= MOST_OUTCOMES, "a binomial law counts 0 or more trials")
                return [(k, math.comb(count, k) * power(p, k) * power(1 - p, count - k)) for k in range(count + 1)]
            case "categorical":
                return [(index[0], chance) for index, chance in values[0].items()]
            case "finite":
                half = len(values) // 2
                return [*zip(values[:half], values[half:], strict=True)]
        fine = values[-1] > (values[0] if law.op == "uniform" else 0)
        need(fine, f"{law.op} needs a positive {'variance' if law.op == 'normal' else 'rate'}, or a < b")
        return law.op, *values

    def trial(self, own: Laws, number: int) -> dict[str, Value]:
        """Return some outcome of random variables."""
        bound: dict[str, Value] = {}
        for name, (law, sizes) in own.items():
            outcomes = self.outcomes(law)
            finite = isinstance(outcomes, list)
            counted = range(number, number + math.prod(sizes))
            if finite or outcomes[0] == "poisson":
                values = [outcomes[k % len(outcomes)][0] if finite else k for k in counted]
            else:
                values = [outcomes[1] + mp.mpf(k + 1) / 8 for k in counted]
            bound[name] = dict(zip(every(sizes), values, strict=True)) if sizes else values[0]
        return bound

    def read(self, parts: Sequence[Node], own: Laws) -> list[Entry]:
        """Say which random numbers are read, by trying some outcomes."""
        with self.watched(own) as touched:
            for trial in range(4):
                for part in parts:
                    self.inner(self.trial(own, trial)).eval(part)
        sizes_of = {name: sizes for name, (_, sizes) in own.items()}
        whole = [(name, index) for name, sizes in sizes_of.items() if (name, ()) in touched for index in every(sizes)]
        return sorted({*whole, *(at for at in touched if at[0] in own and at[1])})
