"""The rule against torch: the shapes that it gives, what it refuses, and why."""

import re
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from dlnotes.basics.broadcasting import broadcast_shape

Shape = tuple[int, ...]

# Few sizes, so that random shapes often fit: with 0, with 1, and two that don't go together.
lists_of_shapes = st.lists(st.lists(st.sampled_from([0, 1, 1, 2, 3]), max_size=4).map(tuple), max_size=6)


@st.composite
def shapes_that_fit(draw: st.DrawFn) -> list[Shape]:
    """Parts of one shape: cut at the front, and with some sizes replaced by 1."""
    whole = draw(st.lists(st.integers(0, 3), max_size=5))
    shapes = []
    for _ in range(draw(st.integers(1, 6))):
        kept = whole[draw(st.integers(0, len(whole))) :]
        shapes.append(tuple(draw(st.sampled_from([size, 1])) for size in kept))
    return shapes


def torchs_shape(shapes: list[Shape]) -> Shape | None:
    """What torch says of the shapes; None where it refuses."""
    try:
        return tuple(torch.broadcast_shapes(*shapes))
    except RuntimeError:
        return None


def shape_of_the_sum(shapes: list[Shape]) -> Shape | None:
    """The shape of a real sum of tensors; None where torch refuses to add them."""
    total = torch.zeros(())
    try:
        for shape in shapes:
            total = total + torch.ones(shape)
    except RuntimeError:
        return None
    return tuple(total.shape)


def our_shape(shapes: list[Shape]) -> Shape | None:
    try:
        return broadcast_shape(*shapes)
    except ValueError:
        return None


@given(lists_of_shapes | shapes_that_fit())
@example([])
@example([()])
@example([(0,), (1,)])
@example([(0,), (2,)])
@example([(3,), (3, 2)])
@example([(1,), (0, 1), (2, 1, 1), ()])
def test_results_and_refusals_are_torchs(shapes: list[Shape]) -> None:
    assert our_shape(shapes) == torchs_shape(shapes) == shape_of_the_sum(shapes)


@given(shapes_that_fit())
def test_shapes_made_to_fit_are_accepted(shapes: list[Shape]) -> None:
    assert broadcast_shape(*shapes) == torchs_shape(shapes)


@given(lists_of_shapes)
def test_a_refusal_names_the_dimension_that_torch_stumbles_over(shapes: list[Shape]) -> None:
    try:
        broadcast_shape(*shapes)
    except ValueError as error:
        found = re.search(r"in dimension -(\d+) the sizes are ([\d and]+)\. ", str(error))
        assert found
        place, sizes = int(found[1]), [int(size) for size in found[2].split(" and ")]
        assert sizes == [shape[-place] if len(shape) >= place else 1 for shape in shapes]
        assert len(set(sizes) - {1}) > 1
        ends = [shape[-place + 1 :] if place > 1 else () for shape in shapes]
        assert broadcast_shape(*ends) == torchs_shape(ends)  # to the right of it all is well


def test_what_a_refusal_says() -> None:
    with pytest.raises(ValueError, match="don't broadcast") as error:
        broadcast_shape((2, 3, 4), torch.Size([2, 4]))
    assert str(error.value) == (
        "(2, 3, 4) and (2, 4) don't broadcast: in dimension -2 the sizes are 3 and 2. "
        "Sizes other than 1 must be equal. x.unsqueeze(-2) puts a 1 there"
    )
    assert broadcast_shape((2, 3, 4), torch.ones(2, 4).unsqueeze(-2).shape) == (2, 3, 4)  # the cure works


def test_a_shape_may_be_a_tuple_a_list_or_a_size() -> None:
    result = broadcast_shape(torch.Size([3, 1]), [1, 2], (2,))
    assert result == (3, 2)
    assert type(result) is tuple


@pytest.mark.parametrize("wrong", [(2, -1), (2.0,), torch.ones(2), "32"], ids=str)
def test_what_is_no_shape_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(str(wrong))} isn't a shape; pass x\.shape$"):
        broadcast_shape((2,), wrong)
