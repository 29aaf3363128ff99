"""The onnxruntime backend: settings, what is built, and who runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import onnxruntime as ort

from profiler.backends.cuda.opening import open_cuda
from profiler.backends.onnx_half import with_half_precision
from profiler.backends.onnx_model import onnx_model
from profiler.backends.onnxruntime.gpu import GpuRunner
from profiler.backends.onnxruntime.host import Feed, HostRunner
from profiler.backends.onnxruntime.kernels import count_kernels, tells_kernels
from profiler.backends.onnxruntime.sessions import open_session, require_provider
from profiler.backends.onnxruntime.settings import Settings
from profiler.backends.port import Prepared
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported
from profiler.measurement import Timer
from profiler.operations import Operation, ResidualConv, operation_key, probe_graph
from profiler.parameters import random_inputs, random_parameters

TRIAL = ResidualConv(channels_in=8, channels_out=8, height=8, width=8)
"""Built once to see whether a provider computes here at all."""


class OnnxRuntimeBackend:
    """
    Builds a session for each operation.

    Args:
        threads: of one inference on the CPU.
        optimisation: graph optimisation level: none, basic, extended or all.
        provider: cpu, cuda, tensorrt, nv_tensorrt_rtx, openvino, acl, xnnpack, or ONNX Runtime's
            own name of another one.
        precision: fp32 or, on a GPU, fp16.
        device: number of the GPU, from 0.
        tf32: off or on; of a GPU.
        provider_options: further ones, ``name=value;name=value``.

    Raises:
        BackendUnavailable: the build has no such provider, or it does not compute here.
    """

    name = "onnxruntime"
    graph_of = staticmethod(probe_graph)
    """What is built for an operation; a benchmark measures operations isolated instead."""

    def __init__(
        self,
        *,
        threads: int = 1,
        optimisation: str = "all",
        provider: str = "cpu",
        precision: str = "fp32",
        device: int = 0,
        tf32: str = "",
        provider_options: str = "",
    ) -> None:
        self._settings = settings = Settings(
            threads=threads,
            optimisation=optimisation,
            provider=provider,
            precision=precision,
            device=device,
            tf32=tf32,
            provider_options=provider_options,
        )
        require_provider(settings.chosen)
        self._runner = _gpu_runner(device) if settings.chosen.on_gpu else HostRunner()
        self.environment = Environment(
            runtime="onnxruntime",
            runtime_version=ort.__version__,
            provider=settings.chosen.ort_name,
            precision=precision,
            threads=threads,
            options=tuple(sorted((*settings.options, *self._runner.options))),
        )
        if settings.chosen.name != "cpu":
            self._require_trial()

    @property
    def timer(self) -> Timer:
        """CUDA events on a GPU, the monotonic clock of the host otherwise."""
        return self._runner.timer

    def device(self, machine: Device) -> Device:
        """Return the GPU in *machine*, or *machine* itself."""
        return self._runner.measured(machine)

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Prepared]:
        """Build a session; see the port."""
        graph = self.graph_of(operation)
        model = onnx_model(graph, random_parameters(graph, seed=0))
        feed = random_inputs(graph, seed=0)
        if self._settings.precision == "fp16":
            model = with_half_precision(model, float_io=False)
            feed = {name: array.astype("float16") for name, array in feed.items()}
        with ExitStack() as stack:
            yield self._opened(model.SerializeToString(), feed, operation_key(operation), stack)

    def _opened(self, model: bytes, feed: Feed, key: str, stack: ExitStack) -> Prepared:
        """Return *model* in a session that ran once and is not profiled any more."""
        if not tells_kernels(self._settings.chosen):
            session = open_session(model, self._settings, key, self._runner.placed)
            return stack.enter_context(self._runner.prepared(session, feed, key))
        with TemporaryDirectory(prefix="hna-onnxruntime-") as folder:
            profile = Path(folder) / "profile"
            session = open_session(model, self._settings, key, self._runner.placed, profile)
            prepared = stack.enter_context(self._runner.prepared(session, feed, key))
            return replace(prepared, kernels=count_kernels(session))

    def _require_trial(self) -> None:
        try:
            with self.prepare(TRIAL):
                pass
        except (OperationUnsupported, BackendFailed) as error:
            raise BackendUnavailable(str(error)) from error


def _gpu_runner(index: int) -> GpuRunner:
    return GpuRunner(open_cuda(index), index)


create = OnnxRuntimeBackend
