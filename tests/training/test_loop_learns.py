"""Real images, real accuracies: what a correct loop reaches and a broken one doesn't.

The bounds LEAST and MOST, for the accuracy and the loss on the test images after the last epoch, stand between the
worst of 20 seeds of the correct loop and the best of 5 seeds of each broken one. In three minutes
`python tests/training/test_loop_learns.py` measures them anew:

                                         softmax-regression              lenet-relu
                                         accuracy        loss            accuracy        loss
    correct                              0.784 to 0.810  0.594 to 0.612  0.732 to 0.786  0.568 to 0.731
    shuffled labels                      0.088 to 0.128  2.38 to 2.45    0.008 to 0.142  2.31 to 2.33
    no step                              0.104 to 0.166  2.29 to 2.31    0.100 to 0.160  2.30
    ascent                               0.100           > 1000          stops           infinite
    wrong sign                           0.100           < -1000         stops           infinite
    wrong targets                        0.004 to 0.012  0.595 to 0.611  0.006 to 0.012  0.586 to 0.714
    targets of other examples            0.028 to 0.172  2.31 to 2.35    0.098 to 0.126  2.30
    softmax over the batch               0.656 to 0.666  4.67            0.662 to 0.756  4.47 to 4.65
    mean over the batch before the loss  0.576 to 0.658  2.31 to 2.32    0.098 to 0.242  2.30

The residual network, with its schedule and its flips, gets 0.802 to 0.824 and 0.513 to 0.533 (4 seeds).

A softmax over the batch instead of the classes learns surprisingly well; LeNet's loss gives it away, not its accuracy.
"""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.optim import SGD

from dlnotes.training import datasets
from dlnotes.training.loop import NotFiniteError
from dlnotes.training.recipes import RECIPES, Settings
from dlnotes.training.run import Run

DATA = "fashion-mnist-small"
# ReLU, since LeNet's sigmoids of 1998 need thousands of steps to leave 10 %, and ten times as long in all.
EPOCHS = {"softmax-regression": 20, "lenet-relu": 8, "resnet": 3}
LEAST = {"softmax-regression": 0.72, "lenet-relu": 0.6, "resnet": 0.7}
MOST = {"softmax-regression": 1.0, "lenet-relu": 1.5, "resnet": 0.8}
BROKEN_TOO = ("softmax-regression", "lenet-relu")  # the residual network takes longer

cross_entropy = F.cross_entropy  # which tests replace


class NoStep(SGD):
    def step(self, closure=None):
        pass


def ascent(*arguments, **options):
    return SGD(*arguments, maximize=True, **options)


def wrong_sign(logits, targets, reduction, **_):
    return -cross_entropy(logits, targets, reduction=reduction)


def wrong_targets(logits, targets, reduction, **_):
    return cross_entropy(logits, (targets + 1) % 10, reduction=reduction)


def targets_of_others(logits, targets, reduction, **_):
    return cross_entropy(logits, targets.roll(1), reduction=reduction)


def wrong_axis(logits, targets, reduction, **_):
    return F.nll_loss(logits.log_softmax(dim=0), targets, reduction=reduction)


def constant(logits, targets, reduction, **_):
    return cross_entropy(logits.mean(dim=0, keepdim=True).expand_as(logits), targets, reduction=reduction)


def shuffled(examples):
    order = torch.randperm(len(examples.targets), generator=torch.Generator().manual_seed(0))
    return examples._replace(targets=examples.targets[order])


BROKEN: dict[str, tuple[object, str, object]] = {
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
    recipe = RECIPES[model]
    numbers = recipe.small._replace(epochs=EPOCHS[model])
    train, test = datasets.load(DATA)
    run = Run(Settings(model, DATA, *numbers, seed, 0, 0.0, *recipe.extras), labels(train), test)
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


@pytest.mark.parametrize("model", BROKEN_TOO)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_loop_does_not(model, broken, monkeypatch):
    monkeypatch.setattr(*BROKEN[broken])
    assert not learns(model)


@pytest.mark.parametrize("model", BROKEN_TOO)
def test_shuffled_labels_teach_nothing(model):
    assert not learns(model, labels=shuffled)


def table():
    """Print, for each model and each way to break it, the range over the seeds."""
    torch.set_num_threads(1)
    for model in BROKEN_TOO:
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
