"""A training in several processes, in one short script.

    torchrun --nproc-per-node 2 -m dlnotes.training.data_parallel

It has what any such script needs, and little else. `dlnotes train` is the grown-up one: it also divides batches that
don't divide evenly, resumes from checkpoints and stops at NaN.
"""

# --8<-- [start:script]
import sys
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from dlnotes.models.mlp import mlp
from dlnotes.training.datasets import load
from dlnotes.training.recipes import normalised

__all__ = ["main"]


def main(shard: bool = False, batch: int = 60, epochs: int = 3) -> None:
    """Train an MLP on small MNIST, together with the other processes.

    Args:
        shard: Keep a part of the parameters in each process, not a copy.
        batch: Examples a step, of all processes together.
        epochs: How often to show every example.
    """
    dist.init_process_group("gloo")  # "nccl" between GPUs
    rank, processes = dist.get_rank(), dist.get_world_size()
    train, test = load("mnist-small")
    data = TensorDataset(normalised(train.images), train.targets)
    # This process's examples.
    sampler: DistributedSampler[Any] = DistributedSampler(data, seed=0)
    loader = DataLoader(data, batch // processes, sampler=sampler)

    torch.manual_seed(0)  # the same first weights everywhere
    model: nn.Module = mlp()
    if shard:
        fully_shard(model, mesh=init_device_mesh("cpu", (processes,)))
    else:
        model = DistributedDataParallel(model)
    held = 0
    for p in model.parameters():
        held += (p.to_local() if isinstance(p, DTensor) else p).numel()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    for epoch in range(epochs):
        sampler.set_epoch(epoch)  # or each epoch has the same order
        total = torch.zeros(2)
        for inputs, targets in loader:
            loss = F.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()  # averages the gradients over all processes
            optimizer.step()
            total += torch.tensor([loss.item(), 1.0])
        dist.all_reduce(total)  # the sum over all processes
        if rank == 0:  # one process speaks, and saves
            print(f"epoch {epoch + 1}: loss {total[0] / total[1]:.4f}")

    with torch.no_grad():
        guesses = model(normalised(test.images)).argmax(dim=1)
    accuracy = (guesses == test.targets).float().mean()
    if rank == 0:
        share = f"{len(sampler)} examples, {held:,} parameters"
        print(f"{processes} × ({share}), accuracy {accuracy:.3f}")
    dist.barrier()  # nobody leaves while another still needs it
    dist.destroy_process_group()


if __name__ == "__main__" and dist.is_torchelastic_launched():
    main("--shard" in sys.argv)
# --8<-- [end:script]
