"""The command `dlnotes`, as a reader uses it: what it writes, says, refuses, and how it stops and goes on."""

import errno
import importlib.util
import json
import math
import shlex
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import torch

from dlnotes.training import _arguments, command, curves, datasets
from dlnotes.training.checkpoint import read
from dlnotes.training.command import main
from dlnotes.training.recipes import RECIPES
from dlnotes.training.run import Run

DRIVER = Path(__file__).with_name("driver.py")
SHORT = shlex.split("train lenet --epochs 4 --batch-size 16 --lr 0.5 --momentum 0.9 --threads 1 --out run")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drive(stop):
    words = [sys.executable, str(DRIVER), stop, "--", *SHORT]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(folder="run"):
    """What must be equal in equal runs: the checkpoint but for the seconds, flattened, and the metrics' epochs."""
    saved = read(Path(folder, "checkpoint.pt"))
    lines = [json.loads(line) for line in Path(folder, "metrics.jsonl").read_text().splitlines()]
    assert lines == saved["history"]
    history = [[value for name, value in metrics.items() if name != "seconds"] for metrics in saved["history"]]
    weights = [(name, value.tolist()) for name, value in saved["model"].items()]
    momenta = [state["momentum_buffer"].tolist() for state in saved["optimizer"]["state"].values()]
    return history, weights, momenta, saved["shuffle"].tolist(), saved["torch"].tolist()


def test_a_run_leaves_a_checkpoint_metrics_and_curves(data, capsys):
    assert main(["train", "cnn", "--epochs", "2"]) == 0
    out = Path("runs/cnn-mnist-small-seed0")
    assert {path.name for path in out.iterdir()} == {"checkpoint.pt", "metrics.jsonl", "curves.svg"}
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    names = ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "test_loss"]
    assert [list(line) for line in lines] == [[*names, "test_accuracy", "seconds"]] * 2
    assert [line["epoch"] for line in lines] == [1, 2]
    assert all(0 <= line["train_accuracy"] <= 1 and line["seconds"] >= 0 for line in lines)
    settings = read(out / "checkpoint.pt")["settings"]
    assert settings == {
        "model": "cnn",
        "data": "mnist-small",
        "epochs": 2,
        "batch_size": 32,
        "lr": 0.1,
        "momentum": 0.5,
        "seed": 0,
        "validation": 0.1,
        "epsilon": 0.0,
    }
    output, errors = capsys.readouterr()
    first, *epochs, last = output.splitlines()
    assert first == f"cnn: 8,490 parameters; mnist-small; cpu; writing to {out}"
    assert [line[:16] for line in epochs] == ["epoch 1/2: train", "epoch 2/2: train"]
    assert last == f"2 epochs are done: metrics.jsonl, curves.svg and checkpoint.pt are in {out}"
    assert errors == ""  # no progress bar where nobody watches


@pytest.mark.parametrize("model", RECIPES)
def test_every_model_trains_and_is_evaluated_alike(model, data, capsys):
    assert main(["train", model, "--epochs", "1", "--out", "run"]) == 0
    metrics = read(Path("run/checkpoint.pt"))["history"][-1]
    capsys.readouterr()
    assert main(["evaluate", "run/checkpoint.pt"]) == 0
    name = f"{RECIPES[model].data}-small"
    loss, accuracy = metrics["test_loss"], metrics["test_accuracy"]
    assert capsys.readouterr().out == f"{model} after epoch 1, {name}: test {loss:.4f} {accuracy:.2%}\n"


def test_epsilon_trains_with_polyloss(data):
    losses = []
    for epsilon in ("0", "1"):
        assert main(["train", "mlp", "--epochs", "1", "--epsilon", epsilon, "--out", f"run{epsilon}"]) == 0
        saved = read(Path(f"run{epsilon}/checkpoint.pt"))
        assert saved["settings"]["epsilon"] == float(epsilon)
        losses.append(saved["history"][-1]["train_loss"])
    assert losses[1] > losses[0] + 0.3  # ε (1 − p) is added, and tests are still by cross-entropy
    metrics = read(Path("run1/checkpoint.pt"))["history"][-1]
    assert metrics["test_loss"] < losses[1]


