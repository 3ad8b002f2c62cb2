"""Augmentation: what may change, how often, and in training alone."""

import pytest
import torch
from torch import Generator

from dlnotes.training.augmentation import AUGMENTATIONS, flips, shifted
from dlnotes.training.loop import Batches
from dlnotes.training.recipes import Settings
from dlnotes.training.run import Run
from tests.support.synthetic import synthetic


def test_each_image_is_kept_or_mirrored_as_a_whole():
    torch.manual_seed(0)
    images = torch.arange(1000 * 2 * 3 * 4.0).reshape(1000, 2, 3, 4)
    found = flips(images)
    kept = (found == images).flatten(1).all(dim=1)
    mirrored = (found == images.flip(3)).flatten(1).all(dim=1)
    assert (kept ^ mirrored).all()
    assert 400 < mirrored.sum() < 600


def test_channels_that_lie_last_stay_last():
    images = torch.rand(4, 3, 5, 5).to(memory_format=torch.channels_last)
    assert flips(images).is_contiguous(memory_format=torch.channels_last)


def test_a_run_changes_the_images_that_it_trains_on_and_no_others(monkeypatch):
    seen: list[torch.Tensor] = []

    def erased(images):
        seen.append(images)
        return torch.zeros_like(images)

    monkeypatch.setitem(AUGMENTATIONS, "flips", erased)
    train, test = synthetic(40, 0), synthetic(10, 1)
    settings = Settings("softmax-regression", "mnist-small", 1, 16, 0.5, 0.0, 0, 0.25, augmentation="flips")
    run = Run(settings, train, test)
    before = run.model.get_parameter("1.weight").detach().clone()
    list(run.epochs())
    assert sum(map(len, seen)) == 30
    assert torch.equal(run.model.get_parameter("1.weight"), before)  # images of zeros give no gradient
    assert isinstance(run.validation, Batches)
    assert run.validation.inputs.sum() > 0


def test_shifted_moves_each_image_as_a_whole():
    image = torch.zeros(1, 2, 7, 7)
    image[0, 0, 3, 3], image[0, 1, 4, 2] = 1.0, 2.0
    moved = shifted(image.repeat(500, 1, 1, 1), 2, Generator().manual_seed(0))
    places = set()
    for one in moved:
        (row, column), (second_row, second_column) = one[0].nonzero()[0].tolist(), one[1].nonzero()[0].tolist()
        assert (second_row - row, second_column - column) == (1, -1)
        assert one[1, second_row, second_column] == 2
        places.add((row, column))
    assert places == {(row, column) for row in range(1, 6) for column in range(1, 6)}


def test_shifted_by_nothing_is_the_same_and_what_leaves_is_gone():
    images = torch.rand(3, 1, 4, 5)
    generator = Generator().manual_seed(0)
    assert torch.equal(shifted(images, 0, generator), images)
    sums = shifted(torch.ones(200, 1, 2, 2), 1, generator).sum(dim=(1, 2, 3))
    assert set(sums.tolist()) == {1.0, 2.0, 4.0}


def test_shifted_refuses_a_negative_reach():
    with pytest.raises(ValueError, match="reach is -1; it must be at least 0"):
        shifted(torch.ones(1, 1, 2, 2), -1, Generator())
