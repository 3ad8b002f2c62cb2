"""The PolyLoss family as modules, which keep the settings and call the functions."""

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn

from dlnotes.losses._numbers import finite
from dlnotes.losses.polyloss.binary import poly1_binary_cross_entropy_with_logits
from dlnotes.losses.polyloss.coefficients import all_finite, class_balance
from dlnotes.losses.polyloss.functional import poly1_cross_entropy, poly1_focal_loss, polyn_cross_entropy


def _shared(loss: nn.CrossEntropyLoss) -> dict[str, Any]:
    """Return the settings that a loss shares with cross-entropy."""
    return {
        "weight": loss.weight,
        "ignore_index": loss.ignore_index,
        "reduction": loss.reduction,
        "label_smoothing": loss.label_smoothing,
    }


class Poly1CrossEntropyLoss(nn.CrossEntropyLoss):
    """`poly1_cross_entropy` as a module; its arguments are those of the function.

    Args:
        epsilon: ε, any finite number. You may assign `loss.epsilon` later, for a schedule say.
        weight: A factor for each class, `(C,)`, kept as a buffer.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: From 0 to 1.

    Raises:
        TypeError: If `epsilon` is not a number.
        ValueError: If `epsilon` is infinite or NaN.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import Poly1CrossEntropyLoss
        >>> loss = Poly1CrossEntropyLoss(epsilon=2.0)
        >>> loss
        Poly1CrossEntropyLoss(epsilon=2.0)
        >>> loss(torch.zeros(1, 4), torch.tensor([3]))
        tensor(2.8863)
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight=weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing)
        self.epsilon = finite("epsilon", epsilon)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return `poly1_cross_entropy(input, target)` with the settings of this module."""
        return poly1_cross_entropy(input, target, epsilon=self.epsilon, **_shared(self))

    def extra_repr(self) -> str:
        """Return the settings that `print` shows."""
        return f"epsilon={self.epsilon}"


class PolyNCrossEntropyLoss(nn.CrossEntropyLoss):
    """`polyn_cross_entropy` as a module; its arguments are those of the function.

    Args:
        epsilons: ε_1, ..., ε_N, each finite.
        weight: A factor for each class, `(C,)`, kept as a buffer.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: From 0 to 1.

    Raises:
        TypeError: If `epsilons` is not a sequence of numbers.
        ValueError: If one of them is infinite or NaN.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import PolyNCrossEntropyLoss
        >>> PolyNCrossEntropyLoss(epsilons=[1.0, 1.0])(torch.zeros(1, 2), torch.tensor([1]))
        tensor(1.4431)
    """

    def __init__(
        self,
        *,
        epsilons: Iterable[float],
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight=weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing)
        self.epsilons = all_finite(epsilons)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return `polyn_cross_entropy(input, target)` with the settings of this module."""
        return polyn_cross_entropy(input, target, epsilons=self.epsilons, **_shared(self))

    def extra_repr(self) -> str:
        """Return the settings that `print` shows."""
        return f"epsilons={self.epsilons}"


class Poly1FocalLoss(nn.CrossEntropyLoss):
    """`poly1_focal_loss` as a module; its arguments are those of the function.

    Args:
        gamma: γ ≥ 0, finite.
        epsilon: ε, any finite number.
        alpha: The balance of the classes, `(C,)`, kept as a buffer, or one number for two classes.
        weight: A factor for each class, `(C,)`, kept as a buffer.
        ignore_index: Samples with this class index count for nothing.
        reduction: `"mean"`, `"sum"` or `"none"`.
        label_smoothing: From 0 to 1.

    Raises:
        TypeError: If `gamma`, `epsilon` or `alpha` has the wrong type.
        ValueError: If one of them is out of range.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import Poly1FocalLoss
        >>> Poly1FocalLoss(gamma=2.0, epsilon=1.0, alpha=0.25)(torch.zeros(1, 2), torch.tensor([1]))
        tensor(0.0746)
    """

    alpha: float | Tensor | None

    def __init__(
        self,
        *,
        gamma: float = 2.0,
        epsilon: float = 1.0,
        alpha: float | Tensor | None = None,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight=weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing)
        self.gamma = finite("gamma", gamma, least=0)
        self.epsilon = finite("epsilon", epsilon)
        class_balance(alpha)
        if isinstance(alpha, Tensor):
            self.register_buffer("alpha", alpha)
        else:
            self.alpha = alpha

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return `poly1_focal_loss(input, target)` with the settings of this module."""
        return poly1_focal_loss(
            input, target, gamma=self.gamma, epsilon=self.epsilon, alpha=self.alpha, **_shared(self)
        )

    def extra_repr(self) -> str:
        """Return the settings that `print` shows."""
        return f"gamma={self.gamma}, epsilon={self.epsilon}, alpha={self.alpha}"


class Poly1BCEWithLogitsLoss(nn.BCEWithLogitsLoss):
    """`poly1_binary_cross_entropy_with_logits` as a module; its arguments are those of the function.

    Args:
        epsilon: ε, any finite number.
        weight: Factors of the losses, any shape that broadcasts to that of the logits, kept as a buffer.
        reduction: `"mean"`, `"sum"` or `"none"`.
        pos_weight: Factors of what yes costs, any shape that broadcasts to that of the logits, kept as a buffer.
        label_smoothing: From 0 to 1.

    Raises:
        TypeError: If `epsilon` is not a number.
        ValueError: If `epsilon` is infinite or NaN.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.polyloss import Poly1BCEWithLogitsLoss
        >>> Poly1BCEWithLogitsLoss(epsilon=2.0)(torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 1.0]]))
        tensor(1.6931)
    """

    def __init__(
        self,
        *,
        epsilon: float = 1.0,
        weight: Tensor | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight=weight, reduction=reduction, pos_weight=pos_weight)
        self.epsilon = finite("epsilon", epsilon)
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return `poly1_binary_cross_entropy_with_logits(input, target)` with the settings of this module."""
        return poly1_binary_cross_entropy_with_logits(
            input,
            target,
            epsilon=self.epsilon,
            weight=self.weight,
            reduction=self.reduction,
            pos_weight=self.pos_weight,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        """Return the settings that `print` shows."""
        return f"epsilon={self.epsilon}"
