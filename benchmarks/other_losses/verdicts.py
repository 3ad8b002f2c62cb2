"""What comes of a question: the same numbers as the definition's, other ones, or no answer."""

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import torch
from mpmath import mpf, nan
from torch import Tensor

from benchmarks.other_losses.cases import Case
from benchmarks.other_losses.definition import Loss, Sample
from benchmarks.other_losses.implementations import Function, Implementation

RIGHT, DOCUMENTED, VALUE, GRADIENT, REFUSES, MISSING, OPEN = OUTCOMES = (
    "right",
    "documented",
    "value",
    "gradient",
    "refuses",
    "not offered",
    "no agreed definition",
)

Verdict: TypeAlias = dict[str, str]
Answer: TypeAlias = Iterator[tuple[str, list[float], list[Any]]]  # what, the numbers, and the definition's


def verdict(implementation: Implementation, case: Case) -> Verdict:
    """Return what comes of a case: its `outcome`, with numbers, a message or a quotation.

    Raises:
        ValueError: If `chosen` quotes what the documentation doesn't say, or excuses what needs no excuse.
    """
    quoted = implementation.chosen.get(case.name)
    found = _outcome(implementation, case)
    if quoted is None:
        return found
    if found["outcome"] not in (VALUE, GRADIENT):
        raise ValueError(f"{implementation.label}: {case.name} is {found['outcome']!r}; take it out of chosen")
    if quoted not in implementation.documentation():
        raise ValueError(f"{implementation.label}: its documentation doesn't say {quoted!r}")
    return found | {"outcome": DOCUMENTED, "quote": quoted}


