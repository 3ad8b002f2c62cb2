"""Reverse-mode automatic differentiation of numbers: what torch's autograd does for tensors, small enough to read.

Every operation computes its result and, beside it, its slope with respect to each input. `gradients` multiplies the
slopes along the graph, from the result back to the inputs.

Source: Baydin et al. 2018, "Automatic Differentiation in Machine Learning: a Survey", arXiv 1502.05767, section 3.2.

Style: Andrej Karpathy's micrograd, which writes the forward and the backward of an operation side by side. Here the
backward is a number instead of a closure, and the gradients of a pass live apart from those that accumulate.
"""

import math
from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

__all__ = ["Value", "add", "as_value", "exp", "gradients", "log", "multiply", "order", "power", "tanh"]


# --8<-- [start:value]
class Value:
    """A number that remembers what it was computed from.

    Args:
        data: The number.
        inputs: Each Value that it was computed from, with the slope there:
            the derivative of this Value with respect to that one.

    Raises:
        TypeError: If `data` is neither an int nor a float.

    Examples:
        >>> from dlnotes.basics.autograd import Value
        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x
        Value(3.0, grad=6.0)
    """

    def __init__(self, data: float, inputs: "Inputs" = ()) -> None:
        if not isinstance(data, int | float):
            kind = type(data).__name__
            raise TypeError(f"data is a {kind}; it must be an int or a float")
        self.data = float(data)
        self.inputs = tuple(inputs)
        self.grad: float | None = None

    def __repr__(self) -> str:
        return f"Value({self.data}, grad={self.grad})"

    def backward(self) -> None:
        """Add d self / d leaf to the `grad` of every leaf below."""
        for value, gradient in gradients(self).items():
            if not value.inputs:
                value.grad = (value.grad or 0.0) + gradient

    def __add__(self, other: "Operand") -> "Value":
        return add(self, other)

    def __mul__(self, other: "Operand") -> "Value":
        return multiply(self, other)

    def __pow__(self, exponent: float) -> "Value":
        return power(self, exponent)

    def __neg__(self) -> "Value":
        return -1.0 * self

    def __sub__(self, other: "Operand") -> "Value":
        return self + -as_value(other)

    def __truediv__(self, other: "Operand") -> "Value":
        return self * as_value(other) ** -1.0

    def __radd__(self, other: float) -> "Value":
        return as_value(other) + self

    def __rmul__(self, other: float) -> "Value":
        return as_value(other) * self

    def __rsub__(self, other: float) -> "Value":
        return as_value(other) - self

    def __rtruediv__(self, other: float) -> "Value":
        return as_value(other) / self


Operand: TypeAlias = Value | float
Inputs: TypeAlias = Iterable[tuple[Value, float]]


def as_value(x: Operand) -> Value:
    """Return a Value as it is, and a number as a leaf without inputs.

    Args:
        x: A Value or a number.

    Returns:
        A Value.

    Raises:
        TypeError: If `x` is neither.

    Examples:
        >>> from dlnotes.basics.autograd import as_value
        >>> as_value(3)
        Value(3.0, grad=None)
    """
    return x if isinstance(x, Value) else Value(x)


# --8<-- [end:value]


# --8<-- [start:operations]
def add(a: Operand, b: Operand) -> Value:
    """Return a + b, with the slopes 1 and 1.

    Args:
        a: A Value or a number.
        b: Likewise.

    Returns:
        The sum, with both as its inputs.

    Examples:
        >>> from dlnotes.basics.autograd import Value, add
        >>> add(Value(2.0), 3.0)
        Value(5.0, grad=None)
    """
    a, b = as_value(a), as_value(b)
    return Value(a.data + b.data, [(a, 1.0), (b, 1.0)])


def multiply(a: Operand, b: Operand) -> Value:
    """Return a · b: the slope for each factor is the other one.

    Args:
        a: A Value or a number.
        b: Likewise.

    Returns:
        The product, with both as its inputs.

    Examples:
        >>> from dlnotes.basics.autograd import Value, multiply
        >>> multiply(Value(2.0), 3.0)
        Value(6.0, grad=None)
    """
    a, b = as_value(a), as_value(b)
    return Value(a.data * b.data, [(a, b.data), (b, a.data)])


