"""The short script for several processes; the page on scaling out runs it with two."""

import subprocess
import sys

import pytest

from dlnotes.training.data_parallel import main


@pytest.fixture
def alone(monkeypatch):
    """What torchrun tells a process that is the only one."""
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": "0"}.items():
        monkeypatch.setenv(name, value)


def test_parts_of_the_parameters_learn_what_copies_do(alone, capsys):
    main(epochs=1)
    copied = capsys.readouterr().out
    main(shard=True, epochs=1)
    assert capsys.readouterr().out == copied
    assert copied.startswith("epoch 1: loss 2.2")


def test_without_torchrun_the_script_trains_nothing():
    done = subprocess.run([sys.executable, "-m", "dlnotes.training.data_parallel"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
