"""
Which cores this process may use; the measuring process inherits that.

Cores that were asked for hold from the start of the agent, because they are part of the
environment it registers.  A single thread is then pinned to one of them for each job.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from device_agents.quiet.contention import LOOK_S, NOT_QUIET
from profiler.errors import HnaError
from profiler.platforms.conditions import core_busy_seconds
from profiler.platforms.cpulist import format_cpulist, parse_cpulist

Sleep = Callable[[float], None]


def cores_named(text: str, clusters: Iterable[str]) -> frozenset[int]:
    """
    Return the cores that *text* names: a list like ``4-7``, or a kind of core of *clusters*.

    >>> sorted(cores_named("arm-cortex-a76", ["0-1 arm-cortex-a55", "2-3 arm-cortex-a76"]))
    [2, 3]

    Raises:
        HnaError: it is neither.
    """
    kinds = {kind: cores for cores, _, kind in (cluster.partition(" ") for cluster in clusters)}
    if text in kinds or text[:1].isdigit():
        return parse_cpulist(kinds.get(text, text))
    offered = f", or one of {', '.join(kinds)}" if kinds else "; all cores here are of one kind"
    raise HnaError(f"no core of this machine is called {text!r}; write a list like 4-7{offered}")


def confine(cores: frozenset[int]) -> str:
    """Leave this process only *cores*, for as long as it lives, and say whether it worked."""
    asked = format_cpulist(cores)
    if os.sched_getaffinity(0) != cores:
        try:
            os.sched_setaffinity(0, cores)
        except OSError as error:
            return f"{NOT_QUIET}: not on cores {asked}: {error.strerror}"
    # The kernel takes a list that names absent cores too, and leaves those out.
    given = frozenset(os.sched_getaffinity(0))
    if given != cores:
        return f"{NOT_QUIET}: not on cores {asked}, of these only {format_cpulist(given)} are ours"
    return f"on cores {asked}"


def pin(threads: int, undo: ExitStack, sleep: Sleep) -> str:
    """Pin a single thread to the allowed core that does least, and say what was done."""
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
    sleep: Sleep,
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
