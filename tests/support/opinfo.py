"""torch's own sample inputs of a function, with which it tests itself."""

import sys
import unittest
import warnings
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor


def sample_inputs(name: str, dtype: torch.dtype = torch.float64) -> list[tuple[Tensor, tuple[Tensor, ...], Any]]:
    """Return the input, the other arguments and the options of each sample for `torch.nn.functional`'s function."""
    (info,) = (info for info in _operators() if info.name == f"nn.functional.{name}")
    torch.manual_seed(0)
    return [(it.input, it.args, it.kwargs) for it in info.sample_inputs("cpu", dtype, requires_grad=True)]


def _operators() -> list[Any]:
    """Return torch's list. It imports expecttest for the base class of test cases alone, which nothing here runs."""
    lacking = "expecttest" not in sys.modules and find_spec("expecttest") is None
    if lacking:
        sys.modules["expecttest"] = stand_in = ModuleType("expecttest")
        stand_in.TestCase = unittest.TestCase  # type: ignore[attr-defined]  # made here
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from torch.testing._internal.common_methods_invocations import op_db
    except ImportError as error:
        pytest.skip(f"this torch ships no test utilities: {error}")
    finally:
        if lacking:
            del sys.modules["expecttest"]
    return op_db
