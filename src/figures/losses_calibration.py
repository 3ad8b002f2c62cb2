"""Figures of the page on calibration."""

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import Tensor, nn

from dlnotes.losses.calibration import expected_calibration_error, fit_temperature, reliability_table
from dlnotes.training.datasets import load
from dlnotes.training.loop import Batches, split, train_epoch
from figures.style import COLOURS, DASHES, plot

SIZES = (100, 200, 400, 800, 1600, 3200)


def reliability(ax: Axes) -> None:
    """Draw the reliability diagram of the page's first network, before and after temperature scaling."""
    held, held_targets, test, targets = _network()
    temperature = fit_temperature(held, held_targets)
    ax.set(xlim=(0.3, 1), ylim=(0.3, 1), xlabel="confidence", ylabel="accuracy")
    ax.plot([0.3, 1], [0.3, 1], color=COLOURS[0], linewidth=1, label="calibrated")
    for label, scale, colour, dashes in zip(
        ("as trained", "scaled"), (1, temperature), COLOURS[1:], DASHES, strict=False
    ):
        table = reliability_table((test / scale).softmax(dim=1), targets, bins=6, equal_mass=True)
        ax.plot(
            table.confidence.numpy(),
            table.accuracy.numpy(),
            label=label,
            color=colour,
            linestyle=dashes,
            marker="o",
            clip_on=False,
        )
    ax.text(0.48, 0.55, "calibrated", ha="right")
    ax.text(0.8, 0.53, "as trained", ha="left", color=COLOURS[1])
    ax.text(0.64, 0.8, f"T = {temperature:.1f}", ha="right", color=COLOURS[2])


def bias(ax: Axes) -> None:
    """Plot the mean calibration error of a calibrated forecaster against the number of forecasts."""
    generator = torch.Generator().manual_seed(0)
    curves = {f"{bins} bins": torch.tensor([_error(n, bins, generator) for n in SIZES]) for bins in (50, 15, 5)}
    ax.set(xscale="log", yscale="log", xlim=(100, 3200), ylim=(0.005, 0.5), xlabel="forecasts", ylabel="mean ECE")
    ax.set_xticks(SIZES, [f"{n}" for n in SIZES])
    ax.set_yticks([0.01, 0.1], ["0.01", "0.1"])
    ax.minorticks_off()
    plot(ax, torch.tensor(SIZES), curves)


def _error(n: int, bins: int, generator: torch.Generator) -> float:
    """Average the calibration error of n calibrated yes-or-no forecasts over 100 repetitions."""
    errors = []
    for _ in range(100):
        confidence = 0.5 + torch.rand(n, dtype=torch.float64, generator=generator) / 2
        wrong = torch.bernoulli(1 - confidence, generator=generator).long()
        errors.append(expected_calibration_error(torch.stack([confidence, 1 - confidence], dim=1), wrong, bins))
    return sum(errors) / len(errors)


def _network() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Train as the page does, with seed 0; return logits and targets, held out and of the test."""
    train, test = load("fashion-mnist-small")
    inputs, test_inputs = (F.avg_pool2d(part.images.double() / 255, 2).flatten(1) for part in (train, test))
    learn, held = split(len(train.targets), validation=1 / 3, seed=0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(196, 64), nn.ReLU(), nn.Linear(64, 10)).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    batches = Batches(inputs[learn], train.targets[learn], 50, generator=torch.Generator().manual_seed(0))
    for _ in range(40):
        train_epoch(model, optimizer, batches)
    with torch.no_grad():
        return model(inputs[held]), train.targets[held], model(test_inputs), test.targets
