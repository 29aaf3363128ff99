"""
A plan on the GPU: buffers, a context, and executions between two CUDA events.

Inputs are copied once, before anything is timed, and stay on the GPU; so do outputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from profiler.backends.cuda.port import CudaRuntime, Enqueue
from profiler.backends.tensorrt.builder import Plan
from profiler.backends.tensorrt.layers import inspected_layers
from profiler.backends.tensorrt.library import Library
from profiler.backends.tensorrt.model import Feed
from profiler.errors import BackendFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """
    An engine ready to be executed.

    Args:
        cuda: the GPU it is on.
        launch: puts one execution on the stream.
        outputs: name of an output to its address, and an array to fetch it into.
        layers: what the runtime made of the graph.
        memory_bytes: weights, scratch memory, inputs and outputs; None where it is not told.
    """

    cuda: CudaRuntime
    launch: Enqueue
    outputs: dict[str, tuple[int, np.ndarray]]
    layers: tuple[str, ...]
    memory_bytes: int | None

    def execute(self, times: int) -> float:
        """Execute that many times back to back; return microseconds of the GPU for each."""

        def enqueue() -> None:
            for _ in range(times):
                self.launch()

        return self.cuda.elapsed_us(enqueue) / times

    def results(self) -> Feed:
        """Execute once and return the outputs."""
        self.launch()
        for address, array in self.outputs.values():
            self.cuda.download(address, array)
        return {name: array for name, (_, array) in self.outputs.items()}


@contextmanager
def loaded(
    library: Library, cuda: CudaRuntime, plan: Plan, inputs: Feed, *, graph: bool
) -> Iterator[Loaded]:
    """
    Bring a plan and its inputs to the GPU; leaving the context frees them.

    Args:
        library: that built it.
        cuda: the GPU.
        plan: built for that GPU.
        inputs: by name.
        graph: launch all kernels of an execution at once, as a CUDA graph.

    Raises:
        BackendFailed: the plan cannot be loaded, or not be executed.
    """
    library.said()
    runtime = library.module.Runtime(library.log)
    engine = runtime.deserialize_cuda_engine(plan.content)
    context = None if engine is None else engine.create_execution_context()
    if context is None:
        raise BackendFailed(f"{library.name} cannot load the engine it built: {library.why()}")
    with ExitStack() as stack:
        buffers = _buffers(library, cuda, engine, stack)
        for name, (address, array) in buffers.items():
            context.set_tensor_address(name, address)
            if name in inputs:
                np.copyto(array, inputs[name])
                cuda.upload(address, array)

        def enqueue() -> None:
            if not context.execute_async_v3(cuda.stream):
                raise BackendFailed(f"{library.name} could not execute: {library.why()}")

        enqueue()  # what is finished or allocated at the first execution must not be captured
        cuda.wait()
        yield Loaded(
            cuda=cuda,
            launch=stack.enter_context(cuda.capture(enqueue)) if graph else enqueue,
            outputs={name: found for name, found in buffers.items() if name not in inputs},
            layers=_layers(library, engine),
            memory_bytes=_memory_bytes(library, engine, buffers),
        )


def _buffers(
    library: Library, cuda: CudaRuntime, engine: Any, stack: ExitStack
) -> dict[str, tuple[int, np.ndarray]]:
    """Allocate every input and output on the GPU, with an array of its shape beside it."""
    buffers = {}
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        kind = library.module.nptype(engine.get_tensor_dtype(name))
        array = np.zeros(tuple(engine.get_tensor_shape(name)), dtype=kind)
        address = cuda.allocate(array.nbytes)
        stack.callback(cuda.free, address)
        buffers[name] = (address, array)
    return buffers


def _layers(library: Library, engine: Any) -> tuple[str, ...]:
    kind = library.module.LayerInformationFormat.JSON
    return inspected_layers(engine.create_engine_inspector().get_engine_information(kind))


def _memory_bytes(library: Library, engine: Any, buffers: Any) -> int | None:
    """Add up what one execution holds; 10.1 and later tell, with the weights from 10.8 on."""
    if not hasattr(engine, "device_memory_size_v2") or not hasattr(engine, "get_engine_stat"):
        return None
    weights = engine.get_engine_stat(library.module.EngineStat.TOTAL_WEIGHTS_SIZE)
    tensors = sum(array.nbytes for _, array in buffers.values())
    return int(weights + engine.device_memory_size_v2 + tensors)
