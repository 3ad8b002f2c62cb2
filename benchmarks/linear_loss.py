"""Time and memory of a linear layer with its loss, forward and backward, as ratios to `F.cross_entropy(F.linear(…))`.

`python -m benchmarks.losses` runs it. Candidates take turns, as there. One step takes seconds, and other programs slow
it down, so what counts is the processor's time, of one thread. Memory is the peak beyond inputs and returned gradients,
which every candidate needs; the profiler sees what tensors take, and it agrees with the resident memory of a process.
"""

import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses.polyloss import linear_poly1_cross_entropy, poly1_cross_entropy

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]

SHAPE = (2048, 768, 50257)  # N, in_features, C
REPETITIONS = 5
EPSILON = 2.0
OURS = "linear_poly1_cross_entropy"
TIME_TARGETS = {"F.linear, F.cross_entropy": 1.0, "F.linear_cross_entropy": 1.1, "the same, 256 rows": 1.1}
MEMORY_TARGET = 0.15


def composed(input: Tensor, linear_weight: Tensor, target: Tensor) -> Tensor:
    """Return what everything else is compared with."""
    return F.cross_entropy(F.linear(input, linear_weight), target)


def composed_poly1(input: Tensor, linear_weight: Tensor, target: Tensor) -> Tensor:
    """Return Poly-1 of all logits."""
    return poly1_cross_entropy(F.linear(input, linear_weight), target, epsilon=EPSILON)


def chunked(input: Tensor, linear_weight: Tensor, target: Tensor, rows: int | None = None) -> Tensor:
    """Return PyTorch's own, in chunks: of its own choice, or of some rows."""
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=rows)
    return F.linear_cross_entropy(input, linear_weight, target, options=options)


CANDIDATES: dict[str, Loss] = {
    "F.linear, F.cross_entropy": composed,
    "F.linear, poly1": composed_poly1,
    "F.linear_cross_entropy": chunked,
    "the same, 256 rows": partial(chunked, rows=256),
    OURS: partial(linear_poly1_cross_entropy, epsilon=EPSILON),
}


def step(loss: Loss, input: Tensor, linear_weight: Tensor, target: Tensor) -> float:
    """Run one forward and backward pass, and return the processor's seconds."""
    input.grad = linear_weight.grad = None
    start = time.process_time()
    loss(input, linear_weight, target).backward()
    return time.process_time() - start


def peak_memory(loss: Loss, input: Tensor, linear_weight: Tensor, target: Tensor) -> int:
    """Return the most bytes that one step holds at a time beyond its inputs and the gradients that it returns."""
    input.grad = linear_weight.grad = None
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        step(loss, input, linear_weight, target)
    changes = [e for e in profile.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(changes, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak - sum(t.numel() * t.element_size() for t in (input, linear_weight))


def measure(shape: tuple[int, int, int] = SHAPE, repetitions: int = REPETITIONS) -> dict[str, Any]:
    """Print the table, and return it, with whether every target was met."""
    torch.manual_seed(0)
    rows, features, classes = shape
    input = torch.randn(rows, features, requires_grad=True)
    linear_weight = (torch.randn(classes, features) / features**0.5).requires_grad_()
    target = torch.randint(classes, (rows,))
    seconds: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    for _ in range(repetitions + 1):
        for name in random.sample(list(CANDIDATES), len(CANDIDATES)):
            seconds[name].append(step(CANDIDATES[name], input, linear_weight, target))
    seconds = {name: measured[1:] for name, measured in seconds.items()}
    memory = {name: peak_memory(loss, input, linear_weight, target) for name, loss in CANDIDATES.items()}
    base = next(iter(CANDIDATES))

    print(f"\ncpu, {rows}×{features} to {classes} classes: {base} takes {statistics.median(seconds[base]):.2f} s")
    print(f"{'':28}{'time':>8}{'peak':>8}{'target':>10}{'ours / its time':>18}{'from':>8}{'to':>8}{'target':>10}")
    met, candidates = True, {}
    for name in CANDIDATES:
        of_base = statistics.median(t / b for t, b in zip(seconds[name], seconds[base], strict=True))
        ours = [o / t for o, t in zip(seconds[OURS], seconds[name], strict=True)]
        ratio, share = statistics.median(ours), memory[name] / memory[base]
        candidates[name] = {"time": round(of_base, 3), "memory": round(share, 3)}
        limit = TIME_TARGETS.get(name)
        met = met and (limit is None or ratio <= limit) and (name != OURS or share <= MEMORY_TARGET)
        line = f"{name:28}{of_base:8.2f}{share:8.3f}{f'≤ {MEMORY_TARGET:.2f}' if name == OURS else '':>10}"
        line += f"{ratio:18.2f}{min(ours):8.2f}{max(ours):8.2f}{'' if limit is None else f'≤ {limit:.2f}':>10}"
        print(line.rstrip(), flush=True)
    return {
        "shape": shape,
        "repetitions": repetitions,
        "seconds": round(statistics.median(seconds[base]), 3),
        "candidates": candidates,
        "met": met,
    }
