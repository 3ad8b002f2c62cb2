"""The command `dlnotes` when it is stopped: what it leaves, and that a resumed run is the one that wasn't stopped."""

import errno
import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dlnotes.command import main
from dlnotes.training.checkpoint import read
from dlnotes.training.run import Run
from tests.support.driver import DRIVER, ENVIRONMENT

pytestmark = pytest.mark.usefixtures("folder")

SHORT = shlex.split("train lenet --epochs 4 --batch-size 16 --lr 0.5 --momentum 0.9 --threads 1 --out run")


def drive(stop):
    words = [sys.executable, *DRIVER, stop, "--", *SHORT]
    return subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(folder="run"):
    """What must be equal in equal runs: the checkpoint but for the seconds, flattened, and the metrics' epochs."""
    saved = read(Path(folder, "checkpoint.pt"))
    lines = [json.loads(line) for line in Path(folder, "metrics.jsonl").read_text().splitlines()]
    assert lines == saved["history"]
    history = [[value for name, value in metrics.items() if name != "seconds"] for metrics in saved["history"]]
    weights = [(name, value.tolist()) for name, value in saved["model"].items()]
    momenta = [state["momentum_buffer"].tolist() for state in saved["optimizer"]["state"].values()]
    return history, weights, momenta, saved["shuffle"].tolist(), saved["torch"].tolist()


def test_a_finished_run_is_not_overwritten_by_accident(data, capsys):
    assert main([*SHORT, "--epochs", "1"]) == 0
    before = Path("run/checkpoint.pt").read_bytes()
    assert main([*SHORT, "--epochs", "1"]) == 2
    assert "run has a run already. Choose --resume, --overwrite or another --out" in capsys.readouterr().err
    assert Path("run/checkpoint.pt").read_bytes() == before
    assert main([*SHORT, "--epochs", "1", "--overwrite", "--seed", "5"]) == 0
    assert read(Path("run/checkpoint.pt"))["settings"]["seed"] == 5


def test_resuming_with_other_settings_is_refused_and_changes_nothing(data, folder, capsys):
    assert main([*SHORT, "--epochs", "1"]) == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir()}
    assert main([*SHORT, "--resume", "--lr", "0.1"]) == 2
    expected = "dlnotes: a run is resumed with its own settings, but lr is 0.1, the checkpoint has 0.5\n"
    assert capsys.readouterr().err == expected
    assert {path.name: path.read_bytes() for path in Path("run").iterdir()} == before


def test_resuming_a_finished_run_changes_nothing(data, capsys):
    assert main([*SHORT, "--epochs", "2"]) == 0
    expected = result()
    assert main([*SHORT, "--epochs", "2", "--resume"]) == 0
    assert "2 epochs are done" in capsys.readouterr().out.splitlines()[-1]
    assert result() == expected


@pytest.fixture
def uninterrupted(data):
    assert main([*SHORT[:-1], "whole"]) == 0
    return result("whole")


def test_a_run_stopped_by_ctrl_c_and_resumed_is_the_same_run(uninterrupted):
    with drive("pause") as process:
        while process.stdout.readline() != "paused\n":
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    empty, said, hint = errors.splitlines()
    assert (empty, said) == ("", "dlnotes: interrupted. Epoch 2 is saved in run/checkpoint.pt. Go on from there with")
    assert hint == f"  dlnotes {' '.join(SHORT)} --resume"
    assert read(Path("run/checkpoint.pt"))["epoch"] == 2
    assert {path.name for path in Path("run").iterdir()} == {"checkpoint.pt", "metrics.jsonl", "curves.svg"}
    _, *arguments = shlex.split(hint)
    assert main(arguments) == 0
    assert result() == uninterrupted


@pytest.mark.parametrize("stop", ["kill", "kill-writing"])
def test_a_run_that_was_killed_and_resumed_is_the_same_run(stop, uninterrupted):
    with drive(stop) as process:
        process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    assert read(Path("run/checkpoint.pt"))["epoch"] == 2
    assert main([*SHORT, "--resume"]) == 0
    assert result() == uninterrupted
    assert {path.name for path in Path("run").iterdir()} == {"checkpoint.pt", "metrics.jsonl", "curves.svg"}


