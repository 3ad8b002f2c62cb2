"""Time of one training epoch: the notes' loop, with a DataLoader, against ours. `make bench-training`.

Candidates take turns in random order within every repetition, so that a slow moment of the machine hits all of them.
A ratio is the median, over repetitions, of the ratio of two candidates within one repetition. Each candidate has a
process of its own, which has run before: what the C library's allocator has learned from one would change another.

With one thread, CPU-seconds count, user and system, of the process and of the DataLoader's workers; with two, seconds
of the clock. Building the model and scaling the images, once a run, isn't counted.

Tried, and left out, as they gained less than 5 % or lost: fused SGD; torch.compile (no faster than `MeanPool2d`); means
and maxima of slices; im2col and a matrix product; oneDNN's own tensors; a first convolution with the four places of a
pooling window as channels (4 %). Telling glibc to keep freed memory (MALLOC_TRIM_THRESHOLD_, MALLOC_MMAP_THRESHOLD_)
gains 0 to 17 % for LeNet, as chance will have it, and nothing for the CNN.

Every time also checks that the candidates learned the same.
"""

import argparse
import json
import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode
from torchvision import datasets as torchvision_datasets
from torchvision import transforms

from benchmarks.machine import machine
from dlnotes.training import datasets
from dlnotes.training.datasets import Examples
from dlnotes.training.loop import Batch
from dlnotes.training.recipes import RECIPES, Settings
from dlnotes.training.run import Run

RESULT = Path("docs/labs/results/training-speed.json")
MODELS = ("lenet", "cnn")
EXAMPLES = 10_240  # whole batches of 64 and of 256
CANDIDATES = {
    "loader": "DataLoader, as in the notes",
    "loader-4": "the same with 4 workers",
    "memory": "in memory: dlnotes train",
    "fast": "in memory: dlnotes train --channels-last",
}
TURNS = [(name, 1) for name in ("loader", "memory", "fast")] + [
    (name, 2) for name in ("loader", "loader-4", "memory", "fast")
]


class Ratio(NamedTuple):
    """The time of `slow` divided by that of `fast`, and the least that is wanted of it."""

    slow: str
    fast: str
    threads: int
    measure: str
    targets: dict[str, float]


RATIOS = [
    Ratio("loader", "memory", 1, "cpu", {"lenet": 1.5, "cnn": 1.8}),
    Ratio("loader", "fast", 1, "cpu", {"lenet": 2.1, "cnn": 2.4}),
    Ratio("loader", "memory", 2, "wall", {}),
    Ratio("loader", "fast", 2, "wall", {"cnn": 3.2}),
    Ratio("loader-4", "fast", 2, "wall", {"lenet": 5.0}),
]

# Another order of additions changes the last bit of a float32, 6e-8 of it, and training makes a difference grow. The
# loss of an epoch may differ by this much, relatively. How far it moves if each initial weight moves by its last bit is
# measured beside it ("nudged").
TOLERANCE = 1e-4


class Outcome(NamedTuple):
    """What one epoch took, in seconds, and what came out of it."""

    cpu: float
    wall: float
    loss: float
    accuracy: float
    weights: Tensor


