"""The scalar engine against torch's autograd: random graphs, reuse, depth, accumulation, and what it refuses."""

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dlnotes.basics.autograd import Value, add, as_value, exp, gradients, log, multiply, order, power, tanh


class Operation(NamedTuple):
    ours: Callable[..., Value]
    theirs: Callable[..., Tensor]
    arity: int
    allowed: Callable[..., bool] = lambda *_: True


OPERATIONS = {
    "+": Operation(operator.add, operator.add, 2),
    "-": Operation(operator.sub, operator.sub, 2),
    "*": Operation(operator.mul, operator.mul, 2),
    "/": Operation(operator.truediv, operator.truediv, 2, lambda a, b: abs(b) > 0.1),
    "negative": Operation(operator.neg, operator.neg, 1),
    "2 +": Operation(lambda a: 2 + a, lambda a: 2 + a, 1),
    "+ 2": Operation(lambda a: a + 2, lambda a: a + 2, 1),
    "2.5 -": Operation(lambda a: 2.5 - a, lambda a: 2.5 - a, 1),
    "- 2.5": Operation(lambda a: a - 2.5, lambda a: a - 2.5, 1),
    "3 *": Operation(lambda a: 3 * a, lambda a: 3 * a, 1),
    "* 3": Operation(lambda a: a * 3, lambda a: a * 3, 1),
    "3 /": Operation(lambda a: 3 / a, lambda a: 3 / a, 1, lambda a: abs(a) > 0.1),
    "/ 3": Operation(lambda a: a / 3, lambda a: a / 3, 1),
    "** 2": Operation(lambda a: a**2, lambda a: a**2, 1),
    "** 1": Operation(lambda a: a**1, lambda a: a**1, 1),
    "** 0": Operation(lambda a: a**0, lambda a: a**0, 1),
    "** -3": Operation(lambda a: a**-3, lambda a: a**-3, 1, lambda a: abs(a) > 0.1),
    "** 0.5": Operation(lambda a: a**0.5, lambda a: a**0.5, 1, lambda a: a > 0.1),
    "exp": Operation(exp, torch.exp, 1, lambda a: a < 5),
    "log": Operation(log, torch.log, 1, lambda a: a > 0.1),
    "tanh": Operation(tanh, torch.tanh, 1),
}
numbers = st.floats(-3, 3)
index = st.integers(0, 99)
steps = st.lists(st.tuples(st.sampled_from(list(OPERATIONS)), index, index), min_size=1, max_size=12)


def build(leaves: list[float], steps: list[tuple[str, int, int]]) -> tuple[list[Value], list[Tensor]]:
    """Two equal graphs: each step applies an operation to any earlier nodes, if it is allowed there."""
    ours = [Value(leaf) for leaf in leaves]
    theirs = [torch.tensor(leaf, dtype=torch.float64, requires_grad=True) for leaf in leaves]
    for name, i, j in steps:
        operation = OPERATIONS[name]
        chosen = [i % len(ours), j % len(ours)][: operation.arity]
        values = [ours[k].data for k in chosen]
        if operation.allowed(*values) and max(map(abs, values)) < 100:
            ours.append(operation.ours(*(ours[k] for k in chosen)))
            theirs.append(operation.theirs(*(theirs[k] for k in chosen)))
    return ours, theirs


@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=25)
@given(a=numbers, b=numbers)
def test_every_operation_equals_torch(name: str, a: float, b: float) -> None:
    ours, theirs = build([a, b], [(name, 0, 1)])
    if len(ours) == 3:
        compare(ours, theirs)


@settings(max_examples=300)
@given(leaves=st.lists(numbers, min_size=1, max_size=3), steps=steps)
def test_random_graphs_equal_torch(leaves: list[float], steps: list[tuple[str, int, int]]) -> None:
    ours, theirs = build(leaves, steps)
    compare(ours, theirs)


