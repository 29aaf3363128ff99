"""
ONNX Runtime on the CPU.

Threads and the graph optimisation level are part of the environment.  All sessions share one
memory arena: a session of its own keeps the largest activation it ever needed, and a few hundred
of them would not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import perf_counter_ns

import onnxruntime as ort

from profiler.backends.onnx_model import onnx_model
from profiler.backends.port import Execute
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported
from profiler.operations import Operation, operation_key, probe_graph
from profiler.parameters import random_inputs, random_parameters

PROVIDER = "CPUExecutionProvider"
LEVELS = {
    "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


class OnnxRuntimeBackend:
    """Builds a session for each operation and times it with a monotonic wall clock."""

    name = "onnxruntime"
    graph_of = staticmethod(probe_graph)
    """What is built for an operation; a benchmark measures operations isolated instead."""

    def __init__(self, *, threads: int, optimisation: str) -> None:
        if optimisation not in LEVELS:
            raise BackendUnavailable(
                f"graph optimisation {optimisation!r}; choose one of {', '.join(LEVELS)}"
            )
        self._level = LEVELS[optimisation]
        self.environment = Environment(
            runtime="onnxruntime",
            runtime_version=ort.__version__,
            provider=PROVIDER,
            threads=threads,
            options=(f"graph_optimisation={optimisation}",),
        )

    def device(self, machine: Device) -> Device:
        """Return *machine*: the CPU is the device."""
        return machine

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Execute]:
        """Build a session; see the port."""
        graph = self.graph_of(operation)
        session = self._session(
            onnx_model(graph, random_parameters(graph, seed=0)).SerializeToString(),
            operation_key(operation),
        )
        feed = random_inputs(graph, seed=0)

        def execute(times: int) -> float:
            start = perf_counter_ns()
            for _ in range(times):
                session.run(None, feed)
            return (perf_counter_ns() - start) / 1e3 / times

        yield execute

    def _session(self, model: bytes, key: str) -> ort.InferenceSession:
        _share_arena()
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.environment.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = self._level
        options.log_severity_level = 3
        options.add_session_config_entry("session.use_env_allocators", "1")
        try:
            session = ort.InferenceSession(model, options, providers=[PROVIDER])
        except ort.capi.onnxruntime_pybind11_state.NotImplemented as error:
            raise OperationUnsupported(f"onnxruntime has no kernel for {key}: {error}") from error
        except Exception as error:
            raise BackendFailed(f"onnxruntime could not build {key}: {error}") from error
        if session.get_providers()[0] != PROVIDER:
            raise BackendFailed(f"{key} runs on {session.get_providers()[0]}, not on {PROVIDER}")
        return session


def create(*, threads: int = 1, optimisation: str = "all") -> OnnxRuntimeBackend:
    """
    Return the backend.

    Args:
        threads: of one inference.
        optimisation: graph optimisation level: none, basic, extended or all.
    """
    return OnnxRuntimeBackend(threads=threads, optimisation=optimisation)


@cache
def _share_arena() -> None:
    """Register the arena all sessions of this process allocate from."""
    memory = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    ort.create_and_register_allocator(memory, None)
