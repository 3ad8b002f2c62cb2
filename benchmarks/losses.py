"""Time and memory of Poly-1 cross-entropy, forward and backward, as ratios to `F.cross_entropy` from the same run.

Run `python -m benchmarks.losses`. Candidates take turns in random order within every repetition, so that a slow moment
of the machine hits all of them and none always finds the cache that another left. A ratio is the median over
repetitions of the time divided by that repetition's `F.cross_entropy`. One CPU thread.

The allocator is warmed: the C library keeps freed memory. `--cold` leaves it as it is, which favours what allocates
least.
"""

import argparse
import ctypes
import json
import random
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks import linear_loss
from benchmarks.machine import machine
from dlnotes.losses._numbers import finite
from dlnotes.losses.polyloss import poly1, poly1_cross_entropy
from dlnotes.losses.polyloss.lean import MIN_CLASSES, MIN_ELEMENTS
from dlnotes.losses.polyloss.targets import cross_entropy_of

Loss = Callable[[Tensor, Tensor], Tensor]

RESULT = Path("docs/labs/results/losses-speed.json")
EPSILON = 2.0
SHAPES = {(256, 10): 1000, (4096, 1000): 60, (512, 50257): 12}  # (N, C): repetitions
GPU_SHAPES = {(4096, 1000): 50, (8192, 50257): 20}
# The largest ratio to F.cross_entropy that counts as met. A missing entry has no target.
TIME_TARGETS = {
    ("plain", (256, 10)): 1.85,
    ("plain", (4096, 1000)): 1.12,
    ("plain", (512, 50257)): 1.05,
    ("lean", (4096, 1000)): 0.80,
    ("lean", (512, 50257)): 0.65,
}
MEMORY_TARGETS = {("lean", (4096, 1000)): 1.1, ("lean", (512, 50257)): 1.1}


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return what everything else is compared with."""
    return F.cross_entropy(logits, targets)


def reference(logits: Tensor, targets: Tensor) -> Tensor:
    """Return Poly-1 as most implementations write it: cross-entropy, and p_t from a softmax of its own."""
    p_t = F.softmax(logits, dim=-1).gather(1, targets[:, None]).squeeze(1)
    return (F.cross_entropy(logits, targets, reduction="none") + EPSILON * (1 - p_t)).mean()


def one_hot(logits: Tensor, targets: Tensor) -> Tensor:
    """Return Poly-1 with p_t from a sum over one-hot targets."""
    p_t = (F.one_hot(targets, logits.shape[1]).to(logits.dtype) * F.softmax(logits, dim=-1)).sum(dim=-1)
    return (F.cross_entropy(logits, targets, reduction="none") + EPSILON * (1 - p_t)).mean()


def chosen(logits: Tensor, targets: Tensor) -> Tensor:
    """Return Poly-1 as a user gets it."""
    return poly1_cross_entropy(logits, targets, epsilon=EPSILON)


def one_way(*, lean: bool) -> Loss:
    """Return Poly-1 with the same checks, always with one N×C buffer or always with three."""

    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy_of(partial(poly1, epsilon=finite("epsilon", EPSILON, logits)), logits, targets, lean=lean)

    return loss


CANDIDATES: dict[str, Loss] = {
    "F.cross_entropy": cross_entropy,
    "plain": one_way(lean=False),
    "lean": one_way(lean=True),
    "chosen": chosen,
    "reference": reference,
    "one-hot": one_hot,
}


def step(loss: Loss, logits: Tensor, targets: Tensor) -> None:
    """Run one forward and backward pass."""
    logits.grad = None
    loss(logits, targets).backward()


def time_ratios(
    logits: Tensor, targets: Tensor, repetitions: int, candidates: Mapping[str, Loss] = CANDIDATES
) -> tuple[float, dict[str, float]]:
    """Return the seconds of one step of the first candidate, and the time of each in units of it."""
    names = list(candidates)
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repetitions + 2):
        for name in random.sample(names, len(names)):
            _synchronize(logits)
            start = time.perf_counter()
            step(candidates[name], logits, targets)
            _synchronize(logits)
            times[name].append(time.perf_counter() - start)
    base = times[names[0]][2:]
    ratios = {
        name: statistics.median(t / b for t, b in zip(measured[2:], base, strict=True))
        for name, measured in times.items()
    }
    return statistics.median(base), ratios


def peak_memory(loss: Loss, logits: Tensor, targets: Tensor) -> float:
    """Return the most memory one step holds at a time beyond its inputs, in units of the logits."""
    size = logits.numel() * logits.element_size()
    logits.grad = None
    if logits.is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step(loss, logits, targets)
        return (torch.cuda.max_memory_allocated() - before) / size
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        step(loss, logits, targets)
    changes = [e for e in profile.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(changes, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak / size


def measure(device: str, shape: tuple[int, int], repetitions: int) -> dict[str, Any]:
    """Print the table of one shape, and return it, with whether every target was met."""
    torch.manual_seed(0)
    logits = torch.randn(shape, device=device, requires_grad=True)
    targets = torch.randint(shape[1], shape[:1], device=device)
    seconds, ratios = time_ratios(logits, targets, repetitions)
    print(f"\n{device}, {shape[0]}×{shape[1]}: F.cross_entropy takes {seconds * 1e3:.3f} ms")
    print(f"{'':16}{'time':>8}{'target':>10}{'peak N×C':>12}{'target':>10}")
    met, candidates = True, {}
    for name, loss in CANDIDATES.items():
        memory = peak_memory(loss, logits, targets)
        candidates[name] = {"time": round(ratios[name], 3), "memory": round(memory, 3)}
        line = f"{name:16}{ratios[name]:8.2f}"
        for value, table, width in ((ratios[name], TIME_TARGETS, 10), (memory, MEMORY_TARGETS, 10)):
            if table is MEMORY_TARGETS:
                line += f"{memory:12.2f}"
            target = table.get((name, shape)) if device == "cpu" else None
            met = met and (target is None or value <= target)
            line += f"{'' if target is None else f'≤ {target:.2f}':>{width}}"
        print(line.rstrip())
    slowdown = ratios["chosen"] / ratios["plain"]
    print(f"chosen / plain  {slowdown:8.2f}    ≤ 1.05")
    return {
        "shape": shape,
        "repetitions": repetitions,
        "milliseconds": round(seconds * 1e3, 4),
        "candidates": candidates,
        "met": met and slowdown <= 1.05,
    }


def crossover() -> None:
    """Print the lean time relative to the plain one around the sizes from which it is chosen."""
    pair = {name: CANDIDATES[name] for name in ("plain", "lean")}
    print(f"\nlean / plain; chosen from N·C ≥ {MIN_ELEMENTS} and C ≥ {MIN_CLASSES}")
    for classes in (16, 64, 256, 1024, 16384):
        line = f"C = {classes:<8}"
        for elements in (1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 22):
            logits = torch.randn(max(1, elements // classes), classes, requires_grad=True)
            targets = torch.randint(classes, logits.shape[:1])
            _, ratios = time_ratios(logits, targets, max(9, (1 << 23) // elements), pair)
            line += f"  {elements}: {ratios['lean']:.2f}"
        print(line)


def _synchronize(tensor: Tensor) -> None:
    if tensor.is_cuda:
        torch.cuda.synchronize()


def warm_allocator() -> None:
    """Make glibc keep freed memory, so that no candidate pays for fresh pages that another would pay for elsewhere."""
    mmap_max, trim_threshold = -4, -1
    if not hasattr(ctypes.CDLL(None), "mallopt"):
        print("no mallopt here: times include fresh pages")
        return
    ctypes.CDLL(None).mallopt(mmap_max, 0)
    ctypes.CDLL(None).mallopt(trim_threshold, 2**31 - 1)


def main() -> None:
    """Run everything; exit with 1 if `--check` is given and a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--crossover", action="store_true", help="also measure where one buffer starts to pay")
    parser.add_argument("--cold", action="store_true", help="leave the memory allocator as it is")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if not arguments.cold:
        warm_allocator()
    print(f"torch {torch.__version__}, ratios to F.cross_entropy, forward + backward, ε = {EPSILON}")
    results = [measure("cpu", shape, repetitions) for shape, repetitions in SHAPES.items()]
    linear = linear_loss.measure()
    met = all(result["met"] for result in [*results, linear])
    allocator = "as it is" if arguments.cold else "keeps freed memory"
    measured = machine("torch") | {"allocator": allocator, "shapes": results, "linear": linear}
    RESULT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    if arguments.crossover:
        crossover()
    if torch.cuda.is_available():
        for shape, repetitions in GPU_SHAPES.items():
            measure("cuda", shape, repetitions)
    print("\nall targets met" if met else "\nA TARGET WAS MISSED")
    if arguments.check and not met:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
