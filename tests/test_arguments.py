"""The words after `dlnotes`: what they choose, and who answers them."""

import shlex

import pytest

from dlnotes import _arguments, command
from dlnotes.command import main
from dlnotes.training import augmentation, datasets, recipes, schedules


def test_the_parser_knows_every_name():
    assert tuple(recipes.RECIPES) == _arguments.MODELS
    assert datasets.NAMES == _arguments.DATA
    assert tuple(schedules.SCHEDULES) == _arguments.SCHEDULES
    assert tuple(augmentation.AUGMENTATIONS) == _arguments.AUGMENTATIONS


def test_the_full_data_get_the_notes_settings_and_flags_come_first():
    parse = _arguments.parse
    settings = command._settings(parse(["train", "lenet", "--data", "fashion-mnist", "--seed", "2"]))
    plain = (0.0, "constant", "none")
    assert settings == ("lenet", "fashion-mnist", 10, 256, 0.9, 0.0, 2, 0.1, 0.0, *plain)
    for model in ("mlp", "cnn"):
        settings = command._settings(parse(["train", model, "--data", "mnist", "--validation", "0"]))
        assert settings == (model, "mnist", 10, 64, 0.01, 0.5, 0, 0, 0, *plain)
    settings = command._settings(parse(["train", "softmax-regression", "--data", "fashion-mnist"]))
    assert settings[2:6] == (10, 256, 0.1, 0.0)
    given = shlex.split("--epochs 3 --batch-size 5 --lr 0.7 --momentum 0.2")
    assert command._settings(parse(["train", "lenet", *given]))[2:6] == (3, 5, 0.7, 0.2)


def test_what_a_recipe_adds_can_be_left_out():
    parse = _arguments.parse
    for words in (["resnet"], ["resnet", "--data", "fashion-mnist"]):
        settings = command._settings(parse(["train", *words]))
        assert settings[-3:] == recipes.RECIPES["resnet"].extras == (5e-4, "one-cycle", "flips")
    given = shlex.split("--weight-decay 0 --schedule constant --augmentation none")
    assert command._settings(parse(["train", "resnet", *given]))[-3:] == recipes.Extras()


def test_of_several_processes_one_speaks(monkeypatch, capsys):
    said = "dlnotes: there is no checkpoint at nowhere.pt. Choose another, or train again\n"
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")  # torchrun sets it
    for rank, expected in {"0": said, "1": ""}.items():
        monkeypatch.setenv("RANK", rank)
        assert main(["evaluate", "nowhere.pt"]) == 2
        assert capsys.readouterr().err == expected


def test_outside_torchrun_a_rank_in_the_environment_silences_nothing(monkeypatch, capsys):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("RANK", "1")
    assert main(["evaluate", "nowhere.pt"]) == 2
    assert capsys.readouterr().err == "dlnotes: there is no checkpoint at nowhere.pt. Choose another, or train again\n"
    with pytest.raises(SystemExit, match="2"):
        main(["train", "nosuch"])
    assert "argument MODEL: invalid choice: 'nosuch'" in capsys.readouterr().err
