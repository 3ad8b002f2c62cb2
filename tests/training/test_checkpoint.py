"""Checkpoints: complete, atomic, and a resumed run is the run that was never interrupted."""

import contextlib
import copy
import io
import json
import os
import pickle
import random

import pytest
import torch
from torch import Generator, nn

from dlnotes.training import checkpoint
from dlnotes.training.checkpoint import CheckpointError, read, replacing, restore, save
from dlnotes.training.recipes import RECIPES, Settings
from dlnotes.training.run import Run


def settings(**changes):
    return Settings("lenet-relu", "mnist-small", 4, 16, 0.05, 0.9, seed=3, validation=0.1)._replace(**changes)


def without_seconds(history):
    return [{name: value for name, value in metrics.items() if name != "seconds"} for metrics in history]


def assert_equal(one, other):
    """Bit for bit, through all containers."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b)
    else:
        assert one == other


def comparable(path):
    saved = read(path)
    return saved | {"history": without_seconds(saved["history"])}


@pytest.mark.parametrize("model", RECIPES)
@pytest.mark.parametrize("stop", [1, 3])
def test_a_resumed_run_equals_the_uninterrupted_one(model, stop, examples, tmp_path):
    numbers = settings(model=model)
    whole = Run(numbers, *examples)
    list(whole.epochs())
    whole.save(tmp_path / "whole.pt")

    first = Run(numbers._replace(epochs=stop), *examples)
    list(first.epochs())
    first.save(tmp_path / "part.pt")
    torch.manual_seed(99)
    second = Run(numbers, *examples)
    second.resume(read(tmp_path / "part.pt"))
    list(second.epochs())
    second.save(tmp_path / "resumed.pt")
    assert_equal(comparable(tmp_path / "whole.pt"), comparable(tmp_path / "resumed.pt"))


@pytest.mark.parametrize("part", ["model", "optimizer", "shuffle"])
def test_no_part_of_the_state_is_idle(part, examples, tmp_path):
    """Resuming with one part as it was at the start gives another run."""
    run = Run(settings(epochs=2), *examples)
    run.save(tmp_path / "start.pt")
    list(run.epochs())
    run.save(tmp_path / "two.pt")
    ends = []
    for changes in ({}, {part: read(tmp_path / "start.pt")[part]}):
        resumed = Run(settings(epochs=3), *examples)
        resumed.resume(read(tmp_path / "two.pt") | changes)
        ends += list(resumed.epochs())
    assert ends[0]["train_loss"] != ends[1]["train_loss"]


def test_pytorchs_own_generator_is_restored(tmp_path):
    model, shuffle = nn.Linear(2, 2), Generator()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    save(tmp_path / "c.pt", settings={}, history=[], model=model, optimizer=optimizer, shuffle=shuffle)
    expected = torch.rand(3), torch.rand(3, generator=shuffle)
    restore(read(tmp_path / "c.pt"), model, optimizer, shuffle)
    assert torch.equal(torch.rand(3), expected[0])
    assert torch.equal(torch.rand(3, generator=shuffle), expected[1])


@pytest.mark.parametrize(
    "changes", [{"lr": 0.1}, {"seed": 4}, {"batch_size": 8}, {"momentum": 0.5}, {"validation": 0.2}, {"data": "mnist"}]
)
def test_other_settings_are_refused_by_name(changes, examples, tmp_path):
    Run(settings(), *examples).save(tmp_path / "c.pt")
    [(name, value)] = changes.items()
    run = Run(settings(**changes), *examples)
    weights = copy.deepcopy(run.model.state_dict())
    expected = f"a run is resumed with its own settings, but {name} is {value}, the checkpoint has "
    with pytest.raises(CheckpointError) as error:
        run.resume(read(tmp_path / "c.pt"))
    assert str(error.value) == expected + str(getattr(settings(), name))
    assert_equal(dict(run.model.state_dict()), dict(weights))


def test_all_differences_are_named_at_once(examples, tmp_path):
    Run(settings(), *examples).save(tmp_path / "c.pt")
    run = Run(settings(model="lenet", lr=0.1), *examples)
    with pytest.raises(CheckpointError, match=r"lr is 0\.1, .* 0\.05; model is lenet, the checkpoint has lenet-relu$"):
        run.resume(read(tmp_path / "c.pt"))


def test_a_run_can_get_longer_but_not_shorter(examples, tmp_path):
    run = Run(settings(epochs=2), *examples)
    list(run.epochs())
    run.save(tmp_path / "c.pt")
    longer = Run(settings(epochs=3), *examples)
    longer.resume(read(tmp_path / "c.pt"))
    assert [metrics["epoch"] for metrics in longer.epochs()] == [3]
    with pytest.raises(CheckpointError, match=r"but epochs is 1, the checkpoint has already 2$"):
        Run(settings(epochs=1), *examples).resume(read(tmp_path / "c.pt"))


def test_a_file_is_replaced_completely_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def interrupted():
        with replacing(path) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    with replacing(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]


def foreign():
    """Files that are no checkpoints of ours, by name."""
    tensor = io.BytesIO()
    torch.save({"weight": torch.ones(3)}, tensor)
    code = io.BytesIO()
    torch.save({"format": checkpoint.FORMAT, "model": nn.Linear(2, 2)}, code)
    newer = io.BytesIO()
    torch.save({"format": "dlnotes checkpoint 2"}, newer)
    return {
        "empty": b"",
        "text": b"Dear Sir or Madam,\n" * 9,
        "json": json.dumps({"format": checkpoint.FORMAT}).encode(),
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "pickle": pickle.dumps({"format": checkpoint.FORMAT}),
        "archive": b"PK\x05\x06" + bytes(18),
        "a model of somebody else's": tensor.getvalue(),
        "a pickled module": code.getvalue(),
        "a later format": newer.getvalue(),
    }


@pytest.mark.parametrize("kind", foreign())
def test_a_foreign_file_gets_one_clear_message(kind, tmp_path):
    path = tmp_path / "c.pt"
    path.write_bytes(foreign()[kind])
    with pytest.raises(CheckpointError, match=r"c\.pt isn't a checkpoint that .* can read: it is damaged, or"):
        read(path)


def test_a_damaged_checkpoint_gets_the_same_message(examples, tmp_path):
    path = tmp_path / "c.pt"
    Run(settings(), *examples).save(path)
    whole = path.read_bytes()
    chance = random.Random(0)
    for length in [*chance.sample(range(len(whole)), 20), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match="it is damaged, or something else"):
            read(path)
    for place in chance.sample(range(len(whole)), 20):
        path.write_bytes(whole[:place] + bytes(100) + whole[place + 100 :])
        with contextlib.suppress(CheckpointError):  # PyTorch doesn't notice everything
            read(path)


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(CheckpointError, match=r"^there is no checkpoint at .*c\.pt\. Choose another, or train again$"):
        read(tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match=r"^can't read .*: Is a directory\. Choose another, or train again$"):
        read(tmp_path)


def test_a_checkpoint_cannot_run_code(tmp_path):
    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    path = tmp_path / "c.pt"
    torch.save({"format": checkpoint.FORMAT, "model": Attack()}, path)
    with pytest.raises(CheckpointError, match="something else"):
        read(path)
    assert not (tmp_path / "ran").exists()
