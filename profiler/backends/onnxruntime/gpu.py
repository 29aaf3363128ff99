"""
Running a session on an NVIDIA GPU, and timing it with events on the stream it uses.

ONNX Runtime offers no events of its own.  It takes a stream, though: everything it launches goes
to ours, inputs and outputs stay on the GPU, and it is told not to wait after each execution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

import numpy as np
import onnxruntime as ort

from profiler.backends.cuda.device import gpu_device
from profiler.backends.cuda.flush import gpu_flush
from profiler.backends.cuda.port import CudaRuntime
from profiler.backends.cuda.timer import event_timer
from profiler.backends.foreign import said
from profiler.backends.onnxruntime.host import Feed
from profiler.backends.onnxruntime.providers import ProviderOptions
from profiler.backends.port import Prepared
from profiler.device import Device
from profiler.errors import BackendFailed
from profiler.measurement import Timer

_NUMBERS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class GpuRunner:
    """
    Runs on one GPU.

    Args:
        cuda: the GPU and a stream.
        index: number of the GPU, from 0.
        memory: what ONNX Runtime calls the kind of memory inputs and outputs stay in.
    """

    def __init__(self, cuda: CudaRuntime, index: int, *, memory: str = "cuda") -> None:
        self._cuda = cuda
        self._index = index
        self._memory = memory
        self.options = cuda.properties.options
        self.placed: ProviderOptions = {
            "device_id": str(index),
            "user_compute_stream": str(cuda.stream),
        }

    @cached_property
    def timer(self) -> Timer:
        """CUDA events."""
        return event_timer(self._cuda)

    def measured(self, machine: Device) -> Device:
        """Return the GPU in *machine*."""
        return gpu_device(machine, self._cuda.properties)

    @contextmanager
    def prepared(self, session: ort.InferenceSession, feed: Feed, key: str) -> Iterator[Prepared]:
        """Yield *session* ready to be timed; ONNX Runtime does not tell what it holds."""
        run = bound(session, feed, self._memory, self._index)
        cuda = self._cuda

        def execute(times: int) -> float:
            def enqueue() -> None:
                for _ in range(times):
                    run()

            return cuda.elapsed_us(enqueue) / times

        try:
            execute(1)  # cuDNN looks for algorithms now
        except Exception as error:
            raise BackendFailed(f"onnxruntime could not run {key}: {said(error)}") from error
        yield Prepared(execute=execute, flush=self._flush)

    @cached_property
    def _flush(self) -> Callable[[], None] | None:
        return gpu_flush(self._cuda)


def bound(session: ort.InferenceSession, feed: Feed, memory: str, index: int) -> Callable[[], None]:
    """
    Return what executes *session* once on inputs and outputs that stay where they are.

    Args:
        session: of static shapes.
        feed: its inputs, copied there once.
        memory: kind of memory to keep them in, ``cuda`` or ``cpu``.
        index: of the device of that kind.

    Returns:
        A call that does not wait until the device is done.
    """
    binding = session.io_binding()
    for name, array in feed.items():
        binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(array, memory, index))
    for made in session.get_outputs():
        value = ort.OrtValue.ortvalue_from_shape_and_type(
            made.shape, _NUMBERS[made.type], memory, index
        )
        binding.bind_ortvalue_output(made.name, value)
    unwaited = ort.RunOptions()
    unwaited.add_run_config_entry("disable_synchronize_execution_providers", "1")
    return lambda: session.run_with_iobinding(binding, unwaited)
