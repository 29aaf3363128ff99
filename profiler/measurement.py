"""
Measurements: raw samples with everything one needs to distrust them.

Samples are kept and statistics derived from them (``profiler.summary``), so that the two cannot
disagree.  A measurement is immutable and has an id; receiving it twice stores it once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from profiler.device import Device, Environment
from profiler.errors import HnaError
from profiler.operations import Operation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS

StopReason = Literal["noise", "stabilised", "time_limit", "round_limit"]
"""Which stopping criterion fired: noise target, stable noise, time, number of rounds."""

ConditionState = Literal["clean", "contended", "throttled", "unverified"]
"""What the readings say; ``unverified`` where they could not be read, never ``clean``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """
    What the device was doing at one moment.

    Args:
        at: UTC time, ISO 8601.
        load_average: run-queue length over one minute; None where unread.
        steal_seconds: processor time the hypervisor gave to others since boot.
        busy_seconds: processor time all processes used since boot.
        clock_mhz: mean clock of the cores.
        temperature_c: hottest sensor.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    at: str
    load_average: float | None = None
    steal_seconds: float | None = None
    busy_seconds: float | None = None
    clock_mhz: float | None = None
    temperature_c: float | None = None


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
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    id: str
    operation: Operation
    rounds: tuple[Round, ...]
    warmups: int
    inner_loops: int
    stop_reason: StopReason

    def __post_init__(self) -> None:
        if not self.rounds or not all(part.samples_us for part in self.rounds):
            raise HnaError(f"measurement {self.id} has no samples, or a round without any")
        samples = (sample for part in self.rounds for sample in part.samples_us)
        impossible = [sample for sample in samples if not 0 < sample < float("inf")]
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
        after: conditions after the last one.
        costs: where the time went.
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
    after: Conditions
    costs: Costs
    software: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
