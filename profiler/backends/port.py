"""The port every runtime implements.  Importing it loads no runtime."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from profiler.device import Device, Environment
from profiler.operations import Operation

Execute = Callable[[int], float]
"""Execute what was prepared that many times back to back; return microseconds for each."""


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

    def device(self, machine: Device) -> Device:
        """Return the device this backend measures when it runs on *machine*."""
        ...

    def prepare(self, operation: Operation) -> AbstractContextManager[Execute]:
        """
        Build *operation* on the device; leaving the context frees what was built.

        The backend times with its runtime's own clock: device events on a GPU, a monotonic wall
        clock on a CPU.

        Raises:
            OperationUnsupported: the runtime has no kernel for it.
            BackendFailed: the runtime failed to build what it claims to support.
        """
        ...
