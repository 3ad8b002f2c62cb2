"""Linear regression from scratch: made-up data, the exact solution, and minibatch gradient descent.

Source: Gauss 1809 for least squares; Robbins and Monro 1951 for steps along noisy gradients.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

__all__ = ["closed_form", "minibatches", "predict", "sgd_step", "synthetic_data", "train"]


# --8<-- [start:synthetic-data]
def synthetic_data(
    weight: Tensor,
    bias: float,
    count: int,
    noise: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """Make random points near a known plane.

    Args:
        weight: Its slopes, `(features,)`.
        bias: Its height at the origin.
        count: How many points.
        noise: Standard deviation of the distance from the plane, at least 0.

    Returns:
        Inputs `(count, features)`, standard normal, and targets `(count,)`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.linear_regression import synthetic_data
        >>> inputs, targets = synthetic_data(torch.tensor([2.0, -3.4]), 4.2, count=5)
        >>> inputs.shape, targets.shape
        (torch.Size([5, 2]), torch.Size([5]))
    """
    inputs = torch.randn(count, len(weight), dtype=weight.dtype)
    targets = predict(inputs, weight, bias)
    return inputs, targets + noise * torch.randn_like(targets)
    # --8<-- [end:synthetic-data]


# --8<-- [start:predict]
def predict(inputs: Tensor, weight: Tensor, bias: Tensor | float) -> Tensor:
    """Return the weighted sum of each row of inputs, plus the bias.

    Args:
        inputs: `(N, features)`.
        weight: `(features,)`.
        bias: A number, or a tensor of shape `()`.

    Returns:
        Predictions, `(N,)`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.linear_regression import predict
        >>> predict(torch.tensor([[1.0, 2.0]]), torch.tensor([10.0, 1.0]), 0.5)
        tensor([12.5000])
    """
    return inputs @ weight + bias
    # --8<-- [end:predict]


# --8<-- [start:closed-form]
def closed_form(inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weight (features,) and the bias () with the smallest loss.

    Args:
        inputs: `(N, features)`.
        targets: `(N,)`.

    Returns:
        The weight, `(features,)`, and the bias, `()`.

    Raises:
        ValueError: If shapes don't fit, or there are too few points.

    Examples:
        >>> import torch
        >>> from dlnotes.models.linear_regression import closed_form
        >>> weight, bias = closed_form(torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 3.0, 5.0]))
        >>> round(weight.item(), 3), round(bias.item(), 3)
        (2.0, 1.0)
    """
    if inputs.dim() != 2 or targets.shape != inputs.shape[:1]:
        raise ValueError(
            f"inputs has shape {tuple(inputs.shape)} and targets "
            f"{tuple(targets.shape)}; they must be (N, features) and (N,)"
        )
    count, features = inputs.shape
    if count <= features:
        raise ValueError(f"inputs has {count} rows; give more than {features}")
    with_ones = torch.cat([inputs, inputs.new_ones(count, 1)], dim=1)
    solution = torch.linalg.lstsq(with_ones, targets[:, None]).solution[:, 0]
    return solution[:-1], solution[-1]
    # --8<-- [end:closed-form]


# --8<-- [start:minibatches]
def minibatches(
    inputs: Tensor,
    targets: Tensor,
    batch_size: int,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield all examples once, in random order, `batch_size` at a time.

    The last batch has what is left, and may be smaller.

    Args:
        inputs: `(N, ...)`.
        targets: `(N, ...)`.
        batch_size: At least 1.

    Yields:
        Inputs `(batch_size, ...)` and targets `(batch_size, ...)`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.linear_regression import minibatches
        >>> [len(targets) for _, targets in minibatches(torch.zeros(5, 2), torch.zeros(5), 2)]
        [2, 2, 1]
    """
    for chosen in torch.randperm(len(inputs)).split(batch_size):
        yield inputs[chosen], targets[chosen]
        # --8<-- [end:minibatches]


# --8<-- [start:sgd-step]
def sgd_step(parameters: Iterable[Tensor], lr: float) -> None:
    """Move each parameter against its gradient, and forget the gradient.

    Args:
        parameters: Leaves of the graph. Those without a gradient stay.
        lr: The learning rate, above 0.

    Examples:
        >>> import torch
        >>> from dlnotes.models.linear_regression import sgd_step
        >>> weight = torch.tensor(1.0, requires_grad=True)
        >>> (3 * weight).backward()
        >>> sgd_step([weight], lr=0.1)
        >>> weight
        tensor(0.7000, requires_grad=True)
    """
    with torch.no_grad():
        for parameter in parameters:
            if parameter.grad is not None:
                parameter -= lr * parameter.grad
                parameter.grad = None
                # --8<-- [end:sgd-step]


# --8<-- [start:train]
def train(
    inputs: Tensor,
    targets: Tensor,
    *,
    lr: float,
    batch_size: int,
    epochs: int,
) -> tuple[Tensor, Tensor]:
    """Fit by minibatch gradient descent on the half squared loss.

    Args:
        inputs: `(N, features)`.
        targets: `(N,)`.
        lr: The learning rate, above 0.
        batch_size: Examples in a step, at least 1.
        epochs: How often all examples are used.

    Returns:
        The weight, `(features,)`, and the bias, `()`.

    Examples:
        >>> import torch
        >>> from dlnotes.models.linear_regression import train
        >>> x = torch.tensor([[-1.0], [0.0], [1.0]])
        >>> weight, bias = train(x, 2 * x[:, 0] + 1, lr=0.5, batch_size=3, epochs=100)
        >>> round(weight.item(), 3), round(bias.item(), 3)
        (2.0, 1.0)
    """
    weight = inputs.new_zeros(inputs.shape[1], requires_grad=True)
    bias = inputs.new_zeros((), requires_grad=True)
    for _ in range(epochs):
        for x, y in minibatches(inputs, targets, batch_size):
            loss = ((predict(x, weight, bias) - y) ** 2 / 2).mean()
            loss.backward()
            sgd_step([weight, bias], lr)
    return weight.detach(), bias.detach()
    # --8<-- [end:train]
