"""MNIST and Fashion-MNIST: found, verified by SHA-256, or refused with every way to get them.

A small subset of each ships with the package, so that a first run needs no network.

Sources: LeCun, Bottou, Bengio and Haffner 1998 (MNIST); Xiao, Rasul and Vollgraf 2017 (Fashion-MNIST).
"""

import contextlib
import gzip
import hashlib
import http.client
import io
import lzma
import os
import socket
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

__all__ = ["CLASSES", "NAMES", "DataError", "Examples", "data_directory", "describe", "load"]

EMBEDDED = Path(__file__).parent / "data"
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
MEGABYTES = 90  # the files of a full set, and the archives beside them while they are unpacked
PATIENCE = 30.0  # seconds without a byte, after which a download has failed


class DataError(Exception):
    """A data set that can't be found, fetched or trusted. The message says why, and the ways out."""


class Examples(NamedTuple):
    """Images, and the class of each.

    Attributes:
        images: `(N, 28, 28)`, uint8 in 0…255.
        targets: `(N,)`, int64: the index of each image's class.
    """

    images: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Source:
    """What the `FILES` of a data set must be, by SHA-256, and where they come from."""

    digests: tuple[str, str, str, str]
    torchvision_name: str = ""  # its class and its folder there; embedded sets have none
    package: str = ""  # of Debian and Ubuntu
    package_folder: Path | None = None  # where that puts the files, each with .gz


