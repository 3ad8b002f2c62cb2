"""Data sets: verified, or refused with a message that helps. Small made-up files play the full ones."""

import gzip
import hashlib
import http.server
import lzma
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torchvision.datasets import FashionMNIST

from dlnotes.training import datasets
from dlnotes.training.datasets import CLASSES, EMBEDDED, FILES, NAMES, DataError, Examples, describe, load
from tests.support.embedded_data import idx, subset

NAME = "fashion-mnist"


@pytest.fixture
def contents() -> dict[str, bytes]:
    """The four files of a set of 6 training and 4 test images."""
    generator = torch.Generator().manual_seed(0)
    values = [
        part
        for count in (6, 4)
        for part in (
            torch.randint(256, (count, 28, 28), generator=generator),
            torch.randint(10, (count,), generator=generator),
        )
    ]
    return dict(zip(FILES, map(idx, values), strict=True))


@pytest.fixture
def package(tmp_path: Path, contents: dict[str, bytes]) -> Path:
    """A folder as the system's package leaves it."""
    folder = tmp_path / "package"
    folder.mkdir()
    for file, content in contents.items():
        (folder / f"{file}.gz").write_bytes(gzip.compress(content))
    return folder


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes], package: Path) -> datasets.Source:
    """The set of `contents` in the place of Fashion-MNIST."""
    one, two, three, four = (hashlib.sha256(content).hexdigest() for content in contents.values())
    source = replace(datasets.SOURCES[NAME], digests=(one, two, three, four), package_folder=package)
    monkeypatch.setitem(datasets.SOURCES, NAME, source)
    return source


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch, source: datasets.Source) -> None:
    monkeypatch.setitem(datasets.SOURCES, NAME, replace(source, package_folder=None))


