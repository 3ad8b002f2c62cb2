"""What the command `dlnotes` can't do gets one message, which says what to do instead."""

import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from dlnotes.command import main
from dlnotes.training import datasets
from dlnotes.training.checkpoint import read

pytestmark = pytest.mark.usefixtures("folder")

QUICK = ["train", "lenet", "--epochs", "1", "--batch-size", "16", "--threads", "1", "--out", "run"]


WRONG = {
    "": "the following arguments are required: COMMAND",
    "train": "the following arguments are required: MODEL",
    "tain lenet": "argument COMMAND: invalid choice: 'tain'",
    "train vgg": "argument MODEL: invalid choice: 'vgg'",
    "train lenet --epochs 0": "argument --epochs: '0' isn't a whole number from 1 to 1,000,000",
    "train lenet --epochs 2.5": "argument --epochs: '2.5' isn't a whole number from 1 to 1,000,000",
    "train lenet --batch-size 9999999999999999999": "argument --batch-size: '9999999999999999999' isn't a whole number",
    "train lenet --threads 100000": "argument --threads: '100000' isn't a whole number from 1 to 1024",
    "train lenet --batch-size -1": "argument --batch-size: '-1' isn't a whole number from 1 to 1,000,000",
    "train lenet --lr 0": "argument --lr: '0' isn't a finite number above 0",
    "train lenet --lr inf": "argument --lr: 'inf' isn't a finite number above 0",
    "train lenet --lr nan": "argument --lr: 'nan' isn't a finite number above 0",
    "train lenet --momentum 1": "argument --momentum: '1' isn't a number from 0 up to, not including, 1",
    "train lenet --validation 1": "argument --validation: '1' isn't a number from 0 up to, not including, 1",
    "train lenet --validation 0.999": "validation is 0.999 of 97 examples; choose a fraction",
    "train lenet --epsilon -2": "argument --epsilon: '-2' isn't a finite number from -1",
    "train lenet --weight-decay -1": "argument --weight-decay: '-1' isn't a finite number from 0",
    "train lenet --weight-decay inf": "argument --weight-decay: 'inf' isn't a finite number from 0",
    "train lenet --schedule cosine": "argument --schedule: invalid choice: 'cosine'",
    "train lenet --augmentation shifts": "argument --augmentation: invalid choice: 'shifts'",
    "train lenet --seed -1": "argument --seed: '-1' isn't a whole number from 0 to",
    "train lenet --data cifar": "argument --data: invalid choice: 'cifar'",
    "train lenet --device tpu": "argument --device: invalid choice: 'tpu'",
    "train lenet --learning-rate 1": "unrecognized arguments: --learning-rate 1",
    "train lenet --epo 1": "unrecognized arguments: --epo 1",
    "train lenet --resume --overwrite": "argument --overwrite: not allowed with argument --resume",
    "train lenet --resume": "there is no checkpoint at runs/lenet-fashion-mnist-small-seed0/checkpoint.pt",
    "train lenet --out file": "can't write to the folder file: ",
    "train lenet --out file/run": "can't write to the folder file/run: ",
    "evaluate": "the following arguments are required: CHECKPOINT",
    "evaluate nowhere.pt": "there is no checkpoint at nowhere.pt",
    "evaluate file": "file isn't a checkpoint that this version of dlnotes can read: it is damaged",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_wrong_gets_one_message_and_writes_nothing(words, data, folder, capsys):
    Path("file").write_text("occupied")
    with pytest.raises(SystemExit, match=r"^2$"):  # the parser's way to end
        sys.exit(main(words.split()))
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"dlnotes: {WRONG[words]}")
    assert errors.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert Path("file").read_text() == "occupied"


def test_a_device_that_is_missing(data, monkeypatch, capsys, folder):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert main(["train", "lenet", "--device", "cuda"]) == 2
    assert capsys.readouterr().err == "dlnotes: there is no cuda device that PyTorch can use. Choose --device cpu\n"
    assert not [*folder.iterdir()]


@pytest.mark.parametrize("missing", [["tqdm"], ["matplotlib"], ["matplotlib", "tqdm"]])
def test_missing_packages_are_named_with_the_cure(missing, data, folder, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else find(name))
    assert main(["train", "lenet"]) == 2
    names = " and ".join(missing)
    expected = f"dlnotes: {names} must be installed first: pip install {' '.join(missing)}\n"
    assert capsys.readouterr().err == expected
    assert not [*folder.iterdir()]