def test_without_validation_every_example_is_used(data, examples):
    assert main(["train", "mlp", "--epochs", "1", "--validation", "0"]) == 0
    [metrics] = read(Path("runs/mlp-mnist-small-seed0/checkpoint.pt"))["history"]
    assert not [name for name in metrics if name.startswith("validation")]
    assert (metrics["train_accuracy"] * len(examples[0].targets)) % 1 == pytest.approx(0, abs=1e-9)


def test_the_full_data_get_the_notes_settings_and_flags_come_first(monkeypatch):
    parse = _arguments.parse
    settings = command._settings(parse(["train", "lenet", "--data", "fashion-mnist", "--seed", "2"]))
    assert settings == ("lenet", "fashion-mnist", 10, 256, 0.9, 0.0, 2, 0.1, 0.0)
    for model in ("mlp", "cnn"):
        settings = command._settings(parse(["train", model, "--data", "mnist", "--validation", "0"]))
        assert settings == (model, "mnist", 10, 64, 0.01, 0.5, 0, 0, 0)
    settings = command._settings(parse(["train", "softmax-regression", "--data", "fashion-mnist"]))
    assert settings[2:6] == (10, 256, 0.1, 0.0)
    given = shlex.split("--epochs 3 --batch-size 5 --lr 0.7 --momentum 0.2")
    assert command._settings(parse(["train", "lenet", *given]))[2:6] == (3, 5, 0.7, 0.2)


def test_equal_runs_are_equal_and_other_seeds_are_not(data):
    for name, seed in {"one": "1", "again": "1", "other": "2"}.items():
        assert main(["train", "lenet-relu", "--epochs", "2", "--seed", seed, "--out", name]) == 0
    assert read(Path("one/checkpoint.pt"))["model"].keys() == read(Path("other/checkpoint.pt"))["model"].keys()
    one, again, other = (read(Path(name, "checkpoint.pt"))["model"] for name in ("one", "again", "other"))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


