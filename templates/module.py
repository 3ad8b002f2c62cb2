"""New topic: the square of each element, until the topic's own functions stand here.

Source: none yet; name the paper that the topic is from.
"""

from torch import Tensor

__all__ = ["new_topic"]


# --8<-- [start:new_topic]
def new_topic(x: Tensor) -> Tensor:
    """Square each element.

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`.

    Examples:
        >>> import torch
        >>> from dlnotes.folder.new_topic import new_topic
        >>> new_topic(torch.tensor([-2.0, 3.0]))
        tensor([4., 9.])
    """
    return x * x


# --8<-- [end:new_topic]
