"""
Keeping a machine quiet, step by step.

A setting that was asked for and cannot be had is a note that begins with ``not_quiet``, which makes
the session doubtful; it never ends the agent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

from device_agents.quiet.affinity import confine, pin
from device_agents.quiet.contention import NOT_QUIET, wait_for_others
from device_agents.quiet.governor import governor_changes
from device_agents.quiet.gpu import GpuClocksChange
from device_agents.quiet.jetson import STORED, JetsonClocksChange
from device_agents.quiet.journal import Journal, Known
from device_agents.quiet.priority import prioritise
from device_agents.quiet.settings import QuietSettings
from profiler.errors import QuietFailed
from profiler.measuring.watchers.processor import OtherProcesses


@contextmanager
def quiet(
    threads: int,
    meanwhile: Callable[[], None] = lambda: None,
    *,
    settings: QuietSettings | None = None,
    journal: Journal | None = None,
    sleep: Callable[[float], None] = time.sleep,
    watcher: OtherProcesses | None = None,
) -> Iterator[tuple[str, ...]]:
    """
    Keep the machine quiet while the context lasts; then put everything back.

    Args:
        threads: of one inference; only a single one is pinned.
        meanwhile: called again and again while waiting.
        settings: what to do.
        journal: through which the machine is changed; without one only this process is.
        sleep: waits.
        watcher: reads who else is busy; the kernel's counters unless given.

    Yields:
        What was done and what could not be, for the record.
    """
    settings = settings or QuietSettings()
    with ExitStack() as undo:
        notes = [] if settings.cores is None else [confine(settings.cores)]
        notes += [pin(threads, undo, sleep), prioritise(undo)]
        if journal is not None:
            notes += _change_machine(settings, journal, undo)
        notes.append(
            wait_for_others(watcher or OtherProcesses(), settings.wait_s, sleep, meanwhile)
        )
        yield tuple(notes)


def _change_machine(settings: QuietSettings, journal: Journal, undo: ExitStack) -> Iterator[str]:
    for wish, changes in _wishes(settings, journal):
        try:
            for change in changes():
                journal.make(change, undo)
        except QuietFailed as error:
            yield f"{NOT_QUIET}: no {wish}: {error}"
        else:
            yield wish


def _wishes(
    settings: QuietSettings, journal: Journal
) -> Iterator[tuple[str, Callable[[], tuple[Known, ...]]]]:
    """Return what is asked for, in words, and how to find the changes it takes."""
    if governor := settings.governor:
        yield f"governor {governor}", lambda: governor_changes(governor, journal.root)
    if clock := settings.gpu_clock:
        locked = GpuClocksChange(gpu=settings.gpu, clock=clock)
        yield str(locked), lambda: (locked,)
    if settings.jetson_clocks:
        at_maximum = JetsonClocksChange(stored=uuid4().hex + STORED)
        yield str(at_maximum), lambda: (at_maximum,)
