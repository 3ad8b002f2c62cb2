"""One loss of each kind, for the tests that hold for all of them."""

from functools import partial

import pytest

from dlnotes.losses.polyloss import poly1_cross_entropy, poly1_focal_loss, polyn_cross_entropy

LOSSES = {
    "poly1": partial(poly1_cross_entropy, epsilon=2.0),
    "polyn": partial(polyn_cross_entropy, epsilons=(0.5, -1.0, 2.0)),
    "focal": partial(poly1_focal_loss, gamma=1.5, epsilon=-0.5),
}
every_loss = pytest.mark.parametrize("name", list(LOSSES))
