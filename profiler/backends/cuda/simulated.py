"""
A GPU that exists only in main memory, for the code in front of the CUDA port.

Memory is the host's, work happens when it is put on the stream, and the clock is advanced by
whoever knows what the work would cost.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from profiler.backends.cuda.device import GpuProperties
from profiler.backends.cuda.port import Array, Enqueue
from profiler.errors import BackendFailed

PROPERTIES = GpuProperties(
    name="Simulated GPU",
    uuid="0" * 32,
    capability=(8, 9),
    multiprocessors=1,
    memory_bytes=2**30,
    l2_bytes=2**20,
    driver="0.0",
    cuda="13.0",
)


class SimulatedCuda:
    """
    See the port.

    Args:
        properties: of the GPU; more memory than it has cannot be allocated.
    """

    package = "simulated"
    stream = 1

    def __init__(self, properties: GpuProperties = PROPERTIES) -> None:
        self.properties = properties
        self.now_us = 0.0
        self._buffers: dict[int, ctypes.Array[ctypes.c_char]] = {}

    @property
    def allocated_bytes(self) -> int:
        """What is allocated and not freed."""
        return sum(len(buffer) for buffer in self._buffers.values())

    def advance(self, microseconds: float) -> None:
        """Let time pass on the GPU."""
        self.now_us += microseconds

    def allocate(self, size_bytes: int) -> int:
        """See the port."""
        if self.allocated_bytes + size_bytes > self.properties.memory_bytes:
            raise BackendFailed(f"CUDA: out of memory: {size_bytes} bytes more do not fit")
        buffer = ctypes.create_string_buffer(max(size_bytes, 1))
        self._buffers[ctypes.addressof(buffer)] = buffer
        return ctypes.addressof(buffer)

    def free(self, address: int) -> None:
        """See the port."""
        del self._buffers[address]

    def upload(self, address: int, array: Array) -> None:
        """See the port."""
        ctypes.memmove(address, array.ctypes.data, array.nbytes)

    def download(self, address: int, array: Array) -> None:
        """See the port."""
        ctypes.memmove(array.ctypes.data, address, array.nbytes)

    def fill(self, address: int, value: int, size_bytes: int) -> None:
        """See the port."""
        ctypes.memset(address, value, size_bytes)

    def wait(self) -> None:
        """See the port."""

    def elapsed_us(self, enqueue: Enqueue) -> float:
        """See the port."""
        start_us = self.now_us
        enqueue()
        return self.now_us - start_us

    @contextmanager
    def capture(self, enqueue: Enqueue) -> Iterator[Enqueue]:
        """See the port."""
        yield enqueue

    def close(self) -> None:
        """See the port."""
        self._buffers.clear()
