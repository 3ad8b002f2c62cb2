"""The command `dlnotes`: train a model, evaluate a checkpoint, say which data there are."""

import argparse
import importlib.util
import json
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from dlnotes._arguments import parse, say
from dlnotes.training import checkpoint, curves, datasets
from dlnotes.training.loop import Batch, Batches, NotFiniteError, evaluate
from dlnotes.training.processes import Process, joined, local_rank
from dlnotes.training.recipes import RECIPES, Extras, Numbers, Settings
from dlnotes.training.run import EVALUATION_BATCH, Run

__all__ = ["main"]

CHECKPOINT, METRICS, CURVES = "checkpoint.pt", "metrics.jsonl", "curves.svg"


class CommandError(Exception):
    """What the command can't do; nothing was written."""


class UnfinishedError(Exception):
    """A run that can't go on; what it has saved stays."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `dlnotes`.

    Args:
        arguments: The words after `dlnotes`; those of this process if None.

    Returns:
        The exit status: 0 if all went well, 1 if a loss was NaN or infinite or a file could not be written, 2 for what
        can't be done, 130 after Ctrl-C.

    Examples:
        >>> from dlnotes.command import main
        >>> main(["evaluate", "no-such-folder/checkpoint.pt"])
        2
    """
    return perform(parse(sys.argv[1:] if arguments is None else arguments))


def perform(options: argparse.Namespace) -> int:
    """Do what was parsed, and return the exit status as `main` does."""
    try:
        COMMANDS[options.command](options)
    except (CommandError, datasets.DataError, checkpoint.CheckpointError) as error:
        return say(f"dlnotes: {error}", 2)
    except (NotFiniteError, UnfinishedError) as error:
        return say(f"dlnotes: {error}", 1)
    except OSError as error:
        return say(f"dlnotes: the output can't be written: {error.strerror or error}", 1)
    except KeyboardInterrupt as interrupt:
        return say(f"\ndlnotes: interrupted. {interrupt}".rstrip(), 130)
    return 0


def _train(options: argparse.Namespace) -> None:
    _require("matplotlib", "tqdm")
    settings, device = _settings(options), _device(options.device)
    out = options.out or Path("runs") / f"{settings.model}-{settings.data}-seed{settings.seed}"
    if (out / CHECKPOINT).exists() and not (options.resume or options.overwrite):
        raise CommandError(f"{out} has a run already. Choose --resume, --overwrite or another --out")
    saved = checkpoint.read(out / CHECKPOINT) if options.resume else None
    if options.threads:
        torch.set_num_threads(options.threads)
    with joined(device) as process:
        run = _run(options, settings, device, process)
        if saved:
            run.resume(saved)
        if process.rank == 0:
            _make_room(out, run)
        try:
            _follow(run, out)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_how_to_go_on(out, options.arguments)) from None
        except UnfinishedError as error:
            raise UnfinishedError(f"{error} {_how_to_go_on(out, options.arguments)}") from None


def _settings(options: argparse.Namespace) -> Settings:
    """Fill in what wasn't given from the model's recipe."""
    recipe = RECIPES[options.model]
    data = options.data or f"{recipe.data}-small"
    given = {name: getattr(options, name) for name in Numbers._fields}
    numbers = recipe.small if data.endswith("-small") else recipe.full
    numbers = numbers._replace(**{name: value for name, value in given.items() if value is not None})
    given = {name: getattr(options, name) for name in Extras._fields}
    extras = recipe.extras._replace(**{name: value for name, value in given.items() if value is not None})
    return Settings(options.model, data, *numbers, options.seed, options.validation, options.epsilon, *extras)


def _run(options: argparse.Namespace, settings: Settings, device: torch.device, process: Process) -> Run:
    train, test = _load(settings.data, options, process)
    try:
        return Run(settings, train, test, device, process, options.compile, options.channels_last)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _load(name: str, options: argparse.Namespace, process: Process) -> tuple[datasets.Examples, datasets.Examples]:
    """Load the data; of several processes the first one downloads, and the others wait for it."""
    if process.rank > 0:
        dist.barrier()
    examples = datasets.load(name, directory=options.directory, download=options.download)
    if process.rank == 0 and process.processes > 1:
        dist.barrier()
    return examples


