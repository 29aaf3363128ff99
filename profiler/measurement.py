"""
Measurements: raw samples with everything one needs to distrust them.

Samples are kept and statistics derived from them (``profiler.summary``), so that the two cannot
disagree.  A measurement is immutable and has an id; receiving it twice stores it once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import ClassVar, Literal

from profiler.device import Device, Environment
from profiler.errors import HnaError
from profiler.operations import Operation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS

StopReason = Literal["noise", "stabilised", "time_limit", "round_limit"]
"""Which stopping criterion fired: noise target, stable noise, time, number of rounds."""

ConditionState = Literal["clean", "contended", "throttled", "unverified"]
"""What the readings say; ``unverified`` where they could not be read, never ``clean``."""

CacheState = Literal["hot", "cold"]
"""Whether the caches hold what an execution reads, or were flushed before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """
    What the device was doing at one moment.

    Args:
        at: UTC time, ISO 8601.
        load_average: run-queue length over one minute; None where unread.
        steal_seconds: processor time the hypervisor gave to others since boot.
        busy_seconds: processor time all processes used since boot.
        run_queue: threads running or waiting for a core.
        clock_mhz: mean clock of the cores.
        temperature_c: hottest sensor.
        gpu_clock_mhz: clock of the GPU's multiprocessors.
        gpu_temperature_c: of the GPU.
        gpu_power_w: what the GPU draws.
        gpu_processes: how many other processes compute on the GPU.
        throttle_reasons: why clocks are held down right now; empty where nothing holds them down.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    at: str
    load_average: float | None = None
    steal_seconds: float | None = None
    busy_seconds: float | None = None
    run_queue: int | None = None
    clock_mhz: float | None = None
    temperature_c: float | None = None
    gpu_clock_mhz: float | None = None
    gpu_temperature_c: float | None = None
    gpu_power_w: float | None = None
    gpu_processes: int | None = None
    throttle_reasons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """
    The clock samples were taken with.

    Args:
        name: ``perf_counter``, ``cuda_events``, ``trtexec`` or ``none`` (simulated).
        resolution_us: smallest step that was seen between two readings.
        overhead_us: what reading it twice costs; inside every sample.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    name: str
    resolution_us: float
    overhead_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """
    One build of an operation by a runtime that chooses kernels anew each time (TensorRT).

    Two builds of one operation may run differently fast: builds are a level of variance.

    Args:
        id: SHA-256 of the engine; a plan read back from a file is the same build.
        seconds: what building took.
        layers: what the runtime made of the graph, one text for each of its kernels.
        timing_cache: SHA-256 of the timing cache the build began with; None where there was none.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    id: str
    seconds: float
    layers: tuple[str, ...] = ()
    timing_cache: str | None = None

    def __post_init__(self) -> None:
        if not isfinite(self.seconds):
            raise HnaError(f"build {self.id}: {self.seconds} seconds are no time")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyWindow:
    """Energy counted by a rail while an operation was executed that many times back to back."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    executions: int
    seconds: float
    joules: float

    def __post_init__(self) -> None:
        if not (isfinite(self.seconds) and isfinite(self.joules)):
            raise HnaError(
                f"energy window: {self.joules} J in {self.seconds} s; leave out what was not read"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """
    Raw windows of one rail, short and long ones in turn; see ``profiler.energy``.

    Args:
        rail: what was read, such as ``nvml:total`` or ``rapl:package-0``.
        windows: in the order taken.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    rail: str
    windows: tuple[EnergyWindow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """
    The samples of one operation in one round.

    Args:
        samples_us: latencies in microseconds, in the order taken; of one execution each.
        state: what the conditions around the round say about them.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    samples_us: tuple[float, ...]
    state: ConditionState = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """
    What a measurement's samples said before all but the median of each round were let go.

    Args:
        at: UTC time, ISO 8601.
        samples: how many there were, in all rounds, hot and cold.
        kept_samples: how many of them were in hot rounds that count; the rest is of these.
        median_us: their median.
        iqr_us: their interquartile range.
        p90_us: their 90th percentile; None where there were too few to know it.
        p99_us: their 99th percentile; None where there were too few.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    at: str
    samples: int
    kept_samples: int
    median_us: float
    iqr_us: float
    p90_us: float | None
    p99_us: float | None

    def __post_init__(self) -> None:
        told = (self.median_us, self.iqr_us, self.p90_us or 0.0, self.p99_us or 0.0)
        if not all(isfinite(value) for value in told):
            raise HnaError(f"thinned at {self.at}: {told} us are not all finite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """
    One operation measured in one session.

    Args:
        id: UUID, made where it was measured; receiving it twice is receiving it once.
        operation: what was measured, embedded in its border unless it is a border or a network.
        rounds: raw samples by round.
        warmups: executions discarded before the first sample.
        inner_loops: executions inside one sample; ``samples_us`` are already divided by it.
        stop_reason: which stopping criterion fired.
        cold: rounds whose samples each began with flushed caches, of one execution each; the
            flush is outside the sample.
        build: of the engine, where the runtime builds one.
        energy: of one execution; None where no rail can be read or nobody asked.
        peak_memory_bytes: the most memory its execution held, weights included; None where the
            runtime does not tell.
        kernels: how many kernels the runtime runs for it, border included, after it fused and
            pruned the graph; None where it does not tell.
        thinned: what the samples said, where a store that keeps them for a time only let them go
            (``profiler.thinning``); ``rounds`` then hold their medians.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    id: str
    operation: Operation
    rounds: tuple[Round, ...]
    warmups: int
    inner_loops: int
    stop_reason: StopReason
    cold: tuple[Round, ...] = ()
    build: Build | None = None
    energy: Energy | None = None
    peak_memory_bytes: int | None = None
    kernels: int | None = None
    thinned: Thinned | None = None

    def __post_init__(self) -> None:
        every = [part.samples_us for part in (*self.rounds, *self.cold)]
        if not self.rounds or not all(every):
            raise HnaError(f"measurement {self.id} has no samples, or a round without any")
        # one look at each sample in C, not in Python; a sum is no number where a sample is none
        doubtful = [s for s in every if not (min(s) > 0 and isfinite(sum(s)))]
        impossible = [us for samples in doubtful for us in samples if not 0 < us < inf]
        if impossible:
            raise HnaError(f"measurement {self.id}: a latency of {impossible[0]} us is impossible")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """
    An operation that could not be measured, and why.

    Args:
        operation: what was asked for.
        reason: what the runtime said.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    operation: Operation
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """
    Where the wall time of a session went, in seconds.

    Args:
        wall: from the first build to the last sample.
        build: making models and sessions of the runtime.
        warm_up: executions discarded.
        timed: inside samples.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    wall: float
    build: float
    warm_up: float
    timed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """
    One run of the measuring loop: what all its measurements share.

    Args:
        id: UUID.
        device: what was measured on.
        environment: how it was set up.
        measurements: in the order asked for.
        gaps: what could not be measured.
        sentinel_us: latency of the sentinel in each round, in microseconds.
        before: conditions before the first sample.
        during: conditions after each round.
        after: conditions after the last one.
        costs: where the time went.
        timer: the clock samples were taken with.
        unread: what no watcher could read, one text each; why rounds are ``unverified``.
        quiet: what was done to make the machine quiet, and what could not be.
        software: ``name=version`` of everything that matters, sorted.
        warnings: named doubts about the whole session, such as ``sentinel_moved``.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    id: str
    device: Device
    environment: Environment
    measurements: tuple[Measurement, ...]
    gaps: tuple[Gap, ...] = ()
    sentinel_us: tuple[float, ...]
    before: Conditions
    during: tuple[Conditions, ...] = ()
    after: Conditions
    costs: Costs
    timer: Timer | None = None
    unread: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    software: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
