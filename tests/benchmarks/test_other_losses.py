"""Other implementations: the kept answers are those to today's questions, and the questions tell right from wrong.

The packages aren't installed here. So only what dlnotes and PyTorch answer is asked again.
"""

import json
import math
import re

import pytest
import torch
import torch.nn.functional as F
from mpmath import mp, mpf

from benchmarks.other_losses.cases import CASES
from benchmarks.other_losses.definition import Loss, Sample
from benchmarks.other_losses.implementations import FOCAL, IMPLEMENTATIONS, PLAIN, POLY, Implementation
from benchmarks.other_losses.verdicts import OUTCOMES, verdict
from tests.support.pages import ROOT

KEPT = json.loads((ROOT / "docs/labs/results/other-losses.json").read_text("utf-8"))
SPEED = json.loads((ROOT / "docs/labs/results/other-losses-speed.json").read_text("utf-8"))
HERE = [
    (one, kept)
    for one, kept in zip(IMPLEMENTATIONS, KEPT["results"], strict=True)
    if one.package in ("dlnotes", "torch")
]


def case(name, kind="softmax"):
    [found] = [case for case in CASES[kind] if case.name == name]
    return found


def name(pair):
    return f"{pair[0].label} {pair[0].kind}"


def test_the_answers_are_to_today_s_questions():
    asked = [(one.label, one.kind, one.place, [case.name for case in CASES[one.kind]]) for one in IMPLEMENTATIONS]
    assert [(one["label"], one["kind"], one["place"], list(one["cases"])) for one in KEPT["results"]] == asked
    assert {answer["outcome"] for one in KEPT["results"] for answer in one["cases"].values()} <= set(OUTCOMES)
    softmax = [one.label for one in IMPLEMENTATIONS if one.kind == "softmax"]
    assert [list(shape["ratios"]) for shape in SPEED["shapes"]] == [softmax] * len(SPEED["shapes"])
    assert all(shape["ratios"]["torch cross-entropy"] == 1 for shape in SPEED["shapes"])


def test_the_answers_are_those_of_the_pinned_versions():
    pins = "\n".join(
        (ROOT / path).read_text("utf-8") for path in ("constraints.txt", "benchmarks/other_losses/requirements.txt")
    )
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", pins, re.MULTILINE))
    for versions in (KEPT["versions"], SPEED["versions"]):
        packages = versions.keys() - {"python"}
        assert packages == {one.package for one in IMPLEMENTATIONS} - {"dlnotes"}
        assert {package: versions[package] for package in packages} == {
            package: pinned[package] for package in packages
        }


@pytest.mark.parametrize("pair", HERE, ids=name)
def test_dlnotes_and_pytorch_answer_the_same_again(pair):
    implementation, kept = pair
    for question in CASES[implementation.kind]:
        if question.name != "bfloat16":  # whose rounding differs between processors
            outcome = verdict(implementation, question)["outcome"]
            assert outcome == kept["cases"][question.name]["outcome"], question.name


def test_the_definition_gives_the_numbers_of_a_hand():
    """With p_t = ¼, where the logits are 0 and log 3."""
    sample = Sample((mpf(0), mp.log(3)), (1, 0), (2, 5))
    log4 = math.log(4)
    assert float(Loss()(sample)) == pytest.approx(2 * log4)
    assert float(Loss(epsilon=2)(sample)) == pytest.approx(2 * (log4 + 1.5))
    assert float(Loss(gamma=2, epsilon=2)(sample)) == pytest.approx(2 * (log4 + 1.5) * 9 / 16)
    assert [float(g) for g in Loss(epsilon=2).gradient(sample)] == pytest.approx([-2.25, 2.25])  # −2 (1 + 2p)(1 − p)
    assert [float(c) for c in Loss().curvature(sample, (1, 0))] == pytest.approx([0.375, -0.375])  # 2 p (1 − p)
    sure = Sample((mpf(1000), mpf(0)), (1, 0), (1, 1))
    assert 0 < Loss()(sure) < mpf(10) ** -400


