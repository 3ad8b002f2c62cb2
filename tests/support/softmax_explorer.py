"""What the explorer of softmax should show: random settings, and the numbers that dlnotes computes for them."""

import random
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from dlnotes.losses.softmax import cross_entropy, softmax

SOFTMAX_START = {"classes": 3, "target": 2, "temperature": 1, "smoothing": 0, "logit-1": 2, "logit-2": 1, "logit-3": 0}


def softmax_setting(draw: random.Random) -> dict[str, Any]:
    classes = draw.randint(3, 5)
    size = draw.choice([3, 20, 120])
    logits = {f"logit-{j}": round(draw.uniform(-size, size), 1) for j in range(1, classes + 1)}
    temperature = round(draw.choice([1, draw.uniform(0.1, 2), draw.uniform(0.1, 10)]), 1)
    smoothing = draw.choice([0, 0, 1, round(draw.random(), 2)])
    target = draw.randint(1, classes)
    return {"classes": classes, "target": target, "temperature": temperature, "smoothing": smoothing, **logits}


def softmax_values(setting: dict[str, Any]) -> tuple[dict[str, float], ...]:
    """What to expect in float64, in float32, and of logarithms in float32."""
    classes, t = setting["classes"], setting["target"] - 1
    temperature, alpha = setting["temperature"], setting["smoothing"]
    numbers = [setting[f"logit-{j}"] for j in range(1, classes + 1)]
    z = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    y = (1 - alpha) * F.one_hot(torch.tensor(t), classes).double() + alpha / classes
    loss = cross_entropy(z / temperature, y)
    loss.backward()
    torch.testing.assert_close(F.cross_entropy(z / temperature, torch.tensor(t), label_smoothing=alpha), loss)
    exact = each("p", softmax(z.detach() / temperature)) | each("y", y) | each("gradient", z.grad)
    exact |= {"loss": loss.item(), "entropy": torch.special.entr(y).sum().item()}
    z32 = torch.tensor(numbers) / torch.tensor(temperature)
    weights = z32.exp()
    naive = weights / weights.sum()
    single = each("exp", weights) | each("naive", naive) | each("stable", softmax(z32))
    single |= {"sum": weights.sum().item()}
    stable_loss = cross_entropy(z32, torch.tensor(t)).item()
    return exact, single, {"naive-loss": -naive[t].log().item(), "stable-loss": stable_loss}


def each(name: str, vector: Tensor | None) -> dict[str, float]:
    assert vector is not None
    return {f"{name}-{j}": value for j, value in enumerate(vector.tolist(), start=1)}
