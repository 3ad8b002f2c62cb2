"""Sizes and values against torch in over 17,000 random configurations; stacks; what is refused, and how."""

import itertools
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from dlnotes.models.convolution import (
    LayerShape,
    ReceptiveField,
    adaptive_pool_windows,
    avg_pool,
    conv_output_size,
    conv_transpose_output_size,
    cross_correlation,
    max_pool,
    pool_output_size,
    receptive_field,
    same_padding,
    shape_table,
    tensorflow_same_padding,
)

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def outcome(compute: Callable[[], Any], error: type[Exception]) -> Any:
    """What a call gives, or None if it raises this error."""
    try:
        return compute()
    except error:
        return None


def agree(cases: int, draw: Callable[[random.Random], tuple[Callable[[], Any], Callable[[], Any], Any]]) -> None:
    """Compare ours with torch's in so many random cases: the same size, or both refuse; and both must be common."""
    rng = random.Random(0)
    refused = 0
    for _ in range(cases):
        ours, theirs, arguments = draw(rng)
        expected = outcome(theirs, RuntimeError)
        if expected and 0 in expected:  # an output without elements: torch refuses some and lets others pass
            expected = None
        assert outcome(ours, ValueError) == expected, arguments
        refused += expected is None
    assert cases / 50 < refused < cases * 0.9


def spatial(output: Tensor) -> tuple[int, ...]:
    return tuple(output.shape[2:])


def one_dimension(rng: random.Random) -> tuple[int, int, int, int, int]:
    return rng.randint(1, 20), rng.randint(1, 7), rng.randint(1, 5), rng.randint(0, 4), rng.randint(1, 4)


