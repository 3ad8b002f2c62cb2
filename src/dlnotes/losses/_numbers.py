"""The numbers that shape a loss, such as ε and γ: what they may be, and in which dtype a loss is computed."""

import math
from numbers import Real

import torch
from torch import Tensor


def finite(
    name: str, value: float, input: Tensor | None = None, *, least: float = -math.inf, most: float = math.inf
) -> float:
    """Return a number as a float; refuse what isn't finite, out of range, or too large for the dtype of the loss."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}, a {type(value).__name__}; it must be a number")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} is an {type(value).__name__} too large for a float; it must be finite") from None
    if not -math.inf < number < math.inf:
        raise ValueError(f"{name} is {number}; it must be finite")
    if not least <= number <= most:
        allowed = f"at least {least}" if most == math.inf else f"from {least} to {most}"
        raise ValueError(f"{name} is {value}; it must be {allowed}")
    if isinstance(input, Tensor) and input.is_floating_point():  # torch refuses anything else
        largest = torch.finfo(loss_dtype(input)).max
        if abs(number) > largest:
            raise ValueError(
                f"{name} is {number:g}; the logits are {input.dtype}, so it must be at most {largest:.3g} in size, "
                "or the logits a wider dtype"
            )
    return number


def loss_dtype(input: Tensor) -> torch.dtype:
    """Return the dtype in which losses of these logits are computed."""
    return torch.promote_types(input.dtype, torch.float32) if autocast(input) else input.dtype


def autocast(input: Tensor) -> bool:
    """Tell whether torch chooses the dtypes of operations on this tensor's device."""
    device = input.device.type
    return torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
