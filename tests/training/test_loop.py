"""The loop against a DataLoader, and its sums against arithmetic done at once."""

import copy
import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Generator, nn
from torch.utils.data import DataLoader, TensorDataset

from dlnotes.losses.polyloss import poly1_cross_entropy
from dlnotes.models.lenet import lenet, lenet_relu
from dlnotes.training.loop import Batches, Means, NotFiniteError, Sums, evaluate, split, train_epoch


def data(count=50, features=4):
    generator = Generator().manual_seed(7)
    inputs = torch.randn(count, features, generator=generator)
    return inputs, torch.randint(3, (count,), generator=generator)


def trained(batches, model, epochs=3):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return [train_epoch(model, optimizer, batches) for _ in range(epochs)], model.state_dict()


@pytest.mark.parametrize("build", [lenet, lenet_relu], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("count", "batch_size"), [(50, 16), (48, 16), (5, 16), (33, 16), (3, 1)])
def test_batches_train_exactly_as_a_data_loader(build, count, batch_size):
    """Losses, accuracies, weights, and the state of the generator, to the last bit."""
    torch.manual_seed(0)
    size = 32 if build is lenet_relu else 28
    inputs, targets = torch.rand(count, 1, size, size), torch.randint(10, (count,))
    model, ours, theirs = build(), Generator().manual_seed(3), Generator().manual_seed(3)
    loader = DataLoader(TensorDataset(inputs, targets), batch_size, shuffle=True, generator=theirs)
    expected, weights = trained(loader, copy.deepcopy(model))
    found, our_weights = trained(Batches(inputs, targets, batch_size, generator=ours), model)
    assert found == expected
    assert all(torch.equal(weights[name], our_weights[name]) for name in weights)
    assert torch.equal(ours.get_state(), theirs.get_state())


@pytest.mark.parametrize(("count", "batch_size"), [(50, 16), (48, 16), (1, 16)])
def test_every_batch_is_that_of_a_data_loader(count, batch_size):
    inputs, targets = data(count)
    for shuffle in (True, False):
        ours, theirs = (Generator().manual_seed(1) if shuffle else None for _ in range(2))
        batches = Batches(inputs, targets, batch_size, generator=ours)
        loader = DataLoader(TensorDataset(inputs, targets), batch_size, shuffle=shuffle, generator=theirs)
        assert len(batches) == len(loader)
        for _ in range(3):
            for (x, y), (their_x, their_y) in zip(batches, loader, strict=True):
                assert torch.equal(x, their_x)
                assert torch.equal(y, their_y)


def test_parts_of_a_batch_are_the_batch():
    inputs, targets = data(33)
    whole = list(Batches(inputs, targets, 16, generator=Generator().manual_seed(1)))
    for processes in (2, 3):
        parts = [
            list(Batches(inputs, targets, 16, generator=Generator().manual_seed(1), rank=rank, processes=processes))
            for rank in range(processes)
        ]
        for step, (x, y) in enumerate(whole):
            assert torch.equal(torch.cat([part[step][0] for part in parts]), x)
            assert torch.equal(torch.cat([part[step][1] for part in parts]), y)
            sizes = [len(part[step][1]) for part in parts]
            assert max(sizes) - min(sizes) <= 1
        assert len(parts[-1][-1][1]) == 0  # the last batch is a single example


def test_a_ragged_last_batch_counts_by_its_examples():
    """With a learning rate of 0 the means over an epoch are those of all examples at once."""
    inputs, targets = data()
    inputs[-2:] *= 50  # whose losses would weigh too much as a batch of their own
    model = nn.Linear(4, 3)
    with torch.no_grad():
        logits = model(inputs)
    expected = F.cross_entropy(logits, targets).item(), (logits.argmax(1) == targets).double().mean().item()
    batches = Batches(inputs, targets, 16)
    frozen = torch.optim.SGD(model.parameters(), lr=0.0)
    assert train_epoch(model, frozen, batches) == pytest.approx(expected, rel=1e-6)
    assert evaluate(model, batches) == pytest.approx(expected, rel=1e-6)
    of_batches = sum(F.cross_entropy(model(x), y).item() for x, y in batches) / len(batches)
    assert of_batches != pytest.approx(expected[0], rel=0.1)


