"""Checkpoints: everything a run needs to go on as if it had never stopped, in one file that is never half-written."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Generator, nn
from torch.optim import Optimizer

__all__ = ["CheckpointError", "fitting", "read", "replacing", "restore", "save"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file completely, or not at all.

    The block writes to the path it is given. Only when it has finished does
    that file take the place of `path`, in one step: whoever reads `path`, even
    after a crash, finds the old content or the new.

    Args:
        path: The file to create or to replace. Its folder must exist.

    Yields:
        A temporary file in the same folder.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from dlnotes.training.checkpoint import replacing
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "notes.txt")
        ...     with replacing(path) as unfinished:
        ...         _ = unfinished.write_text("all of it")
        ...     path.read_text()
        'all of it'
    """
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


FORMAT = "dlnotes checkpoint 1"


def save(
    path: Path,
    *,
    settings: dict[str, Any],
    history: list[dict[str, Any]],
    model: nn.Module,
    optimizer: Optimizer,
    shuffle: Generator,
) -> None:
    """Save a run after an epoch.

    Args:
        path: The file to write, in a folder that exists.
        settings: What the run was started with: strings and numbers.
        history: The metrics, one entry for each epoch so far.
        model: Its parameters and buffers are saved.
        optimizer: Its state, such as momentum, is saved.
        shuffle: The generator that shuffles. Its state is saved, and that of
            PyTorch's own CPU generator.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import torch
        >>> from dlnotes.training.checkpoint import save
        >>> model = torch.nn.Linear(2, 1)
        >>> run = {"model": model, "optimizer": torch.optim.SGD(model.parameters()), "shuffle": torch.Generator()}
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "checkpoint.pt")
        ...     save(path, settings={"lr": 0.1}, history=[], **run)
        ...     path.exists()
        True
    """
    checkpoint = {
        "format": FORMAT,
        "settings": settings,
        "epoch": len(history),
        "history": history,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "shuffle": shuffle.get_state(),
        "torch": torch.get_rng_state(),
    }
    content = io.BytesIO()
    torch.save(checkpoint, content)
    with replacing(path) as unfinished:
        unfinished.write_bytes(content.getvalue())


class CheckpointError(Exception):
    """A checkpoint that can't be read, or doesn't fit."""


def read(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running code that might hide in it.

    Args:
        path: A file that `save` wrote.

    Returns:
        The parts by name, tensors on the CPU.

    Raises:
        CheckpointError: If there is no such file, or it is something else.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import torch
        >>> from dlnotes.training.checkpoint import read, save
        >>> model = torch.nn.Linear(2, 1)
        >>> run = {"model": model, "optimizer": torch.optim.SGD(model.parameters()), "shuffle": torch.Generator()}
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "checkpoint.pt")
        ...     save(path, settings={"lr": 0.1}, history=[], **run)
        ...     read(path)["settings"]
        {'lr': 0.1}
    """
    advice = "Choose another, or train again"
    try:
        file = io.BytesIO(path.read_bytes())
    except FileNotFoundError:
        problem = f"there is no checkpoint at {path}"
        raise CheckpointError(f"{problem}. {advice}") from None
    except OSError as error:
        problem = f"can't read {path}: {error.strerror}"
        raise CheckpointError(f"{problem}. {advice}") from None
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # of many kinds, since a damaged file can be anything
        checkpoint = None
    parts = checkpoint if isinstance(checkpoint, dict) else {}
    kinds = {"settings": dict, "epoch": int, "history": list, "model": dict}
    whole = all(isinstance(parts.get(name), kinds[name]) for name in kinds)
    if parts.get("format") != FORMAT or not whole:
        raise CheckpointError(
            f"{path} isn't a checkpoint that this version of dlnotes can read: "
            f"it is damaged, or something else. {advice}"
        )
    return parts


@contextmanager
def fitting() -> Iterator[None]:
    """Blame the checkpoint for what goes wrong in the block.

    Raises:
        CheckpointError: If the block raises any exception, from which it comes.

    Examples:
        >>> from dlnotes.training.checkpoint import CheckpointError, fitting
        >>> try:
        ...     with fitting():
        ...         {}["model"]
        ... except CheckpointError as error:
        ...     print(repr(error.__cause__))
        KeyError('model')
    """
    try:
        yield
    except Exception as error:  # of many kinds, since it may hold anything
        raise CheckpointError(
            "the checkpoint doesn't fit: it was changed, or comes from another "
            "version of dlnotes. Choose another, or train again"
        ) from error


def restore(
    checkpoint: dict[str, Any],
    model: nn.Module,
    optimizer: Optimizer,
    shuffle: Generator,
) -> None:
    """Put a run back into the state in which it was saved.

    Args:
        checkpoint: What `read` returned.
        model: Built as for `save`.
        optimizer: Made for this model as for `save`.
        shuffle: The generator that shuffles.

    Raises:
        CheckpointError: If its tensors aren't those of this model.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import torch
        >>> from dlnotes.training.checkpoint import read, restore, save
        >>> model = torch.nn.Linear(2, 1)
        >>> run = {"model": model, "optimizer": torch.optim.SGD(model.parameters()), "shuffle": torch.Generator()}
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "checkpoint.pt")
        ...     save(path, settings={"lr": 0.1}, history=[], **run)
        ...     checkpoint = read(path)
        >>> restore(checkpoint, **run)
        >>> torch.equal(model.weight, checkpoint["model"]["weight"])
        True
    """
    with fitting():
        model.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        shuffle.set_state(checkpoint["shuffle"])
        torch.set_rng_state(checkpoint["torch"])
