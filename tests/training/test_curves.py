"""The curves of a run, as a file."""

import xml.etree.ElementTree as ET

from dlnotes.training import curves


def test_curves_are_a_picture_with_text_and_the_same_every_time(tmp_path):
    history = [
        {"epoch": n, "train_loss": 1 / n, "train_accuracy": 0.5, "test_loss": 1.5 / n, "test_accuracy": 0.4}
        for n in (1, 2, 3)
    ]
    pictures = []
    for name in ("one.svg", "two.svg"):
        curves.draw(history, tmp_path / name)
        pictures.append((tmp_path / name).read_text())
    assert pictures[0] == pictures[1]
    texts = [element.text for element in ET.fromstring(pictures[0]).iter("{http://www.w3.org/2000/svg}text")]
    assert {"epoch", "loss", "accuracy", "train", "test"} <= set(texts)
    assert "validation" not in texts