SOURCES = {
    "fashion-mnist-small": Source(
        (
            "1fd0769cad235f8cfb0c3ed6f7e52fd005c4c50088f9dc43d52051ca70ecc672",
            "3317de950899d958f766f29ecbead3f0364f40cd4fd0659d2ae0244c4fa5d0a2",
            "8fdf02ada67d92f4db5ba3c2f6c5b1cc6186ba6e0efd4914661e4389e103b81e",
            "9c71808b3a0ebfc091442c0009a7aa35be2d9622bf6aaf6891ce9a0088e96c07",
        )
    ),
    "mnist-small": Source(
        (
            "9a4bdef3bb9789cf6d9069cf9b27c88714fbba801f39d78cd9389cdda8f95a27",
            "ed412da9757b9bf88176103e54d9675619b74543822ea74acab381a4f23c0cad",
            "97ec3e530cd55441a2c634c869ee2db6ac4224e52db5b7b8f60743ac7c976ec7",
            "ff9110acc0bd87bce7a4ef183f1e00fcd66145d7f0db2ed8cd3aee4b1f6d5b03",
        )
    ),
    "fashion-mnist": Source(
        (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        torchvision_name="FashionMNIST",
        package="dataset-fashion-mnist",
        package_folder=Path("/usr/share/datasets/fashion-mnist"),
    ),
    "mnist": Source(
        (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        torchvision_name="MNIST",
    ),
}

NAMES = tuple(SOURCES)
"""The data sets that `load` knows."""


_GARMENTS = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
_DIGITS = tuple("0123456789")
CLASSES = {name: _GARMENTS if name.startswith("fashion") else _DIGITS for name in NAMES}
"""What the classes 0 to 9 of each data set are called."""

_REPLACE = "Delete it, or install its package again, and run again."


def load(name: str, *, directory: Path | None = None, download: bool = True) -> tuple[Examples, Examples]:
    """Return the training and the test examples of a data set.

    A full set is looked for in `directory`, in torchvision's layout, then
    where the system's package has it, then downloaded by torchvision. What is
    returned was verified, and nothing half-written stays in `directory`.

    Args:
        name: One of `NAMES`. What ends in "-small" ships with the package: the
            first 150 training and 50 test examples of each class.
        directory: `data_directory()` if None.
        download: Whether the network may be used.

    Returns:
        The training examples and the test examples.

    Raises:
        DataError: If the name is unknown, files are missing or damaged, the
            directory can't be read or written, or the download fails.

    Examples:
        >>> from dlnotes.training.datasets import load
        >>> train, test = load("fashion-mnist-small")
        >>> train.images.shape, test.targets.shape
        (torch.Size([1500, 28, 28]), torch.Size([500]))
    """
    if name not in SOURCES:
        raise DataError(f"name is {name!r}; choose one of {', '.join(NAMES)}")
    source = SOURCES[name]
    if source.torchvision_name:
        directory = directory or data_directory()
        folder, suffix = directory / source.torchvision_name / "raw", ""
        _provide(name, source, folder, download)
    else:
        folder, suffix = EMBEDDED / name, ".xz"
    train_images, train_targets, test_images, test_targets = (
        _parse(_verified(folder / f"{file}{suffix}", digest))
        for file, digest in zip(FILES, source.digests, strict=True)
    )
    return (
        Examples(train_images, train_targets.long()),
        Examples(test_images, test_targets.long()),
    )


def data_directory() -> Path:
    """Say where full data sets are kept: where `DLNOTES_DATA` says, or in a folder of the user's cache.

    Returns:
        The folder, which may not exist yet.

    Raises:
        DataError: If the path starts with a home directory that nobody has.
    """
    chosen = os.environ.get("DLNOTES_DATA")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(chosen or Path(cache, "dlnotes")).expanduser()
    except RuntimeError as error:
        raise DataError(
            f"{'DLNOTES_DATA' if chosen else 'XDG_CACHE_HOME'} is {chosen or cache}, and there is no such home "
            "directory. Write the path out, or name a directory by --directory"
        ) from error


def describe(directory: Path | None = None) -> str:
    """Say of each data set, a line each, where it is or would come from. Nothing is read or fetched.

    Args:
        directory: `data_directory()` if None.

    Returns:
        The lines.
    """
    directory = directory or data_directory()
    return "\n".join(f"{name:20} {_whereabouts(source, directory)}" for name, source in SOURCES.items())


def _whereabouts(source: Source, directory: Path) -> str:
    folder = directory / source.torchvision_name / "raw"
    if not source.torchvision_name:
        return "1,500 training and 500 test examples, part of the package"
    if not _missing(folder):
        return f"in {folder}"
    if source.package_folder and source.package_folder.is_dir():
        return f"would be unpacked from {source.package_folder} to {folder}"
    return f"would be downloaded to {folder}"


def _missing(folder: Path) -> list[str]:
    return [file for file in FILES if not (folder / file).is_file()]


def _provide(name: str, source: Source, folder: Path, download: bool) -> None:
    """Bring the files that `folder` lacks, each whole and verified."""
    missing = _missing(folder)
    if not missing:
        return
    made = [path for path in (folder, *folder.parents) if not os.path.exists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A rename within the directory is atomic; from elsewhere it would be a copy.
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as scratch:
            fetched = _fetch(source, missing, Path(scratch), download)
            for file in missing:
                os.replace(fetched / file, folder / file)
    except DataError as error:
        what = name if len(missing) == len(FILES) else f"of {name}, {', '.join(missing)}"
        raise DataError(f"{what} is not in {folder}, and can't be brought there: {error}\n{_ways_out(name)}") from error
    except OSError as error:
        raise DataError(
            f"{name} can't be kept in {folder}: {error.strerror or error}.\n"
            f"Make it a directory that can be written, with {MEGABYTES} MB free, or name another one by --directory "
            f"or in DLNOTES_DATA. {name}-small, part of the package, needs none."
        ) from error
    finally:
        with contextlib.suppress(OSError):  # those that aren't empty stay
            for path in made:
                path.rmdir()


def _fetch(source: Source, missing: list[str], scratch: Path, download: bool) -> Path:
    """Unpack or download the missing files into `scratch`, verified; return the folder that has them then."""
    digests = dict(zip(FILES, source.digests, strict=True))
    if source.package_folder and source.package_folder.is_dir():
        for file in missing:
            (scratch / file).write_bytes(_verified(source.package_folder / f"{file}.gz", digests[file]))
        return scratch
    if not download:
        raise DataError("the network may not be used")
    try:
        from torchvision import datasets
    except ImportError as error:
        raise DataError("downloading needs torchvision: pip install torchvision") from error
    try:
        with _patience(), contextlib.redirect_stdout(io.StringIO()):
            getattr(datasets, source.torchvision_name)(scratch, download=True)
    except (RuntimeError, ConnectionError, TimeoutError, http.client.HTTPException) as error:
        raise DataError(f"the download failed: {' '.join(str(error).split())}") from error
    fetched = scratch / source.torchvision_name / "raw"
    for file in missing:
        if difference := _difference(_unpacked(fetched / file), digests[file]):
            raise DataError(f"the downloaded {file} is damaged: {difference}")
    return fetched


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Limit how long a connection may be silent, which torchvision doesn't."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _ways_out(name: str) -> str:
    source = SOURCES[name]
    ways = [
        "run again with a network connection",
        f"put {', '.join(FILES)}, unpacked, into {source.torchvision_name}/raw of a directory, and name that "
        "directory by --directory or in DLNOTES_DATA",
        f"use {name}-small, which is part of the package",
    ]
    if source.package:
        ways.insert(1, f"apt install {source.package} (Debian, Ubuntu)")
    return "Ways out:\n" + "\n".join(f"- {way}" for way in ways)


def _verified(path: Path, digest: str) -> bytes:
    """Return the unpacked content of a file, if it is what was published."""
    content = _unpacked(path)
    if difference := _difference(content, digest):
        raise DataError(f"{path} is damaged: {difference}. {_REPLACE}")
    return content


def _difference(content: bytes, digest: str) -> str:
    """Say how a content differs from what was published; nothing, if it doesn't."""
    found = hashlib.sha256(content).hexdigest()
    return "" if found == digest else f"its {len(content):,} bytes have the SHA-256 {found}, not {digest}"


def _unpacked(path: Path) -> bytes:
    unpack = {".gz": gzip.decompress, ".xz": lzma.decompress}.get(path.suffix, bytes)
    try:
        return unpack(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"{path} is damaged: {error}. {_REPLACE}") from error
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}. {_REPLACE}") from error


def _parse(content: bytes) -> Tensor:
    """Read a verified IDX file: 4 bytes, the last of which counts the sizes, then the sizes, then the values."""
    dimensions = content[3]
    sizes = np.frombuffer(content, ">u4", count=dimensions, offset=4)
    return torch.tensor(np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(sizes))
