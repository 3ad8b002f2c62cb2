"""The command `dlnotes`, as a reader uses it: what it trains, writes and says."""

import json
import math
import sys
from pathlib import Path

import pytest
import torch

from dlnotes import command
from dlnotes.command import main
from dlnotes.training import datasets
from dlnotes.training.checkpoint import read
from dlnotes.training.recipes import RECIPES

pytestmark = pytest.mark.usefixtures("folder")


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
        "weight_decay": 0.0,
        "schedule": "constant",
        "augmentation": "none",
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


def test_equal_runs_are_equal_and_other_seeds_are_not(data):
    for name, seed in {"one": "1", "again": "1", "other": "2"}.items():
        assert main(["train", "lenet-relu", "--epochs", "2", "--seed", seed, "--out", name]) == 0
    assert read(Path("one/checkpoint.pt"))["model"].keys() == read(Path("other/checkpoint.pt"))["model"].keys()
    one, again, other = (read(Path(name, "checkpoint.pt"))["model"] for name in ("one", "again", "other"))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)


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


def test_options_reach_pytorch(data, monkeypatch, capsys):
    compiled: list[object] = []
    threads: list[int] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda model: compiled.append(model))
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    run, follow = [], command._follow

    def followed(*arguments):
        run.append(arguments[0])
        follow(*arguments)

    monkeypatch.setattr(command, "_follow", followed)
    words = "train lenet --epochs 1 --out run --compile --channels-last --threads 3"
    assert main(words.split()) == 0
    assert compiled == [run[0].model]
    assert threads == [3]
    assert run[0].model[3].weight.is_contiguous(memory_format=torch.channels_last)
    assert not run[0].model[3].weight.is_contiguous()
    assert all(name[0].isdigit() for name in read(Path("run/checkpoint.pt"))["model"])  # no prefix of a wrapper


def test_the_list_of_data(monkeypatch, capsys):
    monkeypatch.setattr(datasets, "describe", lambda directory: f"data in {directory}")
    assert main(["data", "--directory", "here"]) == 0
    assert capsys.readouterr().out == "data in here\n"


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