def _outcome(implementation: Implementation, case: Case) -> Verdict:
    if case.only_plain and implementation.loss.gamma:
        return {"outcome": OPEN}
    offered = implementation.offered()
    if not {*case.options, *(["reduction"] if case.reduction == "sum" else [])} <= offered:
        return {"outcome": MISSING}
    asked = {"gamma": implementation.loss.gamma, "epsilon": implementation.loss.epsilon, "reduction": case.reduction}
    options = {name: value for name, value in asked.items() if name in offered} | case.options
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of deprecations
            if case.asks == "script":
                torch.jit.script(implementation.scripted())
                return {"outcome": RIGHT}
            question = _Question.of(implementation, case, options)
            for what, got, exact in ASKED[case.asks](question):
                pairs = [_apart(case.logits.dtype, a, b) for a, b in zip(got, exact, strict=True)]
                off, given, true = max(pairs, default=(0.0, 0.0, 0.0))
                if off > 1:
                    return {"outcome": what, "got": f"{given:.4g}", "exact": f"{true:.4g}"}
    except Exception as error:
        if case.asks == "refusal":
            return {"outcome": RIGHT}
        return {"outcome": REFUSES, "message": f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"}
    return {"outcome": RIGHT}


def _apart(dtype: torch.dtype, got: float, exact: Any) -> tuple[float, float, float]:
    """Return how far two numbers are apart, in units of what rounding explains, and both."""
    relative, absolute = (2.0**-5, 1e-4) if dtype == torch.bfloat16 else (1e-5, 1e-6)
    off = abs(got - float(exact)) / (absolute + relative * abs(float(exact)))
    if math.isnan(off):
        off = 0.0 if math.isnan(got) and math.isnan(exact) else math.inf
    return off, got, float(exact)


@dataclass(frozen=True)
class _Question:
    """A case, put to a function, and what is needed for the definition's answer."""

    function: Function
    case: Case
    loss: Loss
    sigmoid: bool
    samples: list[Sample]
    scale: Any  # what each sample counts in the result

    @classmethod
    def of(cls, implementation: Implementation, case: Case, options: dict[str, Any]) -> "_Question":
        sigmoid = implementation.kind == "sigmoid"
        samples = list((_logits_of_sigmoid if sigmoid else _rows_of_softmax)(case))
        scale = mpf(1)
        if options.get("reduction", "mean") == "mean":
            divisor = sum(sample.divisor for sample in samples)
            scale = 1 / mpf(divisor) if divisor else nan
        loss = Loss(options.get("gamma", 0.0), options.get("epsilon", 0.0))
        return cls(implementation.function(**options), case, loss, sigmoid, samples, scale)

    @property
    def direction(self) -> Tensor:
        """A direction to move the logits in."""
        logits = self.case.logits
        return torch.linspace(-1, 1, logits.numel()).view_as(logits)

    def total(self, logits: Tensor) -> Tensor:
        return self.function(logits, self.case.target).sum()

    def gradient(self) -> list[Any]:
        """Return the definition's gradient of the total, in the order of `numbers`."""
        return [self.scale * g for s in self.samples for g in self.loss.gradient(s)[self.sigmoid :]]

    def numbers(self, found: Tensor) -> list[float]:
        """Return a tensor shaped like the logits as numbers, sample by sample."""
        return (found if self.sigmoid else found.movedim(1, -1)).flatten().tolist()


def _value_and_gradient(question: _Question) -> Answer:
    logits = question.case.logits.clone().requires_grad_()
    losses = question.function(logits, question.case.target)
    exact = [question.loss(sample) for sample in question.samples]
    if losses.dim():
        yield VALUE, losses.flatten().tolist(), exact
    else:
        yield VALUE, [losses.item()], [question.scale * sum(exact)]
    (slope,) = torch.autograd.grad(losses.sum(), logits)
    yield GRADIENT, question.numbers(slope), question.gradient()


def _compiled(question: _Question) -> Answer:
    torch.compiler.reset()  # how often code may be compiled anew is limited, and implementations share some
    function = torch.compile(question.function, backend="aot_eager", fullgraph=True)
    return _value_and_gradient(replace(question, function=function))


def _refusal(question: _Question) -> Answer:
    yield VALUE, [question.total(question.case.logits).item()], [nan]


def _double_backward(question: _Question) -> Answer:
    logits = question.case.logits.clone().requires_grad_()
    (slope,) = torch.autograd.grad(question.total(logits), logits, create_graph=True)
    (got,) = torch.autograd.grad((slope * question.direction).sum(), logits)
    moves = iter(question.numbers(question.direction))
    exact: list[Any] = []
    for sample in question.samples:
        move = [0.0, next(moves)] if question.sigmoid else [next(moves) for _ in sample.logits]
        exact += [question.scale * c for c in question.loss.curvature(sample, move)[question.sigmoid :]]
    yield GRADIENT, question.numbers(got), exact


def _forward_mode(question: _Question) -> Answer:
    slope = torch.func.jvp(question.total, (question.case.logits,), (question.direction,))[1]
    move = question.numbers(question.direction)
    yield GRADIENT, [slope.item()], [sum(g * v for g, v in zip(question.gradient(), move, strict=True))]


def _vmap(question: _Question) -> Answer:
    def one(logits: Tensor, target: Tensor) -> Tensor:
        return question.function(logits[None], target[None]).sum()

    got = torch.func.vmap(torch.func.grad(one))(question.case.logits, question.case.target)
    batches = len(question.case.logits) if question.scale != 1 else 1  # a mean is over a batch of one, then
    yield GRADIENT, question.numbers(got), [batches * g for g in question.gradient()]


ASKED: dict[str, Callable[[_Question], Answer]] = {
    "gradient": _value_and_gradient,
    "refusal": _refusal,
    "double backward": _double_backward,
    "forward mode": _forward_mode,
    "vmap": _vmap,
    "compile": _compiled,
}


def _logits_of_sigmoid(case: Case) -> Iterator[Sample]:
    """Take a case apart: a logit of sigmoid is one of two classes, and the other's logit is 0."""
    smoothing = case.options.get("label_smoothing", 0.0)
    ignored = case.options.get("ignore_index")
    alpha = case.options.get("alpha")
    factor = case.options.get("pos_weight", torch.ones(case.logits.shape[1]))
    factors = factor.view(-1, *[1] * (case.logits.dim() - 2)).expand_as(case.logits)
    for z, y, w in zip(*(part.flatten().tolist() for part in (case.logits, case.target, factors)), strict=True):
        share = (1 - smoothing) * mpf(y) + mpf(smoothing) / 2
        shares = (0, 0) if y == ignored else (1 - share, share)
        weights = (1, w) if alpha is None else (1 - alpha, alpha)
        yield Sample((0, mpf(z)), shares, weights, int(y != ignored))


def _rows_of_softmax(case: Case) -> Iterator[Sample]:
    """Take a case apart into the logits of one class index, or of one row of probabilities."""
    classes = case.logits.shape[1]
    smoothing = case.options.get("label_smoothing", 0.0)
    weight = case.options.get("weight", torch.ones(classes)).tolist()
    rows = case.logits.movedim(1, -1).reshape(-1, classes).tolist()
    soft = case.target.is_floating_point()
    for row, target in zip(rows, case.target.tolist() if soft else case.target.flatten().tolist(), strict=True):
        hard = target if soft else [float(k == target) for k in range(classes)]
        kept = any(hard)
        shares = [(1 - smoothing) * mpf(q) + mpf(smoothing) / classes if kept else 0 for q in hard]
        divisor = 1 if soft else sum(w * q for w, q in zip(weight, hard, strict=True))
        yield Sample([mpf(z) for z in row], shares, weight, divisor)