def written_loop(model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader[Batch]) -> tuple[float, float]:
    """Train for an epoch as the notes do, reading loss and accuracy in every step; return their means."""
    loss_sum = correct = examples = 0.0
    model.train()
    for inputs, targets in loader:
        logits = model(inputs)
        loss = F.cross_entropy(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(targets)
        correct += (logits.argmax(dim=1) == targets).sum().item()
        examples += len(targets)
    return loss_sum / examples, correct / examples


def settings(model: str) -> Settings:
    """Return the notes' settings for one epoch."""
    recipe = RECIPES[model]
    numbers = recipe.full._replace(epochs=1)
    return Settings(model, recipe.data, *numbers, seed=0, validation=0)


def as_written(model: str, directory: Path, examples: int, workers: int) -> tuple[nn.Module, Callable[[], Any]]:
    """Set up the notes' loop; return its model and what trains it for an epoch."""
    recipe, chosen = RECIPES[model], settings(model)
    steps: list[Any] = [transforms.ToTensor()]
    if recipe.data == "mnist":
        steps.append(transforms.Normalize((0.1307,), (0.3081,)))
    kind = getattr(torchvision_datasets, datasets.SOURCES[recipe.data].torchvision_name)
    dataset = kind(directory, train=True, transform=transforms.Compose(steps))
    dataset.data, dataset.targets = dataset.data[:examples], dataset.targets[:examples]
    torch.manual_seed(chosen.seed)
    network = recipe.build()
    optimizer = torch.optim.SGD(network.parameters(), lr=chosen.lr, momentum=chosen.momentum)
    generator = torch.Generator().manual_seed(chosen.seed)
    loader = DataLoader(
        dataset,
        chosen.batch_size,
        shuffle=True,
        num_workers=workers,
        generator=generator,
        # This process was spawned, and would spawn its workers too: each would import torch, for seconds.
        multiprocessing_context="fork" if workers and sys.platform == "linux" else None,
    )
    return network, lambda: written_loop(network, optimizer, loader)


def ours(model: str, directory: Path, examples: int, channels_last: bool) -> tuple[nn.Module, Callable[[], Any]]:
    """Set up our loop; return its model and what trains it for an epoch."""
    name = datasets.SOURCES[RECIPES[model].data].torchvision_name
    images, targets = (datasets._parse((directory / name / "raw" / file).read_bytes()) for file in datasets.FILES[:2])
    data = Examples(images[:examples], targets[:examples].long())
    least = Examples(*(part[:1] for part in data))  # an epoch ends with a test, which shouldn't take time here
    run = Run(settings(model), data, least, channels_last=channels_last)

    def epoch() -> tuple[float, float]:
        metrics = next(run.epochs())
        return metrics["train_loss"], metrics["train_accuracy"]

    return run.model, epoch


def train(name: str, threads: int, model: str, directory: Path, examples: int, nudged: bool = False) -> Outcome:
    """Train for an epoch, in a process that is this candidate's alone."""
    warnings.filterwarnings("ignore", "This DataLoader will create 4 worker processes")
    torch.set_num_threads(threads)
    if name.startswith("loader"):
        network, epoch = as_written(model, directory, examples, workers=4 if name == "loader-4" else 0)
    else:
        network, epoch = ours(model, directory, examples, channels_last=name == "fast")
    if nudged:
        with torch.no_grad():
            for p in network.parameters():
                p.copy_(torch.nextafter(p, torch.where(torch.rand_like(p) < 0.5, -torch.inf, torch.inf)))
    cpu, wall = _cpu_seconds(), time.perf_counter()
    loss, accuracy = epoch()
    wall, cpu = time.perf_counter() - wall, _cpu_seconds() - cpu
    weights = torch.cat([p.detach().contiguous().flatten() for p in network.parameters()])
    return Outcome(cpu, wall, loss, accuracy, weights.clone())


def _cpu_seconds() -> float:
    """Return the user and system time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def matmul_peak(size: int = 2048) -> float:
    """Count the floating-point operations of a large float32 matrix product in a CPU-second of one thread."""
    torch.set_num_threads(1)
    a, b, out = torch.rand(size, size), torch.rand(size, size), torch.empty(size, size)
    torch.mm(a, b, out=out)
    start = _cpu_seconds()
    for _ in range(3):
        torch.mm(a, b, out=out)
    return 3 * 2 * size**3 / (_cpu_seconds() - start)


def flops(model: str) -> float:
    """Count the floating-point operations of products and convolutions for one example, forward and backward."""
    recipe = RECIPES[model]
    network, inputs = recipe.build(), recipe.prepare(torch.zeros(1, 28, 28, dtype=torch.uint8))
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(network(inputs), torch.zeros(1, dtype=torch.long)).backward()
    return float(counter.get_total_flops())


def check(outcomes: dict[tuple[str, int], Outcome], nudged: Outcome) -> dict[str, float]:
    """Assert that all learned the same; return how far the losses are apart."""
    for (name, threads), outcome in outcomes.items():
        expected = outcomes["loader", threads]
        if name == "fast":
            assert _apart(outcome, expected) <= TOLERANCE, f"fast: loss {outcome.loss}, not {expected.loss}"
        else:
            assert outcome.loss == expected.loss, f"{name}: loss {outcome.loss}, not {expected.loss}"
            assert outcome.accuracy == expected.accuracy, f"{name}: {outcome.accuracy}, not {expected.accuracy}"
            assert torch.equal(outcome.weights, expected.weights), f"{name}: other weights"
    expected = outcomes["loader", 1]
    return {"fast": _apart(outcomes["fast", 1], expected), "nudged": _apart(nudged, expected)}


def _apart(outcome: Outcome, expected: Outcome) -> float:
    return abs(outcome.loss / expected.loss - 1)


def measure(directory: Path, examples: int, repetitions: int, threads: tuple[int, ...] = (1, 2)) -> dict[str, Any]:
    """Let the candidates take turns, and return the result as it is written to the file."""
    # forkserver and fork would hand the parent's threads and allocator on.
    turns = [turn for turn in TURNS if turn[1] in threads]
    pools = {turn: ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) for turn in turns}
    peaks: list[float] = []
    models: dict[str, Any] = {}
    try:
        for model in MODELS:
            times: dict[tuple[str, int], list[Outcome]] = {turn: [] for turn in turns}
            for turn in turns:
                pools[turn].submit(train, *turn, model, directory, examples // 8).result()
            nudged = pools["memory", 1].submit(train, "memory", 1, model, directory, examples, nudged=True).result()
            for repetition in range(repetitions):
                peaks.append(pools["memory", 1].submit(matmul_peak).result())
                for turn in random.sample(turns, len(turns)):
                    times[turn].append(pools[turn].submit(train, *turn, model, directory, examples).result())
                differences = check({turn: found[-1] for turn, found in times.items()}, nudged)
                print(f"{model}: {repetition + 1} of {repetitions} repetitions", flush=True)
            models[model] = summary(model, examples, times) | {"loss_difference": differences}
    finally:
        for pool in pools.values():
            pool.shutdown()
    peak = max(peaks)
    for result in models.values():
        for run in result["runs"]:
            used = run["examples_per_cpu_second"] * result["flop_per_example"]
            run["fraction_of_peak"] = _round(used / peak)
    return {"examples": examples, "repetitions": repetitions, "matmul_gflops": _round(peak / 1e9), "models": models}


def summary(model: str, examples: int, times: dict[tuple[str, int], list[Outcome]]) -> dict[str, Any]:
    """Collect the medians of every candidate, and the ratios with their targets."""
    runs = [
        {
            "name": name,
            "threads": threads,
            "examples_per_cpu_second": _round(examples / statistics.median(o.cpu for o in found)),
            "examples_per_second": _round(examples / statistics.median(o.wall for o in found)),
        }
        for (name, threads), found in times.items()
    ]
    ratios = []
    for ratio in RATIOS:
        if (ratio.slow, ratio.threads) not in times:
            continue
        pairs = zip(times[ratio.slow, ratio.threads], times[ratio.fast, ratio.threads], strict=True)
        values = [getattr(slow, ratio.measure) / getattr(fast, ratio.measure) for slow, fast in pairs]
        found = {"median": statistics.median(values), "min": min(values), "max": max(values)}
        entry = ratio._asdict() | {key: _round(value) for key, value in found.items()}
        entry["target"] = entry.pop("targets").get(model)
        ratios.append(entry)
    return {"flop_per_example": flops(model), "runs": runs, "ratios": ratios}


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def show(result: dict[str, Any]) -> bool:
    """Print the tables, and tell whether every target was met."""
    met = True
    print(f"\n{result['examples']} examples, {result['repetitions']} repetitions; ", end="")
    print(f"matrix product: {result['matmul_gflops']:.0f} GFLOP per CPU-second")
    for model, found in result["models"].items():
        print(f"\n{model}: {found['flop_per_example'] / 1e6:.3f} MFLOP an example")
        for run in found["runs"]:
            speed = f"{run['examples_per_cpu_second']:8.0f} / CPU-s{run['examples_per_second']:8.0f} / s"
            print(f"{run['threads']} × {CANDIDATES[run['name']]:42}{speed}{run['fraction_of_peak']:7.1%} of peak")
        for ratio in found["ratios"]:
            what = f"{ratio['slow']} / {ratio['fast']}, {ratio['measure']}, {ratio['threads']} threads"
            line = f"{what:42}{ratio['median']:6.2f}  [{ratio['min']:.2f}, {ratio['max']:.2f}]"
            if ratio["target"]:
                line += f"  ≥ {ratio['target']:.1f}: {'met' if ratio['median'] >= ratio['target'] else 'MISSED'}"
                met = met and ratio["median"] >= ratio["target"]
            print(line)
        apart = found["loss_difference"]
        print(f"loss apart: fast {apart['fast']:.1e}, weights nudged by a bit {apart['nudged']:.1e}; rest: equal")
    return met


def small_copy(directory: Path) -> None:
    """Write the images that come with dlnotes in torchvision's layout."""
    for name in ("mnist", "fashion-mnist"):
        raw = directory / datasets.SOURCES[name].torchvision_name / "raw"
        raw.mkdir(parents=True)
        for file in datasets.FILES:
            packed = datasets.EMBEDDED / f"{name}-small" / f"{file}.xz"
            (raw / file).write_bytes(datasets._unpacked(packed))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="in an epoch; a multiple of 256")
    parser.add_argument("--quick", action="store_true", help="one thread, on the package's images; write nothing")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()
    if options.quick:
        with tempfile.TemporaryDirectory() as folder:
            small_copy(Path(folder))
            show(measure(Path(folder), 1280, 1, threads=(1,)))
        return
    for model in MODELS:
        datasets.load(RECIPES[model].data)  # brings and verifies the files
    result = machine("torch", "torchvision") | measure(datasets.data_directory(), options.examples, options.repetitions)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    met = show(result)
    print("\nall targets met" if met else "\nA TARGET WAS MISSED")
    if options.check and not met:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
