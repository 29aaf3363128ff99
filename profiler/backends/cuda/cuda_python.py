"""
The CUDA driver through ``cuda.bindings``, NVIDIA's own package: no compiler, any Python.

The primary context is used, the one TensorRT and PyTorch use too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cuda.bindings import __version__ as bindings_version
from cuda.bindings import driver

from profiler.backends.cuda.device import GpuProperties, driver_release
from profiler.backends.cuda.port import Array, Enqueue
from profiler.errors import BackendFailed, BackendUnavailable

NAME_BYTES = 256
"""Room for the name of a GPU; names are shorter."""


class CudaPython:
    """See the port; *device* counts from 0."""

    def __init__(self, device: int) -> None:
        _call(driver.cuInit, 0)
        self._device = _call(driver.cuDeviceGet, device)
        self._context = _call(driver.cuDevicePrimaryCtxRetain, self._device)
        _call(driver.cuCtxSetCurrent, self._context)
        flags = driver.CUstream_flags.CU_STREAM_NON_BLOCKING.value
        self._stream = _call(driver.cuStreamCreate, flags)
        timed = driver.CUevent_flags.CU_EVENT_DEFAULT.value
        self._events = (_call(driver.cuEventCreate, timed), _call(driver.cuEventCreate, timed))
        self.package = f"cuda-bindings {bindings_version}"
        self.stream = int(self._stream)
        self.properties = _properties(self._device)

    def allocate(self, size_bytes: int) -> int:
        """See the port."""
        return int(_call(driver.cuMemAlloc, size_bytes))

    def free(self, address: int) -> None:
        """See the port."""
        _call(driver.cuMemFree, address)

    def upload(self, address: int, array: Array) -> None:
        """See the port."""
        _call(driver.cuMemcpyHtoDAsync, address, array.ctypes.data, array.nbytes, self._stream)
        self.wait()

    def download(self, address: int, array: Array) -> None:
        """See the port."""
        _call(driver.cuMemcpyDtoHAsync, array.ctypes.data, address, array.nbytes, self._stream)
        self.wait()

    def fill(self, address: int, value: int, size_bytes: int) -> None:
        """See the port."""
        _call(driver.cuMemsetD8Async, address, value, size_bytes, self._stream)

    def wait(self) -> None:
        """See the port."""
        _call(driver.cuStreamSynchronize, self._stream)

    def elapsed_us(self, enqueue: Enqueue) -> float:
        """See the port."""
        start, end = self._events
        _call(driver.cuEventRecord, start, self._stream)
        enqueue()
        _call(driver.cuEventRecord, end, self._stream)
        _call(driver.cuEventSynchronize, end)
        return float(_call(driver.cuEventElapsedTime, start, end)) * 1e3

    @contextmanager
    def capture(self, enqueue: Enqueue) -> Iterator[Enqueue]:
        """See the port."""
        mode = driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        _call(driver.cuStreamBeginCapture, self._stream, mode)
        try:
            enqueue()
        finally:
            graph = _call(driver.cuStreamEndCapture, self._stream)
        executable = _call(driver.cuGraphInstantiate, graph, 0)
        _call(driver.cuGraphDestroy, graph)
        try:
            yield lambda: _call(driver.cuGraphLaunch, executable, self._stream)
        finally:
            _call(driver.cuGraphExecDestroy, executable)

    def close(self) -> None:
        """See the port."""
        for event in self._events:
            _call(driver.cuEventDestroy, event)
        _call(driver.cuStreamDestroy, self._stream)
        _call(driver.cuDevicePrimaryCtxRelease, self._device)


def open_runtime(device: int) -> CudaPython:
    """
    Return the GPU of that number.

    Raises:
        BackendUnavailable: the driver finds no such GPU.
    """
    try:
        return CudaPython(device)
    except BackendFailed as error:
        raise BackendUnavailable(f"GPU {device} cannot be used: {error}") from error


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the driver; return what it returns beside the status, or raise what it says."""
    name = function.__name__
    try:
        status, *values = function(*arguments)
    except RuntimeError as error:  # the driver is too old to know the function
        raise BackendFailed(f"CUDA: {name}: {error}") from error
    if status != driver.CUresult.CUDA_SUCCESS:
        _, text = driver.cuGetErrorString(status)
        said = text.decode() if text else status.name
        raise BackendFailed(f"CUDA: {name}: {said} ({status.name})")
    return values[0] if values else None


def _properties(device: Any) -> GpuProperties:
    kinds = driver.CUdevice_attribute

    def attribute(kind: Any) -> int:
        return int(_call(driver.cuDeviceGetAttribute, kind, device))

    version = int(_call(driver.cuDriverGetVersion))
    return GpuProperties(
        name=_call(driver.cuDeviceGetName, NAME_BYTES, device).rstrip(b"\0").decode(),
        uuid=bytes(_call(driver.cuDeviceGetUuid, device).bytes).hex(),
        capability=(
            attribute(kinds.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
            attribute(kinds.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        ),
        multiprocessors=attribute(kinds.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        memory_bytes=int(_call(driver.cuDeviceTotalMem, device)),
        integrated=bool(attribute(kinds.CU_DEVICE_ATTRIBUTE_INTEGRATED)),
        l2_bytes=attribute(kinds.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE) or None,
        driver=driver_release(),
        cuda=f"{version // 1000}.{version % 1000 // 10}",
    )
