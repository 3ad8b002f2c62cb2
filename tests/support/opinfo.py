"""torch's own sample inputs of a function, with which it tests itself."""

import sys
import unittest
from types import ModuleType
from typing import Any
from unittest import mock

import torch

# torch.testing._internal imports expecttest for the base class of its test cases alone, which nothing here runs.
_EXPECTTEST = ModuleType("expecttest")
_EXPECTTEST.TestCase = unittest.TestCase  # type: ignore[attr-defined]
_EXPECTTEST.ACCEPT = False  # type: ignore[attr-defined]


def sample_inputs(name: str, dtype: torch.dtype = torch.float64) -> list[tuple[torch.Tensor, tuple[Any, ...], Any]]:
    """Return the input, the other arguments and the options of each sample for `torch.nn.functional`'s function."""
    with mock.patch.dict(sys.modules, {"expecttest": sys.modules.get("expecttest", _EXPECTTEST)}):
        from torch.testing._internal.common_methods_invocations import op_db
    (info,) = (info for info in op_db if info.name == f"nn.functional.{name}" and not info.variant_test_name)
    torch.manual_seed(0)
    return [(it.input, it.args, it.kwargs) for it in info.sample_inputs("cpu", dtype, requires_grad=True)]
