"""Two processes against one: the same global batches, and so the same run up to rounding."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dlnotes.command import main
from dlnotes.training.checkpoint import read
from tests.support.driver import DRIVER, ENVIRONMENT

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *DRIVER]
# 97 images in batches of 16: the last batch has one, of which the second process gets none.
TRAIN = ["train", "lenet-relu", "--epochs", "3", "--batch-size", "16", "--validation", "0"]


def test_two_processes_equal_one(data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*TRAIN, "--out", "one"]) == 0
    words = [*TORCHRUN, "", "--", *TRAIN, "--out", "two"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    one, two = (read(Path(out, "checkpoint.pt")) for out in ("one", "two"))
    torch.testing.assert_close(two["model"], one["model"], rtol=1e-4, atol=1e-5)
    for expected, found in zip(one["history"], two["history"], strict=True):
        assert {**found, "seconds": 0} == pytest.approx({**expected, "seconds": 0}, rel=1e-4)
    assert two["shuffle"].equal(one["shuffle"])
    assert len(done.stdout.splitlines()) == len(capsys.readouterr().out.splitlines()) == 5  # one process speaks
    assert {path.name for path in Path("two").iterdir()} == {"checkpoint.pt", "metrics.jsonl", "curves.svg"}
