"""The training loop: one epoch, its running sums, an evaluation, and batches from memory.

`train_epoch` takes its batches from anything that yields inputs and targets. A `DataLoader` is one such thing;
`Batches` is another: it gives the same batches in less time.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import RandomSampler

__all__ = ["Batches", "Means", "NotFiniteError", "Sums", "evaluate", "split", "train_epoch"]


# --8<-- [start:train_epoch]
Batch = tuple[Tensor, Tensor]


def train_epoch(
    model: nn.Module,
    optimizer: Optimizer,
    batches: Iterable[Batch],
    size: Callable[[Tensor], float | Tensor] = len,
    loss_function: Callable[..., Tensor] = F.cross_entropy,
) -> "Means":
    """Show the model every batch once, with one optimizer step for each.

    Args:
        model: Maps inputs to logits `(N, C)`.
        optimizer: Holds the model's parameters.
        batches: Yields inputs and targets: class indices, `(N,)`. A
            `DataLoader`, or `Batches`.
        size: What to divide a batch's sum of losses by, from its targets.
        loss_function: Called as `F.cross_entropy` is, with `reduction="sum"`.

    Returns:
        The loss and the accuracy, averaged over the examples, of the model as
        it was at each step.

    Raises:
        NotFiniteError: If a loss was NaN or infinite.

    Examples:
        >>> import torch
        >>> from dlnotes.training.loop import Batches, train_epoch
        >>> inputs, targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1])
        >>> model = torch.nn.Linear(2, 2)
        >>> optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        >>> losses = [train_epoch(model, optimizer, Batches(inputs, targets, 2)).loss for _ in range(9)]
        >>> losses[-1] < losses[0]
        True
    """
    model.train()
    sums = Sums()
    for inputs, targets in batches:
        logits = model(inputs)
        loss = loss_function(logits, targets, reduction="sum")
        optimizer.zero_grad()
        (loss / size(targets)).backward()
        optimizer.step()
        sums.add(loss, logits, targets)
    return sums.means()


# --8<-- [end:train_epoch]


# --8<-- [start:evaluate]
@torch.no_grad()
def evaluate(model: nn.Module, batches: Iterable[Batch]) -> "Means":
    """Measure the loss and the accuracy of a model, without training it.

    Args:
        model: Maps inputs to logits `(N, C)`. It is left in evaluation mode.
        batches: Yields inputs and targets, as in `train_epoch`.

    Returns:
        The loss and the accuracy, averaged over the examples.

    Raises:
        NotFiniteError: If a loss was NaN or infinite.

    Examples:
        >>> import torch
        >>> from dlnotes.training.loop import evaluate
        >>> logits, targets = torch.tensor([[2.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1])
        >>> evaluate(torch.nn.Identity(), [(logits, targets)]).accuracy
        0.5
    """
    model.eval()
    sums = Sums()
    for inputs, targets in batches:
        logits = model(inputs)
        loss = F.cross_entropy(logits, targets, reduction="sum")
        sums.add(loss, logits, targets)
    return sums.means("evaluation")


# --8<-- [end:evaluate]


class Means(NamedTuple):
    """Averages over examples: `loss` in nats, `accuracy` in [0, 1].

    Attributes:
        loss: The mean cross-entropy, or whatever the loss function gives.
        accuracy: The share of right answers, from 0 to 1.
    """

    loss: float
    accuracy: float


class Sums:
    """Running sums of loss, correct answers and examples, one row a step.

    The last batch may be smaller than the others, so sums over examples are
    divided once, at the end. The mean of the batches' means would be wrong.
    """

    def __init__(self) -> None:
        self.rows: list[Tensor] = []

    def add(self, loss: Tensor, logits: Tensor, targets: Tensor) -> None:
        """Add a batch.

        Args:
            loss: The sum of the batch's losses, a scalar.
            logits: `(N, C)`.
            targets: Class indices, `(N,)`.
        """
        correct = (logits.argmax(dim=1) == targets).sum()
        examples = torch.full_like(loss, len(targets))
        row = [loss.detach(), correct.to(loss.dtype), examples]
        self.rows.append(torch.stack(row))

    def means(self, during: str = "training") -> Means:
        """Divide the sums by the number of examples.

        Args:
            during: What to call this in the message of an error.

        Returns:
            The means over everything that was added, by all processes together.

        Raises:
            NotFiniteError: If a loss was NaN or infinite.
            ValueError: If nothing was added.
        """
        if not self.rows:
            raise ValueError("there were no batches; a mean needs one")
        # Numbers stay on the device until here: reading one makes a GPU wait.
        table = torch.stack(self.rows)
        if dist.is_initialized():
            dist.all_reduce(table)
        table = table.cpu().double()
        for step, loss in enumerate(table[:, 0].tolist(), start=1):
            if not math.isfinite(loss):
                raise NotFiniteError(step, loss, during)
        loss, correct, examples = table.sum(dim=0).tolist()
        return Means(loss / examples, correct / examples)


class NotFiniteError(ArithmeticError):
    """A NaN or infinite loss. The message says when, and what to try.

    Args:
        step: The first such step, from 1.
        loss: NaN, or plus or minus infinity.
        during: "training" or "evaluation".
        epoch: From 1, if known.
    """

    def __init__(
        self,
        step: int,
        loss: float,
        during: str,
        epoch: int | None = None,
    ) -> None:
        self.step, self.loss, self.during = step, loss, during
        when = f"in step {step} of the {during}"
        when += f" in epoch {epoch}" if epoch else ""
        super().__init__(
            f"the loss is {loss} {when}. What comes after can't be trusted.\n"
            "Likely causes: a learning rate that is too high; inputs that are "
            "not finite or not scaled; in a loss of your own, log 0 or a "
            "division by 0.\n"
            "Try a learning rate (--lr) ten times smaller. Look at "
            "inputs.min(), inputs.max() and inputs.isnan().any(). "
            "torch.autograd.set_detect_anomaly(True) names the operation "
            "where it began."
        )

    def in_epoch(self, epoch: int) -> "NotFiniteError":
        """Return the same error, with the epoch in its message.

        Args:
            epoch: Its number, from 1.

        Returns:
            A new error.
        """
        return NotFiniteError(self.step, self.loss, self.during, epoch)


class Batches:
    """Batches of tensors in memory, as a `DataLoader` would make them.

    `Batches(inputs, targets, 256, generator=g)` yields, bit for bit, what
    `DataLoader(TensorDataset(inputs, targets), 256, shuffle=True, generator=g)`
    yields, and leaves g in the same state. It takes a batch with one indexing
    operation, not one for each example.

    Args:
        inputs: `(N, ...)`.
        targets: `(N,)`.
        batch_size: Examples in a batch; the last one may have fewer.
        generator: Shuffles, anew in every epoch. None keeps the order.
        rank: This process's number among `processes`, from 0.
        processes: Each batch is divided among so many.

    Examples:
        >>> import torch
        >>> from dlnotes.training.loop import Batches
        >>> [targets.tolist() for _, targets in Batches(torch.zeros(5, 2), torch.arange(5), 2)]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        inputs: Tensor,
        targets: Tensor,
        batch_size: int,
        *,
        generator: Generator | None = None,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        self.inputs, self.targets, self.batch_size = inputs, targets, batch_size
        self.generator, self.rank, self.processes = generator, rank, processes

    def __len__(self) -> int:
        return math.ceil(len(self.targets) / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = self._order().to(self.targets.device)
        for batch in order.split(self.batch_size):
            part = batch.tensor_split(self.processes)[self.rank]
            yield self.inputs[part], self.targets[part]

    def _order(self) -> Tensor:
        examples = range(len(self.targets))
        if self.generator is None:
            return torch.tensor(examples)
        # A DataLoader draws a seed for its workers first, even without workers.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        sampler = RandomSampler(examples, generator=self.generator)
        return torch.tensor([*sampler])


def split(examples: int, validation: float, seed: int) -> tuple[Tensor, Tensor]:
    """Choose at random which examples to train on and which to hold out.

    Args:
        examples: The number of examples.
        validation: The fraction to hold out, in [0, 1). 0 trains on everything.
        seed: The same seed gives the same choice.

    Returns:
        The indices for training and those for validation, both ascending.

    Raises:
        ValueError: If `validation` isn't in [0, 1) or leaves no example.

    Examples:
        >>> from dlnotes.training.loop import split
        >>> learn, held_out = split(10, validation=0.2, seed=0)
        >>> len(learn), len(held_out)
        (8, 2)
    """
    held_out = round(examples * validation) if 0 <= validation < 1 else examples
    if held_out >= examples:
        raise ValueError(
            f"validation is {validation} of {examples} examples; choose a "
            f"fraction from 0 up to, not including, 1 that leaves some to learn"
        )
    order = torch.randperm(examples, generator=Generator().manual_seed(seed))
    return order[held_out:].sort().values, order[:held_out].sort().values