def test_the_command_starts_without_them():
    code = "import sys; sys.modules['tqdm'] = sys.modules['matplotlib'] = sys.modules['torchvision'] = None; "
    code += "from dlnotes.command import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage: dlnotes" in done.stdout


def test_missing_data_are_reported_as_the_data_module_says(folder, monkeypatch, capsys):
    def load(name, *, directory, download):
        raise datasets.DataError(f"{name} isn't in {directory}, download is {download}")

    monkeypatch.setattr(datasets, "load", load)
    assert main(["train", "lenet", "--data", "mnist", "--directory", "here"]) == 2
    assert capsys.readouterr().err == "dlnotes: mnist isn't in here, download is True\n"
    assert main(["train", "lenet", "--data", "mnist", "--directory", "here", "--no-download"]) == 2
    assert capsys.readouterr().err == "dlnotes: mnist isn't in here, download is False\n"
    assert not [*folder.iterdir()]


def test_a_home_that_nobody_has_is_one_message(monkeypatch, capsys):
    monkeypatch.setenv("DLNOTES_DATA", "~nosuchuser/x")
    for words in (["data"], ["train", "mlp", "--data", "mnist"]):
        assert main(words) == 2
        assert capsys.readouterr().err == (
            "dlnotes: DLNOTES_DATA is ~nosuchuser/x, and there is no such home directory. "
            "Write the path out, or name a directory by --directory\n"
        )
    monkeypatch.delenv("DLNOTES_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", "~nosuchuser/x")
    assert main(["data"]) == 2
    assert "XDG_CACHE_HOME is ~nosuchuser/x" in capsys.readouterr().err


CHANGES: dict[str, dict[str, object]] = {
    "no settings": {"settings": None},
    "another model's tensors": {"model": {"x": torch.ones(1)}},
    "to resume: a generator's state of another kind": {"torch": torch.ones(3)},
    "a model that isn't known": {"settings": {"model": "vgg"}},
    "settings of another type": {"settings": [1, 2]},
    "settings without names": {"settings": {1: 2, "model": "lenet"}},
    "settings that are tensors": {"settings": {"model": torch.ones(2)}},
    "an epoch of another type": {"epoch": "one"},
    "an epoch that is a tensor": {"epoch": torch.ones(2)},
    "to resume: an epoch that the history doesn't have": {"epoch": 7},
    "a history of another type": {"history": 3},
    "to resume: a history of numbers": {"history": [1]},
    "to resume: a history of words": {"history": [{"epoch": "one"}]},
    "to resume: a history without epochs": {"history": [{"train_loss": 1.0}]},
    "to resume: a history of tensors": {"history": [{"epoch": 1, "train_loss": torch.ones(2)}]},
    "a model that isn't tensors": {"model": [1]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_checkpoint_that_was_changed_gets_one_message(change, data, capsys):
    assert main(QUICK) == 0
    saved = read(Path("run/checkpoint.pt")) | CHANGES[change]
    torch.save({name: value for name, value in saved.items() if value is not None}, "run/checkpoint.pt")
    evaluate = ["evaluate", "run/checkpoint.pt"]
    for words in ([*QUICK, "--resume"], *([] if change.startswith("to resume") else [evaluate])):
        capsys.readouterr()
        assert main(words) == 2
        errors = capsys.readouterr().err
        assert errors.startswith("dlnotes: ")
        assert errors.count("\n") == 1


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_checkpoint(data, capsys):
    assert main(["train", "lenet-relu", "--lr", "1e30", "--out", "run"]) == 1
    message, causes, cures = capsys.readouterr().err.splitlines()
    assert message.startswith("dlnotes: the loss is nan in step 2 of the training in epoch 1. ")
    assert causes.startswith("Likely causes: ")
    assert cures.startswith("Try ")
    assert Path("run/metrics.jsonl").read_text() == ""
    assert not Path("run/checkpoint.pt").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_one_message():
    words = [sys.executable, "-m", "dlnotes", "data"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "dlnotes: the output can't be written: No space left on device\n"


@pytest.mark.parametrize("seconds", [0.2, 0.5])
def test_ctrl_c_during_the_start_is_no_traceback_even_twice(seconds):
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import dlnotes.__main__ as m; "
    code += "print('started', flush=True); import sys; sys.argv[1:] = ['train', 'lenet']; sys.exit(m.start())"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        time.sleep(seconds)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert errors.strip().startswith("dlnotes: interrupted.")  # on a fast machine, more is said: it has begun
    assert "Traceback" not in errors