@pytest.fixture
def mirror(
    monkeypatch: pytest.MonkeyPatch, package: Path, contents: dict[str, bytes], no_package: None
) -> Iterator[Path]:
    """The package's folder as torchvision's mirror, served from this machine."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=package)
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(FashionMNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        archives = [(f"{file}.gz", (package / f"{file}.gz").read_bytes()) for file in contents]
        resources = [(name, hashlib.md5(content).hexdigest()) for name, content in archives]
        monkeypatch.setattr(FashionMNIST, "resources", resources)
        yield package
        server.shutdown()


def files_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-small")])
def test_embedded_subsets(name: str) -> None:
    train, test = load(name)
    for part, count in ((train, 150), (test, 50)):
        assert part.images.shape == (10 * count, 28, 28)
        assert part.images.dtype == torch.uint8
        assert part.images.max() == 255
        assert part.targets.dtype == torch.int64
        assert part.targets.bincount().tolist() == [count] * 10
    assert len(CLASSES[name]) == 10


@pytest.mark.parametrize("name", ["fashion-mnist", "mnist"])
def test_embedded_subset_is_the_start_of_each_class(name: str, tmp_path: Path) -> None:
    try:
        load(name, download=False)
    except DataError:
        pytest.skip(f"{name} itself is not on this machine")
    for file, content in subset(name).items():
        assert lzma.decompress((EMBEDDED / f"{name}-small" / f"{file}.xz").read_bytes()) == content


def test_unknown_name() -> None:
    with pytest.raises(DataError, match="name is 'cifar'; choose one of fashion-mnist-small, mnist-small, fashion"):
        load("cifar")


@pytest.mark.usefixtures("source")
def test_unpacks_the_package_as_torchvision_reads_it(tmp_path: Path) -> None:
    train, test = load(NAME, directory=tmp_path / "data")
    for examples, is_train in ((train, True), (test, False)):
        theirs = FashionMNIST(tmp_path / "data", train=is_train)
        assert torch.equal(examples.images, theirs.data)
        assert torch.equal(examples.targets, theirs.targets)
    assert files_in(tmp_path / "data") == sorted(FILES)


@pytest.mark.usefixtures("source")
def test_unpacks_once(tmp_path: Path, package: Path) -> None:
    first = load(NAME, directory=tmp_path / "data")
    for archive in package.iterdir():
        archive.unlink()
    again = load(NAME, directory=tmp_path / "data", download=False)
    assert all(map(torch.equal, first[0] + first[1], again[0] + again[1]))


@pytest.mark.usefixtures("source")
def test_directory_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLNOTES_DATA", str(tmp_path / "chosen"))
    load(NAME)
    assert files_in(tmp_path / "chosen") == sorted(FILES)


def test_directory_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DLNOTES_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert datasets.data_directory() == tmp_path / "dlnotes"


@pytest.mark.parametrize("file", FILES)
def test_one_changed_byte_is_seen(source: datasets.Source, tmp_path: Path, file: str) -> None:
    load(NAME, directory=tmp_path)
    path = tmp_path / "FashionMNIST" / "raw" / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        load(NAME, directory=tmp_path)
    assert f"{path} is damaged: its {len(content):,} bytes have the SHA-256" in str(caught.value)
    assert "Delete it" in str(caught.value)
    assert path.read_bytes() == content  # it may be the only copy: deleting is the user's decision


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda archive: archive[:-9], "Compressed file ended before the end-of-stream marker was reached"),
        (lambda archive: b"<html>" + archive, "Not a gzipped file"),
        (lambda archive: archive[:40] + bytes([archive[40] ^ 1]) + archive[41:], "is damaged"),
        (lambda archive: gzip.compress(b"another file"), "its 12 bytes have the SHA-256"),
    ],
    ids=["truncated", "not an archive", "one bit", "another file"],
)
@pytest.mark.usefixtures("source")
def test_damaged_package(tmp_path: Path, package: Path, damage: Callable[[bytes], bytes], reason: str) -> None:
    archive = package / f"{FILES[2]}.gz"
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(DataError, match=reason) as caught:
        load(NAME, directory=tmp_path / "data")
    for way in ("network", "apt install dataset-fashion-mnist", "--directory", "DLNOTES_DATA", "fashion-mnist-small"):
        assert way in str(caught.value)
    assert f"{archive} is damaged" in str(caught.value)  # and not a copy of it that is gone
    # Files that were good may stay; nothing else may.
    assert set(files_in(tmp_path / "data")) <= {FILES[0], FILES[1]}


@pytest.mark.usefixtures("mirror")
def test_downloads(tmp_path: Path, capsys: pytest.CaptureFixture[str], contents: dict[str, bytes]) -> None:
    train, test = load(NAME, directory=tmp_path / "data")
    assert (len(train.images), len(test.images)) == (6, 4)
    for file, content in contents.items():
        assert (tmp_path / "data" / "FashionMNIST" / "raw" / file).read_bytes() == content
    assert files_in(tmp_path / "data") == sorted(FILES)


@pytest.mark.usefixtures("mirror")
def test_a_download_of_another_file_names_what_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _, three, four = datasets.SOURCES[NAME].digests
    digests = (one, "0" * 64, three, four)
    monkeypatch.setitem(datasets.SOURCES, NAME, replace(datasets.SOURCES[NAME], digests=digests))
    with pytest.raises(DataError, match=f"the downloaded {FILES[1]} is damaged: its .* not 0000") as caught:
        load(NAME, directory=tmp_path / "data")
    assert "unfinished" not in str(caught.value)
    assert "Delete it" not in str(caught.value)  # it is gone


def test_tampered_download(mirror: Path, tmp_path: Path) -> None:
    (mirror / f"{FILES[1]}.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataError, match=r"the download failed: .*corrupted"):
        load(NAME, directory=tmp_path / "data")
    assert files_in(tmp_path / "data") == []


@pytest.mark.usefixtures("no_package")
def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])  # nothing listens there
    with pytest.raises(DataError, match=r"the download failed: .*refused") as caught:
        load(NAME, directory=tmp_path / "data")
    assert "Ways out:" in str(caught.value)
    assert files_in(tmp_path / "data") == []


@pytest.mark.usefixtures("no_package")
def test_network_not_allowed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^fashion-mnist is not in .*: the network may not be used"):
        load(NAME, directory=tmp_path / "new" / "folder", download=False)
    assert not [*tmp_path.glob("new")]  # no empty folders stay


def test_one_missing_file_is_named(tmp_path: Path, source: datasets.Source, monkeypatch: pytest.MonkeyPatch) -> None:
    load(NAME, directory=tmp_path / "data")
    (tmp_path / "data" / "FashionMNIST" / "raw" / FILES[3]).unlink()
    monkeypatch.setitem(datasets.SOURCES, NAME, replace(source, package_folder=None))
    with pytest.raises(DataError, match=rf"^of {NAME}, {FILES[3]} is not in "):
        load(NAME, directory=tmp_path / "data", download=False)
    assert files_in(tmp_path / "data") == sorted(FILES[:3])


@pytest.mark.usefixtures("no_package")
def test_without_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(DataError, match="needs torchvision: pip install torchvision"):
        load(NAME, directory=tmp_path)


@pytest.mark.usefixtures("source")
def test_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match=r"can't be kept in .*Not a directory") as caught:
        load(NAME, directory=tmp_path / "file")
    assert "by --directory or in DLNOTES_DATA" in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("reason", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")])
@pytest.mark.usefixtures("source")
def test_directory_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: OSError) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise reason

    monkeypatch.setattr(Path, "mkdir", refuse)  # tests may run as root, whom permissions don't stop
    with pytest.raises(DataError, match=f"can't be kept in .*: {reason.strerror}"):
        load(NAME, directory=tmp_path / "data")


def test_no_space(tmp_path: Path) -> None:
    """A real write that fails half-way: the system forbids files of more than a megabyte."""
    pytest.importorskip("resource", reason="no such limit on this system")
    program = f"""
