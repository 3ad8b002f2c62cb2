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

from dlnotes.__main__ import start
from dlnotes.training import checkpoint, datasets, run
from dlnotes.training.loop import Means
from tests.support.pages import ROOT
from tests.support.synthetic import synthetic

DRIVER = ["-m", "tests.support.driver"]  # for Python, with this environment
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def main(stop: str) -> int:
    """Run the command, and stop as told."""
    epochs = 0
    original_save, original_train_epoch = checkpoint.save, run.train_epoch

    def save(path: Path, **parts: Any) -> None:
        nonlocal epochs
        if stop == "kill-writing" and epochs == 2:
            Path.write_bytes = write_half  # type: ignore[method-assign, assignment]
        original_save(path, **parts)
        epochs += 1
        if stop == "kill" and epochs == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    def write_half(path: Path, _: bytes) -> None:
        path.write_text("PK half of a checkpoint")
        os.kill(os.getpid(), signal.SIGKILL)

    def train_epoch(*arguments: Any) -> Means:
        if stop == "pause" and epochs == 2:
            print("paused", flush=True)
            time.sleep(60)
        return original_train_epoch(*arguments)

    checkpoint.save, run.train_epoch = save, train_epoch
    datasets.load = lambda name, *, directory=None, download=False: (synthetic(97, 0), synthetic(37, 1))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    return start()


if __name__ == "__main__":
    stop, _, *sys.argv[1:] = sys.argv[1:]
    sys.exit(main(stop))
