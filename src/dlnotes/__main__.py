"""`python -m dlnotes` is the command `dlnotes`; `torchrun -m dlnotes` starts it in several processes."""

import sys

from dlnotes.training.command import main

if __name__ == "__main__":
    sys.exit(main())
