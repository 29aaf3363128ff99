"""
Kernel time as a profiler sees it: CUPTI's, through ``torch.profiler``.

The judge of our own timing: it adds up what each kernel took on the GPU, by the GPU's own record.
Gaps between kernels are not in it, so the two agree only where kernels are long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from torch.autograd import DeviceType
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile

from profiler.backends.port import Backend
from profiler.operations import Operation, Position, candidate_at

REPEATS = 15

POSITION = Position(channels_in=64, channels_out=64, height=256, width=256, batch=16)

LARGE: tuple[Operation, ...] = tuple(
    candidate_at(name, POSITION)
    for name in ("3x3_ResConv", "5x5_ResConv", "3x3_SpaConv", "5x5_MBConv6")
)
"""Milliseconds each on the fastest GPUs of 2026."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """
    One operation timed in both ways.

    Args:
        operation: what was run.
        events_us: between two events, median of several executions of one.
        kernels_us: all its kernels, as the profiler saw them.
    """

    operation: Operation
    events_us: float
    kernels_us: float

    @property
    def difference(self) -> float:
        """How far the events are off the kernels, relative to them."""
        return abs(self.events_us - self.kernels_us) / self.kernels_us


def compare(backend: Backend, operations: Sequence[Operation] = LARGE) -> list[Compared]:
    """Time *operations* in both ways, one after the other; they run on a GPU."""
    return [_compared(backend, operation) for operation in operations]


def _compared(backend: Backend, operation: Operation) -> Compared:
    with backend.prepare(operation) as execute:
        execute(3)
        events_us = median(execute(1) for _ in range(REPEATS))
        with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiled:
            execute(REPEATS)
    return Compared(
        operation=operation,
        events_us=events_us,
        kernels_us=kernels_us(profiled.events() or ()) / REPEATS,
    )


def kernels_us(events: Iterable[FunctionEvent]) -> float:
    """Return what the GPU spent in kernels, in microseconds; annotations are not kernels."""
    return sum(
        event.time_range.elapsed_us()  # type: ignore[no-untyped-call]
        for event in events
        if event.device_type == DeviceType.CUDA and not event.is_user_annotation
    )
