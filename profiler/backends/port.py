"""The port every runtime implements.  Importing it loads no runtime."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from profiler.device import Device, Environment
from profiler.measurement import Build, Timer
from profiler.operations import Operation

Execute = Callable[[int], float]
"""Execute what was prepared that many times back to back; return microseconds for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """
    An operation ready to be timed on the device; calling it executes it.

    Args:
        execute: executes and times; one execution is ``execute(1)``.
        flush: empties the device's caches of what the operation reads; called before a cold
            execution, outside the timed region.  None where the device's caches are unknown.
        build: of the engine, where the runtime builds one.
        peak_memory_bytes: the most memory one execution holds, weights included; None where the
            runtime does not tell.
        kernels: how many kernels one execution runs, after the runtime fused and pruned the
            graph; None where it does not tell.
    """

    execute: Execute
    flush: Callable[[], None] | None = None
    build: Build | None = None
    peak_memory_bytes: int | None = None
    kernels: int | None = None

    def __call__(self, times: int) -> float:
        """Execute that many times back to back; return microseconds for each."""
        return self.execute(times)


class Backend(Protocol):
    """
    Builds operations for one runtime, so that they can be timed.

    Invariants: what is built is ``probe_graph(operation)`` with reproducible random weights and
    inputs; ``environment`` never changes during the life of a backend; executing changes nothing
    that a later execution could notice.
    """

    @property
    def name(self) -> str:
        """Name in the registry."""
        ...

    @property
    def environment(self) -> Environment:
        """What must match for latencies of this backend to be comparable."""
        ...

    @property
    def timer(self) -> Timer:
        """The clock it times with, and what that clock can see."""
        ...

    def device(self, machine: Device) -> Device:
        """Return the device this backend measures when it runs on *machine*."""
        ...

    def prepare(self, operation: Operation) -> AbstractContextManager[Prepared]:
        """
        Build *operation* on the device; leaving the context frees what was built.

        The backend times with its runtime's own clock: device events on a GPU, a monotonic wall
        clock on a CPU.

        Raises:
            OperationUnsupported: the runtime has no kernel for it.
            BackendFailed: the runtime failed to build what it claims to support, or computes
                something else than the operation.
        """
        ...
