"""One training run, from its settings: model, data, optimizer, generators and history."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn.parallel import DistributedDataParallel

from dlnotes.losses.polyloss import poly1_cross_entropy
from dlnotes.training import checkpoint
from dlnotes.training.channels_last import channels_last as make_channels_last
from dlnotes.training.datasets import Examples
from dlnotes.training.loop import Batch, Batches, Means, NotFiniteError, evaluate, split, train_epoch
from dlnotes.training.processes import Process, mean_size
from dlnotes.training.recipes import RECIPES, Settings

__all__ = ["Run"]

ALONE, CPU = Process(), torch.device("cpu")
EVALUATION_BATCH = 1000  # changes speed and memory, not the results

Bar = Callable[[Iterable[Batch], int], Iterable[Batch]]


class Run:
    """A run in memory: `epochs` trains it, `save` and `resume` carry it over to another process.

    Args:
        settings: What to learn.
        train: Images and targets, some of which are held out for validation.
        test: Images and targets to measure the accuracy on.
        device: Where the model and all data are held.
        process: This process's part of every batch.
        compiled: Run the model through `torch.compile`.
        channels_last: Store images with their channels last, which makes convolutions faster.

    Raises:
        ValueError: If `settings.validation` leaves nothing to train on.
    """

    def __init__(
        self,
        settings: Settings,
        train: Examples,
        test: Examples,
        device: torch.device = CPU,
        process: Process = ALONE,
        compiled: bool = False,
        channels_last: bool = False,
    ) -> None:
        self.settings, self.device, self.process = settings, device, process
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.history: list[dict[str, Any]] = []
        torch.manual_seed(settings.seed)
        self.shuffle = Generator().manual_seed(settings.seed)
        self.model = RECIPES[settings.model].build().to(device)
        if channels_last:
            make_channels_last(self.model)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=settings.lr, momentum=settings.momentum)
        self.loss = partial(poly1_cross_entropy, epsilon=settings.epsilon)
        if compiled:
            self.model.compile()
        self.parallel = self.model
        self.size: Callable[[Tensor], float | Tensor] = len
        if process.processes > 1:
            self.parallel, self.size = DistributedDataParallel(self.model), mean_size
        learn, held_out = split(len(train.targets), settings.validation, settings.seed)
        self.train = self._batches(train, learn, settings.batch_size, self.shuffle)
        self.validation = self._batches(train, held_out, EVALUATION_BATCH) if len(held_out) else None
        self.test = self._batches(test, torch.arange(len(test.targets)), EVALUATION_BATCH)

    def _batches(self, examples: Examples, chosen: Tensor, size: int, generator: Generator | None = None) -> Batches:
        inputs = RECIPES[self.settings.model].prepare(examples.images[chosen])
        return Batches(
            inputs.to(self.device, memory_format=self.layout),
            examples.targets[chosen].to(self.device),
            size,
            generator=generator,
            rank=self.process.rank,
            processes=self.process.processes,
        )

    def epochs(self, bar: Bar | None = None) -> Iterator[dict[str, Any]]:
        """Train up to the last epoch of the settings.

        Args:
            bar: Wraps the batches of an epoch, to show progress.

        Yields:
            The metrics of each epoch: its number, loss and accuracy in
            training, validation and test, and seconds. `history` keeps them.

        Raises:
            NotFiniteError: If a loss was NaN or infinite.
        """
        for epoch in range(len(self.history) + 1, self.settings.epochs + 1):
            start = time.perf_counter()
            try:
                batches = bar(self.train, epoch) if bar else self.train
                means = self._epoch(batches)
            except NotFiniteError as error:
                raise error.in_epoch(epoch) from None
            metrics: dict[str, Any] = {"epoch": epoch}
            for part, (loss, accuracy) in means.items():
                metrics[f"{part}_loss"] = loss
                metrics[f"{part}_accuracy"] = accuracy
            metrics["seconds"] = round(time.perf_counter() - start, 3)
            self.history.append(metrics)
            yield metrics

    def _epoch(self, batches: Iterable[Batch]) -> dict[str, Means]:
        model, optimizer = self.parallel, self.optimizer
        learned = train_epoch(model, optimizer, batches, self.size, self.loss)
        means = {"train": learned}
        if self.validation:
            means["validation"] = evaluate(self.model, self.validation)
        return means | {"test": evaluate(self.model, self.test)}

    def save(self, path: Path) -> None:
        """Write a checkpoint of the run as it is after its last epoch.

        Args:
            path: The file to write, in a folder that exists.
        """
        checkpoint.save(
            path,
            settings=self.settings._asdict(),
            history=self.history,
            model=self.model,
            optimizer=self.optimizer,
            shuffle=self.shuffle,
        )

    def resume(self, saved: dict[str, Any]) -> None:
        """Go on from a checkpoint.

        Args:
            saved: What `checkpoint.read` returned.

        Raises:
            CheckpointError: If it was made with other settings, has more epochs than these ask for, or was changed.
        """
        with checkpoint.fitting():
            before, now = Settings(**saved["settings"])._asdict(), self.settings._asdict()
            history = [{name: float(value) for name, value in metrics.items()} for metrics in saved["history"]]
            if [metrics["epoch"] for metrics in history] != list(range(1, saved["epoch"] + 1)):
                raise ValueError("an epoch is missing")
            wrong = [
                f"{name} is {now[name]}, the checkpoint has {before[name]}"
                for name in sorted(now)
                if name != "epochs" and now[name] != before[name]
            ]
        if saved["epoch"] > self.settings.epochs:
            wrong.append(f"epochs is {self.settings.epochs}, the checkpoint has already {saved['epoch']}")
        if wrong:
            raise checkpoint.CheckpointError(f"a run is resumed with its own settings, but {'; '.join(wrong)}")
        checkpoint.restore(saved, self.model, self.optimizer, self.shuffle)
        self.history = list(saved["history"])
