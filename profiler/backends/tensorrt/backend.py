"""
TensorRT on an NVIDIA GPU.

Each operation becomes an engine.  Two builds of one operation may choose different kernels, so a
build is recorded with every measurement: its identity, how long it took, the timings it began
with and the layers it came to.  Time is that of the GPU between two CUDA events on one stream;
copies to and from the GPU are outside.  Outputs are compared with ONNX Runtime's once for each
operation, on inputs both share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from profiler.backends.cuda.device import gpu_device
from profiler.backends.cuda.flush import gpu_flush
from profiler.backends.cuda.opening import open_cuda
from profiler.backends.cuda.port import CudaRuntime
from profiler.backends.cuda.timer import event_timer
from profiler.backends.port import Prepared
from profiler.backends.tensorrt.agreement import require_agreement, tolerance
from profiler.backends.tensorrt.builder import BuildSettings, build_plan, supported_capabilities
from profiler.backends.tensorrt.execution import loaded
from profiler.backends.tensorrt.library import Library, tensorrt
from profiler.backends.tensorrt.model import Models, require_one_thread
from profiler.device import Device, Environment
from profiler.errors import BackendUnavailable
from profiler.measurement import Timer
from profiler.operations import Operation, operation_key, probe_graph


class TensorRtBackend:
    """
    Builds an engine for each operation and times it with CUDA events.

    Args:
        library: that builds and runs.
        cuda: the GPU.
        models: in the precision to compute in.
        settings: of the builder.
        precision: of the models.
        cuda_graph: launch an execution as one CUDA graph.
    """

    name = "tensorrt"

    def __init__(
        self,
        library: Library,
        cuda: CudaRuntime,
        models: Models,
        settings: BuildSettings,
        *,
        precision: str,
        cuda_graph: bool,
    ) -> None:
        self._library = library
        self._cuda = cuda
        self._models = models
        self._settings = settings
        self._cuda_graph = cuda_graph
        self._limit = tolerance(precision, tf32=settings.tf32)
        told = (*settings.options, f"cuda_graph={'on' if cuda_graph else 'off'}")
        self.environment = Environment(
            runtime=library.name,
            runtime_version=library.version,
            provider=cuda.properties.architecture,
            precision=precision,
            options=tuple(sorted((*cuda.properties.options, *models.options, *told))),
        )

    @cached_property
    def timer(self) -> Timer:
        """CUDA events."""
        return event_timer(self._cuda)

    def device(self, machine: Device) -> Device:
        """Return the GPU in *machine*, or *machine* itself where the GPU is part of it."""
        return gpu_device(machine, self._cuda.properties)

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Prepared]:
        """Build an engine, load it and check what it computes; see the port."""
        key = operation_key(operation)
        model = self._models.model(probe_graph(operation))
        plan = build_plan(self._library, model.content, key, self._settings)
        with loaded(
            self._library, self._cuda, plan, model.inputs, graph=self._cuda_graph
        ) as engine:
            require_agreement(model, engine.results(), self._limit, key)
            yield Prepared(
                execute=engine.execute,
                flush=self._flush,
                build=replace(plan.build, layers=engine.layers),
                peak_memory_bytes=engine.memory_bytes,
                kernels=len(engine.layers) or None,
            )

    @cached_property
    def _flush(self) -> Callable[[], None] | None:
        return gpu_flush(self._cuda)


def create(
    *,
    precision: str = "fp32",
    threads: int = 1,
    device: int = 0,
    optimisation: int = 3,
    workspace_mib: int | None = None,
    tf32: bool = True,
    cuda_graph: bool = False,
    timing_cache: Path | str | None = None,
    calibration: Path | str | None = None,
) -> TensorRtBackend:
    """
    Return the backend.

    Args:
        precision: fp32, fp16, or int8 with a calibration.
        threads: 1; a GPU is fed by one.
        device: number of the GPU.
        optimisation: builder optimisation level, 0 to 5.
        workspace_mib: most scratch memory of a layer, in MiB; what the GPU has unless given.
        tf32: float32 convolutions may use TF32, as TensorRT does by default.
        cuda_graph: launch an execution as one CUDA graph instead of kernel by kernel.
        timing_cache: file of kernel timings, read before and written after each build.
        calibration: recorded inputs, for int8; see ``profiler.backends.tensorrt.calibration``.

    Raises:
        BackendUnavailable: no driver, no GPU, a setting that is not possible here.
        ExtraMissing: a package is not installed.
    """
    require_one_thread(threads)
    cuda, library = open_cuda(device), tensorrt()
    architecture = cuda.properties.architecture
    if library.is_rtx and architecture not in supported_capabilities(library):
        raise BackendUnavailable(
            f"TensorRT-RTX {library.version} has no kernels for {architecture}; install tensorrt"
        )
    if library.is_rtx and timing_cache is not None:
        raise BackendUnavailable("TensorRT-RTX keeps no timing cache; leave timing_cache out")
    if cuda_graph:
        with cuda.capture(_nothing):
            pass  # not every CUDA package can, and this one says so now
    settings = BuildSettings(
        optimisation=optimisation,
        workspace_bytes=None if workspace_mib is None else workspace_mib * 2**20,
        tf32=tf32,
        timing_cache=None if timing_cache is None else Path(timing_cache),
        capabilities=(architecture,) if library.is_rtx else (),
    )
    return TensorRtBackend(
        library,
        cuda,
        Models(precision, calibration),
        settings,
        precision=precision,
        cuda_graph=cuda_graph,
    )


def _nothing() -> None:
    """Put nothing on the stream."""
