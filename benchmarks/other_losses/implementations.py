"""Who is asked: each implementation behind one signature, a function of logits and target made from options.

An adapter has a keyword argument for each option of the implementation, by PyTorch's name; what it lacks isn't offered.
It gets the implementation itself as its first argument, so that this module can be read without the packages.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias

from torch import Tensor

from benchmarks.other_losses.definition import Loss

Function: TypeAlias = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Implementation:
    """A loss of a package.

    Attributes:
        package: Its name on PyPI.
        place: The module and the name in it.
        kind: `"softmax"` or `"sigmoid"`.
        loss: What it says that it computes, at the γ and ε that it's asked for.
        adapter: Makes a function of it. None if it takes logits, target and options by PyTorch's names itself.
        chosen: By case, words of its documentation that say that it does something else there.
        needed: What the constructor of a module can't do without.
    """

    package: str
    place: str
    kind: str
    loss: Loss
    adapter: Callable[..., Function] | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    needed: tuple[Any, ...] = ()

    @property
    def label(self) -> str:
        """The package and the loss."""
        return f"{self.package} {self.loss.name}"

    def found(self) -> Any:
        """Import it.

        Raises:
            ImportError: If the package isn't installed.
        """
        module, _, name = self.place.rpartition(".")
        return getattr(import_module(module), name)

    def documentation(self) -> str:
        """Return its docstrings, in one line."""
        found = self.found()
        parts = [found, *(vars(found)[name] for name in ("__init__", "forward") if isinstance(found, type))]
        return " ".join(" ".join(inspect.getdoc(part) or "" for part in parts).split())

    def offered(self) -> set[str]:
        """Return the names of its options."""
        return set(inspect.signature(self.adapter or self.found()).parameters)

    def function(self, **options: Any) -> Function:
        """Return it as a function of logits and target, with these options."""
        return self.adapter(self.found(), **options) if self.adapter else partial(self.found(), **options)

    def scripted(self) -> Any:
        """Return what `torch.jit.script` is to compile: the function itself, or a module with its defaults."""
        found = self.found()
        return found(*self.needed) if isinstance(found, type) else found


def _timm_cross_entropy(module: Any, *, label_smoothing: float = 0.0) -> Function:
    soft = import_module("timm.loss").SoftTargetCrossEntropy()
    hard = module(label_smoothing)
    # As timm's own training script chooses.
    return lambda input, target: (soft if target.is_floating_point() else hard)(input, target)


def _timm_poly(module: Any, *, epsilon: float, label_smoothing: float = 0.0, reduction: str) -> Function:
    return module(epsilon, label_smoothing, reduction)


def _polyloss(module: Any, *, epsilon: float) -> Function:
    return module(epsilon)


def _perte(module: Any, *, epsilon: float, weight: Tensor | None = None, reduction: str) -> Function:
    return module(ce_weight=weight, epsilon=epsilon, reduction=reduction)


def _kornia(
    function: Any, *, gamma: float, weight: Tensor | None = None, ignore_index: int = -100, reduction: str
) -> Function:
    def loss(input: Tensor, target: Tensor) -> Tensor:
        losses = function(input, target, None, gamma, reduction, weight, ignore_index)
        return losses.sum(1) if reduction == "none" else losses  # one for each class, 0 for all but the target's

    return loss


def _monai(
    module: Any, *, gamma: float, weight: Tensor | None = None, ignore_index: int | None = None, reduction: str
) -> Function:
    focal = module(
        to_onehot_y=True,
        gamma=gamma,
        weight=weight,
        reduction=reduction,
        use_softmax=True,
        ignore_index=ignore_index,
    )

    def loss(input: Tensor, target: Tensor) -> Tensor:
        losses = focal(input, target.unsqueeze(1))
        return losses.sum(1) if reduction == "none" else losses

    return loss


def _focal_loss_torch(
    module: Any, *, gamma: float, weight: Tensor | None = None, ignore_index: int = -100, reduction: str
) -> Function:
    focal = module(gamma, weight, reduction, ignore_index)

    def loss(input: Tensor, target: Tensor) -> Tensor:
        # Its README asks for probabilities, with the classes last.
        losses = focal(input.softmax(1).movedim(1, -1).contiguous(), target)
        return losses.view(target.shape) if reduction == "none" else losses

    return loss


def _softmax_from_scratch(function: Any) -> Function:
    return lambda input, target: function(input, target, dim=1).mean()


def _timm_binary(
    module: Any, *, label_smoothing: float = 0.0, pos_weight: Tensor | None = None, reduction: str
) -> Function:
    return module(label_smoothing, reduction=reduction, pos_weight=pos_weight, smooth_dense=True)


def _timm_poly_binary(
    module: Any,
    *,
    epsilon: float,
    gamma: float,
    alpha: float | None = None,
    label_smoothing: float = 0.0,
    reduction: str,
) -> Function:
    return module(epsilon, gamma, alpha, label_smoothing, reduction)


def _perte_binary(module: Any, *, epsilon: float, reduction: str) -> Function:
    return module(reduction, epsilon)


def _torchvision(function: Any, *, gamma: float, alpha: float = -1, reduction: str) -> Function:
    return partial(function, alpha=alpha, gamma=gamma, reduction=reduction)


def _kornia_binary(
    function: Any,
    *,
    gamma: float,
    alpha: float | None = None,
    pos_weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str,
) -> Function:
    return partial(
        function, alpha=alpha, gamma=gamma, reduction=reduction, pos_weight=pos_weight, ignore_index=ignore_index
    )


def _monai_binary(module: Any, *, gamma: float, alpha: float | None = None, reduction: str) -> Function:
    return module(gamma=gamma, alpha=alpha, reduction=reduction)


PLAIN, POLY, FOCAL, POLY_FOCAL = Loss(), Loss(epsilon=2.0), Loss(gamma=2.0), Loss(gamma=2.0, epsilon=2.0)

_OURS = "dlnotes.losses"
_MEAN = "the sum of the output will be divided by the number of elements in the output"

IMPLEMENTATIONS = [
    Implementation("torch", "torch.nn.functional.cross_entropy", "softmax", PLAIN),
    Implementation("timm", "timm.loss.LabelSmoothingCrossEntropy", "softmax", PLAIN, _timm_cross_entropy),
    Implementation("dlnotes", f"{_OURS}.softmax.cross_entropy", "softmax", PLAIN, _softmax_from_scratch),
    Implementation("polyloss", "polyloss.PolyLoss", "softmax", POLY, _polyloss),
    Implementation(
        "perte",
        "perte.PolyLoss",
        "softmax",
        POLY,
        _perte,
        chosen={"soft targets": "It should contain binary values"},
    ),
    Implementation("timm", "timm.loss.PolyCrossEntropy", "softmax", POLY, _timm_poly),
    Implementation("dlnotes", f"{_OURS}.polyloss.poly1_cross_entropy", "softmax", POLY),
    Implementation(
        "focal-loss-torch",
        "focal_loss.focal_loss.FocalLoss",
        "softmax",
        FOCAL,
        _focal_loss_torch,
        needed=(2.0,),
    ),
    Implementation(
        "kornia",
        "kornia.losses.focal_loss",
        "softmax",
        FOCAL,
        _kornia,
        chosen={
            "mean": "``'mean'`` divides its sum by every element of that map, ``C`` times the pixel count",
            "ignore_index": "labels with this value contribute 0 to the loss but stay in the ``'mean'`` denominator",
            "class weights": "``'mean'`` is not normalised by the weights",
        },
    ),
    Implementation(
        "monai",
        "monai.losses.FocalLoss",
        "softmax",
        FOCAL,
        _monai,
        chosen={"mean": _MEAN, "class weights": _MEAN},
    ),
    Implementation("dlnotes", f"{_OURS}.polyloss.poly1_focal_loss", "softmax", POLY_FOCAL),
    Implementation("torch", "torch.nn.functional.binary_cross_entropy_with_logits", "sigmoid", PLAIN),
    Implementation("timm", "timm.loss.BinaryCrossEntropy", "sigmoid", PLAIN, _timm_binary),
    Implementation("dlnotes", f"{_OURS}.binary.binary_cross_entropy_with_logits", "sigmoid", PLAIN),
    Implementation("perte", "perte.PolyBCELoss", "sigmoid", POLY, _perte_binary),
    Implementation("timm", "timm.loss.PolyBinaryCrossEntropy", "sigmoid", POLY, _timm_poly_binary),
    Implementation("dlnotes", f"{_OURS}.polyloss.poly1_binary_cross_entropy_with_logits", "sigmoid", POLY),
    Implementation("torchvision", "torchvision.ops.sigmoid_focal_loss", "sigmoid", FOCAL, _torchvision),
    Implementation("kornia", "kornia.losses.binary_focal_loss_with_logits", "sigmoid", FOCAL, _kornia_binary),
    Implementation("monai", "monai.losses.FocalLoss", "sigmoid", FOCAL, _monai_binary),
    Implementation("dlnotes", f"{_OURS}.polyloss.poly1_binary_focal_loss_with_logits", "sigmoid", POLY_FOCAL),
]
