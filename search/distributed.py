"""
Several processes that train one network, as ``torchrun`` starts them.

Each process loads its part of every batch, gradients are averaged, and so the weights stay equal
in all of them.  Batch-norm statistics are of a process's own part (nothing here is SyncBN, which
only GPUs have); the running ones are averaged where it matters.  Process 0 alone writes and
prints.  A search uses a ``World`` as a training does: it calls ``average_gradients`` between
``backward`` and the step.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from profiler.errors import BackendUnavailable, RunInvalid

COMPUTE = ("cpu", "cuda", "auto")

_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """
    Which of how many processes this is; alone unless told otherwise.

    Args:
        rank: of this process, from 0.
        size: how many processes there are.
        device: that this process computes on.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = _CPU

    @property
    def main(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    @property
    def shard(self) -> tuple[int, int]:
        """Return the part of every batch this process loads, as batches take it."""
        return self.rank, self.size

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """
        Replace every gradient by its mean over all processes.

        A parameter without gradient is left out; it must be the same ones in every process.
        """
        if self.size > 1:
            self.average([each.grad for each in parameters if each.grad is not None])

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace every tensor, of equal shapes in all processes, by its mean over them."""
        if self.size == 1 or not tensors:
            return
        together = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        distributed.all_reduce(together)
        together /= self.size
        parts = torch.split(together, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.detach().copy_(part.view_as(tensor))

    def copy_from_main(self, tensors: Iterable[Tensor]) -> None:
        """Replace every tensor by that of process 0."""
        if self.size == 1:
            return
        for tensor in tensors:
            sent = tensor.detach().contiguous()
            distributed.broadcast(sent, src=0)
            tensor.detach().copy_(sent)

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """Let process 0 do something before the others, which then find it done."""
        if not self.main:
            distributed.barrier()
        yield
        if self.main and self.size > 1:
            distributed.barrier()


@contextmanager
def joined(compute: str = "auto") -> Iterator[World]:
    """
    Join the processes ``torchrun`` started, for a while; without it, be alone.

    Args:
        compute: ``cpu``, ``cuda``, or ``auto``, which takes a GPU where there is one.

    Raises:
        BackendUnavailable: a GPU was asked for and there is none for this process.
        RunInvalid: another word, or an environment that says half of what ``torchrun`` says.
    """
    if compute not in COMPUTE:
        raise RunInvalid(f"compute {compute!r}: one of {', '.join(COMPUTE)}")
    size = _number("WORLD_SIZE", 1)
    if size == 1:
        yield World(device=_device(compute, 0))
        return
    rank = _number("RANK", None)
    device = _device(compute, _number("LOCAL_RANK", rank))
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield World(rank=rank, size=size, device=device)
    finally:
        distributed.destroy_process_group()


def _device(compute: str, local_rank: int) -> torch.device:
    if compute == "cpu" or (compute == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    found = torch.cuda.device_count()
    if local_rank >= found:
        raise BackendUnavailable(
            f"compute {compute}: process {local_rank} of this machine needs a GPU of its own and "
            f"torch finds {found}; start fewer processes or ask for cpu"
        )
    return torch.device("cuda", local_rank)


def _number(name: str, default: int | None) -> int:
    value = os.environ.get(name, default)
    if value is None:
        raise RunInvalid(f"WORLD_SIZE is set and {name} is not; start the processes with torchrun")
    return int(value)