SCHEDULED = shlex.split("train resnet --epochs 3 --batch-size 16 --threads 1 --out run")


def stop_after(epochs, monkeypatch):
    """Interrupt the next run when it has saved so many epochs."""
    save = Run.save

    def interrupted(run, path):
        save(run, path)
        if len(run.history) == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Run, "save", interrupted)


def test_a_run_resumed_in_the_middle_of_its_schedule_and_flips_is_the_same_run(data, monkeypatch):
    assert main([*SCHEDULED[:-1], "whole"]) == 0
    with monkeypatch.context() as patch:
        stop_after(2, patch)
        assert main(SCHEDULED) == 130
    assert main([*SCHEDULED, "--resume"]) == 0
    assert result() == result("whole")


def test_a_schedule_cant_be_resumed_with_another_number_of_epochs(data, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        stop_after(1, patch)
        assert main(SCHEDULED) == 130
    capsys.readouterr()
    assert main([*SCHEDULED, "--epochs", "9", "--resume"]) == 2
    said = "a run is resumed with its own settings, but epochs is 9, the checkpoint has 3\n"
    assert capsys.readouterr().err == f"dlnotes: {said}"


def test_a_checkpoint_from_before_there_were_schedules_goes_on(data, monkeypatch):
    assert main([*SHORT[:-1], "whole"]) == 0
    with monkeypatch.context() as patch:
        stop_after(2, patch)
        assert main(SHORT) == 130
    saved = read(Path("run/checkpoint.pt"))
    for name in ("weight_decay", "schedule", "augmentation"):
        del saved["settings"][name]
    torch.save(saved, "run/checkpoint.pt")
    assert main([*SHORT, "--resume"]) == 0
    assert result() == result("whole")


def test_ctrl_c_before_the_first_epoch_has_ended(data, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    assert main([*SHORT, "--epochs", "1"]) == 0
    monkeypatch.setattr("dlnotes.training.run.train_epoch", interrupt)
    assert main([*SHORT, "--overwrite"]) == 130  # the old run's checkpoint is no longer there to be named
    assert "Nothing is saved yet" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["before the checkpoint", "after it"])
def test_what_is_on_disk_agrees_whenever_ctrl_c_comes(moment, data, monkeypatch, capsys):
    save = Run.save

    def interrupted(run, path):
        if len(run.history) < 3 or moment == "after it":
            save(run, path)
        if len(run.history) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Run, "save", interrupted)
    assert main(SHORT) == 130
    epoch = 2 if moment == "before the checkpoint" else 3
    assert f"Epoch {epoch} is saved" in capsys.readouterr().err
    history, *_ = result()  # compares the metrics with the checkpoint
    assert len(history) == epoch
    assert {path.name for path in Path("run").iterdir()} == {"checkpoint.pt", "metrics.jsonl", "curves.svg"}


def full_disk(allowed):
    """`Path.write_bytes` for a disk that has room for so many checkpoints, then for half of one."""

    def write(path, content):
        nonlocal allowed
        allowed -= 1
        with path.open("wb") as file:
            file.write(content if allowed >= 0 else content[:1000])
        if allowed < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    return write


@pytest.mark.parametrize("saved", [0, 2])
def test_a_disk_that_fills_up_leaves_the_last_checkpoint(saved, data, monkeypatch, capsys):
    assert main([*SHORT[:-1], "whole"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full_disk(saved))
        assert main(SHORT) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("dlnotes: can't write to the folder run: No space left on device. It must be writable")
    assert not [path.name for path in Path("run").iterdir() if "unfinished" in path.name]
    if saved:
        assert f"dlnotes {shlex.join(SHORT)} --resume" in errors
        assert main([*SHORT, "--resume"]) == 0
        assert result() == result("whole")
    else:
        assert "Nothing is saved yet" in errors


def test_a_folder_that_became_read_only_is_refused_before_an_epoch(data, monkeypatch, capsys):
    assert main([*SHORT, "--epochs", "1"]) == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir()}

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    assert main([*SHORT, "--resume"]) == 2
    assert capsys.readouterr().err.startswith("dlnotes: can't write to the folder run: Read-only file system.")
    assert {path.name: path.read_bytes() for path in Path("run").iterdir()} == before
