"""Limits, series, integrals, extrema and derivatives, at a point."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache

from mpmath import mp

from eqtest import numeric
from eqtest.evaluate import EVERYWHERE, Frame
from eqtest.tree import Node, free
from eqtest.values import Undefined, Value, approach, build, entry, every, need, number, plain, real, shape, show

MOST_MARKS = 8  # of which ratios are taken


class Calculus(Frame):
    """A frame that evaluates what binds a variable that isn't whole, or moves one."""

    def beyond(self, node: Node) -> Value:
        """Evaluate what binds or moves a variable."""
        match node.op, *node.args:
            case "supremum" | "infimum", name, low, high, _, body:
                ends = self.real(low), self.real(high)
                self.rough(1e-9)
                marks, largest = self.marks(name, body), node.op == "supremum"
                return numeric.extremum(lambda x: self.inner({name: x}).real(body), *ends, largest, marks)
            case "int", name, low, high, _, body:
                ends = real(self.eval(low)), real(self.eval(high))
                self.rough()

                def integrate(home: Frame) -> Value:
                    return numeric.integral(lambda x: home.inner({name: x}).real(body), *ends, self.marks(name, body))

                return self.remembered(node, self.world.scope.depends(node) | free(node), integrate)
            case "lim", name, point, side, _, body:
                return self.limit(name, point, side, body)
            case "diff", body, *targets:
                return self.differentiated(body, [(of.args[0], self.whole(*of.args[1:])) for of in targets])
            case "at", name, point, _, _, body:
                return self.inner({name: self.eval(point)}).eval(body)
            case "grad", body, order, target:
                return self.gradient(body, order, target.args[0], self.whole(*target.args[1:]))
        return super().beyond(node)

    def big(self, op: str, name: str, ends: tuple[Node, Node], test: Node | None, body: Node) -> Value:
        """Evaluate a sum, a product or a maximum; a sum may have infinitely many terms."""
        if ends[1].op != "inf" or ends == EVERYWHERE:
            return super().big(op, name, ends, test, body)
        need(op == "sum" and test is None, "an infinite product or maximum isn't evaluated, nor a series with gaps")
        self.rough()
        first, marks = self.whole(ends[0])[0], self.marks(name, body)
        return numeric.series(lambda index: self.inner({name: int(index)}).real(body), first, marks)

    def marks(self, name: str, body: Node) -> list[Value]:
        """List where a function may do something special: at numbers in it, their ratios and roots, of either sign."""
        found = set[Value]()
        for node in self.world.scope.written_out(body).walk():
            inside = free(node) - self.names.keys() - self.world.scope.bindings.keys()
            if name not in free(node) and not inside and node.op not in ("rel", "all", "case"):
                with suppress(Undefined):
                    found.add(real(number(self.eval(node))))
        finite = [x for x in found if mp.isfinite(x)]
        ratios = [x / y for x in finite for y in finite if y and len(finite) <= MOST_MARKS]
        return [sign * x for x in (*finite, *ratios, *(mp.sqrt(abs(x)) for x in finite)) for sign in (1, -1)]

    def limit(self, name: str, point: Node, side: Node | None, body: Node) -> Value:
        """Evaluate a limit: the values very near the point, from one side or both, must agree."""
        self.rough(1e-9)
        with mp.workdps(4 * mp.dps):
            ends = approach(self.eval(point), (20, 30), self.whole(side)[0] if side else 0)
            near = [x for end in ends for x in end]
            values = [self.inner({name: x}, shifted=True).real(body) for x in near]
        spread, hint = max(values) - min(values), "no limit found: near the point the values differ by"
        if all(abs(values[2 * k + 1]) <= abs(values[2 * k]) / 10**5 for k in range(len(ends))):
            return 0
        need(spread <= 1e-12 * abs(values[-1]) or max(map(abs, values)) < 1e-15, f"{hint} {show(spread, 3)}")
        return values[-1]

    def gradient(self, body: Node, order: int, name: str, index: tuple[int, ...]) -> Value:
        """Evaluate the first or second derivatives by an array or a row of it, of a number or another gradient."""
        sizes, above = shape(entry(self.symbol(name, ()), index)), shape(self.eval(body))
        need(order == 1 or len(sizes) == 1, "second derivatives as a matrix are by a vector")
        need(
            not above or body.op == "grad",
            r"a gradient of an array: write \frac{\partial a}{\partial b}, with a layout",
        )
        if order == 1:
            of = {
                at: Node("item", (body, *(Node("num", (str(k),)) for k in at))) if at else body for at in every(above)
            }
            size = len(sizes)
            return build(sizes + above, lambda at: self.derivative(of[at[size:]], [(name, index + at[:size])]))

        @cache
        def second(*at: int) -> Value:
            return self.derivative(body, [(name, (*index, k)) for k in at])

        return build(sizes * 2, lambda at: second(*sorted(at)))

    def differentiated(self, body: Node, targets: Sequence[tuple[str, tuple[int, ...]]]) -> Value:
        """Evaluate a derivative of a number or an array, by numbers or, in the declared layout, by an array."""
        name, index = targets[-1]
        above, below = shape(plain(self.eval(body))), shape(entry(self.symbol(name, ()), index))
        layout = self.world.scope.layout
        sides = len(above) < 2 and len(below) + len(above) < 3
        need(not below or (sides and len(targets) == 1), "a derivative of this shape has no matrix: write indices")
        need(not below or layout, "in which layout? declare `layout: numerator` or `layout: denominator`")

        def cell(up: tuple[int, ...], down: tuple[int, ...]) -> Value:
            inner = Node("item", (body, *(Node("num", (str(k),)) for k in up))) if up else body
            return self.derivative(inner, [*targets[:-1], (name, down or index)])

        if not below:
            return build(above, lambda up: cell(up, ()))
        if layout == "denominator":
            return build(below + above, lambda at: cell(at[len(below) :], at[: len(below)]))
        flipped = build((above or (1,) * (2 - len(below))) + below[::-1], lambda _: 0)
        return {at: cell(at[:1] if above else (), at[-len(below) :][::-1]) for at in flipped}

    def derivative(self, body: Node, targets: Sequence[tuple[str, tuple[int, ...]]]) -> Value:
        """Evaluate a partial derivative; mixed ones from the outside in."""
        if not targets:
            return self.eval(body)
        name, index = targets[0]
        order = next((k for k, target in enumerate(targets) if target != targets[0]), len(targets))
        depends = name in self.world.scope.depends(body) | free(body)
        need(depends, f"the expression doesn't depend on {name}: define what is differentiated by {name}")
        base = self.symbol(name, ())

        def function(x: Value) -> Value:
            frame = self.inner({name: {**base, index: x} if index else x}, shifted=True)
            return number(frame.derivative(body, targets[order:]))

        return self.slope(function, number(entry(base, index)), order)