def power(a: Operand, exponent: float) -> Value:
    """Return aⁿ for a constant n, with the slope n·aⁿ⁻¹.

    Args:
        a: A Value or a number.
        exponent: n, a number.

    Returns:
        The power, with `a` as its input.

    Raises:
        TypeError: If `exponent` is a Value, or isn't a number.
        ValueError: If there is no finite real value or slope.
        OverflowError: If one is beyond a float's range.

    Examples:
        >>> from dlnotes.basics.autograd import Value, power
        >>> power(Value(2.0), 3)
        Value(8.0, grad=None)
    """
    if isinstance(exponent, Value):
        raise TypeError("exponent is a Value; write exp(exponent * log(a))")
    a, n = as_value(a), Value(exponent).data
    if a.data == 0 and n < 1 and n != 0:
        cause = "division by zero" if n < 0 else "its slope is infinite"
        raise ValueError(f"0 ** {n}: {cause}; give a base that isn't 0")
    if a.data < 0 and not n.is_integer():
        raise ValueError(f"({a.data}) ** {n} isn't real; give a base above 0")
    slope = n * a.data ** (n - 1) if n else 0.0
    return Value(a.data**n, [(a, slope)])


# --8<-- [end:operations]


# --8<-- [start:functions]
def exp(a: Operand) -> Value:
    """Return eᵃ, which is its own slope.

    Args:
        a: A Value or a number.

    Returns:
        The power of e, with `a` as its input.

    Raises:
        OverflowError: If a > 709.78, where the value is beyond a float's range.

    Examples:
        >>> from dlnotes.basics.autograd import Value, exp
        >>> exp(Value(0.0))
        Value(1.0, grad=None)
    """
    a = as_value(a)
    value = math.exp(a.data)
    return Value(value, [(a, value)])


def log(a: Operand) -> Value:
    """Return the natural logarithm of a, with the slope 1/a.

    Args:
        a: A Value or a number, above 0.

    Returns:
        The logarithm, with `a` as its input.

    Raises:
        ValueError: If a isn't positive.

    Examples:
        >>> from dlnotes.basics.autograd import Value, log
        >>> log(Value(1.0))
        Value(0.0, grad=None)
    """
    a = as_value(a)
    if a.data <= 0:
        raise ValueError(f"a is {a.data}; for a logarithm it must be positive")
    return Value(math.log(a.data), [(a, 1 / a.data)])


def tanh(a: Operand) -> Value:
    """Return the hyperbolic tangent of a, with the slope 1 − tanh² a.

    Args:
        a: A Value or a number.

    Returns:
        The hyperbolic tangent, with `a` as its input.

    Examples:
        >>> from dlnotes.basics.autograd import Value, tanh
        >>> tanh(Value(0.0))
        Value(0.0, grad=None)
    """
    a = as_value(a)
    value = math.tanh(a.data)
    return Value(value, [(a, 1 - value * value)])


# --8<-- [end:functions]


# --8<-- [start:order]
def order(result: Value) -> list[Value]:
    """List all that `result` depends on, each once, outputs before inputs.

    Args:
        result: Where to start.

    Returns:
        The Values, `result` first.

    Examples:
        >>> from dlnotes.basics.autograd import Value, order
        >>> x = Value(3.0)
        >>> order(x * x + x)
        [Value(12.0, grad=None), Value(9.0, grad=None), Value(3.0, grad=None)]
    """
    uses: Counter[Value] = Counter()
    to_count = [result]
    while to_count:
        for value, _ in to_count.pop().inputs:
            uses[value] += 1
            if uses[value] == 1:
                to_count.append(value)

    ready = [result]
    for output in ready:  # the list grows while we go along it
        for value, _ in output.inputs:
            uses[value] -= 1
            if uses[value] == 0:
                ready.append(value)
    return ready


# --8<-- [end:order]


# --8<-- [start:gradients]
def gradients(result: Value) -> dict[Value, float]:
    """Return d result / d value for every value that `result` depends on.

    Args:
        result: What is differentiated.

    Returns:
        The gradient of each Value. `grad` stays as it is.

    Examples:
        >>> from dlnotes.basics.autograd import Value, gradients
        >>> x = Value(3.0)
        >>> gradients(x * x)[x]
        6.0
    """
    values = order(result)
    totals = dict.fromkeys(values, 0.0)
    totals[result] = 1.0
    for output in values:
        for value, slope in output.inputs:
            totals[value] += totals[output] * slope
    return totals


# --8<-- [end:gradients]
