"""The updates of six optimizers, as functions of tensors: what `torch.optim` does in place.

Sources: Polyak 1964 and Nesterov 1983 for momentum, in the form of Sutskever et al. 2013; Hinton 2012 for RMSprop;
Kingma and Ba 2015 for Adam, algorithm 1; Loshchilov and Hutter 2019 for AdamW, algorithm 2. Where PyTorch does it
another way, so do these functions.
"""

from torch import Tensor

__all__ = ["adam", "adamw", "momentum", "nesterov", "rmsprop", "sgd"]


# --8<-- [start:sgd]
def sgd(weight: Tensor, gradient: Tensor, lr: float) -> Tensor:
    """Step against the gradient.

    Args:
        weight: The parameter, any shape.
        gradient: The loss's gradient with respect to it, shaped like `weight`.
        lr: The learning rate, above 0.

    Returns:
        The new weight, shaped like the old one.

    Examples:
        >>> import torch
        >>> from dlnotes.models.optimizers import sgd
        >>> sgd(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 0.0]), lr=0.01)
        tensor([0.9000, 2.0000])
    """
    return weight - lr * gradient
    # --8<-- [end:sgd]


# --8<-- [start:momentum]
def momentum(
    weight: Tensor,
    velocity: Tensor,
    gradient: Tensor,
    lr: float,
    mu: float,
) -> tuple[Tensor, Tensor]:
    """Step along a running sum of gradients that lets old ones fade.

    Args:
        weight: The parameter, any shape.
        velocity: The running sum so far, shaped like `weight`; zeros at first.
        gradient: The loss's gradient, shaped like `weight`.
        lr: The learning rate, above 0.
        mu: What is left of the old sum, from 0 to below 1.

    Returns:
        The new weight and the new velocity, shaped like `weight`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.optimizers import momentum
        >>> weight, velocity, gradient = torch.tensor(1.0), torch.tensor(1.0), torch.tensor(2.0)
        >>> momentum(weight, velocity, gradient, lr=0.1, mu=0.5)
        (tensor(0.7500), tensor(2.5000))
    """
    velocity = mu * velocity + gradient
    return weight - lr * velocity, velocity
    # --8<-- [end:momentum]


# --8<-- [start:nesterov]
def nesterov(
    weight: Tensor,
    velocity: Tensor,
    gradient: Tensor,
    lr: float,
    mu: float,
) -> tuple[Tensor, Tensor]:
    """Step along the velocity as it would be one step later.

    Args:
        weight: The parameter, any shape.
        velocity: The running sum so far, shaped like `weight`; zeros at first.
        gradient: The loss's gradient, shaped like `weight`.
        lr: The learning rate, above 0.
        mu: What is left of the old sum, from 0 to below 1.

    Returns:
        The new weight and the new velocity, shaped like `weight`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.optimizers import nesterov
        >>> weight, velocity, gradient = torch.tensor(1.0), torch.tensor(1.0), torch.tensor(2.0)
        >>> nesterov(weight, velocity, gradient, lr=0.1, mu=0.5)
        (tensor(0.6750), tensor(2.5000))
    """
    velocity = mu * velocity + gradient
    return weight - lr * (gradient + mu * velocity), velocity
    # --8<-- [end:nesterov]


# --8<-- [start:rmsprop]
def rmsprop(
    weight: Tensor,
    square: Tensor,
    gradient: Tensor,
    lr: float,
    alpha: float = 0.99,
    eps: float = 1e-8,
) -> tuple[Tensor, Tensor]:
    """Divide each element of the gradient by its recent root mean square.

    Args:
        weight: The parameter, any shape.
        square: A running mean of squared gradients, shaped like `weight`; zeros at first.
        gradient: The loss's gradient, shaped like `weight`.
        lr: The learning rate, above 0. Steps become about as long once
            `square` has seen some gradients; the first ones are longer.
        alpha: What is left of the old mean, from 0 to below 1.
        eps: Keeps the divisor above 0.

    Returns:
        The new weight and the new running mean, shaped like `weight`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.optimizers import rmsprop
        >>> rmsprop(torch.tensor(1.0), torch.tensor(4.0), torch.tensor(2.0), lr=0.1)
        (tensor(0.9000), tensor(4.))
    """
    square = alpha * square + (1 - alpha) * gradient**2
    return weight - lr * gradient / (square.sqrt() + eps), square
    # --8<-- [end:rmsprop]


# --8<-- [start:adam]
def adam(
    weight: Tensor,
    mean: Tensor,
    square: Tensor,
    gradient: Tensor,
    step: int,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> tuple[Tensor, Tensor, Tensor]:
    """Divide a mean of recent gradients by their root mean square.

    Args:
        weight: The parameter, any shape.
        mean: A running mean of gradients, shaped like `weight`; zeros at first.
        square: A running mean of squared gradients, shaped like `weight`; zeros at first.
        gradient: The loss's gradient, shaped like `weight`.
        step: The number of this step, from 1.
        lr: The learning rate, above 0: the length of the first step.
        betas: What is left of the old means, each from 0 to below 1.
        eps: Keeps the divisor above 0.

    Returns:
        The new weight and the two new running means, shaped like `weight`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.optimizers import adam
        >>> weight, zero = torch.tensor(1.0), torch.tensor(0.0)
        >>> adam(weight, zero, zero, torch.tensor(2.0), step=1, lr=0.1)
        (tensor(0.9000), tensor(0.2000), tensor(0.0040))
    """
    mean = betas[0] * mean + (1 - betas[0]) * gradient
    square = betas[1] * square + (1 - betas[1]) * gradient**2
    # The means started at 0, so they are too small by these factors.
    mean_now = mean / (1 - betas[0] ** step)
    square_now = square / (1 - betas[1] ** step)
    return weight - lr * mean_now / (square_now.sqrt() + eps), mean, square
    # --8<-- [end:adam]


# --8<-- [start:adamw]
def adamw(
    weight: Tensor,
    mean: Tensor,
    square: Tensor,
    gradient: Tensor,
    step: int,
    decay: float,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> tuple[Tensor, Tensor, Tensor]:
    """Shrink the weight, then take Adam's step.

    Args:
        weight: The parameter, any shape.
        mean: Adam's running mean of gradients, shaped like `weight`; zeros at first.
        square: Adam's running mean of squared gradients, shaped like `weight`; zeros at first.
        gradient: The gradient of the loss alone, shaped like `weight`.
        step: The number of this step, from 1.
        decay: The weight decay, at least 0: `lr * decay` of the weight goes in each step.
        lr: The learning rate, above 0.
        betas: What is left of the old means, each from 0 to below 1.
        eps: Keeps the divisor above 0.

    Returns:
        The new weight and the two new running means, shaped like `weight`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.optimizers import adamw
        >>> weight, zero = torch.tensor(1.0), torch.tensor(0.0)
        >>> adamw(weight, zero, zero, zero, step=1, decay=0.5, lr=0.1)[0]
        tensor(0.9500)
    """
    shrunk = (1 - lr * decay) * weight
    return adam(shrunk, mean, square, gradient, step, lr, betas, eps)
    # --8<-- [end:adamw]
