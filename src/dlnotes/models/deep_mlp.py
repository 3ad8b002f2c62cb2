"""A perceptron as deep as you like, to see what each change since LeNet does to its gradients.

Source: K. He, X. Zhang, S. Ren, J. Sun, "Identity Mappings in Deep Residual Networks", ECCV 2016, arXiv 1603.05027 (the
order within a layer, figure 1b).
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Layer", "deep_mlp", "first_to_last"]


# --8<-- [start:deep_mlp]
WIDTH = 64


class Layer(nn.Module):
    """One layer: normalise if asked, bend, multiply, add the input if asked.

    Args:
        activation: Makes the activation.
        normalise: Whether batch normalisation comes first.
        residual: Whether to add the input to the result.

    Examples:
        >>> import torch
        >>> from dlnotes.models.deep_mlp import Layer
        >>> Layer(torch.nn.ReLU, normalise=True, residual=True)(torch.zeros(2, 64)).shape
        torch.Size([2, 64])
    """

    def __init__(
        self,
        activation: Callable[[], nn.Module],
        normalise: bool,
        residual: bool,
    ) -> None:
        super().__init__()
        self.normalise = nn.BatchNorm1d(WIDTH) if normalise else nn.Identity()
        self.activation, self.linear = activation(), nn.Linear(WIDTH, WIDTH)
        self.residual = residual

    def forward(self, inputs: Tensor) -> Tensor:
        """Compute the layer.

        Args:
            inputs: `(N, 64)`.

        Returns:
            `(N, 64)`.
        """
        result: Tensor = self.linear(self.activation(self.normalise(inputs)))
        return inputs + result if self.residual else result


def deep_mlp(
    depth: int,
    initialise: Callable[[nn.Module], None],
    activation: Callable[[], nn.Module] = nn.ReLU,
    normalise: bool = False,
    residual: bool = False,
) -> nn.Sequential:
    """Build a perceptron with `depth` equal layers of 64 neurons.

    Args:
        depth: The number of layers between the first one and the last, at least 0.
        initialise: Called with each module of the network. It changes weights.
        activation: Makes an activation.
        normalise: Whether each layer starts with batch normalisation.
        residual: Whether each layer adds its input to its result.

    Returns:
        A model of images `(N, 1, 28, 28)`, with logits for 10 classes.

    Examples:
        >>> import torch
        >>> from dlnotes.models.deep_mlp import deep_mlp
        >>> deep_mlp(20, lambda module: None)(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    layers = (Layer(activation, normalise, residual) for _ in range(depth))
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, WIDTH),
        *layers,
        nn.BatchNorm1d(WIDTH) if normalise else nn.Identity(),
        activation(),
        nn.Linear(WIDTH, 10),
    )
    return model.apply(initialise)


# --8<-- [end:deep_mlp]


# --8<-- [start:first_to_last]
def first_to_last(
    model: nn.Sequential,
    inputs: Tensor,
    targets: Tensor,
) -> float:
    """Compare the gradients of the first and the last layer.

    Args:
        model: Its second part and its last are linear layers.
        inputs: Images, `(N, 1, 28, 28)`.
        targets: Class indices, `(N,)`.

    Returns:
        The norm of the first weights' gradient, divided by that of the last
        weights'. The model's own gradients are replaced.

    Raises:
        ValueError: If one of these weights doesn't require a gradient.

    Examples:
        >>> import torch
        >>> from dlnotes.models.deep_mlp import deep_mlp, first_to_last
        >>> model = deep_mlp(0, lambda module: None)
        >>> first_to_last(model, torch.rand(4, 1, 28, 28), torch.arange(4)) > 0
        True
    """
    model.zero_grad()
    F.cross_entropy(model(inputs), targets).backward()
    first = model.get_parameter("1.weight").grad
    last = list(model.parameters())[-2].grad
    if first is None or last is None:
        raise ValueError("a layer got no gradient: its weight must require one")
    return float(first.norm() / last.norm())


# --8<-- [end:first_to_last]
