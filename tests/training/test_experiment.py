import json
from pathlib import Path

import pytest

from dlnotes.training.experiment import mode, recorded, train_seeds

QUICK = "softmax-regression --epochs 1 --validation 0"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DLNOTES_LABS", raising=False)


def never():
    raise AssertionError("this was to be read, not computed")


def test_a_result_is_kept_with_its_circumstances_and_read_again(monkeypatch):
    result = recorded("folder/pi", lambda: {"pi": 3.14, "by seed": {0: [1]}})
    assert result["pi"] == 3.14
    assert result["by seed"] == {"0": [1]}  # as JSON gives it back, so that both modes see the same
    assert set(result) == {"pi", "by seed", "date", "device", "versions"}
    assert set(result["versions"]) == {"torch", "numpy", "python"}
    monkeypatch.setenv("DLNOTES_LABS", "recorded")
    assert recorded("folder/pi", never) == result
    with pytest.raises(FileNotFoundError, match=r"e\.json"):
        recorded("folder/e", never)


def test_a_short_result_is_not_kept(monkeypatch):
    monkeypatch.setenv("DLNOTES_LABS", "short")
    assert recorded("pi", lambda: {"pi": 3.14})["pi"] == 3.14
    assert not Path("results").exists()


def test_an_unknown_mode_is_refused(monkeypatch):
    monkeypatch.setenv("DLNOTES_LABS", "fast")
    with pytest.raises(ValueError, match="'fast'; choose full, short or recorded"):
        mode()


def test_each_seed_is_what_the_command_trains(tmp_path):
    results = train_seeds(QUICK, 2, tmp_path / "runs")
    assert results["command"] == f"dlnotes train {QUICK}"
    assert list(results["seeds"]) == [0, 1]
    losses = {seed: metrics[-1]["train_loss"] for seed, metrics in results["seeds"].items()}
    assert losses[0] != losses[1]
    for seed in losses:
        lines = (tmp_path / f"runs/seed{seed}/metrics.jsonl").read_text().splitlines()
        assert json.loads(lines[-1])["train_loss"] == losses[seed]
        assert (tmp_path / f"runs/seed{seed}/checkpoint.pt").exists()


def test_a_run_that_fails_says_why():
    with pytest.raises(RuntimeError, match="invalid choice: 'perceptron'"):
        train_seeds("perceptron", 1)
