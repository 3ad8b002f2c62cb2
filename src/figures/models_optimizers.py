"""Figures of the page on optimizers."""

from collections.abc import Callable
from functools import partial

import torch
from matplotlib.axes import Axes
from torch import Generator, Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler, OneCycleLR, SequentialLR, StepLR

from dlnotes.models.optimizers import adam, momentum, nesterov, rmsprop, sgd
from dlnotes.training.datasets import load
from dlnotes.training.loop import Batches
from dlnotes.training.range_test import range_test as rising
from figures.style import COLOURS, DASHES, plot

CURVATURE = torch.tensor([1.0, 100.0], dtype=torch.float64)
STEPS = 50
ROOMS = [(left, bottom) for bottom in (0.57, 0.1) for left in (0.09, 0.58)]

Step = Callable[..., tuple[Tensor, ...]]


def trajectory(step: Step, states: int, steps: int, **options: float) -> Tensor:
    """Return the points that a rule visits in the valley, from (1, 1) on."""
    points, state = [torch.ones(2, dtype=torch.float64)], [torch.zeros(2, dtype=torch.float64)] * states
    for number in range(1, steps + 1):
        numbered = {"step": number} if step is adam else {}
        point, *state = step(points[-1], *state, CURVATURE * points[-1], **numbered, **options)
        points.append(point)
    return torch.stack(points)


def valley(ax: Axes) -> None:
    """Draw the paths of four rules through the valley, on its level lines."""
    ax.axis("off")
    across, along = torch.meshgrid(torch.linspace(-1.15, 1.15, 120), torch.linspace(-0.5, 1.15, 120), indexing="ij")
    height = (CURVATURE[0] * along**2 + CURVATURE[1] * across**2) / 2
    rules: dict[str, tuple[Step, int, dict[str, float]]] = {
        "SGD": (lambda point, gradient, lr: (sgd(point, gradient, lr),), 0, {"lr": 0.019}),
        "momentum": (momentum, 1, {"lr": 0.019, "mu": 0.9}),
        "RMSprop": (rmsprop, 1, {"lr": 0.01}),
        "Adam": (adam, 2, {"lr": 0.05}),
    }
    for place, (name, (step, states, options)) in zip(ROOMS, rules.items(), strict=True):
        panel = ax.figure.add_axes((*place, 0.4, 0.34))
        panel.contour(
            along.numpy(), across.numpy(), height.numpy(), [0.05, 0.5, 5, 25], colors="#707070", linewidths=0.6
        )
        path = trajectory(step, states, STEPS, **options).T.numpy()
        panel.plot(path[0], path[1], label=name, color=COLOURS[1], marker="o", markersize=2, linewidth=0.8)
        panel.plot(0, 0, label=f"minimum, {name}", color=COLOURS[2], marker="+", markersize=9, linestyle="none")
        panel.set(xlim=(-0.5, 1.15), ylim=(-1.15, 1.15), title=name)
        panel.set_xticks([0, 1])
        panel.set_yticks([-1, 0, 1])
        panel.grid(visible=False)


def contraction(ax: Axes) -> None:
    """Plot the distance from the minimum, by direction, with momentum and with Nesterov's."""
    plain = trajectory(momentum, 1, 100, lr=0.005, mu=0.9).abs()
    ahead = trajectory(nesterov, 1, 100, lr=0.005, mu=0.9).abs()
    curves = {
        "√μ each step": 0.9 ** (torch.arange(101) / 2),
        "flat": plain[:, 0],
        "steep": plain[:, 1],
    }
    ax.set(xlim=(0, 100), ylim=(1e-5, 2), yscale="log", xlabel="step", ylabel="distance from the minimum")
    ax.set_yticks([1, 0.01, 0.0001], labels=["1", "0.01", "0.0001"])
    ax.minorticks_off()
    plot(ax, torch.arange(101), curves)
    seen = int((ahead[:, 1] > 1e-5).nonzero().max()) + 1
    ax.plot(range(seen), ahead[:seen, 1].numpy(), label="Nesterov, steep", color=COLOURS[3], linestyle=DASHES[3])
    ax.text(27, 3e-5, "Nesterov, steep", color=COLOURS[3])


def range_test(ax: Axes) -> None:
    """Plot the loss of the page's network while the learning rate rises, for two rules."""
    train, _ = load("fashion-mnist-small")
    inputs = train.images.float() / 255
    ax.set(xlim=(1e-5, 10), ylim=(0, 3.5), xscale="log", xlabel="learning rate", ylabel="loss, running mean")
    ax.set_xticks([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10], labels=["0.00001", "", "0.001", "", "0.1", "", "10"])
    ax.minorticks_off()
    rules: dict[str, Callable[..., Optimizer]] = {"Adam": Adam, "momentum 0.9": partial(SGD, momentum=0.9)}
    for (name, rule), colour, (lr, loss) in zip(rules.items(), COLOURS[1:], [(1e-3, 1.4), (0.35, 0.85)], strict=False):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        batches = Batches(inputs, train.targets, 32, generator=Generator().manual_seed(0))
        found = torch.tensor(rising(model, rule(model.parameters(), lr=1.0), batches, 1e-5, 10, steps=140))
        ax.plot(*found.T.numpy(), label=name, color=colour)
        ax.text(lr, loss, name, color=colour, ha="center")


def schedules(ax: Axes) -> None:
    """Plot the learning rate of four schedules, as a part of its highest value."""
    curves = {
        "steps": _rates(lambda optimizer: StepLR(optimizer, step_size=30, gamma=0.3)),
        "cosine": _rates(lambda optimizer: CosineAnnealingLR(optimizer, T_max=100)),
        "with warm-up": _rates(
            lambda optimizer: SequentialLR(
                optimizer,
                [LinearLR(optimizer, 0.01, total_iters=10), CosineAnnealingLR(optimizer, T_max=90)],
                milestones=[10],
            )
        ),
        "one cycle": _rates(lambda optimizer: OneCycleLR(optimizer, max_lr=1.0, total_steps=101)),
    }
    ax.set(xlim=(0, 100), ylim=(0, 1.03), xlabel="step, in percent of all", ylabel="learning rate / highest")
    plot(ax, torch.arange(101), curves)


def _rates(schedule: Callable[[Optimizer], LRScheduler]) -> Tensor:
    """Return the learning rate of each of 101 steps."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    scheduler, rates = schedule(optimizer), []
    for _ in range(101):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return torch.tensor(rates, dtype=torch.float64)
