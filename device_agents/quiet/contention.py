"""Waiting for other processes to finish; a machine that stays busy makes a session doubtful."""

from __future__ import annotations

from collections.abc import Callable

from profiler.measuring.watchers.processor import MAX_OTHERS, OtherProcesses, other_cores

LOOK_S = 0.25
"""How long the cores are watched before they are judged, in seconds."""

WAIT_S = 20.0
"""How long to wait for others to finish, in seconds."""

NOT_QUIET = "not_quiet"
"""How a note begins that makes a session doubtful."""


def wait_for_others(
    watcher: OtherProcesses,
    wait_s: float,
    sleep: Callable[[float], None],
    meanwhile: Callable[[], None],
) -> str:
    """
    Wait until others leave the cores of this process alone, and say how that went.

    Args:
        watcher: reads who else is busy.
        wait_s: how long to wait at most, in seconds.
        sleep: waits.
        meanwhile: called before every look.
    """
    waited_s = 0.0
    while True:
        meanwhile()
        before = watcher.read()
        sleep(LOOK_S)
        waited_s += LOOK_S
        after = watcher.read()
        if before is None or after is None:
            return "contention unknown: the kernel does not say who is busy"
        others = other_cores(before, after)
        if others <= MAX_OTHERS:
            return f"quiet after {waited_s:.2f} s"
        if waited_s >= wait_s:
            return f"{NOT_QUIET}: others keep {others:.2f} cores busy after {waited_s:.2f} s"
