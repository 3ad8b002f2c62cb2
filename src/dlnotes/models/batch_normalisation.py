"""Batch normalisation from scratch.

Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
Shift", ICML 2015, arXiv 1502.03167, algorithms 1 and 2.
"""

import torch
from torch import Tensor, nn

__all__ = ["BatchNorm"]


# --8<-- [start:batch_norm]
class BatchNorm(nn.Module):
    """Give each channel the mean 0 and the variance 1; then scale and shift.

    In training, mean and variance are those of the batch, and running means
    of both are kept. In evaluation, the running means take their place.

    Args:
        channels: Of the inputs, at least 1.
        share: Of each new batch in the running means, from 0 to 1.
        epsilon: Added to variances, above 0.

    Examples:
        >>> import torch
        >>> from dlnotes.models.batch_normalisation import BatchNorm
        >>> BatchNorm(1)(torch.tensor([[1.0], [3.0]])).detach()
        tensor([[-1.0000],
                [ 1.0000]])
    """

    mean: Tensor
    variance: Tensor

    def __init__(
        self,
        channels: int,
        share: float = 0.1,
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        self.share, self.epsilon = share, epsilon
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise.

        Args:
            inputs: `(N, C)` or `(N, C, H, W)`.

        Returns:
            The same shape.

        Raises:
            ValueError: If there is just one value a channel to learn from.
        """
        x = inputs.transpose(1, -1)  # channels last, so that (C,) broadcasts
        mean, variance = self.mean, self.variance
        if self.training:
            rows = x.flatten(0, -2)
            if len(rows) == 1:
                raise ValueError("a batch has 1 value a channel; give it 2")
            mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)
            with torch.no_grad():
                self.mean.lerp_(mean, self.share)
                self.variance.lerp_(rows.var(dim=0), self.share)
        x = (x - mean) / (variance + self.epsilon).sqrt()
        return (self.scale * x + self.shift).transpose(1, -1)


# --8<-- [end:batch_norm]
