"""The numbers that tell one loss of the family from another, ε, γ and α: what they may be."""

from collections.abc import Iterable

from torch import Tensor

from dlnotes.losses._numbers import finite
from dlnotes.losses.polyloss.targets import class_count


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
