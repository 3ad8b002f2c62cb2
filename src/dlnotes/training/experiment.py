"""Results worth keeping: computed by a command that anybody can repeat, and kept in a file with all that it needs."""

import datetime
import io
import json
import multiprocessing
import os
import platform
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dlnotes.training.command import main

__all__ = ["mode", "recorded", "train_seeds"]

MODES = ("full", "short", "recorded")


def mode() -> str:
    """Say how a lab runs, from the environment's `DLNOTES_LABS`.

    Returns:
        "full", the default: compute, and keep the results. "short": compute on little data, to see that everything
        works, and keep nothing. "recorded": compute nothing, and read what was kept.

    Raises:
        ValueError: If `DLNOTES_LABS` is none of these.
    """
    chosen = os.environ.get("DLNOTES_LABS", MODES[0])
    if chosen not in MODES:
        raise ValueError(f"DLNOTES_LABS is {chosen!r}; choose {', '.join(MODES[:-1])} or {MODES[-1]}")
    return chosen


def recorded(name: str, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Compute a result and keep it in results/`name`.json, or read it from there, as `mode` says.

    Args:
        name: The file's name, which may begin with folders.
        compute: Returns what JSON can hold.

    Returns:
        What `compute` returned, as JSON gives it back, besides the date, the device and the versions.

    Raises:
        FileNotFoundError: If nothing was kept under this name, and the mode is "recorded".
    """
    path = Path("results", f"{name}.json")
    if mode() == "recorded":
        return _read(path)
    text = json.dumps(compute() | _circumstances(), indent=1) + "\n"
    if mode() == "full":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


def train_seeds(command: str, seeds: int, out: Path | None = None) -> dict[str, Any]:
    """Train with several seeds, on one CPU thread each, as many at a time as there are cores.

    Args:
        command: What follows `dlnotes train`, without `--seed` and `--out`.
        seeds: How many, from 0.
        out: The folder for each run's folder, `seed0` and so on, with its checkpoint. None keeps the metrics only.

    Returns:
        The command that repeats a run but for its seed, and under `seeds` the metrics of each seed's epochs.

    Raises:
        RuntimeError: If a run failed; the message is what it printed.
    """
    with tempfile.TemporaryDirectory() as temporary, _pool() as pool:
        folders = [(out or Path(temporary)) / f"seed{seed}" for seed in range(seeds)]
        runs = pool.map(partial(_train, command), range(seeds), folders)
        return {"command": f"dlnotes train {command}", "seeds": dict(enumerate(runs))}


def _pool() -> ProcessPoolExecutor:
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload([__name__, "matplotlib.figure"])  # imported once, not by every process
    return ProcessPoolExecutor(os.cpu_count(), context)


def _train(command: str, seed: int, folder: Path) -> list[dict[str, float]]:
    words = ["train", *command.split(), "--seed", str(seed), "--threads", "1", "--device", "cpu", "--out", str(folder)]
    said = io.StringIO()
    status: int | str | None
    with redirect_stdout(said), redirect_stderr(said):
        try:
            status = main(words)
        except SystemExit as stop:  # of the parser
            status = stop.code
    if status:
        raise RuntimeError(f"dlnotes {' '.join(words)}\n{said.getvalue().strip()}")
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]


def _circumstances() -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "device": f"cpu, {platform.machine()}, 1 thread",
        "versions": {name: version(name) for name in ("torch", "numpy")} | {"python": platform.python_version()},
    }


def _read(path: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return result
