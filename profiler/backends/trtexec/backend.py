"""
TensorRT through ``trtexec``, for a board whose Python has no TensorRT binding.

An operation is built once; the plan is loaded by every later run.  One run of the tool times many
executions, each between two CUDA events, without copies; see ``executions``.  Caches cannot be
flushed between executions, and what the tool holds in memory it does not tell.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from profiler.backends.cuda.device import GpuProperties, gpu_device
from profiler.backends.cuda.timer import EVENT_STEP_US
from profiler.backends.port import Prepared
from profiler.backends.tensorrt.agreement import require_agreement, tolerance
from profiler.backends.tensorrt.builder import BuildSettings, timings_in
from profiler.backends.tensorrt.layers import inspected_layers
from profiler.backends.tensorrt.model import Feed, Model, Models, require_one_thread
from profiler.backends.trtexec.calling import LAYERS, MODEL, OUTPUTS, PLAN, TIMES, Calling
from profiler.backends.trtexec.executions import FIRST_RUN, Executions
from profiler.backends.trtexec.tool import Tool, find_tool, gpu_properties
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported
from profiler.measurement import Build, Timer
from profiler.operations import MaxPool, Operation, operation_key, probe_graph

TIMER = Timer(name="trtexec", resolution_us=EVENT_STEP_US, overhead_us=EVENT_STEP_US)
"""CUDA events inside the tool, which does not tell what they cost."""

TRIAL = MaxPool(channels=1, height=2, width=2)
"""Built when the backend is opened, to see which GPU there is and that the tool works."""


class TrtexecBackend:
    """
    Builds and times with the tool.

    Args:
        tool: as it is installed.
        gpu: the one it selects.
        models: in the precision to compute in.
        calling: how it is called.
    """

    name = "trtexec"
    timer = TIMER

    def __init__(self, tool: Tool, gpu: GpuProperties, models: Models, calling: Calling) -> None:
        self._tool = tool
        self._gpu = gpu
        self._models = models
        self._calling = calling
        self.environment = Environment(
            runtime="trtexec",
            runtime_version=tool.version,
            provider=gpu.architecture,
            precision=calling.precision,
            options=tuple(sorted((*gpu.options, *models.options, *calling.options))),
        )
        self._limit = tolerance(calling.precision, tf32=calling.settings.tf32)

    def device(self, machine: Device) -> Device:
        """Return the GPU in *machine*, or *machine* itself where the GPU is part of it."""
        return gpu_device(machine, self._gpu)

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Prepared]:
        """Build a plan, execute it and check what it computes; see the port."""
        key = operation_key(operation)
        model = self._models.model(probe_graph(operation))
        with tempfile.TemporaryDirectory(prefix="hna-trtexec-") as name:
            folder = Path(name)
            build = self._build(model, folder, key)
            check = [f"--exportOutput={OUTPUTS}"]
            self._run(model, folder, key, FIRST_RUN, check)
            require_agreement(model, _outputs(folder / OUTPUTS, key), self._limit, key)
            yield Prepared(
                execute=Executions(lambda count: self._run(model, folder, key, count)),
                build=build,
                kernels=len(build.layers) or None,
            )

    def _build(self, model: Model, folder: Path, key: str) -> Build:
        (folder / MODEL).write_bytes(model.content)
        for name, array in model.inputs.items():
            array.tofile(folder / f"{name}.bin")
        cache = self._calling.settings.timing_cache
        known = timings_in(cache) if cache is not None else b""
        start = perf_counter()
        self._tool.run(self._calling.building(self._tool), folder, f"building {key}")
        seconds = perf_counter() - start
        if not (folder / PLAN).is_file():
            raise BackendFailed(f"trtexec built {key} and wrote no plan")
        return Build(
            id=sha256((folder / PLAN).read_bytes()).hexdigest(),
            seconds=seconds,
            layers=_layers(folder / LAYERS),
            timing_cache=sha256(known).hexdigest() if known else None,
        )

    def _run(
        self, model: Model, folder: Path, key: str, count: int, further: list[str] | None = None
    ) -> list[float]:
        arguments = self._calling.running(self._tool, model.inputs, count)
        self._tool.run([*arguments, *(further or [])], folder, f"executing {key}")
        times: list[dict[str, float]] = _json(folder / TIMES, key)
        if not times:
            raise BackendFailed(f"trtexec executed {key} and wrote no time")
        return [time["computeMs"] * 1e3 for time in times]


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
    path: Path | str | None = None,
    timeout_s: float = 900.0,
) -> TrtexecBackend:
    """
    Return the backend; the tool builds a small operation to show that it works.

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
        path: of the tool; otherwise it is looked for.
        timeout_s: seconds one run may take; building a network can take minutes.

    Raises:
        BackendUnavailable: there is no tool, no GPU, or a setting is not possible.
    """
    require_one_thread(threads)
    settings = BuildSettings(
        optimisation=optimisation,
        workspace_bytes=None if workspace_mib is None else workspace_mib * 2**20,
        tf32=tf32,
        timing_cache=None if timing_cache is None else Path(timing_cache),
    )
    models = Models(precision, calibration)
    tool = find_tool(path, timeout_s)
    calling = Calling(device=device, precision=precision, settings=settings, cuda_graph=cuda_graph)
    return TrtexecBackend(tool, _selected_gpu(tool, device), models, calling)


@cache
def _selected_gpu(tool: Tool, device: int) -> GpuProperties:
    """Let the tool build something small, and return the GPU it names."""
    calling = Calling(device=device, precision="fp32", settings=BuildSettings(), cuda_graph=False)
    with tempfile.TemporaryDirectory(prefix="hna-trtexec-") as name:
        model = Models("fp32", None).model(probe_graph(TRIAL))
        (Path(name) / MODEL).write_bytes(model.content)
        try:
            said = tool.run(calling.building(tool), Path(name), "building a trial")
        except (BackendFailed, OperationUnsupported) as error:
            raise BackendUnavailable(f"trtexec cannot build here: {error}") from error
    return gpu_properties(said, device)


def _json(path: Path, key: str) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BackendFailed(f"trtexec wrote no readable {path.name} for {key}: {error}") from error


def _layers(path: Path) -> tuple[str, ...]:
    """Return what the tool wrote about layers; releases differ in whether they write it."""
    return inspected_layers(path.read_text()) if path.exists() else ()


def _outputs(path: Path, key: str) -> Feed:
    return {
        output["name"]: np.asarray(output["values"], dtype=np.float32)
        for output in _json(path, key)
    }
