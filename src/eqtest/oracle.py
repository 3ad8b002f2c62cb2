"""The page's own code as an oracle: numbers to Python and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eqtest.declarations import Scope
from eqtest.nodes import Node
from eqtest.numbers import Array, Undefined, Value, mp, real, tidy


class World:
    """What all frames of a check share: the page's namespace, and what happened on the way."""

    def __init__(
        self, namespace: Mapping[str, Any] | None = None, to_native: Callable[[Any], Any] = lambda value: value
    ) -> None:
        self.namespace, self.to_native = namespace, to_native
        self.reached: set[int] = set()
        self.tolerance = 0.0
        self._depends: dict[str, frozenset[str]] = {}

    def depends(self, scope: Scope, name: str) -> frozenset[str]:
        """All names on which a name depends, itself included."""
        if name not in self._depends:
            self._depends[name] = scope.depends(Node("sym", (name,)))
        return self._depends[name]

    def to_python(self, value: Value) -> Any:
        """Ints stay ints; other numbers become floats and arrays nested lists, and go through `to_native`."""
        if isinstance(value, int):
            return value
        return self.to_native(value.nested(float) if isinstance(value, Array) else float(real(value)))


def from_python(result: Any) -> Value:
    """A result of the page's code as a number or an array."""
    if hasattr(result, "tolist"):
        result = result.tolist()
    if isinstance(result, (list, tuple)):
        rows = [from_python(item) for item in result]
        shapes = {row.shape if isinstance(row, Array) else () for row in rows}
        if len(shapes) != 1:
            raise Undefined("the Python value's rows differ in length, or there are none")
        items = [entry for row in rows for entry in (row.items if isinstance(row, Array) else [row])]
        return Array((len(rows), *shapes.pop()), tuple(items))
    if isinstance(result, (bool, int)):
        return int(result)
    try:
        return tidy(mp.mpf(float(result)), "the Python value")
    except (TypeError, ValueError):
        raise Undefined(f"the Python value is a {type(result).__name__}, not a number or an array of numbers") from None