@pytest.mark.parametrize("loss_function", [F.cross_entropy, partial(poly1_cross_entropy, epsilon=2.0)])
def test_steps_are_the_textbook_ones(loss_function):
    inputs, targets = data(10)
    model = nn.Linear(4, 3)
    weight, bias = (p.detach().clone().requires_grad_() for p in model.parameters())
    for x, y in ((inputs[:6], targets[:6]), (inputs[6:], targets[6:])):
        gradients = torch.autograd.grad(loss_function(x @ weight.T + bias, y), (weight, bias))
        weight, bias = (p - 0.5 * gradient for p, gradient in zip((weight, bias), gradients, strict=True))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    train_epoch(model, optimizer, Batches(inputs, targets, 6), loss_function=loss_function)
    torch.testing.assert_close(model.weight.data, weight.data)
    torch.testing.assert_close(model.bias.data, bias.data)


def test_evaluation_records_no_graph():
    inputs, targets = data()
    model = nn.Linear(4, 3)
    outputs = []
    model.register_forward_hook(lambda module, arguments, output: outputs.append(output))
    evaluate(model, Batches(inputs, targets, 16))
    assert len(outputs) == 4
    assert not any(output.requires_grad for output in outputs)


def test_evaluation_leaves_the_model_as_it_is():
    inputs, targets = data()
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3)).train()
    before = copy.deepcopy(model.state_dict())
    first = evaluate(model, Batches(inputs, targets, 16))
    assert not model.training
    assert evaluate(model, Batches(inputs, targets, 7)) == pytest.approx(first)  # no dropout
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    train_epoch(model, torch.optim.SGD(model.parameters(), lr=0.1), Batches(inputs, targets, 16))
    assert model.training


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_stops_training(value):
    inputs, targets = data()
    inputs[40] = value  # in the third batch
    model = nn.Linear(4, 3)
    with pytest.raises(
        NotFiniteError, match=r"^the loss is (nan|inf|-inf) in step 3 of the training\. .*\n.*\nTry"
    ) as e:
        train_epoch(model, torch.optim.SGD(model.parameters(), lr=0.1), Batches(inputs, targets, 16))
    assert (e.value.step, e.value.during) == (3, "training")
    model = nn.Linear(4, 3)
    with pytest.raises(NotFiniteError, match=r"in step 3 of the evaluation\. "):
        evaluate(model, Batches(inputs, targets, 16))


def test_infinite_losses_of_both_signs_do_not_cancel():
    sums = Sums()
    for loss in (1.0, math.inf, -math.inf):
        sums.add(torch.tensor(loss), torch.zeros(1, 2), torch.zeros(1))
    with pytest.raises(NotFiniteError, match="the loss is inf in step 2 "):
        sums.means()


def test_sums_of_nothing_have_no_mean():
    with pytest.raises(ValueError, match="no batches"):
        Sums().means()
    with pytest.raises(ValueError, match="no batches"):
        evaluate(nn.Linear(4, 3), [])


def test_accuracy_counts_exactly():
    sums = Sums()
    logits = torch.eye(3)
    sums.add(torch.tensor(3.0), logits, torch.tensor([0, 1, 0]))
    sums.add(torch.tensor(1.0), logits[:1], torch.tensor([0]))
    assert sums.means() == Means(1.0, 0.75)


@pytest.mark.parametrize("validation", [0, 0.1, 0.25, 0.99])
def test_a_split_is_a_partition(validation):
    learn, held_out = split(200, validation, seed=1)
    assert len(held_out) == round(200 * validation)
    assert torch.equal(torch.cat([learn, held_out]).sort().values, torch.arange(200))
    assert torch.equal(learn, learn.sort().values)
    again, _ = split(200, validation, seed=1)
    assert torch.equal(learn, again)
    if validation == 0.25:
        assert not torch.equal(learn, split(200, validation, seed=2)[0])


@pytest.mark.parametrize(("examples", "validation"), [(10, 1), (10, -0.1), (10, math.nan), (10, 0.99), (0, 0)])
def test_a_split_leaves_something_to_train_on(examples, validation):
    with pytest.raises(ValueError, match=f"^validation is {validation} of {examples} examples; choose a fraction"):
        split(examples, validation, seed=0)
