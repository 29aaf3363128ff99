"""Running a session from main memory, and timing it with the clock of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter_ns
from typing import Any

import onnxruntime as ort
from numpy.typing import NDArray

from profiler.backends.caches import cpu_flush
from profiler.backends.clock import host_timer
from profiler.backends.foreign import said
from profiler.backends.onnxruntime.providers import ProviderOptions
from profiler.backends.port import Prepared
from profiler.device import Device
from profiler.errors import BackendFailed
from profiler.measurement import Timer

Feed = Mapping[str, NDArray[Any]]
"""The inputs of a session by name."""


class HostRunner:
    """Runs on the processor of this machine, whichever provider uses it."""

    options: tuple[str, ...] = ()

    @property
    def placed(self) -> ProviderOptions:
        """What else the provider is told: nothing."""
        return {}

    @property
    def timer(self) -> Timer:
        """The monotonic clock of the host."""
        return host_timer()

    def measured(self, machine: Device) -> Device:
        """Return *machine*: its processor is the device."""
        return machine

    @contextmanager
    def prepared(self, session: ort.InferenceSession, feed: Feed, key: str) -> Iterator[Prepared]:
        """Yield *session* ready to be timed; ONNX Runtime does not tell what it holds."""

        def execute(times: int) -> float:
            start = perf_counter_ns()
            for _ in range(times):
                session.run(None, feed)
            return (perf_counter_ns() - start) / 1e3 / times

        try:
            execute(1)
        except Exception as error:
            raise BackendFailed(f"onnxruntime could not run {key}: {said(error)}") from error
        yield Prepared(execute=execute, flush=cpu_flush())
