"""Outputs are compared to as many digits as are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.outputs import difference, matches


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ("0.55", "0.5514"),
        ("0.6", "0.55"),
        ("tensor([0.0900, 1.0e-05])", "tensor([0.0900, 1.0449e-05])"),
        ("-1.5e3", "-1500.0"),
        ("a  \nb", "a\nb"),
        ("nan inf", "nan inf"),
    ],
)
def test_rounded_numbers_match(shown, real):
    assert matches(shown, real)


@pytest.mark.parametrize(
    ("shown", "real"),
    [
        ("0.56", "0.5514"),
        ("0.54", "0.5514"),
        ("0.5514", "0.55"),
        ("3", "3.0001"),
        ("2", "3"),
        ("1.", "3."),
        ("tensor(1.0)", "Tensor(1.0)"),
        ("1.0 2.0", "1.0"),
        ("-0.5", "0.5"),
        ("a\n\nb", "a\nb"),
        ("a\nb", "a\u2028b"),
        ("1.0e-05", "1.0e-04"),
    ],
)
def test_anything_else_differs(shown, real):
    assert not matches(shown, real)


@given(st.decimals(min_value=-1000, max_value=1000, places=6), st.integers(0, 3), st.integers(1, 9))
def test_a_changed_digit_always_differs(number, position, change):
    shown = f"{number:.4f}"
    index = len(shown) - 1 - position
    digit = (int(shown[index]) + change) % 10
    assert matches(shown, str(number))
    assert not matches(f"{shown[:index]}{digit}{shown[index + 1 :]}", f"{number:.4f}")


def test_the_difference_shows_both_sides():
    assert difference("a\nb", "a\nc") == "--- shown on the page\n+++ printed now\n a\n-b\n+c"
