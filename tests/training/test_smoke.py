"""Real images, real accuracies: what a correct loop reaches and a broken one doesn't.

LEAST and MOST, for the accuracy and the loss on the test images after the last epoch, come from the table that
`python tests/training/test_smoke.py` prints, in three minutes: the worst of 20 seeds of the correct loop, and the best
of 5 seeds of each broken one.

TABLE
"""

import math

import pytest
import torch
import torch.nn.functional as F

from dlnotes.training import datasets
from dlnotes.training.loop import NotFiniteError
from dlnotes.training.recipes import RECIPES, Settings
from dlnotes.training.run import Run

DATA = "fashion-mnist-small"
# ReLU, not the sigmoids of 1998: those need a thousand steps to leave 10 %, and so eight times as long.
EPOCHS = {"softmax-regression": 20, "lenet-relu": 8}
LEAST = {"softmax-regression": 0.72, "lenet-relu": 0.6}
MOST = {"softmax-regression": 1.0, "lenet-relu": 1.2}

cross_entropy, SGD = F.cross_entropy, torch.optim.SGD


class NoStep(SGD):
    def step(self):
        pass


def ascent(*arguments, **options):
    return SGD(*arguments, maximize=True, **options)


def wrong_sign(logits, targets, reduction):
    return -cross_entropy(logits, targets, reduction=reduction)


def wrong_targets(logits, targets, reduction):
    return cross_entropy(logits, (targets + 1) % 10, reduction=reduction)


def targets_of_others(logits, targets, reduction):
    return cross_entropy(logits, targets.roll(1), reduction=reduction)


def wrong_axis(logits, targets, reduction):
    return F.nll_loss(logits.log_softmax(dim=0), targets, reduction=reduction)


def constant(logits, targets, reduction):
    return cross_entropy(logits.mean(dim=0, keepdim=True).expand_as(logits), targets, reduction=reduction)


def shuffled(examples):
    order = torch.randperm(len(examples.targets), generator=torch.Generator().manual_seed(0))
    return examples._replace(targets=examples.targets[order])


BROKEN = {
    "no step": (torch.optim, "SGD", NoStep),
    "ascent": (torch.optim, "SGD", ascent),
    "wrong sign": (F, "cross_entropy", wrong_sign),
    "wrong targets": (F, "cross_entropy", wrong_targets),
    "targets of other examples": (F, "cross_entropy", targets_of_others),
    "softmax over the batch": (F, "cross_entropy", wrong_axis),
    "mean over the batch before the loss": (F, "cross_entropy", constant),
}


def reached(model, seed, labels=lambda examples: examples):
    """Train with the settings for small data, and return accuracy and loss on the test images."""
    numbers = RECIPES[model].small._replace(epochs=EPOCHS[model])
    train, test = datasets.load(DATA)
    run = Run(Settings(model, DATA, *numbers, seed=seed, validation=0), labels(train), test)
    try:
        *_, last = run.epochs()
    except NotFiniteError:
        return 0.0, math.inf
    return last["test_accuracy"], last["test_loss"]


def learns(model, **options):
    accuracy, loss = reached(model, 0, **options)
    return accuracy > LEAST[model] and loss < MOST[model]


@pytest.mark.parametrize("model", EPOCHS)
def test_training_learns(model):
    assert learns(model)


@pytest.mark.parametrize("model", EPOCHS)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_loop_does_not(model, broken, monkeypatch):
    monkeypatch.setattr(*BROKEN[broken])
    assert not learns(model)


@pytest.mark.parametrize("model", EPOCHS)
def test_shuffled_labels_teach_nothing(model):
    assert not learns(model, labels=shuffled)


def table():
    """Print, for each model and each way to break it, the range over the seeds."""
    torch.set_num_threads(1)
    for model in EPOCHS:
        for name in ("correct", "shuffled labels", *BROKEN):
            with pytest.MonkeyPatch.context() as monkeypatch:
                if name in BROKEN:
                    monkeypatch.setattr(*BROKEN[name])
                options = {"labels": shuffled} if name == "shuffled labels" else {}
                runs = [reached(model, seed, **options) for seed in range(20 if name == "correct" else 5)]
            ranges = [f"{min(column):.3f} to {max(column):.3f}" for column in zip(*runs, strict=True)]
            print(f"{model:20}{name:40}accuracy {ranges[0]}, loss {ranges[1]}", flush=True)


if __name__ == "__main__":
    table()
