"""
The part of the CUDA driver that measuring needs, whichever package offers it.

One runtime is one GPU and one stream.  Addresses, the stream and events are the plain numbers of
the driver, because that is what TensorRT takes.  Importing this loads no CUDA package.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from numpy.typing import NDArray

from profiler.backends.cuda.device import GpuProperties

Array = NDArray[Any]

Enqueue = Callable[[], None]
"""Put work on the runtime's stream and return before it is done."""


class CudaRuntime(Protocol):
    """
    One GPU, ready to be used from the thread that opened it.

    Invariants: everything happens in order on one stream; a copy has happened when it returns;
    nothing else waits for the GPU but ``wait`` and ``elapsed_us``.  Whatever the driver refuses
    is a ``BackendFailed`` that names the call and what the driver said.
    """

    @property
    def package(self) -> str:
        """Package that offers it, with its version."""
        ...

    @property
    def properties(self) -> GpuProperties:
        """What the driver tells about the GPU."""
        ...

    @property
    def stream(self) -> int:
        """Handle of the stream."""
        ...

    def allocate(self, size_bytes: int) -> int:
        """Return the address of that much memory of the GPU."""
        ...

    def free(self, address: int) -> None:
        """Give memory back."""
        ...

    def upload(self, address: int, array: Array) -> None:
        """Copy a contiguous *array* to the GPU."""
        ...

    def download(self, address: int, array: Array) -> None:
        """Fill a contiguous *array* from the GPU."""
        ...

    def fill(self, address: int, value: int, size_bytes: int) -> None:
        """Put on the stream: write the byte *value* that many times."""
        ...

    def wait(self) -> None:
        """Return when the stream has nothing left to do."""
        ...

    def elapsed_us(self, enqueue: Enqueue) -> float:
        """
        Put on the stream what *enqueue* does, between two events; wait for the second.

        Returns:
            What passed on the GPU between the two, in microseconds.
        """
        ...

    def capture(self, enqueue: Enqueue) -> AbstractContextManager[Enqueue]:
        """Record what *enqueue* puts on the stream; yield what launches all of it, as a graph."""
        ...

    def close(self) -> None:
        """Give the GPU back; what was allocated is gone."""
        ...
