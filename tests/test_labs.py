"""Results worth keeping: kept, read again, trained with many seeds, and put into tables."""

import json
from pathlib import Path

import pytest
import torch

from dlnotes.labs import mode, packed, recorded, table, train_seeds, unpacked

QUICK = "softmax-regression --epochs 1 --validation 0"


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def full_mode(monkeypatch):
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
    torch.testing.assert_close(table(results, "train_loss"), torch.tensor([[losses[0]], [losses[1]]]))


def test_a_run_that_fails_says_why():
    with pytest.raises(RuntimeError, match="invalid choice: 'perceptron'"):
        train_seeds("perceptron", 1)


def losses(*runs):
    """A result whose seeds have these losses, epoch by epoch."""
    return {"seeds": {seed: [{"epoch": 1, "loss": loss} for loss in run] for seed, run in enumerate(runs)}}


def test_a_table_has_a_row_a_seed_and_a_column_an_epoch():
    expected = torch.tensor([[3, 2, 1.5], [4, 3, 2.5]])
    torch.testing.assert_close(table(losses([3, 2, 1.5], [4, 3, 2.5]), "loss"), expected)


@pytest.mark.parametrize(
    ("result", "metric", "message"),
    [
        (losses([1], [1]), "accuracy", "metric is 'accuracy'; choose one of epoch, loss"),
        (losses([1, 2], [1]), "loss", r"seeds with \[2, 1\] epochs; it must have the same number"),
        (losses([], []), "loss", r"seeds with \[0, 0\] epochs"),
        (losses(), "loss", r"seeds with \[\] epochs"),
    ],
)
def test_what_makes_no_table_is_refused(result, metric, message):
    with pytest.raises(ValueError, match=message):
        table(result, metric)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_images_survive_packing(count):
    images = torch.randint(256, (28, 28, count), dtype=torch.uint8).permute(2, 1, 0)  # not contiguous
    again = unpacked(json.loads(json.dumps(packed(images))))
    assert again.dtype == torch.uint8
    assert again.shape == (count, 28, 28)
    assert torch.equal(again, images)


@pytest.mark.parametrize("images", [torch.zeros(2, 28, 28), torch.zeros(28, 28).byte(), torch.zeros(1, 32, 32).byte()])
def test_other_images_are_not_packed(images):
    with pytest.raises(
        ValueError, match=r"images are torch\.\w+, of shape .*; they must be torch\.uint8, of shape \(N, 28"
    ):
        packed(images)


@pytest.mark.parametrize("text", ["AAA=", "AAA", "no base64", "!", "é"])
def test_other_texts_are_not_unpacked(text):
    with pytest.raises(ValueError, match=f"text starts with '{text}'; it must be what `packed` returned"):
        unpacked(text)