def compare(ours: list[Value], theirs: list[Tensor]) -> None:
    """The values of all nodes, the gradients of the last with respect to all nodes, and `grad` at all nodes."""
    expected = torch.autograd.grad(theirs[-1], theirs, retain_graph=True, allow_unused=True)
    found = gradients(ours[-1])
    for value, tensor, gradient in zip(ours, theirs, expected, strict=True):
        assert value.data == pytest.approx(tensor.item(), rel=1e-9, abs=1e-9)
        assert (value in found) is (gradient is not None)
        if gradient is not None:
            assert found[value] == pytest.approx(gradient.item(), rel=1e-7, abs=1e-7)
    ours[-1].backward()
    theirs[-1].backward()
    for value, tensor in zip(ours, theirs, strict=True):
        expected_grad = tensor.grad if tensor.is_leaf else None
        assert value.grad == (
            None if expected_grad is None else pytest.approx(expected_grad.item(), rel=1e-7, abs=1e-7)
        )


def test_random_graphs_can_hold_every_operation() -> None:
    """The guard in `build` must not leave out what the tests above mean to test."""
    for name in OPERATIONS:
        ours, _ = build([1.5, 0.75], [(name, 0, 0)])
        assert len(ours) == 3, name


def test_a_value_used_twice_gets_both_gradients() -> None:
    x = Value(3.0)
    y = x * x
    assert y.inputs == ((x, 3.0), (x, 3.0))
    assert gradients(y) == {y: 1.0, x: 6.0}
    assert gradients(x - x)[x] == 0
    assert gradients(x / x)[x] == pytest.approx(0)


def test_the_diamond_of_the_page() -> None:
    x = Value(2.0)
    u, v = 3 * x, x**2
    result = u * v
    found = gradients(result)
    assert [result.data, u.data, v.data] == [24, 6, 4]
    assert [found[node] for node in (result, u, v, x)] == [1, 4, 6, 36]


@given(leaves=st.lists(numbers, min_size=1, max_size=3), steps=steps)
def test_outputs_come_before_their_inputs_and_each_once(leaves: list[float], steps: list[tuple[str, int, int]]) -> None:
    ours, _ = build(leaves, steps)
    found = order(ours[-1])
    place = {value: i for i, value in enumerate(found)}
    assert found[0] is ours[-1]
    assert len(place) == len(found)
    for output in found:
        assert all(place[output] < place[value] for value, _ in output.inputs)


def test_an_input_waits_for_a_long_way_round() -> None:
    """A breadth-first walk would reach x by the short way first, and pass its gradient on too early."""
    x = Value(2.0)
    y = x * x
    z = y + tanh(exp(tanh(y)))
    assert order(z).index(y) == len(order(z)) - 2
    t = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    s = t * t
    (slope,) = torch.autograd.grad(s + s.tanh().exp().tanh(), t)
    assert gradients(z)[x] == pytest.approx(slope.item())


def test_a_graph_far_deeper_than_the_recursion_limit() -> None:
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + x
    y.backward()
    assert y.data == x.grad == 100_001
    assert repr(y) == "Value(100001.0, grad=None)"


def test_as_many_paths_as_no_walk_could_follow() -> None:
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    y.backward()
    assert x.grad == 2.0**200


def test_gradients_accumulate_at_leaves_only() -> None:
    x = [Value(0.0), Value(1.0), Value(2.0)]
    assert [leaf.grad for leaf in x] == [None, None, None]
    y = sum((leaf * leaf for leaf in x), Value(0.0))
    y.backward()
    assert [leaf.grad for leaf in x] == [0, 2, 4]
    sum(x, Value(0.0)).backward()
    assert [leaf.grad for leaf in x] == [1, 3, 5]
    assert y.grad is None


def test_a_second_pass_adds_the_same_again() -> None:
    """If the gradients between result and leaves accumulated too, the second pass would pass on more than its own."""
    x, t = Value(2.0), torch.tensor(2.0, requires_grad=True)
    z, s = (x * x) ** 2, (t * t) ** 2
    for expected in (32, 64, 96):
        z.backward()
        s.backward(retain_graph=True)
        assert x.grad == t.grad == expected


