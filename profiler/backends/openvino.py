"""
OpenVINO on the CPU.

On an x86 CPU it is as fast as ONNX Runtime or faster, and ranks the candidates otherwise
(docs/backends.md has the figures), so a search for a device that runs OpenVINO needs its table.
Left alone it computes in whatever the processor does fastest; here the precision is said.

Importing the package sends a report of that to its makers, in a thread of its own.  A process that
measures does neither: without the package ``openvino_telemetry`` OpenVINO takes its own silent
stand-in, so that package is made to look absent first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from time import perf_counter_ns
from typing import Any

from profiler.backends.caches import cpu_flush
from profiler.backends.clock import host_timer
from profiler.backends.foreign import said
from profiler.backends.onnx_model import onnx_model
from profiler.backends.port import Prepared
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, BackendUnavailable
from profiler.measurement import Timer
from profiler.operations import Operation, operation_key, probe_graph
from profiler.parameters import random_inputs, random_parameters

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
openvino = import_module("openvino")

PROVIDER = "CPU"
TYPES = {"fp32": "f32", "fp16": "f16"}
"""Precision to OpenVINO's name for it."""

CAPABILITIES = {"fp32": "FP32", "fp16": "FP16"}


class OpenVinoBackend:
    """Compiles a model for each operation and times it with a monotonic wall clock."""

    name = "openvino"

    def __init__(self, *, threads: int, precision: str) -> None:
        self._core = openvino.Core()
        self._require(precision)
        self.environment = Environment(
            runtime="openvino",
            runtime_version=openvino.__version__.split("-")[0],
            provider=PROVIDER,
            precision=precision,
            threads=threads,
        )

    @property
    def timer(self) -> Timer:
        """The monotonic clock of the host."""
        return host_timer()

    def device(self, machine: Device) -> Device:
        """Return *machine*: the CPU is the device."""
        return machine

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Prepared]:
        """Compile a model; see the port."""
        graph = probe_graph(operation)
        model = onnx_model(graph, random_parameters(graph, seed=0)).SerializeToString()
        feed = random_inputs(graph, seed=0)
        try:
            request = self._request(model)
            for index, array in enumerate(feed.values()):
                request.set_input_tensor(index, openvino.Tensor(array, shared_memory=True))
            request.infer(share_outputs=True)
        except RuntimeError as error:
            raise BackendFailed(
                f"openvino could not run {operation_key(operation)}: {said(error)}"
            ) from error

        def execute(times: int) -> float:
            start = perf_counter_ns()
            for _ in range(times):
                request.infer(share_outputs=True)
            return (perf_counter_ns() - start) / 1e3 / times

        yield Prepared(execute=execute, flush=cpu_flush())

    def _require(self, precision: str) -> None:
        if precision not in TYPES:
            raise BackendUnavailable(
                f"openvino: precision {precision!r}; choose one of {', '.join(TYPES)}"
            )
        able = self._core.get_property(PROVIDER, "OPTIMIZATION_CAPABILITIES")
        if CAPABILITIES[precision] not in able:
            raise BackendUnavailable(
                f"openvino: precision {precision!r}, but this processor computes in "
                f"{', '.join(sorted(able))}; choose fp32"
            )

    def _request(self, model: bytes) -> Any:
        settings = {
            "INFERENCE_NUM_THREADS": self.environment.threads,
            "INFERENCE_PRECISION_HINT": TYPES[self.environment.precision],
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        read = self._core.read_model(model, b"")
        return self._core.compile_model(read, PROVIDER, settings).create_infer_request()


def create(*, threads: int = 1, precision: str = "fp32") -> OpenVinoBackend:
    """
    Return the backend.

    Args:
        threads: of one inference.
        precision: fp32, or fp16 where the processor computes in it.
    """
    return OpenVinoBackend(threads=threads, precision=precision)
