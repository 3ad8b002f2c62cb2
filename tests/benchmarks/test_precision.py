"""The benchmark of compiled and 16-bit steps runs, and its committed result has what the page shows."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks import precision


def test_a_small_run_measures_what_it_says(tmp_path: Path) -> None:
    """Without the compiler, which takes half a minute."""
    threads, out = torch.get_num_threads(), tmp_path / "speed.json"
    try:
        precision.main(["--repetitions=2", "--models", "mlp", "--candidates", "float32", "bfloat16", f"--out={out}"])
    finally:
        torch.set_num_threads(threads)
    found = json.loads(out.read_text("utf-8"))["models"]["mlp"]
    assert found["ratios"].keys() == {"bfloat16"}
    losses = found["last_loss"]
    assert losses["float32"] != losses["bfloat16"] == pytest.approx(losses["float32"], rel=1e-3)


def test_the_committed_result_is_complete() -> None:
    result = json.loads(precision.RESULT.read_text("utf-8"))
    assert {"cpu", "cores"} <= result["machine"].keys()
    assert result["models"].keys() == precision.MODELS.keys()
    assert result["repetitions"] >= 10
    for found in result["models"].values():
        assert found["milliseconds"].keys() == precision.CANDIDATES.keys()
        assert all(0 < r["min"] <= r["median"] <= r["max"] for r in found["ratios"].values())
        assert max(found["last_loss"].values()) - min(found["last_loss"].values()) < 0.1
