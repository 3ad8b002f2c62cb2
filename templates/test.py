"""New topic: values and gradients against their definitions."""

import torch

from dlnotes.folder.new_topic import new_topic

X = torch.tensor([-2.0, 0.0, 0.5], dtype=torch.float64, requires_grad=True)


def test_it_is_the_square() -> None:
    torch.testing.assert_close(new_topic(X), X.square())


def test_gradients_to_second_order() -> None:
    assert torch.autograd.gradcheck(new_topic, X)
    assert torch.autograd.gradgradcheck(new_topic, X)
