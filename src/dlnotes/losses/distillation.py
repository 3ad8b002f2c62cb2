"""A student that learns a teacher's probabilities: knowledge distillation.

Source: G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural Network", arXiv 1503.02531 (2015),
section 2.
"""

from torch import Tensor

from dlnotes.losses.softmax import log_softmax

__all__ = ["distillation_loss"]


# --8<-- [start:distillation_loss]
def distillation_loss(
    student: Tensor,
    teacher: Tensor,
    temperature: float,
    dim: int = -1,
) -> Tensor:
    """Compute T² times the divergence of a student from its teacher.

    That is the Kullback-Leibler divergence between their probabilities at the
    temperature T. The gradient goes to the student alone. Cross-entropy with the teacher's
    probabilities has the same gradient; it is larger by their entropy, times T².

    Args:
        student: Logits, floating point, `(..., C, ...)`.
        teacher: Logits, shaped like `student`.
        temperature: T, above 0. Both logits are divided by it.
        dim: The dimension that holds the C classes.

    Returns:
        One loss per example, shape of `student` without `dim`: at least 0, and 0
        where the logits differ by a constant. Take `.mean()` for the loss of a batch.

    Raises:
        ValueError: If the shapes differ, or the temperature isn't above 0.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.distillation import distillation_loss
        >>> teacher = torch.tensor([2.0, 1.0, 0.0])
        >>> distillation_loss(torch.tensor([[0.0, 0.0, 0.0], [5.0, 4.0, 3.0]]), teacher.expand(2, 3), temperature=4.0)
        tensor([0.3282, 0.0000])
    """
    if student.shape != teacher.shape:
        needed, given = tuple(student.shape), tuple(teacher.shape)
        raise ValueError(f"teacher is {given}; it must be {needed}, as student")
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}; it must be above 0")
    of_student = log_softmax(student / temperature, dim)
    of_teacher = log_softmax(teacher.detach() / temperature, dim)
    divergence = of_teacher.exp() * (of_teacher - of_student)
    return temperature**2 * divergence.sum(dim)


# --8<-- [end:distillation_loss]