import resource
from pathlib import Path
from dlnotes.training import datasets
from dlnotes.training.datasets import DataError, load
from dataclasses import replace
import gzip, hashlib
package = Path({str(tmp_path)!r}, "package")
package.mkdir()
for file in datasets.FILES:
    (package / f"{{file}}.gz").write_bytes(gzip.compress(bytes(2_000_000)))
digest = hashlib.sha256(bytes(2_000_000)).hexdigest()
datasets.SOURCES["mnist"] = replace(datasets.SOURCES["mnist"], digests=(digest,) * 4, package_folder=package)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    load("mnist", directory=Path({str(tmp_path)!r}, "data"))
except DataError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "can't be kept in" in result.stdout
    assert "File too large" in result.stdout
    assert "90 MB free" in result.stdout
    assert files_in(tmp_path / "data") == []


@pytest.mark.usefixtures("source")
def test_missing_files_are_completed(tmp_path: Path) -> None:
    load(NAME, directory=tmp_path)
    raw = tmp_path / "FashionMNIST" / "raw"
    (raw / FILES[3]).unlink()
    load(NAME, directory=tmp_path, download=False)
    assert sorted(path.name for path in raw.iterdir()) == sorted(FILES)


@pytest.mark.usefixtures("source")
def test_describe(tmp_path: Path) -> None:
    assert describe(tmp_path).splitlines()[0].endswith("part of the package")
    assert f"{NAME:20} would be unpacked from" in describe(tmp_path)
    load(NAME, directory=tmp_path)
    assert f"{NAME:20} in {tmp_path / 'FashionMNIST' / 'raw'}" in describe(tmp_path)
    assert "mnist                would be downloaded to" in describe(tmp_path)


def test_examples_are_pairs() -> None:
    images, targets = Examples(torch.zeros(1, 28, 28), torch.zeros(1))
    assert images.shape == (1, 28, 28)
    assert targets.shape == (1,)