WRONG = {
    "": "the following arguments are required: COMMAND",
    "train": "the following arguments are required: MODEL",
    "tain lenet": "argument COMMAND: invalid choice: 'tain'",
    "train resnet": "argument MODEL: invalid choice: 'resnet'",
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
    try:
        status = main(words.split())
    except SystemExit as exit:
        status = exit.code
    assert status == 2
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


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"), [(True, True, "cuda:0"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_device_is_the_fastest_there_is(cuda, mps, chosen, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert str(command._device("auto")) == chosen
    assert str(command._device("cpu")) == "cpu"


def test_outside_torchrun_a_local_rank_in_the_environment_chooses_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", "3")
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    assert command._device("cuda") == torch.device("cuda", 0)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    assert command._device("cuda") == torch.device("cuda", 3)


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
    code += "from dlnotes.training.command import main; main(['--help'])"
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


def test_the_list_of_data(monkeypatch, capsys):
    monkeypatch.setattr(datasets, "describe", lambda directory: f"data in {directory}")
    assert main(["data", "--directory", "here"]) == 0
    assert capsys.readouterr().out == "data in here\n"


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


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_checkpoint(data, capsys):
    assert main(["train", "lenet-relu", "--lr", "1e30", "--out", "run"]) == 1
    message, causes, cures = capsys.readouterr().err.splitlines()
    assert message.startswith("dlnotes: the loss is nan in step 2 of the training in epoch 1. ")
    assert causes.startswith("Likely causes: ")
    assert cures.startswith("Try ")
    assert Path("run/metrics.jsonl").read_text() == ""
    assert not Path("run/checkpoint.pt").exists()


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


def test_of_several_processes_one_speaks(monkeypatch, capsys):
    said = "dlnotes: there is no checkpoint at nowhere.pt\n"
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")  # torchrun sets it
    for rank, expected in {"0": said, "1": ""}.items():
        monkeypatch.setenv("RANK", rank)
        assert main(["evaluate", "nowhere.pt"]) == 2
        assert capsys.readouterr().err == expected


def test_outside_torchrun_a_rank_in_the_environment_silences_nothing(monkeypatch, capsys):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("RANK", "1")
    assert main(["evaluate", "nowhere.pt"]) == 2
    assert capsys.readouterr().err == "dlnotes: there is no checkpoint at nowhere.pt\n"
    with pytest.raises(SystemExit, match="2"):
        main(["train", "nosuch"])
    assert "argument MODEL: invalid choice: 'nosuch'" in capsys.readouterr().err


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


CHANGES = {
    "no settings": {"settings": None},
    "another model's tensors": {"model": {"x": torch.ones(1)}},
    "to resume: a generator's state of another kind": {"torch": torch.ones(3)},
    "a model that isn't known": {"settings": {"model": "resnet"}},
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
    assert main([*SHORT, "--epochs", "1"]) == 0
    saved = read(Path("run/checkpoint.pt")) | CHANGES[change]
    torch.save({name: value for name, value in saved.items() if value is not None}, "run/checkpoint.pt")
    evaluate = ["evaluate", "run/checkpoint.pt"]
    for words in ([*SHORT, "--resume"], *([] if change.startswith("to resume") else [evaluate])):
        capsys.readouterr()
        assert main(words) == 2
        errors = capsys.readouterr().err
        assert errors.startswith("dlnotes: ")
        assert errors.count("\n") == 1


@pytest.mark.parametrize("seconds", [0.2, 0.5])
def test_ctrl_c_during_the_start_is_no_traceback_even_twice(seconds):
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import dlnotes.__main__ as m; "
    code += "print('started', flush=True); import sys; sys.argv[1:] = ['train', 'lenet']; sys.exit(m.start())"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "started\n"
        time.sleep(seconds)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert errors.strip().startswith("dlnotes: interrupted.")  # on a fast machine, more is said: it has begun
    assert "Traceback" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_one_message():
    words = [sys.executable, "-m", "dlnotes", "data"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "dlnotes: the output can't be written: No space left on device\n"


def test_options_reach_pytorch(data, monkeypatch, capsys):
    compiled, threads = [], []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda model: compiled.append(model))
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    run = []
    follow = command._follow
    monkeypatch.setattr(command, "_follow", lambda r, out: (run.append(r), follow(r, out)))
    assert main([*SHORT, "--epochs", "1", "--compile", "--channels-last", "--threads", "3"]) == 0
    assert compiled == [run[0].model]
    assert threads == [3]
    assert run[0].model[3].weight.is_contiguous(memory_format=torch.channels_last)
    assert not run[0].model[3].weight.is_contiguous()
    assert all(name[0].isdigit() for name in read(Path("run/checkpoint.pt"))["model"])  # no prefix of a wrapper


def test_curves_are_a_picture_with_text_and_the_same_every_time(tmp_path):
    history = [
        {"epoch": n, "train_loss": 1 / n, "train_accuracy": 0.5, "test_loss": 1.5 / n, "test_accuracy": 0.4}
        for n in (1, 2, 3)
    ]
    pictures = []
    for name in ("one.svg", "two.svg"):
        curves.draw(history, tmp_path / name)
        pictures.append((tmp_path / name).read_text())
    assert pictures[0] == pictures[1]
    texts = [element.text for element in ET.fromstring(pictures[0]).iter("{http://www.w3.org/2000/svg}text")]
    assert {"epoch", "loss", "accuracy", "train", "test"} <= set(texts)
    assert "validation" not in texts


def test_a_progress_bar_shows_where_a_terminal_is(monkeypatch, capsys):
    batches = [(torch.zeros(1), torch.zeros(1))] * 3
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(command._bar(4, True)(batches, 2)) == batches
    assert "epoch 2/4" in capsys.readouterr().err
    assert list(command._bar(4, False)(batches, 2)) == batches
    assert capsys.readouterr().err == ""


def test_the_numbers_of_a_line():
    metrics = {"epoch": 3, "train_loss": 0.5, "train_accuracy": 0.81234, "seconds": 1.25}
    metrics |= {"test_loss": math.pi, "test_accuracy": 1.0}
    assert command._line(metrics, 10) == "epoch  3/10: train 0.5000 81.23%, test 3.1416 100.00% (1.2 s)"
