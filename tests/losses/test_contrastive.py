"""InfoNCE against torch's cross-entropy, and between its bounds."""

import math

import pytest
import torch
import torch.nn.functional as F

from dlnotes.losses.contrastive import info_nce


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 2.0])
def test_it_is_torchs_cross_entropy_of_cosines(temperature):
    queries, keys = torch.randn(2, 6, 4, dtype=torch.float64).requires_grad_()
    cosines = F.cosine_similarity(queries[:, None], keys, dim=-1)
    theirs = F.cross_entropy(cosines / temperature, torch.arange(6), reduction="none")
    ours = info_nce(queries, keys, temperature)
    torch.testing.assert_close(ours, theirs)
    gradients = [torch.autograd.grad(loss.sum(), (queries, keys), retain_graph=True) for loss in (ours, theirs)]
    torch.testing.assert_close(*gradients)


def test_lengths_do_not_count():
    queries, keys = torch.randn(2, 5, 3, dtype=torch.float64)
    lengths = torch.rand(5, 1, dtype=torch.float64) + 0.1
    torch.testing.assert_close(info_nce(queries * lengths, keys / lengths, 0.3), info_nce(queries, keys, 0.3))


@pytest.mark.parametrize("n", [1, 2, 50])
def test_keys_that_are_all_alike_cost_the_logarithm_of_their_number(n):
    losses = info_nce(torch.randn(n, 3), torch.ones(n, 3), 0.1)
    torch.testing.assert_close(losses, torch.full((n,), math.log(n)))


def test_no_pair_costs_less_than_opposites():
    vectors = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    for temperature in (0.5, 2.0):
        best = math.log1p(math.exp(-2 / temperature))
        torch.testing.assert_close(info_nce(vectors, vectors, temperature), torch.full((2,), best))
        queries, keys = torch.randn(2, 2, 2)
        assert (info_nce(queries, keys, temperature) >= best - 1e-6).all()


def test_a_vector_of_length_0_and_a_low_temperature_give_finite_gradients():
    queries = torch.zeros(2, 3, requires_grad=True)
    loss = info_nce(queries, torch.eye(3)[:2], 0.01)
    assert torch.autograd.grad(loss.sum(), queries)[0].isfinite().all()


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_a_temperature_that_is_not_above_0_is_refused(temperature):
    with pytest.raises(ValueError, match=rf"^temperature is {temperature}; it must be above 0$"):
        info_nce(torch.eye(2), torch.eye(2), temperature)


@pytest.mark.parametrize("shapes", [((2, 3), (3, 3)), ((3,), (3,)), ((2, 2, 3), (2, 2, 3))])
def test_shapes_that_do_not_pair_are_refused(shapes):
    queries, keys = map(torch.ones, shapes)
    with pytest.raises(ValueError, match=r"^queries is \(.*\), keys \(.*\); both must be of one shape, \(N, d\)$"):
        info_nce(queries, keys, 1.0)
