"""Real images, real accuracies: what a correct loop reaches and a broken one doesn't.

`python tests/training/test_smoke.py` prints the table from which LEAST was chosen: the test accuracy after the last
epoch, over 20 seeds, one thread.
"""

import contextlib
import sys

import pytest
import torch
import torch.nn.functional as F

from dlnotes.training import datasets
from dlnotes.training.recipes import RECIPES, Settings
from dlnotes.training.run import Run

DATA = "fashion-mnist-small"
# ReLU, not the sigmoids of 1998: those need a thousand steps to leave 10 %, and so eight times as long.
EPOCHS = {"softmax-regression": 10, "lenet-relu": 8}
LEAST = {"softmax-regression": 0.6, "lenet-relu": 0.6}

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


def accuracy(model, seed, labels=lambda examples: examples):
    """Train with the settings for small data, and return the accuracy on the test images."""
    numbers = RECIPES[model].small._replace(epochs=EPOCHS[model])
    train, test = datasets.load(DATA)
    run = Run(Settings(model, DATA, *numbers, seed=seed, validation=0.1), labels(train), test)
    with contextlib.suppress(ArithmeticError):
        *_, last = run.epochs()
        return last["test_accuracy"]
    return 0.0


@pytest.mark.parametrize("model", EPOCHS)
def test_training_learns(model):
    assert accuracy(model, seed=0) > LEAST[model]


@pytest.mark.parametrize("model", EPOCHS)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_loop_does_not(model, broken, monkeypatch):
    monkeypatch.setattr(*BROKEN[broken])
    assert accuracy(model, seed=0) < LEAST[model]


@pytest.mark.parametrize("model", EPOCHS)
def test_shuffled_labels_teach_nothing(model):
    assert accuracy(model, seed=0, labels=shuffled) < LEAST[model]


def table():
    """Print, for each model and way to break it, the least and the greatest accuracy over the seeds."""
    torch.set_num_threads(1)
    for model in EPOCHS:
        for name in ("correct", "shuffled labels", *BROKEN):
            with pytest.MonkeyPatch.context() as monkeypatch:
                if name in BROKEN:
                    monkeypatch.setattr(*BROKEN[name])
                seeds = range(20 if name == "correct" else 5)
                labels = shuffled if name == "shuffled labels" else lambda examples: examples
                reached = [accuracy(model, seed, labels) for seed in seeds]
            print(f"{model:20}{name:40}{min(reached):.3f} to {max(reached):.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(table())
