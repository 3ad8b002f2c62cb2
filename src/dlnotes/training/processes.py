"""More than one process: `torchrun` starts them, DistributedDataParallel averages their gradients."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor

__all__ = ["Process", "joined", "mean_size"]


class Process(NamedTuple):
    """This process's number `rank`, from 0, and how many `processes` are.

    Attributes:
        rank: From 0.
        processes: At least 1.
    """

    rank: int = 0
    processes: int = 1


@contextmanager
def joined(device: torch.device) -> Iterator[Process]:
    """Join the processes that `torchrun` started, or be the only one.

    Args:
        device: Decides how gradients travel: NCCL between GPUs, Gloo otherwise.

    Yields:
        This process. The others are left when the block ends without an error.

    Examples:
        >>> import torch
        >>> from dlnotes.training.processes import joined
        >>> with joined(torch.device("cpu")) as process:
        ...     process
        Process(rank=0, processes=1)
    """
    if not dist.is_torchelastic_launched():
        yield Process()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    yield Process(dist.get_rank(), dist.get_world_size())
    # Gloo's threads outlive the group of a DistributedDataParallel. One that
    # lets go of a tensor while Python shuts down ends the process, so no
    # process may leave right after its last exchange of tensors.
    dist.barrier()
    dist.destroy_process_group()


def local_rank() -> int:
    """Return this process's number on its machine, which is that of its GPU."""
    launched = dist.is_torchelastic_launched()
    return int(os.environ["LOCAL_RANK"]) if launched else 0


# --8<-- [start:mean_size]
def mean_size(targets: Tensor) -> Tensor:
    """Compute how many examples a process has on average in this step.

    DistributedDataParallel averages gradients over processes. Each divides its
    sum of losses by this, so that the average is the gradient of the mean over
    the whole batch, also when the parts differ in size.

    Args:
        targets: This process's part of the batch, `(n,)`; n may be 0.

    Returns:
        The size of the whole batch, divided by the number of processes, a
        scalar.
    """
    size = torch.tensor(float(len(targets)), device=targets.device)
    dist.all_reduce(size)
    return size / dist.get_world_size()


# --8<-- [end:mean_size]
