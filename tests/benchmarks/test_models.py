"""The table of all models: each recipe is in it, and its numbers are those of the models and of their recorded runs."""

import json

import pytest
import torch

from benchmarks import models
from dlnotes.training.recipes import RECIPES

RECORD = json.loads(models.RESULT.read_text("utf-8"))["models"]


def test_every_recipe_has_a_row():
    missing = "run python -m benchmarks.models --keep-times"
    assert list(RECORD) == list(RECIPES), missing


@pytest.mark.parametrize("name", RECIPES)
def test_a_row_says_what_the_model_is(name):
    row = RECORD[name]
    assert row["data"] == RECIPES[name].data
    assert row["parameters"] == models.parameters(name)
    assert row["multiply_adds"] == models.multiply_adds(name)
    assert {key: row[key] for key in ("accuracy", "reach", "seeds")} == models.accuracy(name)
    assert row["seconds"] > 0


def test_a_linear_layer_multiplies_each_weight_once():
    assert models.multiply_adds("softmax-regression") == 784 * 10
    assert models.parameters("softmax-regression") == 784 * 10 + 10


def test_the_interval_of_five_seeds():
    # s = 1.5811, and Student's t with 4 degrees of freedom is 2.776: 2.776 · 1.5811 / √5 = 1.963
    mean, reach = models.interval(torch.tensor([1.0, 2, 3, 4, 5]))
    assert (mean, reach) == pytest.approx((3, 1.963), abs=1e-3)


def test_the_table_has_a_line_for_each_model_and_says_what_is_not_recorded():
    row = {"parameters": 7850, "multiply_adds": 7840, "accuracy": 0.8294, "reach": 0.0041, "seeds": 5, "seconds": 0.21}
    head, first, second = models.rows({"one": row, "two": row | {"accuracy": None, "reach": None, "seeds": 0}})
    assert first.split() == ["one", "7,850", "7,840", "82.9%", "±", "0.4%", "0.2"]
    assert "not recorded" in second
    assert len(head) == len(first) == len(second)
