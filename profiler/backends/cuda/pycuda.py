"""
The CUDA driver through PyCUDA, which JetPack's users have.

The primary context is used, the one TensorRT and PyTorch use too.
"""

from __future__ import annotations

import atexit
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pycuda
import pycuda.driver as driver

from profiler.backends.cuda.device import GpuProperties, driver_release
from profiler.backends.cuda.opening import DRIVER_LIBRARY
from profiler.backends.cuda.port import Array, Enqueue
from profiler.errors import BackendFailed, BackendUnavailable

NON_BLOCKING = 1
"""Flag of a stream that waits for no other; the driver's number, for which PyCUDA has no name."""

P = ParamSpec("P")
R = TypeVar("R")


def _translated(method: Callable[P, R]) -> Callable[P, R]:
    """Make what PyCUDA raises a failure of ours; it names the call itself."""

    @wraps(method)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return method(*arguments, **named)
        except driver.Error as error:
            raise BackendFailed(f"CUDA: {error}") from error

    return call


class PyCuda:
    """See the port; *device* counts from 0."""

    @_translated
    def __init__(self, device: int) -> None:
        driver.init()
        found = driver.Device(device)
        self._context = found.retain_primary_context()
        self._context.push()
        atexit.register(self.close)  # a context left behind makes PyCUDA abort the process
        self._stream = driver.Stream(NON_BLOCKING)
        self._events = (driver.Event(), driver.Event())
        self._allocations: dict[int, Any] = {}
        self.package = f"pycuda {pycuda.VERSION_TEXT}"
        self.stream = int(self._stream.handle)
        self.properties = _properties(device, found)

    @_translated
    def allocate(self, size_bytes: int) -> int:
        """See the port."""
        allocation = driver.mem_alloc(size_bytes)
        self._allocations[int(allocation)] = allocation  # PyCUDA frees what nobody refers to
        return int(allocation)

    @_translated
    def free(self, address: int) -> None:
        """See the port."""
        self._allocations.pop(address).free()

    @_translated
    def upload(self, address: int, array: Array) -> None:
        """See the port."""
        driver.memcpy_htod_async(address, array, self._stream)
        self._stream.synchronize()

    @_translated
    def download(self, address: int, array: Array) -> None:
        """See the port."""
        driver.memcpy_dtoh_async(array, address, self._stream)
        self._stream.synchronize()

    @_translated
    def fill(self, address: int, value: int, size_bytes: int) -> None:
        """See the port."""
        driver.memset_d8_async(address, value, size_bytes, self._stream)

    @_translated
    def wait(self) -> None:
        """See the port."""
        self._stream.synchronize()

    @_translated
    def elapsed_us(self, enqueue: Enqueue) -> float:
        """See the port."""
        start, end = self._events
        start.record(self._stream)
        enqueue()
        end.record(self._stream)
        end.synchronize()
        return float(start.time_till(end)) * 1e3

    @contextmanager
    def capture(self, enqueue: Enqueue) -> Iterator[Enqueue]:
        """Refuse: PyCUDA has no graphs; see the port."""
        raise BackendUnavailable(
            "PyCUDA cannot capture CUDA graphs; install cuda-bindings, or leave cuda_graph out"
        )
        yield enqueue

    @_translated
    def close(self) -> None:
        """See the port."""
        atexit.unregister(self.close)
        self._allocations.clear()
        self._context.pop()
        self._context.detach()


def open_runtime(device: int) -> PyCuda:
    """
    Return the GPU of that number.

    Raises:
        BackendUnavailable: the driver finds no such GPU.
    """
    try:
        return PyCuda(device)
    except BackendFailed as error:
        raise BackendUnavailable(f"GPU {device} cannot be used: {error}") from error


def _properties(ordinal: int, device: Any) -> GpuProperties:
    attribute, kinds = device.get_attribute, driver.device_attribute
    version = driver.get_driver_version()
    return GpuProperties(
        name=device.name(),
        uuid=_uuid(ordinal),
        capability=(
            attribute(kinds.COMPUTE_CAPABILITY_MAJOR),
            attribute(kinds.COMPUTE_CAPABILITY_MINOR),
        ),
        multiprocessors=attribute(kinds.MULTIPROCESSOR_COUNT),
        memory_bytes=device.total_memory(),
        integrated=bool(attribute(kinds.INTEGRATED)),
        l2_bytes=attribute(kinds.L2_CACHE_SIZE) or None,
        driver=driver_release(),
        cuda=f"{version // 1000}.{version % 1000 // 10}",
    )


def _uuid(ordinal: int) -> str:
    """Ask the driver itself, because PyCUDA has no word for it."""
    library, handle, digits = (
        ctypes.CDLL(DRIVER_LIBRARY),
        ctypes.c_int(),
        ctypes.create_string_buffer(16),
    )
    for status in (
        library.cuDeviceGet(ctypes.byref(handle), ordinal),
        library.cuDeviceGetUuid(digits, handle),
    ):
        if status:
            raise BackendFailed(f"CUDA: the UUID of GPU {ordinal} cannot be read: error {status}")
    return digits.raw.hex()
