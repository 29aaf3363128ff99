"""
Making a machine quiet while it is measured, and loud again.

Only settings of this process are changed (processor affinity and priority, which the measuring
process inherits), so a crash leaves nothing behind.  What is not permitted is said, not fatal.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from profiler.measuring.contention import MAX_OTHERS, ContentionMeter
from profiler.platforms.conditions import core_busy_seconds

PRIORITY_STEP = 10
"""By how much the niceness is lowered."""

LOOK_S = 0.25
"""How long the cores are watched before one is judged, in seconds."""

WAIT_S = 20.0
"""How long to wait for others to finish, in seconds."""

NOT_QUIET = "not_quiet"
"""How the note begins that makes a session doubtful."""

Sleep = Callable[[float], None]


@contextmanager
def quiet(
    threads: int,
    meanwhile: Callable[[], None] = lambda: None,
    *,
    wait_s: float = WAIT_S,
    sleep: Sleep = time.sleep,
    meter: ContentionMeter | None = None,
) -> Iterator[tuple[str, ...]]:
    """
    Keep the machine quiet while the context lasts; then put everything back.

    Args:
        threads: of one inference; only a single one is pinned.
        meanwhile: called again and again while waiting.
        wait_s: how long to wait for other processes at most, in seconds.
        sleep: waits.
        meter: reads contention; the kernel's counters unless given.

    Yields:
        What was done and what could not be, for the record.
    """
    with ExitStack() as undo:
        yield (
            _pin(threads, undo, sleep),
            _prioritise(undo),
            _wait(meter or ContentionMeter(), wait_s, sleep, meanwhile),
        )


def _pin(threads: int, undo: ExitStack, sleep: Sleep) -> str:
    allowed = os.sched_getaffinity(0)
    if threads > 1:
        return f"not pinned: {threads} threads may use all {len(allowed)} cores"
    core = least_busy_core(allowed, sleep)
    try:
        os.sched_setaffinity(0, {core})
    except OSError as error:
        return f"not pinned: {error.strerror}"
    undo.callback(os.sched_setaffinity, 0, allowed)
    return f"pinned to core {core}"


def least_busy_core(
    allowed: set[int],
    sleep: Sleep = time.sleep,
    busy_seconds: Callable[[], dict[int, float]] = core_busy_seconds,
) -> int:
    """
    Return which of the *allowed* cores did least during a short look.

    Between equally idle ones the last is taken: interrupts tend to arrive on the first.
    """
    before = busy_seconds()
    sleep(LOOK_S)
    after = busy_seconds()
    busy = {core: after.get(core, 0.0) - before.get(core, 0.0) for core in allowed}
    return min(busy, key=lambda core: (busy[core], -core))


def _prioritise(undo: ExitStack) -> str:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, before - PRIORITY_STEP)
    except PermissionError:
        return "priority unchanged: not permitted"
    undo.callback(os.setpriority, os.PRIO_PROCESS, 0, before)
    return f"niceness {os.getpriority(os.PRIO_PROCESS, 0)}"


def _wait(
    meter: ContentionMeter, wait_s: float, sleep: Sleep, meanwhile: Callable[[], None]
) -> str:
    waited_s = 0.0
    while True:
        meanwhile()
        before = meter.read()
        sleep(LOOK_S)
        waited_s += LOOK_S
        others = meter.others(before)
        if others is None:
            return "contention unknown: the kernel does not say who is busy"
        if others <= MAX_OTHERS:
            return f"quiet after {waited_s:.2f} s"
        if waited_s >= wait_s:
            return f"{NOT_QUIET}: others keep {others:.2f} cores busy after {waited_s:.2f} s"
