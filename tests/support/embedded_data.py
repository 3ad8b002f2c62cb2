"""The embedded subsets: `python -m tests.support.embedded_data` writes them, with both full sets at hand."""

import lzma
from pathlib import Path

import torch
from torch import Tensor

from dlnotes.training.datasets import EMBEDDED, FILES, Examples, load

TRAIN, TEST = 150, 50  # examples of each class


def first_of_each_class(examples: Examples, count: int) -> Examples:
    places = [(examples.targets == target).nonzero()[:count, 0] for target in range(10)]
    kept = torch.cat(places).sort().values
    return Examples(examples.images[kept], examples.targets[kept])


def idx(values: Tensor) -> bytes:
    """The file format of MNIST: 0, 0, 8 for bytes, the number of dimensions, the sizes, the values."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.dim()]) + sizes + values.to(torch.uint8).numpy().tobytes()


def subset(name: str, directory: Path | None = None) -> dict[str, bytes]:
    """The four files of `name`-small."""
    train, test = load(name, directory=directory, download=False)
    parts = [*first_of_each_class(train, TRAIN), *first_of_each_class(test, TEST)]
    return {file: idx(part) for file, part in zip(FILES, parts, strict=True)}


if __name__ == "__main__":
    for name in ("fashion-mnist", "mnist"):
        folder = EMBEDDED / f"{name}-small"
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in subset(name).items():
            (folder / f"{file}.xz").write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
