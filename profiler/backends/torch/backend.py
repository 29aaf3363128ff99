"""The torch backend: settings, what is built, and who runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from profiler.backends.foreign import said
from profiler.backends.port import Prepared
from profiler.backends.torch.compiling import compiled, require_compilers
from profiler.backends.torch.cpu import CpuRunner, Run
from profiler.backends.torch.cuda import CudaRunner
from profiler.backends.torch.settings import Settings
from profiler.backends.torch.straight import straight
from profiler.backends.torch_module import GraphModule, load_parameters
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, OperationUnsupported
from profiler.graph import Graph
from profiler.measurement import Timer
from profiler.operations import Operation, operation_key, probe_graph
from profiler.parameters import random_inputs, random_parameters

FORMATS = {"nchw": torch.contiguous_format, "nhwc": torch.channels_last}
NUMBERS = {"fp32": torch.float32, "fp16": torch.float16}


class TorchBackend:
    """
    Runs modules in inference mode, on the CPU or a GPU.

    Args:
        settings: how.

    Raises:
        BackendUnavailable: no such GPU, or no compiler where the mode needs one.
    """

    name = "torch"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runner = CudaRunner(settings) if settings.on_gpu else CpuRunner(settings)
        if settings.mode == "compiled":
            require_compilers(on_gpu=settings.on_gpu)
        self.environment = Environment(
            runtime="torch",
            runtime_version=torch.__version__.split("+")[0],
            provider=self._runner.provider,
            precision=settings.precision,
            threads=settings.threads,
            options=self._runner.options,
        )

    @property
    def timer(self) -> Timer:
        """CUDA events on a GPU, the monotonic clock of the host otherwise."""
        return self._runner.timer

    def device(self, machine: Device) -> Device:
        """Return the GPU in *machine*, or *machine* itself."""
        return self._runner.measured(machine)

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Prepared]:
        """Build a module; see the port."""
        run, peak_bytes = self._built(operation)
        runner = self._runner

        @torch.inference_mode()
        def execute(times: int) -> float:
            return runner.latency_us(run, times)

        yield Prepared(execute=execute, flush=runner.flush, peak_memory_bytes=peak_bytes)

    @torch.inference_mode()
    def host_share(self, operation: Operation) -> float | None:
        """
        Return what share of an execution the host needs to launch it; None on the CPU.

        Near or above 1 *operation* is launch-bound: its latency says how fast the host is.
        """
        run, _ = self._built(operation)
        return self._runner.host_share(run)

    @torch.inference_mode()
    def _built(self, operation: Operation) -> tuple[Run, int | None]:
        graph = probe_graph(operation)
        try:
            return self._runner.first_run(lambda: self._run_of(graph))
        except NotImplementedError as error:
            raise OperationUnsupported(
                f"torch has no kernel for {operation_key(operation)}: {said(error)}"
            ) from error
        except RuntimeError as error:
            raise BackendFailed(
                f"torch could not run {operation_key(operation)}: {said(error)}"
            ) from error

    def _run_of(self, graph: Graph) -> Run:
        """Return what executes *graph* once."""
        layout, number = FORMATS[self._settings.layout], NUMBERS[self._settings.precision]
        device = self._runner.device
        module = GraphModule(graph).eval()
        load_parameters(module, random_parameters(graph, seed=0))
        module.to(device, number, memory_format=layout)  # type: ignore[call-overload]
        arrays = random_inputs(graph, seed=0).values()
        inputs = [torch.from_numpy(x).to(device, number, memory_format=layout) for x in arrays]
        call: Callable[..., object] = straight(module)
        if self._settings.mode == "compiled":
            call = compiled(straight(module), inputs)
        return lambda: call(*inputs)


def create(
    *,
    threads: int = 1,
    device: str = "cpu",
    mode: str = "eager",
    layout: str = "nchw",
    precision: str = "fp32",
    tf32: str = "off",
    cudnn_benchmark: str = "off",
) -> TorchBackend:
    """
    Return the backend; what the options mean is in ``Settings``.

    Args:
        threads: of one inference on the CPU.
        device: cpu, cuda or cuda:1.
        mode: eager, compiled or cuda_graph.
        layout: nchw or nhwc.
        precision: fp32 or, on a GPU, fp16.
        tf32: off or on; of a GPU.
        cudnn_benchmark: off or on; of a GPU.
    """
    return TorchBackend(
        Settings(
            threads=threads,
            device=device,
            mode=mode,
            layout=layout,
            precision=precision,
            tf32=tf32,
            cudnn_benchmark=cudnn_benchmark,
        )
    )
