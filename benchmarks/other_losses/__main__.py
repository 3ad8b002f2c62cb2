"""Ask every implementation everything, print what comes of it, and keep it: `make compare-losses`.

How long each takes goes into a file of its own, which differs from run to run.
"""

import json
from pathlib import Path
from typing import Any

import torch

from benchmarks.losses import time_ratios, warm_allocator
from benchmarks.machine import machine
from benchmarks.other_losses.cases import CASES
from benchmarks.other_losses.implementations import IMPLEMENTATIONS
from benchmarks.other_losses.verdicts import verdict

ANSWERS = Path("docs/labs/results/other-losses.json")
TIMES = Path("docs/labs/results/other-losses-speed.json")
SHAPES = {(256, 10): 1000, (4096, 1000): 30}  # (N, C): repetitions
PACKAGES = sorted({one.package for one in IMPLEMENTATIONS} - {"dlnotes"})


def answers() -> list[dict[str, Any]]:
    """Ask everything, and print what isn't right."""
    found = []
    for one in IMPLEMENTATIONS:
        print(f"{one.label}, {one.kind}: {one.place}")
        cases = {case.name: verdict(one, case) for case in CASES[one.kind]}
        for case, answer in cases.items():
            if answer["outcome"] != "right":
                print(f"  {case:18}", *answer.values())
        found.append({"label": one.label, "kind": one.kind, "place": one.place, "cases": cases})
    return found


def times() -> list[dict[str, Any]]:
    """Time a step of each softmax loss, forward and backward, relative to `F.cross_entropy`."""
    asked = [one for one in IMPLEMENTATIONS if one.kind == "softmax"]
    options = [{"gamma": one.loss.gamma, "epsilon": one.loss.epsilon, "reduction": "mean"} for one in asked]
    candidates = {
        one.label: one.function(**{name: value for name, value in given.items() if name in one.offered()})
        for one, given in zip(asked, options, strict=True)
    }
    found = []
    for shape, repetitions in SHAPES.items():
        torch.manual_seed(0)
        logits = torch.randn(shape, requires_grad=True)
        seconds, ratios = time_ratios(logits, torch.randint(shape[1], shape[:1]), repetitions, candidates)
        print(shape, *(f"\n  {label:28}{ratio:6.2f}" for label, ratio in ratios.items()))
        rounded = {label: round(ratio, 2) for label, ratio in ratios.items()}
        found.append({"shape": shape, "milliseconds": round(seconds * 1e3, 3), "ratios": rounded})
    return found


def main() -> None:
    """Write both files."""
    torch.set_num_threads(1)
    measured = machine(*PACKAGES)
    kept = {"date": measured["date"], "versions": measured["versions"], "results": answers()}
    ANSWERS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    warm_allocator()
    TIMES.write_text(json.dumps(measured | {"shapes": times()}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
