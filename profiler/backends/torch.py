"""
PyTorch on the CPU, eager.

The number of threads is torch's own, process-wide setting: two torch backends with different
threads in one process would overwrite each other, so every execution sets it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter_ns

import torch

from profiler.backends.port import Execute
from profiler.backends.torch_module import GraphModule, load_parameters
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, BackendUnavailable
from profiler.operations import Operation, operation_key, probe_graph
from profiler.parameters import random_inputs, random_parameters

LAYOUTS = {"nchw": torch.contiguous_format, "nhwc": torch.channels_last}


class TorchBackend:
    """Runs modules in inference mode and times them with a monotonic wall clock."""

    name = "torch"

    def __init__(self, *, threads: int, layout: str) -> None:
        if layout not in LAYOUTS:
            raise BackendUnavailable(f"layout {layout!r}; choose one of {', '.join(LAYOUTS)}")
        self._format = LAYOUTS[layout]
        self.environment = Environment(
            runtime="torch",
            runtime_version=torch.__version__.split("+")[0],
            provider="cpu",
            threads=threads,
            options=(f"layout={layout}", "mode=eager"),
        )

    def device(self, machine: Device) -> Device:
        """Return *machine*: the CPU is the device."""
        return machine

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Execute]:
        """Build a module; see the port."""
        graph = probe_graph(operation)
        module = GraphModule(graph).eval()
        module.to(memory_format=self._format)  # type: ignore[call-overload]
        load_parameters(module, random_parameters(graph, seed=0))
        arrays = random_inputs(graph, seed=0).values()
        inputs = [torch.from_numpy(x).contiguous(memory_format=self._format) for x in arrays]
        threads = self.environment.threads

        @torch.inference_mode()
        def execute(times: int) -> float:
            torch.set_num_threads(threads)
            start = perf_counter_ns()
            for _ in range(times):
                module(*inputs)
            return (perf_counter_ns() - start) / 1e3 / times

        try:
            execute(1)
        except RuntimeError as error:
            raise BackendFailed(
                f"torch could not run {operation_key(operation)}: {error}"
            ) from error
        yield execute


def create(*, threads: int = 1, layout: str = "nchw") -> TorchBackend:
    """
    Return the backend.

    Args:
        threads: of one inference.
        layout: memory layout of activations, ``nchw`` or ``nhwc``.
    """
    return TorchBackend(threads=threads, layout=layout)
