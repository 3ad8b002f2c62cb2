"""A learning-rate range test: one short run through rising learning rates, to see which ones learn and which break.

Source: Smith 2017, section 3.3. There the rate rises linearly; here each step multiplies it, as has become usual.
"""

import itertools
from collections.abc import Iterable

import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

__all__ = ["range_test"]


# --8<-- [start:range_test]
def range_test(
    model: nn.Module,
    optimizer: Optimizer,
    batches: Iterable[tuple[Tensor, Tensor]],
    low: float,
    high: float,
    steps: int = 100,
) -> list[tuple[float, float]]:
    """Train while the learning rate rises from low to high.

    The test ends early when the loss is four times its best, or not a number.
    Use a model that you can throw away.

    Args:
        model: Maps inputs to logits `(N, C)`. It is trained, and spoilt.
        optimizer: Holds the model's parameters. Its learning rate is changed.
        batches: Yields inputs and targets, as in `train_epoch`. When they
            come to an end, they start again.
        low: The first learning rate, above 0.
        high: The last learning rate, above `low`.
        steps: The number of steps, at least 2.

    Returns:
        Each step's learning rate, and the running mean of the losses so far.

    Raises:
        ValueError: If `low` and `high` aren't rising from above 0, or there are
            fewer than 2 steps.

    Examples:
        >>> import torch
        >>> from dlnotes.training.range_test import range_test
        >>> model = torch.nn.Linear(2, 2)
        >>> optimizer = torch.optim.SGD(model.parameters())
        >>> batches = [(torch.eye(2), torch.arange(2))]
        >>> found = range_test(model, optimizer, batches, 0.001, 1.0, steps=4)
        >>> [round(lr, 3) for lr, _ in found]
        [0.001, 0.01, 0.1, 1.0]
    """
    if not 0 < low < high or steps < 2:
        raise ValueError(
            f"low, high and steps are {low}, {high} and {steps}; "
            "low must be above 0, high above low, and steps at least 2"
        )
    model.train()
    mean, found = 0.0, []
    endless = itertools.chain.from_iterable(itertools.repeat(batches))
    for step, (inputs, targets) in zip(range(steps), endless, strict=False):
        lr = low * (high / low) ** (step / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = lr
        loss = F.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean = 0.9 * mean + 0.1 * loss.item()
        # The mean started at 0, as in Adam.
        found.append((lr, mean / (1 - 0.9 ** (step + 1))))
        best = min(loss for _, loss in found)
        if not found[-1][1] < 4 * best:
            break
    return found


# --8<-- [end:range_test]