@pytest.mark.parametrize(("loss", "place"), [(PLAIN, "cross_entropy"), (PLAIN, "binary_cross_entropy_with_logits")])
def test_pytorch_is_right_in_all_but_bfloat16(loss, place):
    kind = "softmax" if place == "cross_entropy" else "sigmoid"
    implementation = Implementation("torch", f"torch.nn.functional.{place}", kind, loss)
    outcomes = {question.name: verdict(implementation, question)["outcome"] for question in CASES[kind]}
    assert {outcomes[name] for name in outcomes.keys() - {"bfloat16"}} <= {
        "right",
        "not offered",
        "no agreed definition",
    }


def softmax_then_log(_, *, reduction):
    return lambda z, t: F.nll_loss(torch.log(1e-16 + z.softmax(1)), t, reduction=reduction)


def divided_by_all(_, *, weight=None, reduction):
    return lambda z, t: F.cross_entropy(z, t, weight, reduction="none").sum() / z.numel()


def root_of_a_difference(_, *, gamma, reduction):
    def loss(z, y):
        p_t = torch.where(y == 1, z.sigmoid(), 1 - z.sigmoid())
        return (1 - p_t) ** gamma * F.binary_cross_entropy_with_logits(z, y, reduction="none")

    return loss


def other_epsilon(_, *, epsilon, reduction):
    return lambda z, t: (
        F.cross_entropy(z, t, reduction="none")
        + 1.001 * epsilon * (1 - z.softmax(1).gather(1, t.clamp(max=z.shape[1] - 1)[:, None]).squeeze(1))
    )


def detached(_, *, reduction):
    return lambda z, t: 2 * F.cross_entropy(z.detach(), t, reduction="none") - F.cross_entropy(z, t, reduction="none")


def anything(_):
    return lambda z, t: z.mean()


@pytest.mark.parametrize(
    ("adapter", "loss", "question", "outcome"),
    [
        (softmax_then_log, PLAIN, case("ordinary logits"), "right"),
        (softmax_then_log, PLAIN, case("logits ±1000"), "value"),
        (softmax_then_log, PLAIN, case("class weights"), "not offered"),
        (divided_by_all, PLAIN, case("mean"), "value"),
        (root_of_a_difference, FOCAL, case("γ = ½ at ±30", "sigmoid"), "gradient"),
        (root_of_a_difference, FOCAL, case("soft targets", "sigmoid"), "no agreed definition"),
        (other_epsilon, POLY, case("ordinary logits"), "value"),
        (softmax_then_log, PLAIN, case("soft targets"), "refuses"),
        (detached, PLAIN, case("ordinary logits"), "gradient"),
        (detached, PLAIN, case("double backward"), "gradient"),
        (detached, PLAIN, case("forward mode"), "gradient"),
        (detached, PLAIN, case("vmap"), "gradient"),
        (detached, PLAIN, case("torch.compile"), "gradient"),
        (anything, PLAIN, case("bad target"), "value"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "name", getattr(value, "__name__", None)),
)
def test_what_goes_wrong_is_noticed(adapter, loss, question, outcome):
    kind = "sigmoid" if question.target.shape == question.logits.shape else "softmax"
    broken = Implementation("torch", "torch.nn.functional.cross_entropy", kind, loss, adapter)
    assert verdict(broken, question)["outcome"] == outcome


def test_an_excuse_is_what_the_documentation_says_and_needed():
    def excused(adapter, quote):
        place = "torch.nn.functional.cross_entropy"
        return Implementation("torch", place, "softmax", PLAIN, adapter, chosen={"mean": quote})

    words = "Compute the cross entropy loss between input logits and target."
    found = verdict(excused(divided_by_all, words), case("mean"))
    assert found == {"outcome": "documented", "got": "0.3498", "exact": "1.05", "quote": words}
    with pytest.raises(ValueError, match="documentation doesn't say 'as it likes'"):
        verdict(excused(divided_by_all, "as it likes"), case("mean"))
    with pytest.raises(ValueError, match="mean is 'right'; take it out of chosen"):
        verdict(excused(softmax_then_log, words), case("mean"))