def _follow(run: Run, out: Path) -> None:
    """Train to the end. After each epoch, write the checkpoint and the metrics, and print a line."""
    settings, first = run.settings, run.process.rank == 0
    if first:
        parameters = sum(p.numel() for p in run.model.parameters())
        print(f"{settings.model}: {parameters:,} parameters; {settings.data}; {run.device}; writing to {out}")
    try:
        for metrics in run.epochs(_bar(settings.epochs, first)):
            if first:
                with _writing(out):
                    run.save(out / CHECKPOINT)
                    _write_metrics(run.history, out / METRICS)
                print(_line(metrics, settings.epochs), flush=True)
    finally:
        if first and (out / CHECKPOINT).exists():
            _report(out)
    if first:
        done = f"{settings.epochs} epochs are" if settings.epochs > 1 else "1 epoch is"
        print(f"{done} done: {METRICS}, {CURVES} and {CHECKPOINT} are in {out}")


def _report(out: Path) -> None:
    """Write the metrics and draw the curves of what is saved, at whichever moment the run has ended."""
    history = checkpoint.read(out / CHECKPOINT)["history"]
    with _writing(out):
        _write_metrics(history, out / METRICS)
        with checkpoint.replacing(out / CURVES) as unfinished:
            curves.draw(history, unfinished)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise UnfinishedError(f"can't write to the folder {out}: {why}. It must be writable and have room.") from None


def _how_to_go_on(out: Path, arguments: Sequence[str]) -> str:
    if not (out / CHECKPOINT).exists():
        return "Nothing is saved yet; that happens after each epoch."
    epoch = checkpoint.read(out / CHECKPOINT)["epoch"]
    program = "torchrun … -m dlnotes" if dist.is_torchelastic_launched() else "dlnotes"
    words = [*(word for word in arguments if word not in ("--resume", "--overwrite")), "--resume"]
    return f"Epoch {epoch} is saved in {out / CHECKPOINT}. Go on from there with\n  {program} {shlex.join(words)}"


def _write_metrics(history: list[dict[str, Any]], path: Path) -> None:
    with checkpoint.replacing(path) as unfinished:
        unfinished.write_text("".join(json.dumps(metrics) + "\n" for metrics in history), "utf-8")


def _line(metrics: dict[str, Any], epochs: int) -> str:
    parts = [
        f"{part} {metrics[f'{part}_loss']:.4f} {metrics[f'{part}_accuracy']:.2%}"
        for part in ("train", "validation", "test")
        if f"{part}_loss" in metrics
    ]
    return f"epoch {metrics['epoch']:>{len(str(epochs))}}/{epochs}: {', '.join(parts)} ({metrics['seconds']:.1f} s)"


def _bar(epochs: int, first: bool) -> Callable[[Iterable[Batch], int], Iterable[Batch]]:
    """Make a progress bar for each epoch, which is quiet where stderr isn't a terminal."""
    from tqdm import tqdm

    return lambda batches, epoch: tqdm(batches, f"epoch {epoch}/{epochs}", leave=False, disable=None if first else True)


def _evaluate(options: argparse.Namespace) -> None:
    saved, device = checkpoint.read(options.checkpoint), _device(options.device)
    with checkpoint.fitting():
        settings = Settings(**saved["settings"])
        recipe, data = RECIPES[settings.model], options.data or settings.data
        model = recipe.build()
        model.load_state_dict(saved["model"])
    _, test = datasets.load(data, directory=options.directory, download=options.download)
    inputs, targets = recipe.prepare(test.images).to(device), test.targets.to(device)
    loss, accuracy = evaluate(model.to(device), Batches(inputs, targets, EVALUATION_BATCH))
    print(f"{settings.model} after epoch {saved['epoch']}, {data}: test {loss:.4f} {accuracy:.2%}")


def _data(options: argparse.Namespace) -> None:
    print(datasets.describe(options.directory))


def _require(*packages: str) -> None:
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise CommandError(f"{' and '.join(missing)} must be installed first: pip install {' '.join(missing)}")


def _make_room(out: Path, run: Run) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write_metrics(run.history, out / METRICS)  # now: after an epoch it would be late to find out that nobody can
        if not run.history:
            (out / CURVES).unlink(missing_ok=True)
            (out / CHECKPOINT).unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise CommandError(f"can't write to the folder {out}: {why}. Fix that, or choose another --out") from None


def _device(name: str) -> torch.device:
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if dist.is_torchelastic_launched():
        del available["mps"]  # it can't exchange gradients
    usable = [device for device, there in available.items() if there]
    if name == "auto":
        name = usable[0]
    if name not in usable:
        raise CommandError(f"there is no {name} device that PyTorch can use. Choose --device {' or '.join(usable)}")
    return torch.device(name, local_rank()) if name == "cuda" else torch.device(name)


COMMANDS = {"train": _train, "evaluate": _evaluate, "data": _data}
