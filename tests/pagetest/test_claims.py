"""Claims are evaluated, and those that can't fail are refused."""

import re

import pytest
import torch
from sybil import Sybil

from pages.claims import find_claims
from pagetest import PageParser
from pagetest.claims import complaint, complaints

LOW = torch.tensor([0.5, 0.2, -0.1])


def said(expression, paragraph="First. It is small. Last.", **names):
    (claim,) = find_claims(f'<!-- claim "small": {expression} -->\n{paragraph}\n', "page.md")
    return complaint(claim, {"torch": torch, "low": LOW, **names})


@pytest.mark.parametrize(
    "expression",
    [
        "(low[:2] > 0).all()",
        "(low < 0).sum() > 0",
        "all(value < 1 for value in low.tolist())",
        "not (low > 1).any()",
        "-0.2 < low.min() < low.max() and len(low) == 3",
    ],
)
def test_a_true_claim_passes(expression):
    assert said(expression) == ""


def test_a_false_claim_says_where_what_and_why():
    assert said("(low > 0).all()") == (
        'page.md:1: "small" isn\'t true\n'
        "    low = tensor([ 0.5000, 0.2000, -0.1000])\n"
        "    in: It is small.\n"
        "    claim: (low > 0).all()"
    )


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("low > 0", r"can't be evaluated: RuntimeError: .*\(write \.all\(\)\)"),
        ("height > 0", "can't be evaluated: NameError: name 'height' is not defined"),
        ("(low > 0).any()", r"can't fail: with a comparison turned round, \(low > 0\)\.any\(\) is true all the same"),
        ("len(low) == 3 and (low > 0).any()", "can't fail"),
        ("low.sum() > 0 or 1 < 2", "can't fail"),
        ("torch.pi > 3", "reads nothing that the page has computed"),
        ("all(value < 9 for value in (1, 2))", "reads nothing that the page has computed"),
    ],
)
def test_a_claim_that_shows_nothing_is_refused(expression, wrong):
    assert re.search(wrong, said(expression))


def test_random_numbers_go_on_as_if_there_were_no_claim():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    assert said("torch.rand(3).max() < 2 * len(low)") == ""
    assert torch.rand(1) == expected


def test_a_claim_on_a_figure_reads_what_is_drawn():
    figure = "<figure markdown>\n![Five small curves](../assets/figures/poly1-pulls.svg)\n</figure>"
    assert said("len(figure.curves) == 5", figure) == ""
    assert said("(figure.curves['ε = −1'][1][1:] < figure.curves['ε = −1'][1][:-1]).all()", figure) == ""
    assert "'pull on the true logit' not in figure.texts" in said(
        "'pull on the true logit' not in figure.texts", figure
    )
    assert said("figure.axes[0].get_xlim()[1] == 0.8", figure) == ""


def test_a_page_evaluates_each_claim_where_it_stands(tmp_path):
    path = tmp_path / "page.md"
    claim = '<!-- claim "x is {0}": x == {0} -->\nNow x is {0}.\n\n'
    one, set_one, set_two = claim.format(1), "```python\nx = 1\n```\n\n", "```python\nx = 2\n```\n\n"
    blocks = [one, set_one, one, set_two, one]
    path.write_text("".join(blocks))
    results = []
    for example in Sybil([PageParser(tmp_path)]).parse(path):
        try:
            example.evaluate()
            results.append("")
        except Exception as error:
            results.append(str(error))
    assert [bool(result) for result in results] == [True, False, False, False, True]
    assert "NameError" in results[0]
    assert 'page.md:15: "x is 1" isn\'t true\n    x = 2' in results[4]


def test_a_labs_kernel_evaluates_several_at_once():
    fields = ("lab.ipynb:1", "small", "low < 0", "It is small.", 6, 11, 0)
    assert complaints({"low": 1}, [fields, fields]).count("isn't true") == 2
    assert complaints({"low": -1}, [fields]) == ""
