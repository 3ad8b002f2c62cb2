"""The logistic function, its logarithm and six other sigmoids, with values and gradients that survive any input.

Every function takes a floating-point tensor of any shape and returns one of the same shape, dtype and device; anything
else is a `TypeError`. Infinite inputs give the limits, NaN stays NaN. float16 and bfloat16 are computed in float32 and
rounded once. The logistic function rises from 0 to 1 with slope ¼ at 0, the other sigmoids from −1 to 1 with slope 1.

`torch.sigmoid`, `torch.tanh` and `torch.nn.functional.softsign` are faster, and good enough to train with. What they
lose is the far tail of the gradient: at x = 20 in float32, `torch.sigmoid` rounds to 1, so its backward, σ·(1 − σ),
gives 0 and not 2.06e-9.

Source: "Sigmoid function" on Wikipedia, whose figure compares the six with slope 1.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor
from torch.autograd import forward_ad

__all__ = [
    "SIGMOIDS",
    "algebraic_sigmoid",
    "arctan_sigmoid",
    "differentiated_by",
    "erf_sigmoid",
    "gudermannian_sigmoid",
    "log_sigmoid",
    "logistic",
    "slope",
    "softsign",
    "tanh_sigmoid",
]

Elementwise: TypeAlias = Callable[[Tensor], Tensor]


class _WithDerivative(torch.autograd.Function):
    """A function that is differentiated by `derivative`, whose own derivative autograd finds."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, function: Elementwise, derivative: Elementwise) -> Tensor:
        return function(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, _, ctx.derivative = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return grad_output * ctx.derivative(x), None, None


class _WithTangent(_WithDerivative):
    """The same, differentiated in forward mode too."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _WithDerivative.setup_context(ctx, inputs, output)
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: None) -> Tensor:
        x = forward_ad.unpack_dual(ctx.saved_tensors[0]).primal
        with forward_ad._set_fwd_grad_enabled(True):  # which PyTorch turns off here: a jvp of a jvp would be 0
            return cast(Tensor, tangent * ctx.derivative(x))


def differentiated_by(derivative: Elementwise) -> Callable[[Elementwise], Elementwise]:
    """Give an elementwise function its derivative in closed form, in place of the one that autograd would put together.

    Autograd differentiates the steps of a formula one by one. For x/(1+|x|) it subtracts two nearly equal numbers, and
    where a step overflows it multiplies 0 by infinity. The formula of the derivative does neither.

    Args:
        derivative: Maps x to the derivative at x, elementwise, by differentiable operations. Receives float32 or
            float64.

    Returns:
        A decorator for the function itself, which receives float32 or float64 too. What it returns raises a `TypeError`
        unless x is floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import differentiated_by
        >>> @differentiated_by(lambda x: 2 * x)
        ... def square(x):
        ...     return x * x
        >>> x = torch.tensor([1.0, 3.0], requires_grad=True)
        >>> square(x).sum().backward()
        >>> x.grad
        tensor([2., 6.])
    """

    def decorate(function: Elementwise) -> Elementwise:
        @functools.wraps(function)
        def differentiated(x: Tensor) -> Tensor:
            if not x.is_floating_point():
                raise TypeError(f"x is {x.dtype}; it must be floating-point: x.float()")
            wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
            # torch.compile can't trace a function with a forward mode of its own.
            kind = _WithDerivative if torch.compiler.is_compiling() else _WithTangent
            return cast(Tensor, kind.apply(wide, function, derivative)).to(x.dtype)

        return differentiated

    return decorate


# --8<-- [start:slope]
def slope(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the derivative of an elementwise function at every x.

    Args:
        function: Maps a tensor to one of the same shape, element by element.
            Then the gradient of the sum of its outputs holds the derivative
            of each.
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, of its dtype. It can be differentiated again.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import logistic, slope
        >>> slope(logistic, torch.tensor([-1e4, 0.0, 1e4]))
        tensor([0.0000, 0.2500, 0.0000])
    """
    gradient: Tensor = torch.func.grad(lambda x: function(x).sum())(x)
    return gradient


# --8<-- [end:slope]


# --8<-- [start:logistic]
@differentiated_by(lambda x: logistic(x) * logistic(-x))
def logistic(x: Tensor) -> Tensor:
    """Return 1 / (1 + e^−x).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from 0 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import logistic
        >>> logistic(torch.tensor([-1e4, 0.0, 1e4]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    e = torch.exp(-x.abs())
    return torch.where(x < 0, e, 1) / (1 + e)


# --8<-- [end:logistic]


# --8<-- [start:log-sigmoid]
@differentiated_by(lambda x: logistic(-x))
def log_sigmoid(x: Tensor) -> Tensor:
    """Return log(1 / (1 + e^−x)), finite where 1 / (1 + e^−x) rounds to 0.

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, at most 0.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import log_sigmoid
        >>> log_sigmoid(torch.tensor([-1e4, 0.0, 1e4]))
        tensor([-1.0000e+04, -6.9315e-01,  0.0000e+00])
    """
    return x.clamp(max=0) - torch.log1p(torch.exp(-x.abs()))


# --8<-- [end:log-sigmoid]


# --8<-- [start:exponential-tails]
@differentiated_by(lambda x: 4 * logistic(2 * x) * logistic(-2 * x))
def tanh_sigmoid(x: Tensor) -> Tensor:
    """Return tanh x.

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from −1 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import tanh_sigmoid
        >>> tanh_sigmoid(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.7616,  0.0000,  0.7616])
    """
    return torch.tanh(x)


def _finite(x: Tensor) -> Tensor:
    """Return x, with the largest number instead of ∞."""
    return torch.nan_to_num(x, nan=math.nan)


@differentiated_by(lambda x: torch.exp(-math.pi / 4 * _finite(x) * _finite(x)))
def erf_sigmoid(x: Tensor) -> Tensor:
    """Return erf(√π x / 2).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from −1 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import erf_sigmoid
        >>> erf_sigmoid(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.7899,  0.0000,  0.7899])
    """
    return torch.erf(math.sqrt(math.pi) / 2 * x)


def _sech(x: Tensor) -> Tensor:
    """Return 1 / cosh x, without cosh x, which overflows."""
    p, q = logistic(x), logistic(-x)
    return 2 * p * q / (p * p + q * q)


@differentiated_by(lambda x: _sech(math.pi / 2 * x))
def gudermannian_sigmoid(x: Tensor) -> Tensor:
    """Return 2/π gd(πx / 2).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from −1 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import gudermannian_sigmoid
        >>> gudermannian_sigmoid(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.7390,  0.0000,  0.7390])
    """
    return 4 / math.pi * torch.atan(torch.tanh(math.pi / 4 * x))


# --8<-- [end:exponential-tails]


# --8<-- [start:power-tails]
def _hypotenuse(x: Tensor) -> Tensor:
    """Return √(1 + x²), without x², which overflows."""
    return torch.hypot(torch.ones_like(x), _finite(x))


@differentiated_by(lambda x: (1 / _hypotenuse(x)) ** 3)
def algebraic_sigmoid(x: Tensor) -> Tensor:
    """Return x / √(1 + x²).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from −1 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import algebraic_sigmoid
        >>> algebraic_sigmoid(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.7071,  0.0000,  0.7071])
    """
    return _finite(x) / _hypotenuse(x)


@differentiated_by(lambda x: (1 / _hypotenuse(math.pi / 2 * x)) ** 2)
def arctan_sigmoid(x: Tensor) -> Tensor:
    """Return 2/π arctan(πx / 2).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from −1 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import arctan_sigmoid
        >>> arctan_sigmoid(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.6391,  0.0000,  0.6391])
    """
    return 2 / math.pi * torch.atan(math.pi / 2 * x)


@differentiated_by(lambda x: (1 / (1 + x.abs())) ** 2)
def softsign(x: Tensor) -> Tensor:
    """Return x / (1 + |x|).

    Args:
        x: Floating-point, any shape.

    Returns:
        A tensor shaped like `x`, from −1 to 1.

    Raises:
        TypeError: If `x` isn't floating-point.

    Examples:
        >>> import torch
        >>> from dlnotes.losses.sigmoids import softsign
        >>> softsign(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.5000,  0.0000,  0.5000])
    """
    x = _finite(x)
    return x / (1 + x.abs())


# --8<-- [end:power-tails]


# --8<-- [start:catalogue]
SIGMOIDS = {
    "logistic": logistic,
    "tanh": tanh_sigmoid,
    "erf": erf_sigmoid,
    "Gudermannian": gudermannian_sigmoid,
    "algebraic": algebraic_sigmoid,
    "arctan": arctan_sigmoid,
    "softsign": softsign,
}
# --8<-- [end:catalogue]
"""The seven sigmoids by name. The first line of each function's docstring has its formula."""
