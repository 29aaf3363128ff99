"""
How often a new session lies in the interval: ``python -m benchmarks.interval_coverage``.

Repeated sessions of one table on this machine.  Intervals from two to five of them, drawn at
random, are asked for one that was left out.  The baseline is the interval most tools print: of the
rounds of a single session.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.repeated import rows, sessions, some_operations
from profiler.measurement import Measurement
from profiler.table import Entry
from profiler.tabulate import tabulate

SESSIONS = 14
SEEN = (2, 3, 5)
DRAWS = 25
SEED = 0

Recorded = Sequence[tuple[Measurement, ...]]


def run() -> list[Figure]:
    """Record sessions and count."""
    recorded: list[tuple[Measurement, ...]] = []
    for session in sessions(some_operations()):
        recorded.append(session)
        say(f"session {len(recorded)} of {SESSIONS}")
        if len(recorded) == SESSIONS:
            break
    single = coverage(recorded, 1)
    figures = []
    for seen in SEEN:
        share = coverage(recorded, seen)
        figures += [
            at_least(f"coverage_of_{seen}_sessions", share, 0.87, "share", single),
            at_most(f"coverage_of_{seen}_not_above", share, 0.93, "share", single),
        ]
    return [*figures, at_most("width_of_5_sessions", width(recorded, 5), 0.2, "share")]


def coverage(recorded: Recorded, seen: int) -> float:
    """Return how often the rows of a session lie in the intervals of *seen* other ones."""
    draw = random.Random(SEED)
    inside: list[bool] = []
    for _ in range(DRAWS):
        *known, held_out = draw.sample(recorded, seen + 1)
        table, next_one = _table(known), rows(held_out)
        inside += [
            entry.low_us <= next_one[key].latency_us <= entry.high_us
            for key, entry in table.items()
            if key in next_one
        ]
    return float(np.mean(inside))


def width(recorded: Recorded, seen: int) -> float:
    """Return the median width of the intervals of *seen* sessions, relative to the latency."""
    table = _table(recorded[:seen])
    return float(np.median([(e.high_us - e.low_us) / e.latency_us for e in table.values()]))


def _table(known: Recorded) -> dict[str, Entry]:
    return {entry.key: entry for entry in tabulate(known) if entry.operation.kind != "border"}


if __name__ == "__main__":
    report(run)
