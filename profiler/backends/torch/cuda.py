"""
Running and timing on an NVIDIA GPU.

Everything runs on one stream, and what is timed begins with that stream idle.  Time is between
two CUDA events on it, one before the first execution and one after the last.  Where the host
needs longer to launch kernels than the GPU to run them, that is the time of launching: it is what
eager execution costs, ``host_share`` shows it, and mode ``cuda_graph`` is the way out.

TF32 and cuDNN's choice of algorithms are process-wide settings: every execution sets them first.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from statistics import median
from time import perf_counter_ns

import torch

from profiler.backends.cuda.device import GpuProperties, driver_release, gpu_device
from profiler.backends.cuda.flush import FACTOR
from profiler.backends.torch.cpu import Run
from profiler.backends.torch.settings import Settings
from profiler.device import Device
from profiler.errors import BackendUnavailable
from profiler.measurement import Timer

WARM_UPS = 3
"""Executions before a graph is captured: libraries allocate and choose in the first ones."""

READINGS = 300
"""Pairs of events with nothing between them, from which the timer is judged."""

SHARE_READINGS = 9


class CudaRunner:
    """
    Executes on one GPU and times with CUDA events.

    Raises:
        BackendUnavailable: torch cannot use a GPU here, or not that one.
    """

    provider = "cuda"

    def __init__(self, settings: Settings) -> None:
        require_gpu(settings.gpu_index)
        self._settings = settings
        self.device = torch.device("cuda", settings.gpu_index)
        self.properties = gpu_properties(settings.gpu_index)
        self._stream = torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]
        self._start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self._end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self._pool = torch.cuda.graph_pool_handle()

    @property
    def options(self) -> tuple[str, ...]:
        """What the environment says of GPU and settings, sorted."""
        cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
        libraries = (f"cuda_runtime={torch.version.cuda}", f"cudnn={cudnn}")
        return tuple(sorted((*self._settings.options, *self.properties.options, *libraries)))

    @cached_property
    def timer(self) -> Timer:
        """CUDA events, with the smallest step and the cost seen here."""
        with torch.cuda.stream(self._stream):
            readings_us = sorted(self._event_pair_us() for _ in range(READINGS))
        steps = [after - before for before, after in pairwise(readings_us)]
        return Timer(
            name="cuda_events",
            resolution_us=min((step for step in steps if step > 0), default=0.0),
            overhead_us=median(readings_us),
        )

    @cached_property
    def flush(self) -> Callable[[], None] | None:
        """Writes over the L2 cache; None where its size is not told."""
        if not self.properties.l2_bytes:
            return None
        size = FACTOR * self.properties.l2_bytes
        buffer = torch.empty(size, dtype=torch.uint8, device=self.device)

        def flush() -> None:
            with torch.cuda.stream(self._stream):
                buffer.zero_()
            self._stream.synchronize()

        return flush

    def measured(self, machine: Device) -> Device:
        """Return the GPU in *machine*."""
        return gpu_device(machine, self.properties)

    def first_run(self, build: Callable[[], Run]) -> tuple[Run, int | None]:
        """
        Build, execute, and capture where that is the mode.

        Returns:
            What executes once, and the bytes one execution holds: weights and inputs, and the
            most its activations and workspaces took beside them.
        """
        self._settle()  # compiled code keeps the settings it was made with
        before = torch.cuda.memory_allocated(self.device)
        run = build()
        torch.cuda.synchronize(self.device)  # what was built was built on another stream
        own = torch.cuda.memory_allocated(self.device) - before
        self._once(run)  # libraries allocate for good in the first execution: not its own
        idle = torch.cuda.memory_allocated(self.device)
        torch.cuda.reset_peak_memory_stats(self.device)
        self._once(run)
        peak = own + torch.cuda.max_memory_allocated(self.device) - idle
        return (self._captured(run) if self._settings.mode == "cuda_graph" else run), peak

    def latency_us(self, run: Run, times: int) -> float:
        """Execute that many times; return microseconds for each."""
        self._settle()
        with torch.cuda.stream(self._stream):
            self._start.record()
            for _ in range(times):
                run()
            self._end.record()
        return self._elapsed_us() / times

    def host_share(self, run: Run) -> float | None:
        """
        Return the time the host needs to launch one execution, over the time it takes.

        Near or above 1 the GPU waits for the host: the operation is launch-bound, and its latency
        says how fast the host is.
        """
        self._once(run)
        shares = []
        for _ in range(SHARE_READINGS):
            with torch.cuda.stream(self._stream):
                self._start.record()
                start = perf_counter_ns()
                run()
                host_us = (perf_counter_ns() - start) / 1e3
                self._end.record()
            shares.append(host_us / self._elapsed_us())
        return median(shares)

    def _captured(self, run: Run) -> Run:
        """
        Return the replay of *run*.

        All graphs share one pool of memory, which each overwrites: none reads what another left,
        and inputs and weights are outside it.
        """
        for _ in range(WARM_UPS):
            self._once(run)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
            run()
        replay: Run = graph.replay
        return replay

    def _once(self, run: Run) -> None:
        self._settle()
        with torch.cuda.stream(self._stream):
            run()
        self._stream.synchronize()

    def _settle(self) -> None:
        tf32 = self._settings.tf32 == "on"
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        torch.backends.cudnn.benchmark = self._settings.cudnn_benchmark == "on"

    def _event_pair_us(self) -> float:
        self._start.record()
        self._end.record()
        return self._elapsed_us()

    def _elapsed_us(self) -> float:
        self._end.synchronize()
        return float(self._start.elapsed_time(self._end)) * 1e3


def require_gpu(index: int) -> None:
    """
    Check that torch can use a GPU.

    Raises:
        BackendUnavailable: torch has no CUDA, finds no GPU, or not that many.
    """
    if torch.version.cuda is None:
        raise BackendUnavailable(
            f"torch {torch.__version__} was built without CUDA; install a build for NVIDIA GPUs"
        )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if index >= count:
        why = "".join(f": {str(warning.message).splitlines()[0]}" for warning in said[:1])
        plural = "GPU" if count == 1 else "GPUs"
        raise BackendUnavailable(f"cuda:{index}: torch finds {count} {plural} here{why}")


def gpu_properties(index: int) -> GpuProperties:
    """Return what torch tells about a GPU."""
    told = torch.cuda.get_device_properties(index)
    return GpuProperties(
        name=told.name,
        uuid=str(told.uuid),
        capability=(told.major, told.minor),
        multiprocessors=told.multi_processor_count,
        memory_bytes=told.total_memory,
        integrated=bool(told.is_integrated),
        l2_bytes=told.L2_cache_size or None,
        driver=driver_release(),
    )
