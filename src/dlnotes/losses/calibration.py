"""Whether probabilities mean what they say: the reliability table, calibration error, Brier score, temperature scaling.

A model is calibrated if, of all the predictions that it makes with confidence .8, 80 % are right. Confidence is the
largest of a row's probabilities. For yes-or-no questions, stack 1 − p and p to rows of two.

Sources: G. W. Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78 (1950);
Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015, for the error; Guo et al.,
"On Calibration of Modern Neural Networks", ICML 2017, arXiv 1706.04599, for it and the temperature;
Nixon et al., "Measuring Calibration in Deep Learning", CVPR workshops 2019, arXiv 1904.01685, for equal-mass bins.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["ReliabilityTable", "brier_score", "expected_calibration_error", "fit_temperature", "reliability_table"]


# --8<-- [start:reliability]
class ReliabilityTable(NamedTuple):
    """What confidence promises and what comes true, one entry a bin.

    Of `reliability_table`, in float64 on the CPU.

    Attributes:
        counts: How many predictions are in each bin, `(bins,)`, integers.
        confidence: Their mean confidence, `(bins,)`. NaN in an empty bin.
        accuracy: The fraction of them that is right, `(bins,)`. NaN in an empty bin.
    """

    counts: Tensor
    confidence: Tensor
    accuracy: Tensor


def sorted_into_bins(
    confidence: Tensor,
    right: Tensor,
    borders: Tensor,
) -> ReliabilityTable:
    """Count predictions by confidence, and average both in each bin.

    Args:
        confidence: From 0 to 1, in float64, `(N,)`.
        right: 1 where the prediction is right, else 0, in float64, `(N,)`.
        borders: Where one bin ends and the next begins, ascending, `(bins - 1,)`. What lies on a border is in the bin
            below.

    Returns:
        Counts, mean confidence and accuracy of each bin.
    """
    bins = len(borders) + 1
    bin_of = torch.bucketize(confidence, borders)
    counts = bin_of.bincount(minlength=bins)
    return ReliabilityTable(
        counts,
        bin_of.bincount(confidence, minlength=bins) / counts,
        bin_of.bincount(right, minlength=bins) / counts,
    )


# --8<-- [end:reliability]


def reliability_table(
    probabilities: Tensor,
    targets: Tensor,
    bins: int = 15,
    *,
    equal_mass: bool = False,
) -> ReliabilityTable:
    """Sort predictions into bins by confidence; compare with accuracy.

    Args:
        probabilities: One distribution a row, `(N, C)`, N ≥ 1.
        targets: The true classes, integers, `(N,)`.
        bins: How many bins, M ≥ 1. Bin m holds confidences above (m − 1)/M, up to and with m/M.
        equal_mass: Whether to place the bins' borders so that each holds as many predictions. Equal confidences stay
            together.

    Returns:
        Counts, mean confidence and accuracy of each bin.

    Raises:
        TypeError: If an argument has the wrong type or dtype.
        ValueError: If the shapes don't fit together, a row is no distribution (are these logits?), a target is no
            class, or `bins` is below 1.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.calibration import reliability_table
        >>> p = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
        >>> table = reliability_table(p, torch.tensor([0, 1, 0, 1]), bins=4)
        >>> table.counts
        tensor([0, 0, 2, 2])
        >>> table.accuracy
        tensor([nan, nan, 0., 1.], dtype=torch.float64)

    Source:
        Guo et al. 2017, arXiv 1706.04599, section 2.
    """
    p = _distributions(probabilities, targets)
    confidence, predicted = p.max(dim=1)
    right = (predicted == targets.cpu()).double()
    return sorted_into_bins(confidence, right, _borders(confidence, bins, equal_mass))


# --8<-- [start:gap]
def average_gap(table: ReliabilityTable) -> float:
    """Average |accuracy − confidence| over all predictions.

    Args:
        table: What confidence promises and what comes true, bin by bin.

    Returns:
        A number from 0 to 1.
    """
    counts, confidence, accuracy = table
    gap = (accuracy - confidence).abs()
    return ((counts * gap).nansum() / counts.sum()).item()


# --8<-- [end:gap]


def expected_calibration_error(
    probabilities: Tensor,
    targets: Tensor,
    bins: int = 15,
    *,
    equal_mass: bool = False,
) -> float:
    """Average |accuracy − confidence| over all predictions, bin by bin.

    Within a bin, gaps of both signs cancel, so few bins hide some. Many bins show gaps that are only noise: even for a
    calibrated model the error is above 0, and the fewer predictions a bin has, the further.

    Args:
        probabilities: One distribution a row, `(N, C)`, N ≥ 1.
        targets: The true classes, integers, `(N,)`.
        bins: How many bins, at least 1.
        equal_mass: Whether each bin is to hold as many predictions, and not as long a stretch of confidences.

    Returns:
        A number from 0 to 1.

    Raises:
        TypeError: If an argument has the wrong type or dtype.
        ValueError: If the shapes don't fit together, a row is no distribution (are these logits?), a target is no
            class, or `bins` is below 1.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.calibration import expected_calibration_error
        >>> p = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
        >>> round(expected_calibration_error(p, torch.tensor([0, 1, 0, 1]), bins=4), 3)
        0.4

    Source:
        Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599, section 2.
    """
    return average_gap(reliability_table(probabilities, targets, bins, equal_mass=equal_mass))


def brier_score(probabilities: Tensor, targets: Tensor) -> float:
    """Average the squared distance of p to the one-hot target.

    It's a proper scoring rule, from 0 to 2. For two classes, some books count one of them only, which halves it.

    Args:
        probabilities: One distribution a row, `(N, C)`, N ≥ 1.
        targets: The true classes, integers, `(N,)`.

    Returns:
        A number from 0, for certain and right, to 2, for certain and wrong.

    Raises:
        TypeError: If an argument has the wrong type or dtype.
        ValueError: If the shapes don't fit together, a row is no distribution (are these logits?), or a target is no
            class.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.calibration import brier_score
        >>> round(brier_score(torch.tensor([[0.9, 0.1], [0.4, 0.6]]), torch.tensor([0, 0])), 3)
        0.37

    Source:
        Brier 1950.
    """
    p = _distributions(probabilities, targets)
    one_hot = torch.nn.functional.one_hot(targets.cpu().long(), p.shape[1])
    return (p - one_hot).square().sum(dim=1).mean().item()


# --8<-- [start:newton]
def best_factor(z: Tensor, z_t: Tensor) -> float:
    """Return the β > 0 for which the logits βz have the least NLL.

    Newton's method, kept between bounds: below β the NLL still falls, above it rises.

    Args:
        z: Logits in float64, `(N, C)`, from −1 to 0. Their NLL has a least value at some β > 0.
        z_t: Those of the true classes, `(N, 1)`.

    Returns:
        The factor, 1 / T.
    """
    beta, low, high = 1.0, 0.0, math.inf
    for _ in range(200):
        p = torch.softmax(beta * z, dim=1)
        mean = (p * z).sum(dim=1, keepdim=True)
        slope = (mean - z_t).mean().item()
        variance = (p * (z - mean).square()).sum(dim=1).mean().item()
        low, high = (beta, high) if slope < 0 else (low, beta)
        step = beta - slope / variance if variance > 0 else math.nan
        if not low < step < high:
            step = min((low + high) / 2, 2 * beta)
        if abs(step - beta) <= 1e-10 * beta:
            break
        beta = step
    return step


# --8<-- [end:newton]


def fit_temperature(logits: Tensor, targets: Tensor) -> float:
    """Return the T > 0 for which the logits z/T have the least NLL.

    The mean negative log-likelihood is convex in β = 1/T, so Newton's method finds its one minimum. Take data that the
    model wasn't trained on: on those that it fits perfectly there's no minimum.

    Args:
        logits: Finite, `(N, C)`, N ≥ 1.
        targets: The true classes, integers, `(N,)`.

    Returns:
        The temperature: above 1 for an overconfident model.

    Raises:
        TypeError: If an argument has the wrong type or dtype.
        ValueError: If there's no such T: every target has its row's largest logit, so the NLL falls as T falls to 0, or
            the targets' logits are no larger than others on average, so that it falls as T grows. Or if shapes don't
            fit together, a target is no class, or a logit isn't finite.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.calibration import fit_temperature
        >>> z = torch.tensor([[4.0, 0.0]]).expand(4, 2)  # it says .98, and is right three times out of four
        >>> T = fit_temperature(z, torch.tensor([0, 0, 0, 1]))
        >>> round(T, 4), torch.softmax(z[0] / T, dim=0)
        (3.641, tensor([0.7500, 0.2500]))

    Source:
        Guo et al. 2017, arXiv 1706.04599, section 4.2.
    """
    z, z_t, scale = _scaled(logits, targets)
    return scale / best_factor(z, z_t)


def _borders(confidence: Tensor, bins: int, equal_mass: bool) -> Tensor:
    """Return the M − 1 borders within (0, 1); a confidence on a border is in the bin below."""
    if not isinstance(bins, int) or isinstance(bins, bool):
        raise TypeError(f"bins is {bins!r}, a {type(bins).__name__}; it must be an integer")
    if bins < 1:
        raise ValueError(f"bins is {bins}; it must be at least 1")
    parts = torch.arange(1, bins)
    if equal_mass:
        last_below = (parts * len(confidence) + bins - 1) // bins - 1
        return confidence.sort().values[last_below]
    return parts.double() / bins


def _rows(name: str, values: Tensor, targets: Tensor) -> Tensor:
    """Return one row for each target, in float64 on the CPU; refuse what isn't that."""
    for of, value in ((name, values), ("targets", targets)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{of} is a {type(value).__name__}; it must be a Tensor")
    if not values.is_floating_point():
        raise TypeError(f"{name} is {values.dtype}; it must be floating-point")
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise TypeError(f"targets is {targets.dtype}; it must hold class indices, integers")
    if values.dim() != 2 or targets.shape != values.shape[:1] or not values.numel():
        raise ValueError(
            f"{name} has shape {tuple(values.shape)} and targets {tuple(targets.shape)}; they must be (N, C) and (N,), "
            "with N and C at least 1"
        )
    lowest, highest = (bound.item() for bound in targets.aminmax())
    if lowest < 0 or highest >= values.shape[1]:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(
            f"targets holds {wrong}; of {values.shape[1]} classes, each must be from 0 to {values.shape[1] - 1}"
        )
    return values.detach().cpu().double()


def _distributions(probabilities: Tensor, targets: Tensor) -> Tensor:
    """Return rows of probabilities that sum to 1, as well as their dtype could."""
    p = _rows("probabilities", probabilities, targets)
    advice = "for logits, pass logits.softmax(dim=1)"
    for bound in p.aminmax():
        if not 0 <= bound <= 1:
            raise ValueError(f"probabilities holds {bound:.4g}; they must be from 0 to 1: {advice}")
    sums = p.sum(dim=1)
    worst = sums[(sums - 1).abs().argmax()]
    if abs(worst - 1) > 0.01:
        raise ValueError(f"a row of probabilities sums to {worst:.4g}; each must sum to 1: {advice}")
    return p


def _scaled(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, float]:
    """Return logits from −1 to 0, those of the targets, and by what they are divided; refuse if no T is best."""
    z = _rows("logits", logits, targets)
    if not z.isfinite().all():
        raise ValueError("logits holds NaN or infinity; they must be finite: mask a class by −1e4")
    z = z - z.amax(dim=1, keepdim=True)
    scale = -z.min().item() or 1.0
    z = z / scale
    z_t = z.gather(1, targets.cpu().long().unsqueeze(1))
    if not (z_t < 0).any():
        raise ValueError(
            "every target has the largest logit of its row, so the NLL falls as T falls to 0: "
            "take more held-out data, or data that the model wasn't trained on"
        )
    if z_t.mean() <= z.mean():
        raise ValueError(
            "the targets' logits are on average no larger than the mean of all, so the NLL falls as T grows without "
            "limit: do the targets belong to these logits?"
        )
    return z, z_t, scale
