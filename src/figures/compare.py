"""Whether two pictures show the same: machines differ in the last digits, which nobody can see."""

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
from matplotlib.image import imread

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NAMED_BY_CONTENT = re.compile(r"\b[mp][0-9a-f]{10}\b")  # hashes of the shapes: another last digit, another name
_EMBEDDED = re.compile(r"data:image/png;base64,([\w+/=\s]+)")


def same_svg(one: str, other: str) -> bool:
    """Tell whether two SVGs are equal but for numbers that differ by less than an eye can see."""
    embedded = [_EMBEDDED.findall(text) for text in (one, other)]
    if len(embedded[0]) != len(embedded[1]) or not all(map(same_png, *embedded)):
        return False
    one, other = (_NAMED_BY_CONTENT.sub("id", _EMBEDDED.sub("", text)) for text in (one, other))
    if _NUMBER.split(one) != _NUMBER.split(other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= 0.02 for a, b in pairs)


def same_png(one: str, other: str) -> bool:
    """Tell whether two PNGs in Base64 have the same pixels, up to two of 255 steps; compression doesn't count."""
    left, right = (imread(BytesIO(b64decode(text)), format="png") for text in (one, other))
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=0, atol=2.5 / 255))
