"""Results worth keeping: computed by a command that anybody can repeat, and kept in a file with all that it needs."""

import datetime
import io
import json
import multiprocessing
import os
import platform
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dlnotes.command import main

__all__ = ["mode", "packed", "recorded", "table", "train_seeds", "unpacked"]

MODES = ("full", "short", "recorded")
SIZE = (28, 28)  # of an image, in pixels


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
        What `compute` returned, as JSON gives it back, plus the date, the device and the versions.

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
        The command that repeats a run, without its seed, and under `seeds` the metrics of each seed's epochs.

    Raises:
        RuntimeError: If a run failed; the message is what it printed.
    """
    with tempfile.TemporaryDirectory() as temporary, _pool() as pool:
        folders = [(out or Path(temporary)) / f"seed{seed}" for seed in range(seeds)]
        runs = pool.map(partial(_train, command), range(seeds), folders)
        return {"command": f"dlnotes train {command}", "seeds": dict(enumerate(runs))}


def table(result: dict[str, Any], metric: str) -> Tensor:
    """Collect one metric of all seeds and epochs.

    Args:
        result: What `train_seeds` returned, or `recorded` of it.
        metric: A name in each epoch's metrics, such as `"test_accuracy"`.

    Returns:
        `(seeds, epochs)`, float32: one row a seed, one column an epoch.

    Raises:
        ValueError: If there is no such metric, or no epoch, or not the same number of epochs for each seed.

    Examples:
        >>> from dlnotes.labs import table
        >>> table({"seeds": {"0": [{"loss": 2.0}, {"loss": 1.0}]}}, "loss")
        tensor([[2., 1.]])
    """
    runs = list(result["seeds"].values())
    lengths = [len(run) for run in runs]
    if len(set(lengths)) != 1 or 0 in lengths:
        raise ValueError(f"result has seeds with {lengths} epochs; it must have the same number for each, at least 1")
    known = runs[0][0]
    if metric not in known:
        raise ValueError(f"metric is {metric!r}; choose one of {', '.join(known)}")
    return torch.tensor([[epoch[metric] for epoch in run] for run in runs])


def packed(images: Tensor) -> str:
    """Turn images into text, for the file of a result.

    Args:
        images: `(N, 28, 28)`, uint8 in 0…255.

    Returns:
        Their bytes in base64, from which `unpacked` makes the same images.

    Raises:
        ValueError: If the images have another shape or dtype.

    Examples:
        >>> import torch
        >>> from dlnotes.labs import packed
        >>> packed(torch.zeros(1, 28, 28, dtype=torch.uint8))[:8]
        'AAAAAAAA'
    """
    if images.dtype != torch.uint8 or images.shape[1:] != SIZE:
        raise ValueError(
            f"images are {images.dtype}, of shape {tuple(images.shape)}; they must be torch.uint8, of shape "
            "(N, 28, 28), as a data set has them"
        )
    return b64encode(images.numpy().tobytes()).decode()


def unpacked(text: str) -> Tensor:
    """Turn text back into the images that `packed` made it from.

    Args:
        text: What `packed` returned.

    Returns:
        `(N, 28, 28)`, uint8 in 0…255.

    Raises:
        ValueError: If the text is anything else.

    Examples:
        >>> import torch
        >>> from dlnotes.labs import packed, unpacked
        >>> images = torch.randint(256, (2, 28, 28), dtype=torch.uint8)
        >>> torch.equal(unpacked(packed(images)), images)
        True
    """
    try:
        pixels = torch.tensor(bytearray(b64decode(text, validate=True)), dtype=torch.uint8)
        return pixels.reshape(-1, *SIZE)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"text starts with {text[:20]!r}; it must be what `packed` returned") from error


def _pool() -> ProcessPoolExecutor:
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        # Imported once, not by every process; an optimizer imports the last.
        context.set_forkserver_preload([__name__, "matplotlib.figure", "torch._dynamo"])
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
