"""Emptying the largest cache of a GPU, for cold executions."""

from __future__ import annotations

from collections.abc import Callable

from profiler.backends.cuda.port import CudaRuntime

FACTOR = 2
"""How many times the L2 cache is written over."""


def gpu_flush(cuda: CudaRuntime) -> Callable[[], None] | None:
    """
    Return what leaves nothing useful in the L2 cache of a GPU; None where its size is not told.

    It writes on the stream that is timed, and waits, so that nothing of it is inside a sample.
    The memory it writes to stays allocated.
    """
    if cuda.properties.l2_bytes is None:
        return None
    size = FACTOR * cuda.properties.l2_bytes
    address = cuda.allocate(size)

    def flush() -> None:
        cuda.fill(address, 0, size)
        cuda.wait()

    return flush