def test_a_leaf_is_its_own_result() -> None:
    x = Value(5)
    x.backward()
    assert x.grad == 1


def test_what_is_not_used_keeps_no_gradient() -> None:
    x, unused = Value(1.0), Value(1.0)
    (x * 2).backward()
    assert unused.grad is None
    assert gradients(x * 0)[x] == 0


def test_changing_data_later_changes_no_recorded_slope() -> None:
    x = Value(1.0)
    y = x**2
    x.data = 10.0
    y.backward()
    assert x.grad == 2


def test_functions_take_numbers_too() -> None:
    results = [add(1, 2), multiply(2, 3.0), power(3, 2), exp(0), log(1), tanh(0)]
    assert [result.data for result in results] == [3, 6, 9, 1, 0, 0]
    x = Value(1.0)
    assert as_value(x) is x
    assert as_value(1).data == 1
    assert as_value(1).inputs == ()


def test_powers_at_zero() -> None:
    for n, value, slope in [(0, 1, 0), (1, 0, 1), (2, 0, 0), (1.5, 0, 0)]:
        x, t = Value(0.0), torch.tensor(0.0, requires_grad=True)
        y, s = x**n, t**n
        y.backward()
        (gradient,) = torch.autograd.grad(s, t)
        assert [y.data, x.grad] == [s.item(), gradient.item()] == [value, slope]
    for n, message in [(-1, "division by zero"), (0.5, "its slope is infinite")]:
        with pytest.raises(ValueError, match=rf"^0 \*\* {float(n)}: {message}; give a base that isn't 0$"):
            Value(0.0) ** n
    with pytest.raises(ValueError, match="division by zero"):
        1 / Value(0.0)


def test_where_functions_end() -> None:
    with pytest.raises(ValueError, match=r"^\(-8\.0\) \*\* 0\.5 isn't real; give a base above 0$"):
        Value(-8.0) ** 0.5
    assert (Value(-2.0) ** 3.0).data == -8
    for x in (0.0, -1.0, -math.inf):
        with pytest.raises(ValueError, match=rf"^a is {x}; for a logarithm it must be positive$"):
            log(Value(x))
    exp(709.78)
    with pytest.raises(OverflowError):
        exp(709.79)
    with pytest.raises(OverflowError):
        Value(1e200) ** 2


def test_nan_passes() -> None:
    x = Value(math.nan)
    for result in (x + 1, x * 2, x**2, x**0.5, exp(x), log(x), tanh(x)):
        assert math.isnan(result.data)


@pytest.mark.parametrize("wrong", ["2", None, [1.0], 1j, torch.tensor(2.0)], ids=repr)
def test_what_is_no_number_is_refused(wrong: Any) -> None:
    message = f"^data is a {type(wrong).__name__}; it must be an int or a float$"
    with pytest.raises(TypeError, match=message):
        Value(wrong)
    attempts = [
        lambda: Value(1.0) + wrong,
        lambda: Value(1.0) ** wrong,
        lambda: Value(1.0) / wrong,
        lambda: tanh(wrong),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match=message):
            attempt()
    with pytest.raises(TypeError):
        wrong - Value(1.0)


def test_a_value_is_no_exponent_and_the_advice_works() -> None:
    a, b = Value(2.0), Value(3.0)
    with pytest.raises(TypeError, match=r"^exponent is a Value; write exp\(exponent \* log\(a\)\)$"):
        a**b  # type: ignore[operator]
    with pytest.raises(TypeError):
        2**b  # type: ignore[operator]
    result = exp(b * log(a))
    assert result.data == pytest.approx(8)
    found = gradients(result)
    assert found[a] == pytest.approx(12)
    assert found[b] == pytest.approx(8 * math.log(2))


def test_a_value_holds_no_value() -> None:
    with pytest.raises(TypeError, match=r"^data is a Value; "):
        Value(Value(1.0))  # type: ignore[arg-type]
