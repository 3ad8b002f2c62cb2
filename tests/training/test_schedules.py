"""Schedules: where they begin, peak and end, and the rates that a run's steps take."""

import math

import pytest
import torch

from dlnotes.training.recipes import Settings
from dlnotes.training.run import Run
from dlnotes.training.schedules import SCHEDULES, one_cycle
from tests.support.synthetic import synthetic


def test_one_cycle_rises_along_a_line_and_falls_along_a_cosine():
    points = {0: 0, 0.05: 0.25, 0.1: 0.5, 0.2: 1, 0.6: 0.5, 1: 0}
    points |= {0.4: (1 + math.cos(math.pi / 4)) / 2, 0.8: (1 - math.cos(math.pi / 4)) / 2}
    assert {progress: one_cycle(progress) for progress in points} == pytest.approx(points)
    assert one_cycle(0.25, warm_up=0.5) == 0.5
    assert one_cycle(0.75, warm_up=0.5) == pytest.approx(0.5)


def test_the_constant_schedule_is_constant():
    assert {SCHEDULES["constant"](step / 10) for step in range(11)} == {1}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_step_of_a_run_takes_its_rate(schedule, monkeypatch):
    rates: list[float] = []
    step = torch.optim.SGD.step

    def recorded(optimizer, closure=None):
        rates.append(optimizer.param_groups[0]["lr"])
        return step(optimizer, closure)

    monkeypatch.setattr(torch.optim.SGD, "step", recorded)
    settings = Settings("softmax-regression", "mnist-small", 3, 16, 0.5, 0.0, 0, 0.0, schedule=schedule)
    list(Run(settings, synthetic(40, 0), synthetic(10, 1)).epochs())
    assert rates == pytest.approx([0.5 * SCHEDULES[schedule]((at + 0.5) / 9) for at in range(9)])


def test_weight_decay_shrinks_what_gets_no_gradient():
    decayed, plain = (
        Run(
            Settings("softmax-regression", "mnist-small", 1, 40, 0.5, 0.0, 0, 0.0, weight_decay=decay),
            synthetic(40, 0),
            synthetic(10, 1),
        )
        for decay in (0.1, 0.0)
    )
    first = plain.model.get_parameter("1.weight").detach().clone()
    for run in (decayed, plain):
        list(run.epochs())
    difference = plain.model.get_parameter("1.weight") - decayed.model.get_parameter("1.weight")
    torch.testing.assert_close(difference, 0.5 * 0.1 * first)  # lr × decay × w, after the one step
