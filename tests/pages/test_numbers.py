"""Numbers in prose that nothing tested backs are found, in pages and in notebooks."""

import json
from decimal import Decimal

import pytest

from pages.numbers import Line, numbers, problems, read_notebook, read_page

PAGE = """\
# A page

The batch has 512 rows.

## Results {#results}

<!-- numbers: 0.807 is what
the notes report -->
The accuracy is 0.80, so 20% are wrong, with 61,706 parameters. Reported was 0.807.

| run | accuracy |
|---|---|
| 3 | 0.7996 |

```python
print(f"{0.7996:.4f} {0.2:.0%} {61706:,} {512}")  # nearly 0.8
```

```text
0.7996 20% 61,706 512
```

So <!-- eq half -->$1 / 8 = 0.125$, and about $0.125$.

## Settings {#settings}

Rounded to 0.13, see `lr=0.1` and [chapter 0.5](https://example.org/0.5).
"""


@pytest.fixture
def found(tmp_path):
    def found(text):
        path = tmp_path / "page.md"
        path.write_text(text)
        messages = problems(read_page(path, tmp_path))
        return [message.removeprefix(f"{path}:") for message in messages]

    return found


def test_what_is_backed_passes_and_the_rest_is_named(found):
    comment, *others = found(PAGE)
    start = ": nothing tested in this section shows "
    assert comment.startswith(f"15{start}0.8: print it in a block, or name its source")
    assert [other.partition(": print")[0] for other in others] == [
        f"27{start}0.13",
        f"27{start}0.1",
        f"27{start}0.5",
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("512 rows", "513 rows"),
        ("is 0.80,", "is 0.81,"),
        ("so 20%", "so 21%"),
        ("61,706 parameters", "61,707 parameters"),
        ("was 0.807", "was 0.808"),
        ("0.7996 |", "0.7995 |"),
        ("about $0.125$", "about $0.126$"),
    ],
)
def test_another_digit_is_noticed(found, right, wrong):
    assert right in PAGE
    assert len(found(PAGE.replace(right, wrong))) > len(found(PAGE))


def test_a_source_without_its_number_is_noticed(found):
    assert found("<!-- numbers: 0.5 and 12 are from elsewhere -->\n\nIt is 0.5.\n") == [
        "1: the comment gives a source for 0.5, which isn't in the paragraph below",
        "3: nothing tested in this section shows 0.5: print it in a block, or name its source directly above the "
        "paragraph, as <!-- numbers: 0.5 is … -->",
    ]


def test_a_block_that_is_not_run_backs_nothing(found):
    assert len(found('It is 0.5.\n\n```python title="Not tested: why"\n0.5\n```\n')) == 1
    assert len(found("It is 0.5.\n\n```console\n$ run\n0.5\n```\n")) == 2
    assert len(found("It is 0.5.\n\n<!-- eq-skip: hard -->\n$$\n0.5\n$$\n")) == 2


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,500 and 60{,}000, or 10, 20", ["1500", "60000", "10", "20"]),
        (r"80 %, 80%, $80\%$, 98.5%", ["0.80", "0.80", "0.80", "0.985"]),
        (".83 −0.5 1e-3 7.8e-4.", ["0.83", "0.5", "0.001", "0.00078"]),
        ("28×28 (0.1, 2) x_1 conv2d float32 cu126", ["28", "28", "0.1", "2"]),
        ("torch 2.15.0 and 0,500", ["2.15.0", "0500"]),
    ],
)
def test_numbers_are_read(text, values):
    read = [number.value for number in numbers(text)]
    assert read == [value if value in ("2.15.0", "0500") else Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("shown", "tested", "backed"),
    [
        ("0.80", "0.8004", True),
        ("0.80", "80.0%", True),
        ("0.80", "0.8051", False),
        ("0.8", "0.80", True),
        ("0.8", "0.8004", False),  # rounded to one digit, it would fit a tenth of all results
        ("80%", "0.8004", True),
        ("3.0", "3", False),
        ("1,500", "1500", True),
        ("1,500", "1500.2", False),
        ("2.15.0", "2.15.1", False),
    ],
)
def test_rounding(shown, tested, backed):
    assert (not [*problems([Line("here", shown), Line("there", "", tested)])]) == backed


def test_a_notebook_is_backed_by_its_outputs(tmp_path):
    code = {
        "cell_type": "code",
        "source": ["print(accuracy)\n", "lr = 0.25"],
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["0.9312\n", "575,050\n"]},
            {"output_type": "execute_result", "data": {"text/plain": ["0.0421"]}},
            {"output_type": "display_data", "data": {"image/png": "0.77"}},
        ],
    }
    text = {
        "cell_type": "markdown",
        "source": ["It reads 93%,\n", "loss 0.042, rate 0.25, of 575,050.\n", "\n", "Not 94% nor 0.77."],
    }
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps({"cells": [code, text]}))
    assert [message.partition(": print")[0] for message in problems(read_notebook(path))] == [
        f"{path}, cell 2, line 4: nothing tested in this section shows 94%",
        f"{path}, cell 2, line 4: nothing tested in this section shows 0.77",
    ]
