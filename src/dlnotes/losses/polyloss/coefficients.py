"""The numbers that tell one loss of the family from another, ε, γ and α: what they may be."""

import math
from collections.abc import Iterable
from numbers import Real

import torch
from torch import Tensor

from dlnotes.losses.polyloss.targets import class_count, loss_dtype


def finite(name: str, value: float, input: Tensor | None = None, *, least: float = -math.inf) -> float:
    """Return a number as a float; refuse what isn't finite, below the least, or too large for the dtype of the loss."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, a {type(value).__name__}; it must be a number")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} is an {type(value).__name__} too large for a float; it must be finite") from None
    if not -math.inf < number < math.inf:
        raise ValueError(f"{name} is {number}; it must be finite")
    if number < least:
        raise ValueError(f"{name} is {value}; it must be at least {least}")
    if isinstance(input, Tensor) and input.is_floating_point():  # torch refuses anything else
        largest = torch.finfo(loss_dtype(input)).max
        if abs(number) > largest:
            raise ValueError(
                f"{name} is {number:g}; the logits are {input.dtype}, so it must be at most {largest:.3g} in size, "
                "or the logits a wider dtype"
            )
    return number


def all_finite(epsilons: Iterable[float], input: Tensor | None = None) -> tuple[float, ...]:
    """Return the coefficients of Poly-N as floats, each as `finite` does."""
    if not isinstance(epsilons, Iterable):
        raise TypeError(
            f"epsilons is {epsilons!r}; it must be a sequence of numbers: for one number write [{epsilons!r}]"
        )
    return tuple(finite(f"ε_{j} in epsilons", epsilon, input) for j, epsilon in enumerate(epsilons, start=1))


def class_balance(alpha: float | Tensor | None, input: Tensor | None = None) -> Tensor | None:
    """Return α for each class, `(C,)`, once the logits say how many there are; refuse what can't be meant."""
    if not (alpha is None or isinstance(alpha, Tensor)):
        share = finite("alpha", alpha)
        if not 0 <= share <= 1:
            raise ValueError(
                f"alpha is {alpha}; it must be from 0 to 1: to balance classes freely give a tensor of shape (C,)"
            )
    if alpha is None or not isinstance(input, Tensor):
        return None
    classes = class_count(input)
    if not isinstance(alpha, Tensor):
        if classes != 2:
            raise ValueError(
                f"alpha is one number, which balances two classes; for {classes}, give a tensor of shape ({classes},)"
            )
        return input.new_tensor([1 - share, share])
    if alpha.shape != (classes,):
        raise ValueError(f"alpha has shape {tuple(alpha.shape)}; it must be ({classes},), one factor a class")
    return alpha
