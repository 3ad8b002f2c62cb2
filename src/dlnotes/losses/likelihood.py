"""From probabilities to losses: what an outcome costs, −log p, and a fit that makes the mean cost smallest.

Whoever minimises the mean of −log p, where p is the probability or the density that a model gives to each outcome,
maximises the likelihood of the data. Normal noise gives the squared loss, Laplace noise the absolute one. For outcomes
that are classes, see `dlnotes.losses.softmax` and `dlnotes.losses.binary`.

Sources: R. A. Fisher, "On the Mathematical Foundations of Theoretical Statistics", Philosophical Transactions of the
Royal Society A 222 (1922), for the likelihood; C. E. Shannon, "A Mathematical Theory of Communication", Bell System
Technical Journal 27 (1948), for −log p.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["fit", "gaussian_nll", "laplace_nll", "surprise"]


# --8<-- [start:surprise]
def surprise(p: Tensor) -> Tensor:
    """Return −log p, the cost if what happened had the probability p.

    Args:
        p: Probabilities from 0 to 1, or densities, which may be larger; any shape.

    Returns:
        A tensor shaped like `p`, in nats: 0 for p = 1, infinity for p = 0.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.likelihood import surprise
        >>> surprise(torch.tensor([1.0, 0.5, 0.1]))
        tensor([0.0000, 0.6931, 2.3026])
    """
    return 0 - torch.log(p)  # -torch.log(p) would be -0 for p = 1


# --8<-- [end:surprise]


# --8<-- [start:noise]
def gaussian_nll(r: Tensor, sigma: Tensor) -> Tensor:
    """Return −log of the normal density of r: r²/(2σ²) + log σ + ½ log 2π.

    Args:
        r: Residuals, any shape.
        sigma: σ > 0, the standard deviation, any shape that broadcasts to that of `r`.

    Returns:
        A tensor shaped like `r`. It's negative where the density exceeds 1.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.likelihood import gaussian_nll
        >>> gaussian_nll(torch.tensor([0.0, 2.0]), torch.tensor(1.0))
        tensor([0.9189, 2.9189])

    Source:
        Gauss 1809, for least squares from this density.
    """
    return (r / sigma).square() / 2 + sigma.log() + math.log(2 * math.pi) / 2


def laplace_nll(r: Tensor, scale: Tensor) -> Tensor:
    """Return −log of the Laplace density of r: |r|/s + log 2s.

    Args:
        r: Residuals, any shape.
        scale: s > 0, the mean of |r|, any shape that broadcasts to that of `r`.

    Returns:
        A tensor shaped like `r`. It's negative where the density exceeds 1.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.likelihood import laplace_nll
        >>> laplace_nll(torch.tensor([0.0, 2.0]), torch.tensor(1.0))
        tensor([0.6931, 2.6931])

    Source:
        Laplace 1774.
    """
    return r.abs() / scale + (2 * scale).log()


# --8<-- [end:noise]


# --8<-- [start:fit]
def fit(
    loss: Callable[[], Tensor],
    parameters: list[Tensor],
    steps: int = 1000,
    lr: float = 0.1,
) -> float:
    """Change the parameters in place, step by step, to lower the loss.

    Adam's steps, with a learning rate that falls to 0, so that it comes to rest even at a kink.

    Args:
        loss: Computes the loss of the parameters as they are, a scalar.
        parameters: Tensors with `requires_grad=True`, changed in place.
        steps: How many steps to take.
        lr: The learning rate of the first step.

    Returns:
        The loss at the end.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.likelihood import fit
        >>> m = torch.tensor(0.0, requires_grad=True)
        >>> loss = fit(lambda: (m - 3) ** 2 + 1, [m])
        >>> round(loss, 3), round(m.item(), 3)
        (1.0, 3.0)
    """
    optimizer = torch.optim.Adam(parameters, lr=lr)
    slower = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        slower.step()
    return loss().item()


# --8<-- [end:fit]
