"""Distillation against torch's divergence, and what T² is for."""

import pytest
import torch
import torch.nn.functional as F

from dlnotes.losses.distillation import distillation_loss


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_it_is_the_divergence_that_torch_computes_times_the_temperature_squared(temperature):
    student = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    teacher = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    ours = distillation_loss(student, teacher, temperature)
    of_student, of_teacher = (torch.log_softmax(z / temperature, -1) for z in (student, teacher))
    theirs = temperature**2 * F.kl_div(of_student, of_teacher, reduction="none", log_target=True).sum(-1)
    assert ours.shape == (6,)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(*(torch.autograd.grad(loss.sum(), student)[0] for loss in (ours, theirs)))
    assert torch.autograd.grad(ours.sum(), teacher, allow_unused=True)[0] is None


def test_its_gradient_is_that_of_cross_entropy_with_the_teachers_probabilities():
    student, teacher = torch.randn(2, 4, 3, dtype=torch.float64)
    student.requires_grad_()
    soft = torch.softmax(teacher / 3, -1)
    plain = 9 * F.cross_entropy(student / 3, soft, reduction="none")
    ours = distillation_loss(student, teacher, 3)
    torch.testing.assert_close(plain - ours, 9 * torch.special.entr(soft).sum(-1))
    torch.testing.assert_close(*(torch.autograd.grad(loss.sum(), student)[0] for loss in (ours, plain)))


def test_the_classes_may_be_in_any_dimension():
    student, teacher = torch.randn(2, 2, 5, 4, 3)
    expected = distillation_loss(student.movedim(1, -1), teacher.movedim(1, -1), 2.0)
    torch.testing.assert_close(distillation_loss(student, teacher, 2.0, dim=1), expected)
    assert expected.shape == (2, 4, 3)


@pytest.mark.parametrize("shift", [0.0, 7.0])
def test_it_is_0_for_logits_that_differ_by_a_constant_and_positive_for_others(shift):
    teacher = torch.randn(3, 4, dtype=torch.float64)
    assert distillation_loss(teacher + shift, teacher, 2.0).abs().max() < 1e-12
    assert (distillation_loss(teacher * 2 + shift, teacher, 2.0) > 1e-3).all()


@pytest.mark.parametrize("scale", [30.0, 1000.0])
def test_large_logits_give_finite_values_and_gradients(scale):
    teacher = scale * torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    student = -teacher.clone().requires_grad_()
    loss = distillation_loss(student, teacher, 1.0)
    torch.testing.assert_close(loss, torch.full((2,), 2 * scale))
    assert torch.autograd.grad(loss.sum(), student)[0].isfinite().all()


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_a_temperature_that_is_not_above_0_is_refused(temperature):
    with pytest.raises(ValueError, match=rf"^temperature is {temperature}; it must be above 0$"):
        distillation_loss(torch.zeros(3), torch.zeros(3), temperature)


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"^teacher is \(3,\); it must be \(2, 3\), as student$"):
        distillation_loss(torch.zeros(2, 3), torch.zeros(3), 1.0)
