"""What helps a network on examples that it hasn't seen: decay, dropout, and stopping early."""

import torch
from torch import Tensor, nn

__all__ = ["Best", "Dropout", "decay", "l2"]


# --8<-- [start:l2]
def l2(weights: list[Tensor], strength: float) -> Tensor:
    """Return half the sum of the squared weights, times the strength.

    Args:
        weights: Tensors of any shapes; at least one.
        strength: λ, at least 0.

    Returns:
        A number, to add to the loss.

    Examples:
        >>> import torch
        >>> from dlnotes.training.regularisation import l2
        >>> l2([torch.tensor([3.0, 4.0])], strength=0.1)
        tensor(1.2500)
    """
    squares = [(weight**2).sum() for weight in weights]
    return strength / 2 * torch.stack(squares).sum()


# --8<-- [end:l2]


# --8<-- [start:decay]
@torch.no_grad()
def decay(weights: list[Tensor], lr: float, strength: float) -> None:
    """Shrink all weights by a factor, in place, before an optimizer's step.

    Args:
        weights: Tensors of any shapes.
        lr: The optimizer's learning rate.
        strength: λ, at least 0.

    Examples:
        >>> import torch
        >>> from dlnotes.training.regularisation import decay
        >>> weight = torch.tensor([1.0, -2.0])
        >>> decay([weight], lr=0.1, strength=1.0)
        >>> weight
        tensor([ 0.9000, -1.8000])
    """
    for weight in weights:
        weight.mul_(1 - lr * strength)


# --8<-- [end:decay]


# --8<-- [start:dropout]
class Dropout(nn.Module):
    """Set each input to 0 with probability p in training; scale up the rest.

    Args:
        p: The probability, from 0 to below 1.

    Raises:
        ValueError: If p is outside that range.

    Examples:
        >>> import torch
        >>> from dlnotes.training.regularisation import Dropout
        >>> _ = torch.manual_seed(0)
        >>> Dropout(0.5)(torch.ones(6))
        tensor([0., 2., 0., 0., 0., 2.])

    Source:
        Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p is {p}; it must be from 0 to below 1")
        self.p = p

    def forward(self, hidden: Tensor) -> Tensor:
        """Drop in training mode; in evaluation mode return the input.

        Args:
            hidden: A tensor of any shape.

        Returns:
            One of the same shape.
        """
        if not self.training:
            return hidden
        kept = torch.rand_like(hidden) >= self.p
        return hidden * kept / (1 - self.p)


# --8<-- [end:dropout]


# --8<-- [start:best]
class Best:
    """Keep the weights with the lowest validation loss; say when to stop.

    Attributes:
        loss: The lowest so far.

    Args:
        model: Its weights are copied whenever a loss is the lowest so far.
        patience: How many losses in a row may be no better.

    Raises:
        ValueError: If the patience is below 1.

    Examples:
        >>> import torch
        >>> from dlnotes.training.regularisation import Best
        >>> best = Best(torch.nn.Linear(1, 1), patience=2)
        >>> [best.stop(loss) for loss in (0.9, 0.5, 0.6, 0.7)]
        [False, False, False, True]
        >>> best.loss
        0.5
    """

    def __init__(self, model: nn.Module, patience: int) -> None:
        if patience < 1:
            raise ValueError(f"patience is {patience}; it must be at least 1")
        self.model, self.patience = model, patience
        self.loss, self.waited = float("inf"), 0
        self.keep()

    def stop(self, loss: float) -> bool:
        """Take note of a validation loss, and say whether to stop.

        Args:
            loss: Of the model as it is now.

        Returns:
            Whether the last `patience` losses were all no better.
        """
        self.waited += 1
        if loss < self.loss:
            self.loss, self.waited = loss, 0
            self.keep()
        return self.waited >= self.patience

    def keep(self) -> None:
        """Copy the model's weights as they are now."""
        state = self.model.state_dict()
        self.weights = {name: kept.clone() for name, kept in state.items()}

    def restore(self) -> None:
        """Give the model the weights of the lowest loss."""
        self.model.load_state_dict(self.weights)


# --8<-- [end:best]
