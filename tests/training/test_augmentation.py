"""Augmentation: what may change, how often, and in training alone."""

import torch

from dlnotes.training.augmentation import AUGMENTATIONS, flips
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
