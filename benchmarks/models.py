"""All models side by side: size, work, accuracy and time. `make bench-models`.

For each recipe of `dlnotes train`: its parameters, the multiply-adds of products and convolutions for one example, the
test accuracy after its training on full data, and the seconds of an epoch with two threads. The accuracy is read from
docs/labs/results/NAME.json; where there is no such file, `--train` makes it, with five seeds.

An epoch is a pass over the 60,000 training images, with the settings and the defaults of `dlnotes train`, from data in
memory. Single steps are timed, the models take turns, and the best time counts, multiplied up to an epoch: what slows a
machine down can only make a step longer.
"""

import argparse
import contextlib
import itertools
import json
import math
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.machine import machine
from benchmarks.training import settings
from dlnotes.labs import recorded, table, train_seeds
from dlnotes.training import datasets
from dlnotes.training.loop import train_epoch
from dlnotes.training.recipes import RECIPES
from dlnotes.training.run import Run

LABS = Path("docs/labs")
RESULT = LABS / "results" / "models.json"
SEEDS = 5
THREADS = 2
TURNS = 50  # steps of a model in a repetition; the first warm up
TIMED = "fashion-mnist-small"  # for all models: MNIST has images of the same size, and as many
EPOCH = 60_000  # examples

# Student's t for 95 %, by the number of seeds minus 1.
T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def parameters(name: str) -> int:
    """Count the parameters of a model."""
    return sum(parameter.numel() for parameter in RECIPES[name].build().parameters())


def multiply_adds(name: str) -> int:
    """Count the multiplications, each with an addition, of a model's products and convolutions for one example."""
    recipe = RECIPES[name]
    model, inputs = recipe.build().eval(), recipe.prepare(torch.zeros(1, 28, 28, dtype=torch.uint8))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(inputs)
    return int(counter.get_total_flops()) // 2


def interval(values: Tensor) -> tuple[float, float]:
    """Return the mean of some seeds' values, and how far its 95 % confidence interval reaches to both sides."""
    reach = T[len(values) - 1] * values.std() / math.sqrt(len(values))
    return float(values.mean()), float(reach)


def accuracy(name: str) -> dict[str, Any]:
    """Return a model's test accuracy after the last epoch, from the record of its training, or None for each number."""
    path = RESULT.parent / f"{name}.json"
    if not path.exists():
        return {"accuracy": None, "reach": None, "seeds": 0}
    last = table(json.loads(path.read_text("utf-8")), "test_accuracy")[:, -1]
    mean, reach = interval(last.double())
    return {"accuracy": round(mean, 5), "reach": round(reach, 5), "seeds": len(last)}


def train(name: str) -> None:
    """Record the training of a model on its full data."""
    numbers, data = RECIPES[name].full, RECIPES[name].data
    command = f"{name} --data {data} --epochs {numbers.epochs} --validation 0"
    with contextlib.chdir(LABS):
        recorded(name, lambda: train_seeds(command, SEEDS))


def seconds(names: list[str], repetitions: int) -> dict[str, float]:
    """Return the time of an epoch of each model, from its best step."""
    torch.set_num_threads(THREADS)
    times: dict[str, list[float]] = {name: [] for name in names}
    images = datasets.load(TIMED)
    for _ in range(repetitions):
        for name in names:
            run = Run(settings(name)._replace(data=TIMED), *images)
            size = run.settings.batch_size
            batches = itertools.cycle([batch for batch in run.train if len(batch[1]) == size])
            for _ in range(TURNS):
                start = time.perf_counter()
                train_epoch(run.model, run.optimizer, [next(batches)])
                times[name].append((time.perf_counter() - start) / size * EPOCH)
    return {name: round(min(found), 2) for name, found in times.items()}


def measure(repetitions: int, kept: dict[str, float]) -> dict[str, Any]:
    """Return the result as it is written to the file, with the times in `kept` instead of new ones."""
    times = kept | seconds([name for name in RECIPES if name not in kept], repetitions)
    models = {
        name: {"data": recipe.data, "parameters": parameters(name), "multiply_adds": multiply_adds(name)}
        | accuracy(name)
        | {"seconds": times[name]}
        for name, recipe in RECIPES.items()
    }
    return {"threads": THREADS, "confidence": 0.95, "repetitions": repetitions, "models": models} | machine("torch")


def rows(models: dict[str, Any]) -> list[str]:
    """Write the table, line by line."""
    lines = [f"{'':19}{'parameters':>10}{'multiply-adds':>15}{'test accuracy':>18}{'s/epoch':>9}"]
    for name, row in models.items():
        right = f"{row['accuracy']:.1%} ± {row['reach']:.1%}" if row["seeds"] else "not recorded"
        sizes = f"{row['parameters']:10,}{row['multiply_adds']:15,}"
        lines.append(f"{name:19}{sizes}{right:>18}{row['seconds']:9.1f}")
    return lines


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--keep-times", action="store_true", help="time only models that have no time in the file")
    parser.add_argument("--train", action="store_true", help="first train the models that have no record")
    arguments = parser.parse_args()
    old = json.loads(RESULT.read_text("utf-8"))["models"] if arguments.keep_times and RESULT.exists() else {}
    for name in RECIPES:
        if arguments.train and not (RESULT.parent / f"{name}.json").exists():
            train(name)
    result = measure(arguments.repetitions, {name: row["seconds"] for name, row in old.items() if name in RECIPES})
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(*rows(result["models"]), sep="\n")


if __name__ == "__main__":
    main()
