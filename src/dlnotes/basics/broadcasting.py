"""The broadcasting rule: the shape that elementwise operations give tensors of several shapes, or why they refuse."""

from collections.abc import Sequence
from itertools import zip_longest

__all__ = ["broadcast_shape"]


# --8<-- [start:broadcast_shape]
def broadcast_shape(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that tensors of these shapes broadcast to.

    Shapes are aligned at their last dimensions; where one has no dimension
    left, its size counts as 1. In each dimension, the sizes other than 1 must
    be equal, and that is the result's size.

    Args:
        *shapes: Any number of shapes. A size is an integer of at least 0.

    Returns:
        The common shape, with as many dimensions as the longest one given.

    Raises:
        ValueError: If the shapes don't fit each other, or one isn't a shape.

    Examples:
        >>> from dlnotes.basics.broadcasting import broadcast_shape
        >>> broadcast_shape((3, 1), (1, 2))
        (3, 2)

    Source:
        "Broadcasting semantics" in PyTorch's documentation.
    """
    for shape in shapes:
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise ValueError(f"{shape} isn't a shape; pass x.shape")
    result: list[int] = []
    from_the_end = zip_longest(*map(reversed, shapes), fillvalue=1)
    for place, sizes in enumerate(from_the_end, start=1):
        unlike_1 = set(sizes) - {1}
        if len(unlike_1) > 1:
            raise ValueError(
                f"{' and '.join(str(tuple(shape)) for shape in shapes)} don't "
                f"broadcast: in dimension -{place} the sizes are "
                f"{' and '.join(map(str, sizes))}. Sizes other than 1 must be "
                f"equal. x.unsqueeze(-{place}) puts a 1 there"
            )
        result.insert(0, unlike_1.pop() if unlike_1 else 1)
    return tuple(result)


# --8<-- [end:broadcast_shape]
