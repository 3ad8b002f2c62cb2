"""What the tests of convolution compare with: torch's functions by their dimensions, at random sizes, and a stack."""

import random

from torch import nn
from torch.nn import functional as F

from dlnotes.models.lenet import lenet

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def several(rng: random.Random, dims: int, low: int, high: int) -> tuple[int, ...]:
    return tuple(rng.randint(low, high) for _ in range(dims))


def nested_lenet() -> nn.Sequential:
    layers = lenet()
    return nn.Sequential(nn.Sequential(*layers[:3]), nn.Sequential(*layers[3:6]), *layers[6:])