def several(rng: random.Random, dims: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(rng.randint(low, high) for _ in range(dims))


def test_convolution_in_one_dimension() -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        return (
            lambda: (conv_output_size(i, k, s, p, d),),
            lambda: spatial(F.conv1d(torch.ones(1, 1, i), torch.ones(1, 1, k), None, s, p, d)),
            (i, k, s, p, d),
        )

    agree(4000, draw)


@pytest.mark.parametrize("dims", [2, 3])
def test_convolution_in_several_dimensions(dims: int) -> None:
    def draw(rng: random.Random) -> Any:
        size, kernel = several(rng, dims, 1, 9), several(rng, dims, 1, 5)
        options = several(rng, dims, 1, 3), several(rng, dims, 0, 2), several(rng, dims, 1, 2)
        return (
            lambda: conv_output_size(size, kernel, *options),
            lambda: spatial(CONV[dims](torch.ones(1, 1, *size), torch.ones(1, 1, *kernel), None, *options)),
            (size, kernel, options),
        )

    agree(1000, draw)


def test_padding_that_differs_before_and_after() -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        q = rng.randint(0, 4)
        padded = F.pad(torch.ones(1, 1, i), (p, q))
        return (
            lambda: conv_output_size((i,), k, s, ((p, q),), d),
            lambda: spatial(F.conv1d(padded, torch.ones(1, 1, k), None, s, 0, d)),
            (i, k, s, p, q, d),
        )

    agree(1000, draw)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_max_pooling(ceil_mode: bool) -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        return (
            lambda: (pool_output_size(i, k, s, p, d, ceil_mode),),
            lambda: spatial(F.max_pool1d(torch.ones(1, 1, i), k, s, p, d, ceil_mode)),
            (i, k, s, p, d),
        )

    agree(2000, draw)


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("dims", [2, 3])
def test_pooling_in_several_dimensions(dims: int, pool: str) -> None:
    def draw(rng: random.Random) -> Any:
        size, kernel = several(rng, dims, 1, 9), several(rng, dims, 1, 4)
        if (dims, pool) == (3, "average"):  # see test_average_pooling_of_volumes_needs_room_for_the_kernel
            size = tuple(map(max, size, kernel))
        stride = rng.choice([None, several(rng, dims, 1, 4)])
        padding, ceil_mode = several(rng, dims, 0, 2), rng.random() < 0.5
        dilation = several(rng, dims, 1, 2) if pool == "max" else (1,) * dims
        x = torch.ones(1, 1, *size)
        return (
            lambda: pool_output_size(size, kernel, stride, padding, dilation, ceil_mode),
            lambda: spatial(
                MAX_POOL[dims](x, kernel, stride, padding, dilation, ceil_mode)
                if pool == "max"
                else AVG_POOL[dims](x, kernel, stride, padding, ceil_mode)
            ),
            (size, kernel, stride, padding, dilation, ceil_mode),
        )

    agree(600, draw)


def test_average_pooling_of_volumes_needs_room_for_the_kernel() -> None:
    """Torch alone of its pooling functions compares the kernel with the input before padding it."""
    assert pool_output_size((5, 5, 3), 4, padding=1) == (1, 1, 1)
    assert F.max_pool3d(torch.ones(1, 1, 5, 5, 3), 4, padding=1).shape[2:] == (1, 1, 1)
    assert F.avg_pool2d(torch.ones(1, 1, 5, 3), 4, padding=1).shape[2:] == (1, 1)
    with pytest.raises(RuntimeError, match="smaller than kernel size"):
        F.avg_pool3d(torch.ones(1, 1, 5, 5, 3), 4, padding=1)
    assert avg_pool(torch.ones(1, 1, 5, 5, 3), 4, padding=1, count_include_pad=False).item() == 1


def test_transposed_convolution() -> None:
    def draw(rng: random.Random) -> Any:
        i, k, s, p, d = one_dimension(rng)
        q = rng.randint(0, 4)
        return (
            lambda: (conv_transpose_output_size(i, k, s, p, q, d),),
            lambda: spatial(F.conv_transpose1d(torch.ones(1, 1, i), torch.ones(1, 1, k), None, s, p, q, dilation=d)),
            (i, k, s, p, q, d),
        )

    agree(2000, draw)


@pytest.mark.parametrize("dims", [2, 3])
def test_transposed_convolution_in_several_dimensions(dims: int) -> None:
    def draw(rng: random.Random) -> Any:
        size, kernel = several(rng, dims, 1, 4), several(rng, dims, 1, 4)
        s, p = several(rng, dims, 1, 3), several(rng, dims, 0, 2)
        q, d = several(rng, dims, 0, 1), several(rng, dims, 1, 2)
        weight = torch.ones(1, 1, *kernel)
        return (
            lambda: conv_transpose_output_size(size, kernel, s, p, q, d),
            lambda: spatial(CONV_TRANSPOSE[dims](torch.ones(1, 1, *size), weight, None, s, p, q, dilation=d)),
            (size, kernel, s, p, q, d),
        )

    agree(400, draw)


def test_a_transposed_convolution_undoes_the_size_and_is_the_adjoint() -> None:
    rng = random.Random(0)
    torch.manual_seed(0)
    tried = 0
    for _ in range(1500):
        i, k, s, p, d = one_dimension(rng)
        o = outcome(lambda i=i, k=k, s=s, p=p, d=d: conv_output_size(i, k, s, p, d), ValueError)
        if o is None:
            continue
        tried += 1
        left_over = (i + 2 * p - d * (k - 1) - 1) % s
        assert conv_transpose_output_size(o, k, s, p, left_over, d) == i
        x, y, w = (torch.randn(1, 1, n, dtype=torch.float64) for n in (i, o, k))
        forth = F.conv1d(x, w, None, s, p, d)
        back = F.conv_transpose1d(y, w, None, s, p, left_over, dilation=d)
        torch.testing.assert_close((forth * y).sum(), (x * back).sum())
    assert tried > 800


@given(k=st.integers(1, 9), d=st.integers(1, 4), i=st.integers(1, 30))
def test_same_padding_keeps_the_size_and_the_values(k: int, d: int, i: int) -> None:
    x = torch.arange(1.0, i + 1).reshape(1, 1, i)
    w = torch.arange(1.0, k + 1).reshape(1, 1, k)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")
        expected = F.conv1d(x, w, padding="same", dilation=d)
    before, after = same_padding(k, d)
    assert conv_output_size(i, k, padding="same", dilation=d) == i == spatial(expected)[0]
    assert before <= after <= before + 1
    torch.testing.assert_close(F.conv1d(F.pad(x, (before, after)), w, dilation=d), expected)
    torch.testing.assert_close(cross_correlation(x, w, padding="same", dilation=d), expected)


def test_valid_is_no_padding() -> None:
    assert conv_output_size((9, 8), (3, 2), 2, "valid") == conv_output_size((9, 8), (3, 2), 2) == (4, 4)


@given(i=st.integers(1, 40), k=st.integers(1, 9), s=st.integers(1, 6), d=st.integers(1, 3))
def test_tensorflows_same_is_the_least_padding_for_all_windows(i: int, k: int, s: int, d: int) -> None:
    before, after = tensorflow_same_padding(i, k, s, d)
    assert before <= after <= before + 1
    needed = math.ceil(i / s)
    if before + after:
        assert conv_output_size((i,), k, s, ((before, after),), d) == (needed,)
        one_less = outcome(lambda: conv_output_size((i,), k, s, ((before, after - 1),), d), ValueError)
        assert one_less != (needed,)
    else:
        assert conv_output_size(i, k, s, dilation=d) == needed
    if s == 1:
        assert (before, after) == same_padding(k, d)


@given(i=st.integers(1, 40), o=st.integers(1, 40))
def test_adaptive_pooling(i: int, o: int) -> None:
    found = adaptive_pool_windows(i, o)
    torch.manual_seed(i)
    x = torch.randn(1, 1, i, dtype=torch.float64)
    means = torch.stack([x[0, 0, start:end].mean() for start, end in found])
    maxima = torch.stack([x[0, 0, start:end].max() for start, end in found])
    torch.testing.assert_close(F.adaptive_avg_pool1d(x, o)[0, 0], means)
    torch.testing.assert_close(F.adaptive_max_pool1d(x, o)[0, 0], maxima)


@given(data=st.data())
def test_unfold_has_as_many_columns_as_the_output_has_places(data: st.DataObject) -> None:
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    size = data.draw(st.tuples(st.integers(5, 9), st.integers(5, 9)))
    kernel, stride, dilation = data.draw(pair), data.draw(pair), data.draw(st.just((1, 2)))
    padding = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    columns = F.unfold(torch.ones(1, 1, *size), kernel, dilation, padding, stride).shape[2]
    assert columns == math.prod(conv_output_size(size, kernel, stride, padding, dilation))


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_values_of_cross_correlation(dims: int) -> None:
    rng = random.Random(dims)
    torch.manual_seed(dims)
    for _ in range(150):
        size, kernel = several(rng, dims, 5, 8), several(rng, dims, 1, 3)
        stride, padding, dilation = several(rng, dims, 1, 3), several(rng, dims, 0, 2), several(rng, dims, 1, 2)
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        w = torch.randn(4, 3, *kernel, dtype=torch.float64)
        b = torch.randn(4, dtype=torch.float64) if rng.random() < 0.5 else None
        torch.testing.assert_close(
            cross_correlation(x, w, b, stride, padding, dilation), CONV[dims](x, w, b, stride, padding, dilation)
        )


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_values_of_pooling(dims: int) -> None:
    rng = random.Random(dims)
    torch.manual_seed(dims)
    overhung = 0
    for _ in range(200):
        size, kernel, stride = several(rng, dims, 3, 8), several(rng, dims, 1, 3), several(rng, dims, 1, 4)
        padding = tuple(rng.randint(0, k // 2) for k in kernel)
        dilation = several(rng, dims, 1, 2) if min(size) > 5 else (1,) * dims
        x = torch.randn(2, 3, *size, dtype=torch.float64)
        for ceil_mode, count in itertools.product((False, True), repeat=2):
            torch.testing.assert_close(
                avg_pool(x, kernel, stride, padding, ceil_mode, count),
                AVG_POOL[dims](x, kernel, stride, padding, ceil_mode, count),
            )
        floor, ceil = (max_pool(x, kernel, stride, padding, dilation, mode) for mode in (False, True))
        torch.testing.assert_close(floor, MAX_POOL[dims](x, kernel, stride, padding, dilation, False))
        torch.testing.assert_close(ceil, MAX_POOL[dims](x, kernel, stride, padding, dilation, True))
        overhung += floor.shape != ceil.shape
    assert overhung > 40


def test_dilation_is_a_kernel_stuffed_with_zeros() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(1, 1, 12), torch.randn(1, 1, 3)
    for d in (1, 2, 3):
        stuffed = torch.zeros(1, 1, d * 2 + 1)
        stuffed[..., ::d] = w
        torch.testing.assert_close(cross_correlation(x, w, dilation=d), cross_correlation(x, stuffed))


def test_pooling_takes_nan_to_the_output_as_torch_does() -> None:
    x = torch.tensor([[[1.0, math.nan, 2.0, 3.0]]])
    torch.testing.assert_close(max_pool(x, 2), F.max_pool1d(x, 2), equal_nan=True)
    torch.testing.assert_close(avg_pool(x, 2), F.avg_pool1d(x, 2), equal_nan=True)


def test_gradients_flow_through_the_layers_as_through_torchs() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(1, 2, 6, 5, requires_grad=True), torch.randn(3, 2, 3, 2, requires_grad=True)

    def gradients(output: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(output.square().sum(), (x, w))

    ours = max_pool(avg_pool(cross_correlation(x, w, padding=1), 2), 2, 1)
    theirs = F.max_pool2d(F.avg_pool2d(F.conv2d(x, w, padding=1), 2), 2, 1)
    torch.testing.assert_close(gradients(ours), gradients(theirs))


def test_padding_grows_the_output_and_dims_its_border() -> None:
    ones, kernel = torch.ones(1, 1, 5, 5), torch.arange(1.0, 10).reshape(1, 1, 3, 3)
    output = cross_correlation(ones, kernel, padding=1)[0, 0]
    assert output.shape == (5, 5)
    assert output[1:-1, 1:-1].unique().tolist() == [45]
    assert output[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [28, 24, 16, 12]


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((9, 4, 4, 2, 1, True), 3),
        ((32, 1, 2), 16),
        ((32, 1, 2, 0, 1, True), 16),
        ((5, 2), 2),
        ((2, 3, 2, 0, 1, True), 1),
    ],
    ids=str,
)
def test_pooling_examples(arguments: Any, size: int) -> None:
    assert pool_output_size(*arguments) == size
    assert F.max_pool1d(torch.ones(1, 1, arguments[0]), *arguments[1:]).shape[2] == size


def test_the_form_of_the_sizes() -> None:
    assert conv_output_size(5, 3) == 3
    assert conv_output_size((5,), 3) == (3,)
    assert conv_output_size((5, 6), (3, 2), stride=(1, 2), padding=(1, (0, 1)), dilation=1) == (5, 3)
    assert conv_output_size(torch.Size((5, 6)), 3) == (3, 4)
    assert conv_output_size(np.int64(5), torch.tensor(3)) == 3
    assert type(conv_output_size(np.int64(5), 3)) is int
    assert pool_output_size([5, 5], 2) == (2, 2)


BAD = {
    "kernel": (lambda: conv_output_size(5, 0), "kernel_size is 0; it must be at least 1"),
    "input": (lambda: conv_output_size((5, 0), 1), "input_size is 0; it must be at least 1"),
    "stride": (lambda: conv_output_size(5, 3, 0), "stride is 0; it must be at least 1"),
    "negative padding": (lambda: conv_output_size(5, 3, 1, -1), "padding is -1; it must be at least 0"),
    "pair": (lambda: conv_output_size((5,), 3, 1, ((0, -2),)), "padding is -2; it must be at least 0"),
    "dilation": (lambda: pool_output_size(5, 3, dilation=0), "dilation is 0; it must be at least 1"),
    "too large": (
        lambda: conv_output_size(4, 3, padding=1, dilation=3),
        r"kernel_size is 3, which spans 7 cells with dilation 3\. It must fit in 6: input_size 4 and padding 1 \+ 1",
    ),
    "pool too large": (lambda: pool_output_size((9, 2), 3), "kernel_size is 3, which spans 3 cells"),
    "pool padding": (
        lambda: pool_output_size(9, 3, padding=2, dilation=4),
        "padding is 2; it must be at most half of kernel_size 3, rounded down: 1",
    ),
    "dimensions": (
        lambda: conv_output_size((5, 5), (3, 3, 3)),
        r"kernel_size is \(3, 3, 3\), for 3 dimensions; the input has 2: give one int, or 2",
    ),
    "padding dimensions": (lambda: conv_output_size(5, 3, 1, (1, 1)), r"padding is \(1, 1\), for 2 dimensions"),
    "triple": (lambda: conv_output_size((5,), 3, 1, ((1, 2, 3),)), r"padding has the entry \(1, 2, 3\); an entry is"),
    "empty": (lambda: conv_output_size((), 3), "input_size is empty"),
    "word": (lambda: conv_output_size(5, 3, padding="SAME"), "padding is 'SAME'; the words are 'same' and 'valid'"),
    "same": (
        lambda: conv_output_size(5, 3, 2, "same"),
        r"padding is 'same' and stride is \(2,\); 'same' needs stride 1",
    ),
    "output padding": (
        lambda: conv_transpose_output_size(5, 3, 2, output_padding=2),
        "output_padding is 2; it must be less than stride 2 or dilation 1",
    ),
    "transposed padding": (
        lambda: conv_transpose_output_size(2, 1, padding=1),
        "padding is 1; twice that must be less than the 2 cells it is cut from",
    ),
    "adaptive": (lambda: adaptive_pool_windows(5, 0), "output_size is 0; it must be at least 1"),
    "same kernel": (lambda: same_padding(0), "kernel_size is 0; it must be at least 1"),
    "tensorflow": (lambda: tensorflow_same_padding(5, 3, 0), "stride is 0; it must be at least 1"),
    "no channels": (lambda: max_pool(torch.ones(5, 5), 2), r"input has shape \(5, 5\); it must be \(N, C, \*sizes\)"),
    "channels": (
        lambda: cross_correlation(torch.ones(1, 3, 5, 5), torch.ones(6, 1, 3, 3)),
        r"weight has shape \(6, 1, 3, 3\) and input \(1, 3, 5, 5\); weight must be \(O, C, \*kernel\) with C = 3",
    ),
    "bias": (
        lambda: cross_correlation(torch.ones(1, 1, 5), torch.ones(2, 1, 3), torch.ones(1)),
        r"bias has shape \(1,\); it must be \(2,\)",
    ),
    "weight too large": (
        lambda: cross_correlation(torch.ones(1, 1, 2), torch.ones(1, 1, 3)),
        "kernel_size is 3, which spans 3 cells",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_impossible_arguments_are_named(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize("value", [2.0, "3", True, None, torch.ones(2)], ids=repr)
def test_sizes_are_whole_numbers(value: Any) -> None:
    for call in (lambda: conv_output_size(5, value), lambda: conv_output_size((5, 5), (3, value))):
        with pytest.raises(TypeError, match=r"^kernel_size has .* sizes are whole numbers, of type int"):
            call()
    with pytest.raises(TypeError, match=r"^input is torch\.int64; it must be floating-point: input\.float\(\)"):
        avg_pool(torch.ones(1, 1, 5, dtype=torch.int64), 2)


def lenet() -> nn.Sequential:
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2)),
        nn.Sequential(nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2)),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )


def influences(model: nn.Sequential, size: int) -> Tensor:
    """Which inputs reach which outputs: NaN spreads to all that depends on it, through sums and maxima alike."""
    x = torch.zeros(size, 1, size, dtype=torch.float64)
    x[range(size), 0, range(size)] = math.nan
    with torch.no_grad():
        return model(x)[:, 0].isnan()


def test_receptive_fields_are_what_nan_reaches() -> None:
    rng = random.Random(0)
    torch.manual_seed(0)
    inside = 0
    for _ in range(300):
        layers: list[nn.Module] = []
        for _ in range(rng.randint(1, 4)):
            k, s, d = rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 2)
            layers.append(
                rng.choice(
                    [
                        nn.Conv1d(1, 1, k, s, rng.randint(0, 3), d, dtype=torch.float64),
                        nn.Conv1d(1, 1, 2 * k - 1, 1, "same", d, dtype=torch.float64),
                        nn.MaxPool1d(k, s, k // 2, d),
                        nn.AvgPool1d(k, s, k // 2),
                        nn.Sequential(nn.Tanh(), nn.Dropout(), nn.MaxPool1d(k)),
                    ]
                )
            )
        model = nn.Sequential(*layers).eval()
        field = receptive_field(model)
        [size], [stride], [start] = field.size, field.stride, field.start
        reached = influences(model, 150)
        for unit in range(reached.shape[1]):
            first, last = start + unit * stride, start + unit * stride + size - 1
            found = reached[:, unit].nonzero().flatten().tolist()
            if first >= 0 and last < 150:
                assert (found[0], found[-1]) == (first, last), model
                inside += 1
            elif found:
                assert first <= found[0]
                assert found[-1] <= last
    assert inside > 3000


def test_receptive_field_of_lenets_layers() -> None:
    model = lenet()
    assert receptive_field(model[:1]) == ReceptiveField((6, 6), (2, 2), (-2, -2))
    assert receptive_field(model[:2]) == ReceptiveField((16, 16), (4, 4), (-2, -2))
    uneven = nn.Sequential(nn.Conv2d(1, 1, (3, 5), padding=(0, 2)), nn.MaxPool2d((1, 2)))
    assert receptive_field(uneven) == ReceptiveField((3, 6), (1, 2), (0, -2))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lenet(), r"layer 2 \(Flatten\) is neither a convolution nor pooling nor elementwise"),
        (
            nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool1d(2)),
            r"layer 1 \(MaxPool1d\) has 1 dimensions, those before it 2",
        ),
        (nn.Sequential(nn.ReLU()), "model has no convolution and no pooling"),
    ],
    ids=["flatten", "dimensions", "nothing"],
)
def test_receptive_fields_that_are_not_known(model: nn.Sequential, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        receptive_field(model)


def test_a_table_of_lenet() -> None:
    model = lenet()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    table = shape_table(model, (1, 1, 28, 28))
    assert table.parameters == 61_706
    assert str(table) == (
        "     layer      output shape     parameters\n"
        "     input      (1, 1, 28, 28)\n"
        "0.0  Conv2d     (1, 6, 28, 28)          156\n"
        "0.1  Sigmoid    (1, 6, 28, 28)            0\n"
        "0.2  AvgPool2d  (1, 6, 14, 14)            0\n"
        "1.0  Conv2d     (1, 16, 10, 10)       2,416\n"
        "1.1  Sigmoid    (1, 16, 10, 10)           0\n"
        "1.2  AvgPool2d  (1, 16, 5, 5)             0\n"
        "2    Flatten    (1, 400)                  0\n"
        "3    Linear     (1, 120)             48,120\n"
        "4    Sigmoid    (1, 120)                  0\n"
        "5    Linear     (1, 84)              10,164\n"
        "6    Sigmoid    (1, 84)                   0\n"
        "7    Linear     (1, 10)                 850\n"
        "     total                           61,706"
    )
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_tables_equal_real_runs() -> None:
    rng = random.Random(0)
    for _ in range(60):
        channels = [rng.randint(1, 4) for _ in range(4)]
        model = nn.Sequential(
            nn.Conv2d(channels[0], channels[1], rng.randint(1, 4), padding=rng.randint(0, 2)),
            nn.BatchNorm2d(channels[1]),
            nn.Sequential(nn.MaxPool2d(2, ceil_mode=rng.random() < 0.5), nn.ReLU()),
            nn.ConvTranspose2d(channels[1], channels[2], 3, stride=2),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.LazyLinear(channels[3]),
        )
        shape = (2, channels[0], rng.randint(6, 12), rng.randint(6, 12))
        model(torch.randn(shape))
        buffers = [buffer.clone() for buffer in model.buffers()]
        table = shape_table(model, shape)
        x, expected = torch.randn(shape), []
        for layer in [*model[:2], *model[2], *model[3:]]:
            assert torch.equal(torch.stack([b.sum() for b in buffers]), torch.stack([b.sum() for b in model.buffers()]))
            x = layer.eval()(x)
            expected.append(tuple(x.shape))
        assert [row.shape for row in table.rows] == [shape, *expected]
        assert table.parameters == sum(parameter.numel() for parameter in model.parameters())


def test_a_table_of_other_devices_dtypes_and_nothing() -> None:
    assert shape_table(nn.Sequential(), (2, 3)).rows == (LayerShape("", "input", (2, 3), 0),)
    assert str(shape_table(nn.Sequential(), (2, 3))).splitlines()[0] == "layer  output shape  parameters"
    assert shape_table(nn.Sequential(nn.Linear(3, 4, dtype=torch.float64)), (3,)).rows[-1].shape == (4,)
    assert shape_table(nn.Sequential(nn.Linear(3, 4, device="meta")), (0, 3)).rows[-1].shape == (0, 4)


def test_shared_parameters_count_once() -> None:
    linear = nn.Linear(3, 3)
    table = shape_table(nn.Sequential(linear, nn.ReLU(), linear), (1, 3))
    assert [(row.name, row.parameters) for row in table.rows] == [("", 0), ("0", 12), ("1", 0), ("2", 0)]
    assert table.parameters == 12


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


def test_a_module_of_another_kind_is_one_row() -> None:
    table = shape_table(nn.Sequential(Residual(), nn.Flatten()), (1, 4, 2, 2))
    assert table.rows[1:] == (LayerShape("0", "Residual", (1, 4, 2, 2), 148), LayerShape("1", "Flatten", (1, 16), 0))


def test_a_layer_that_refuses_a_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"^layer 3 \(Linear\) doesn't accept the shape \(1, 256\): .*256.*400.*120"):
        shape_table(lenet(), (1, 1, 24, 24))
    with pytest.raises(
        ValueError, match=r"^layer 0\.0 \(Conv2d\) doesn't accept the shape \(1, 3, 28, 28\): .*channel"
    ):
        shape_table(lenet(), (1, 3, 28, 28))
    with pytest.raises(ValueError, match=r"^layer 0 \(LazyLinear\) .*: Attempted to use an uninitialized parameter"):
        shape_table(nn.Sequential(nn.LazyLinear(3)), (1, 4))
    with pytest.raises(ValueError, match=r"^layer 0 \(LSTM\) returns a tuple; a table needs one tensor"):
        shape_table(nn.Sequential(nn.LSTM(3, 4)), (5, 3))
    with pytest.raises(ValueError, match=r"^input_shape is -1; it must be at least 0"):
        shape_table(lenet(), (1, 1, -1, 28))


def test_what_is_no_sequential_is_refused() -> None:
    for call in (lambda: shape_table(nn.ReLU(), (1,)), lambda: receptive_field(nn.ReLU())):
        with pytest.raises(TypeError, match=r"^model is a ReLU; it must be an nn\.Sequential"):
            call()
    with pytest.raises(TypeError, match=r"^input_shape is 28; it must be a tuple"):
        shape_table(lenet(), 28)
