"""The benchmarks: a small run passes its own checks, and the committed results have what their page shows."""

import json
import subprocess
import sys

import pytest

from tests.support.pages import ROOT


def test_the_benchmark_runs():
    """Its own checks compare the DataLoader's loop, ours bit for bit, and the fast path."""
    words = [sys.executable, "-m", "benchmarks.training", "--quick"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for text in ("lenet: 2.264 MFLOP", "cnn: 1 of 1 repetitions", "loader / fast, cpu, 1 threads", "rest: equal"):
        assert text in done.stdout


def test_committed_results_have_what_the_page_shows():
    results = ROOT / "docs/labs/results"
    speed = json.loads((results / "training-speed.json").read_text("utf-8"))
    assert {"cpu", "cores"} <= speed["machine"].keys()
    assert speed["date"]
    assert speed["repetitions"] > 1
    for found in speed["models"].values():
        assert {r["target"] for r in found["ratios"]} > {None}
        assert all(r["min"] <= r["median"] <= r["max"] for r in found["ratios"])
        assert found["loss_difference"]["fast"] <= 1e-4
        for run in found["runs"]:
            share = run["examples_per_cpu_second"] * found["flop_per_example"] / speed["matmul_gflops"] / 1e9
            assert run["fraction_of_peak"] == pytest.approx(share, rel=1e-2)
    losses = json.loads((results / "losses-speed.json").read_text("utf-8"))
    for shape in losses["shapes"]:
        assert shape["candidates"]["F.cross_entropy"]["time"] == 1
    composed, *others = losses["linear"]["candidates"].values()
    assert composed == {"time": 1, "memory": 1}
    assert all(other["memory"] < 1 for other in others[1:])
