"""Train the notes' models on the full data sets, with several seeds: `make results` writes docs/labs/results/*.json.

The pages read these files, so that every number about a trained model was obtained by a command that you can repeat.
"""

import argparse
import datetime
import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

RESULTS = Path("docs/labs/results")
MODELS = {"softmax-regression": "fashion-mnist", "mlp": "mnist", "cnn": "mnist", "lenet": "fashion-mnist"}


def train(model: str, data: str, seed: int) -> list[dict[str, float]]:
    """Run the command for one seed, and return the metrics of its epochs."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [*command(model, data), "--seed", str(seed), "--threads", "1", "--device", "cpu", "--out", out]
        subprocess.run([sys.executable, "-m", *arguments], check=True)
        return [json.loads(line) for line in Path(out, "metrics.jsonl").read_text("utf-8").splitlines()]


def command(model: str, data: str) -> list[str]:
    """The command that repeats a result, but for the seed."""
    return ["dlnotes", "train", model, "--data", data, "--validation", "0"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=list(MODELS), help=f"default: {' '.join(MODELS)}")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0; default 5")
    options = parser.parse_args()
    for model in options.models:
        data = MODELS[model]
        result = {
            "command": " ".join(command(model, data)),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "device": f"cpu, {platform.machine()}, 1 thread",
            "versions": {name: version(name) for name in ("torch", "numpy")} | {"python": platform.python_version()},
            "seeds": {seed: train(model, data, seed) for seed in range(options.seeds)},
        }
        (RESULTS / f"{model}.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
