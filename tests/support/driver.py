"""The command `dlnotes` on synthetic images, in a process that a test may kill.

    python -m tests.support.driver [STOP] -- ARGUMENTS

STOP is what happens after epoch 2: `pause` waits for a signal in the middle of epoch 3, `kill` ends the process between
two epochs, `kill-writing` does so when the third checkpoint is half-written.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dlnotes.__main__ import start
from dlnotes.training import checkpoint, datasets, loop, run
from tests.support.pages import ROOT
from tests.support.synthetic import synthetic

DRIVER = ["-m", "tests.support.driver"]  # for Python, with this environment
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def main(stop: str) -> int:
    """Run the command, and stop as told."""
    epochs = 0
    original_save = checkpoint.save

    def save(path: Path, **parts: Any) -> None:
        nonlocal epochs
        if stop == "kill-writing" and epochs == 2:
            patch.object(Path, "write_bytes", write_half).start()
        original_save(path, **parts)
        epochs += 1
        if stop == "kill" and epochs == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    def write_half(path: Path, _: bytes) -> None:
        path.write_text("PK half of a checkpoint")
        os.kill(os.getpid(), signal.SIGKILL)

    def train_epoch(*arguments: Any) -> loop.Means:
        if stop == "pause" and epochs == 2:
            print("paused", flush=True)
            time.sleep(60)
        return loop.train_epoch(*arguments)

    def load(name: str, **_: Any) -> tuple[datasets.Examples, datasets.Examples]:
        return synthetic(97, 0), synthetic(37, 1)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    with (
        patch.object(checkpoint, "save", save),
        patch.object(run, "train_epoch", train_epoch),
        patch.object(datasets, "load", load),
    ):
        return start()


if __name__ == "__main__":
    stop, _, *sys.argv[1:] = sys.argv[1:]
    sys.exit(main(stop))
