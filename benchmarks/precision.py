"""Time of a training step on a CPU: as it is, compiled, in bfloat16, and both. `make bench-precision`.

The candidates take turns in random order within every repetition, each with a model of its own that starts from the
same weights and sees the same batches. A ratio is the median, over repetitions, of the ratio of two candidates within
one. All use one thread. The time of the first step, in which torch.compile does its work, is recorded by itself.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.machine import machine
from dlnotes.models.cnn import cnn
from dlnotes.models.mlp import mlp
from dlnotes.training.datasets import load

RESULT = Path("docs/labs/results/precision-speed.json")
MODELS: dict[str, Callable[[], nn.Module]] = {"mlp": mlp, "cnn": cnn}
CANDIDATES = {
    "float32": (False, False),
    "compiled": (True, False),
    "bfloat16": (False, True),
    "both": (True, True),
}  # compiled, with autocast
BATCH = 256
STEPS = 10  # of each candidate in each repetition


def stepper(build: Callable[[], nn.Module], compiled: bool, autocast: bool) -> Callable[[Tensor, Tensor], float]:
    """Return what makes one training step and returns the loss."""
    torch.manual_seed(0)
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    forward: Callable[[Tensor], Tensor] = torch.compile(model) if compiled else model

    def step(inputs: Tensor, targets: Tensor) -> float:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            loss = F.cross_entropy(forward(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def measure(build: Callable[[], nn.Module], candidates: list[str], repetitions: int) -> dict[str, Any]:
    """Measure the candidates: milliseconds a step, ratios, last losses and the seconds of the first step."""
    train, _ = load("fashion-mnist-small")
    images, targets = train.images[:, None] / 255, train.targets
    chosen = [torch.randperm(len(targets), generator=torch.Generator().manual_seed(k))[:BATCH] for k in range(STEPS)]
    steps = {name: stepper(build, *CANDIDATES[name]) for name in candidates}
    first, losses = dict[str, float](), dict[str, float]()
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for name, step in steps.items():
        start = time.perf_counter()
        step(images[chosen[0]], targets[chosen[0]])
        first[name] = time.perf_counter() - start
    order = random.Random(0)
    for _ in range(repetitions):
        for name in order.sample(candidates, len(candidates)):
            start = time.process_time()
            for batch in chosen:
                losses[name] = steps[name](images[batch], targets[batch])
            times[name].append((time.process_time() - start) / STEPS)
    ratios = {
        name: [a / b for a, b in zip(times["float32"], times[name], strict=True)]
        for name in candidates
        if name != "float32"
    }
    return {
        "milliseconds": {name: round(1000 * statistics.median(found), 3) for name, found in times.items()},
        "ratios": {
            name: {"median": round(statistics.median(r), 3), "min": round(min(r), 3), "max": round(max(r), 3)}
            for name, r in ratios.items()
        },
        "first_step_seconds": {name: round(seconds, 2) for name, seconds in first.items()},
        "last_loss": {name: round(loss, 5) for name, loss in losses.items()},
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--models", nargs="*", default=[*MODELS], choices=[*MODELS])
    parser.add_argument("--candidates", nargs="*", default=[*CANDIDATES], choices=[*CANDIDATES])
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        found = {name: measure(MODELS[name], options.candidates, options.repetitions) for name in options.models}
    result = machine("torch") | {"batch": BATCH, "steps": STEPS, "repetitions": options.repetitions, "models": found}
    options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
