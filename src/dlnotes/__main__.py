"""`dlnotes` and `python -m dlnotes` start here; `torchrun … -m dlnotes` starts it in several processes.

Importing PyTorch takes seconds, so Ctrl-C is looked after before that.
"""

import math
import os
import signal
import sys
import time
from collections.abc import Callable

from dlnotes._arguments import parse, speaks

INTERRUPTED = b"\ndlnotes: interrupted.\n"
AGAIN = 2.0  # seconds in which a second Ctrl-C doesn't break into the tidying up after the first


def start() -> int:
    """Run the command, and end in order also if interrupted while PyTorch is imported or Python shuts down.

    Returns:
        The exit status, as `dlnotes.command.main` returns it.
    """
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # nohup, for one, has it ignored
    if heeded:
        signal.signal(signal.SIGINT, _leave)
    try:
        options = parse(sys.argv[1:])
        from dlnotes.command import perform

        if heeded:
            signal.signal(signal.SIGINT, _interrupt())
        status = perform(options)
    except KeyboardInterrupt:
        os.write(2, INTERRUPTED)
        status = 130
    finally:
        if heeded:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        _flush()
    if "TORCHELASTIC_RUN_ID" in os.environ:
        # torchrun's process leaves without Python's shutdown: a thread of Gloo that lets go of a tensor then aborts it.
        os._exit(status)
    return status


def _leave(*_: object) -> None:
    """Leave at once. NumPy's import swallows a KeyboardInterrupt, and nothing needs tidying up yet."""
    if speaks():
        os.write(2, INTERRUPTED)
    os._exit(130)


def _interrupt() -> Callable[..., None]:
    last = -math.inf

    def interrupt(*_: object) -> None:
        nonlocal last
        if time.monotonic() > last + AGAIN:
            last = time.monotonic()
            raise KeyboardInterrupt

    return interrupt


def _flush() -> None:
    """Write what was printed; if that fails, it was reported, and Python needn't try again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(start())
