"""A stack: the layers of nested `nn.Sequential`s, in the order in which they run."""

from collections.abc import Iterator

from torch import nn


def layers_of(model: object) -> list[tuple[str, nn.Module]]:
    """Return the layers, each with its dotted name, and refuse what isn't an `nn.Sequential`."""
    if not isinstance(model, nn.Sequential):
        raise TypeError(f"model is a {type(model).__name__}; it must be an nn.Sequential, whose layers run in order")
    return list(_leaves("", model))


def _leaves(name: str, model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    if type(model).forward is not nn.Sequential.forward:
        yield name, model
        return
    for child_name, child in model._modules.items():  # named_children leaves out a layer's second appearance
        if child is not None:
            yield from _leaves(f"{name}.{child_name}" if name else child_name, child)
