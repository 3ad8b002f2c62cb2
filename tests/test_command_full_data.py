"""One epoch on the real Fashion-MNIST, where it is at hand: the data path at its full size."""

import json
from pathlib import Path

import pytest

from dlnotes.command import main
from dlnotes.training.datasets import DataError, load


def test_one_epoch_on_fashion_mnist(tmp_path: Path) -> None:
    try:
        load("fashion-mnist", download=False)
    except DataError as error:
        pytest.skip(f"Fashion-MNIST is not here: {str(error).splitlines()[0]}")
    words = "train lenet-relu --data fashion-mnist --epochs 1 --validation 0 --device cpu --threads 1 --seed 0"
    assert main([*words.split(), "--out", str(tmp_path)]) == 0
    (metrics,) = map(json.loads, (tmp_path / "metrics.jsonl").read_text("utf-8").splitlines())
    assert metrics["train_accuracy"] > 0.7
    assert metrics["test_accuracy"] > 0.75
