"""The words after `dlnotes`. Nothing here needs PyTorch, so that help, the version and refusals come at once."""

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import dlnotes

DESCRIPTION = "The command `dlnotes`: train a model, evaluate a checkpoint, say which data there are."
# The names in `recipes.RECIPES`, `datasets.SOURCES` and so on, which import PyTorch; a test compares them.
MODELS = ("softmax-regression", "mlp", "cnn", "lenet", "lenet-relu", "resnet")
DATA = ("fashion-mnist-small", "mnist-small", "fashion-mnist", "mnist")
SCHEDULES = ("constant", "one-cycle")
AUGMENTATIONS = ("none", "flips")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what the words ask for, and themselves as `arguments`. Where that is help or an error, say it and exit."""
    options = _parser().parse_args(arguments)
    options.arguments = list(arguments)
    return options


def say(message: str, status: int) -> int:
    """Print a message to stderr and return the exit status."""
    if speaks():
        print(message, file=sys.stderr)
    return status


def speaks() -> bool:
    """Tell whether this process says what there is to say: of those that torchrun starts, the first does."""
    return "TORCHELASTIC_RUN_ID" not in os.environ or os.environ.get("RANK", "0") == "0"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(say(f"dlnotes: {message}. See {self.prog} --help", 2))


def _number(kind: type, allowed: str, test: Callable[[Any], bool]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not test(value):
            raise argparse.ArgumentTypeError(f"{text!r} isn't {allowed}")
        return value

    return convert


def _parser() -> argparse.ArgumentParser:
    count = _number(int, "a whole number from 1 to 1,000,000", lambda n: 0 < n <= 1_000_000)
    threads = _number(int, "a whole number from 1 to 1024", lambda n: 0 < n <= 1024)
    seed = _number(int, "a whole number from 0 to 2**63 - 1", lambda n: 0 <= n < 2**63)
    positive = _number(float, "a finite number above 0", lambda x: 0 < x < math.inf)
    decay = _number(float, "a finite number from 0", lambda x: 0 <= x < math.inf)
    epsilon = _number(float, "a finite number from -1", lambda x: -1 <= x < math.inf)
    fraction = _number(float, "a number from 0 up to, not including, 1", lambda x: 0 <= x < 1)

    parser = _Parser("dlnotes", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"dlnotes {dlnotes.__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.add_argument("--directory", type=Path, help="where full data sets are")
        return added

    train = command("train", "Train a model; what isn't given comes from its recipe")
    train.add_argument("model", choices=MODELS, metavar="MODEL", help=", ".join(MODELS))
    train.add_argument("--epochs", type=count, help="how often to show every example")
    train.add_argument("--batch-size", type=count, help="examples a step, of all processes together")
    train.add_argument("--lr", type=positive, help="learning rate")
    train.add_argument("--momentum", type=fraction, help="momentum of SGD")
    train.add_argument("--weight-decay", type=decay, metavar="DECAY", help="weight decay of SGD")
    train.add_argument("--schedule", choices=SCHEDULES, metavar="SCHEDULE", help=", ".join(SCHEDULES))
    train.add_argument("--augmentation", choices=AUGMENTATIONS, metavar="KIND", help=", ".join(AUGMENTATIONS))
    train.add_argument("--seed", type=seed, default=0, help="for weights, order and validation examples; default 0")
    train.add_argument("--validation", type=fraction, default=0.1, help="fraction to hold out; default 0.1")
    train.add_argument("--epsilon", type=epsilon, default=0.0, help="of Poly-1 cross-entropy; default 0: cross-entropy")
    train.add_argument("--out", type=Path, help="folder to write to; default runs/MODEL-DATA-seedN")
    existing = train.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="go on from the checkpoint in that folder")
    existing.add_argument("--overwrite", action="store_true", help="start anew in a folder that has a run")
    train.add_argument("--compile", action="store_true", help="run the model through torch.compile")
    train.add_argument("--channels-last", action="store_true", help="store images with their channels last")
    train.add_argument("--threads", type=threads, help="CPU threads")
    measure = command("evaluate", "Measure a checkpoint on test data")
    measure.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a file that train wrote")
    for added in (train, measure):
        added.add_argument("--data", choices=DATA, metavar="DATA", help=", ".join(DATA))
        added.add_argument("--no-download", dest="download", action="store_false", help="take only data that are here")
        added.add_argument("--device", choices=("auto", "cuda", "mps", "cpu"), default="auto", help="default auto")
    command("data", "Say which data sets there are, and where they come from")
    return parser
