"""What the losses are: one formula, in 80 digits, and central differences for its derivatives.

Nothing here comes from torch or dlnotes, and 80 digits leave nothing to overflow or cancel. So an implementation that
disagrees is wrong, or computes another loss.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

Row = Sequence[Any]  # of numbers with 80 digits

mp.dps = 80
STEP = mpf(10) ** -24


@dataclass(frozen=True)
class Sample:
    """The logits of one sample, with what its target makes of each class.

    Attributes:
        logits: `C` numbers.
        shares: The share q of each class in the target; all are 0 for a sample that is ignored.
        weights: What the loss of each class is multiplied by.
        divisor: What the sample adds to the divisor of a mean.
    """

    logits: Row
    shares: Row
    weights: Row
    divisor: Any = 1


@dataclass(frozen=True)
class Loss:
    """Poly-1 focal loss, Σ_c w_c q_c (1 − p_c)^γ (−log p_c + ε(1 − p_c)), which for γ = ε = 0 is cross-entropy."""

    gamma: float = 0.0
    epsilon: float = 0.0

    @property
    def name(self) -> str:
        """What it's called."""
        poly, focal = bool(self.epsilon), bool(self.gamma)
        return {(0, 0): "cross-entropy", (1, 0): "Poly-1", (0, 1): "focal", (1, 1): "Poly-1 focal"}[poly, focal]

    def __call__(self, sample: Sample) -> Any:
        """Return the loss of one sample."""
        powers = [mp.exp(z) for z in sample.logits]
        total = mp.fsum(powers)
        loss = mpf(0)
        for k, (share, weight) in enumerate(zip(sample.shares, sample.weights, strict=True)):
            if share:
                rest = mp.fsum(powers[:k] + powers[k + 1 :]) / total  # 1 − p: the difference would lose digits
                nll = -mp.log1p(-rest) if rest < 0.5 else mp.log(total) - sample.logits[k]
                loss += weight * share * rest ** mpf(self.gamma) * (nll + self.epsilon * rest)
        return loss

    def gradient(self, sample: Sample) -> list[Any]:
        """Return the derivative by each logit."""
        return [_slope(self, sample, _unit(len(sample.logits), k)) for k in range(len(sample.logits))]

    def curvature(self, sample: Sample, direction: Row) -> list[Any]:
        """Return the Hessian times `direction`."""
        ends = [self.gradient(_moved(sample, direction, sign * mp.sqrt(STEP))) for sign in (1, -1)]
        return [(ahead - behind) / (2 * mp.sqrt(STEP)) for ahead, behind in zip(*ends, strict=True)]


def _slope(value: Callable[[Sample], Any], sample: Sample, direction: Row) -> Any:
    ahead, behind = (value(_moved(sample, direction, sign * STEP)) for sign in (1, -1))
    return (ahead - behind) / (2 * STEP)


def _moved(sample: Sample, direction: Row, step: Any) -> Sample:
    logits = [z + step * v for z, v in zip(sample.logits, direction, strict=True)]
    return Sample(logits, sample.shares, sample.weights, sample.divisor)


def _unit(size: int, place: int) -> list[int]:
    return [int(k == place) for k in range(size)]
