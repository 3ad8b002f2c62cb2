"""A page's own code: run without hooks, and given arrays of the library that it uses."""

import os
from pathlib import Path
from typing import Any

import pytest

from eqtest import Result, read_page
from eqtest.python import CodeError, native, run

NUMPY = """
import functools
import math
import types

import numpy as np

class Mean:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, values):
        return self.scale * np.sum(values) / len(values)

    def of(self, values):
        return self.scale * np.sum(values) / len(values)

class Table(list):
    def total(self, values):
        return np.sum(values)

def entropy(p, q):
    return -np.sum(p * np.log(q))

def helper(p, q):
    return entropy(p, q)

def scaled(p, q, scale):
    return scale * np.sum(p * np.log(q))

def logged(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper

def uses_module(p):
    return tools.total(p)

def length(values):
    return values.size

table = Table()
mean = Mean(1)
minus = functools.partial(scaled, scale=-1)
wrapped = logged(entropy)
of_mean = mean.of
tools = types.ModuleType("tools")
tools.total = table.total
"""
TORCH = """
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def forward(self, p):
        return p.sum(dim=-1)

net = Net()

def cross(p, q):
    return -(p * q.log()).sum(dim=-1)
"""
DECLARED = """<!-- eq a
n : size 2..3
i : index n
y, \\hat y : simplex[n]
a : pos
L := py {}
-->
$$ L = {} $$
"""
ENTROPY, TOTAL = r"-\sum_i y_i \log \hat y_i", r"\sum_i y_i"


def check(expression: str, tex: str, names: dict[str, Any]) -> Result:
    (equation,) = read_page(DECLARED.format(expression, tex))
    return equation.check(names)


def names_of(*codes: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for code in codes:
        exec(code, names)
    return names


@pytest.mark.parametrize("codes", [[NUMPY], [NUMPY, TORCH]], ids=["NumPy", "NumPy and torch"])
@pytest.mark.parametrize(
    ("expression", "tex"),
    [
        ("-np.sum(y * np.log(y_hat))", ENTROPY),
        ("-sum(np.sum(a * np.log(b)) for a, b in zip(y, y_hat))", ENTROPY),
        ("-sum(np.sum(y[k] * np.log(y_hat[k])) for k in range(len(y)))", ENTROPY),
        ("entropy(y, y_hat)", ENTROPY),
        ("helper(y, y_hat)", ENTROPY),
        ("minus(y, y_hat)", ENTROPY),
        ("wrapped(y, y_hat)", ENTROPY),
        ("mean(y) * len(y)", TOTAL),
        ("of_mean(y) * len(y)", TOTAL),
        ("tools.total(y)", TOTAL),
        ("uses_module(y)", TOTAL),
        ("table.total(y)", TOTAL),
        ("np.sqrt(a).is_integer() * 1", "0"),
    ],
)
def test_numpy_gets_its_arrays(expression: str, tex: str, codes: list[str]) -> None:
    result = check(expression, tex, names_of(*codes))
    assert result.status == "tested", result.message


@pytest.mark.parametrize(
    ("expression", "tex"),
    [
        ("F.cross_entropy(y_hat.log(), y)", ENTROPY),
        ("net(y)", TOTAL),
        ("torch.sum(y, dim=0)", TOTAL),
        ("torch.special.entr(y).sum()", r"-\sum_i y_i \log y_i"),
        ("cross(y, y_hat)", ENTROPY),
        ("np.exp(0.0) * torch.sum(y, dim=0)", TOTAL),
        ("torch.sqrt(a) ** 2", "a"),
    ],
)
def test_torch_gets_its_tensors(expression: str, tex: str) -> None:
    result = check(expression, tex, names_of(TORCH))
    assert result.status == "tested", result.message


def test_an_object_counts_for_what_its_class_derives_from() -> None:
    names = names_of(TORCH)
    assert check("net(y)", TOTAL, {"net": names["net"], "np": names["np"]}).status == "tested"


def test_what_shows_no_library_gets_the_arrays_of_its_page() -> None:
    assert check("length(y)", "n", names_of(NUMPY)).status == "tested"


def test_code_without_either_gets_lists_and_numbers() -> None:
    def total(values: list[float], scale: float) -> float:
        assert isinstance(values, list)
        assert isinstance(scale, float)
        return scale * sum(values)

    assert check("total(y, a)", "a", {"total": total}).status == "tested"


def test_whole_numbers_stay() -> None:
    (equation,) = read_page("<!-- eq a\nm : int 3..3\ns := py f(m)\n-->\n$$ s = 0 $$")
    assert equation.check({"f": lambda m: int(type(m) is not int), "np": __import__("numpy")}).status == "tested"


def test_arrays_have_double_precision() -> None:
    assert str(native([0.1], "torch").dtype) == "torch.float64"
    assert native([[0.1]], "numpy").dtype == "float64"
    assert isinstance(native(0.1, "numpy"), float)


PAGE = """# Page

```python
x = 1
print("no output")
```

```console
$ not python
```

- item

    ``` {.py .annotate title="a"}
    %matplotlib inline
    y = x + 1
    if y:
    \ty += 1
    ```

> ~~~python3
> z = y
>
> z += x
> ~~~

    indented = 1

<!-- words

```py
hidden = 1
```
-->

```{code-cell} ipython3
w = z * 2
```
"""


def test_the_fences_of_a_page_are_run_in_one_namespace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "none")
    monkeypatch.delenv("MPLBACKEND")
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    names = run(path)
    assert {name: names.get(name) for name in ("x", "y", "z", "w", "indented")} == {
        "x": 1,
        "y": 3,
        "z": 4,
        "w": 8,
        "indented": None,
    }
    assert capsys.readouterr().out == ""
    assert os.environ["MPLBACKEND"] == "Agg"  # so no window opens and waits


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("x = 1\n", "def f():\n    return 1 / 0\n\nf()\n", ":5: ZeroDivisionError: division by zero"),
        ("z = y", "z = yy", ":22: NameError: name 'yy' is not defined"),
        ("y = x + 1", "y = x +", ":16: SyntaxError: invalid syntax"),
        ("x = 1\n", "x = int('1.5')\n", ":4: ValueError: invalid literal for int() with base 10: '1.5'"),
        ("x = 1\n", "raise SystemExit(3)\n", ":4: SystemExit: 3"),
        ("z += x", "eval('1 +')", ":24: SyntaxError: invalid syntax"),
        ("z += x", "import statistics; statistics.mean([])", ":24: statistics.StatisticsError: "),
    ],
)
def test_code_that_fails_is_named_with_its_line(right: str, wrong: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    assert PAGE.count(right) == 1
    path.write_text(PAGE.replace(right, wrong), encoding="utf-8")
    with pytest.raises(CodeError) as error:
        run(path)
    assert str(error.value).startswith(f"{path}{place}")
    assert "\n" not in str(error.value)
