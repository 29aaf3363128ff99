"""
How far repeated sessions of a table differ: ``python -m benchmarks.repeatability``.

The machine is busy: a neighbour loads one core half of the time.  Sessions as an agent runs them
and, in turn with them, naive back-to-back medians of the same operations in a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure, at_most, report, say
from benchmarks.neighbour import neighbour
from benchmarks.repeated import rows, sessions, some_operations, variation
from profiler.measuring.loop import with_borders
from profiler.operations import Operation, border_of, operation_key, operation_to_json

SESSIONS = 8


def run() -> list[Figure]:
    """Repeat both ways and compare their coefficients of variation."""
    operations = some_operations()
    ours, naive, suspect = [], [], []
    with neighbour():
        for number, session in zip(range(SESSIONS), sessions(operations), strict=False):
            table = rows(session)
            ours.append({key: entry.latency_us for key, entry in table.items()})
            suspect.append(np.mean([e.value_kind == "suspect" for e in table.values()]))
            naive.append(_back_to_back(operations))
            say(f"session {number + 1} of {SESSIONS}: {suspect[-1]:.0%} of its rows suspect")
    spread, plain = variation(ours), variation(naive)
    return [
        at_most("cov_median", np.median(spread), 0.03, "share", np.median(plain)),
        at_most("cov_p90", np.quantile(spread, 0.9), 0.1, "share", np.quantile(plain, 0.9)),
        at_most("suspect_rows", np.mean(suspect), 0.05, "share"),
    ]


def _back_to_back(operations: Sequence[Operation]) -> dict[str, float]:
    """Return naive latencies with the border subtracted, by operation key."""
    everything = with_borders(operations)
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.plain.back_to_back"],
        input=json.dumps([operation_to_json(operation) for operation in everything]),
        capture_output=True,
        text=True,
        check=True,
    )
    latencies_us = json.loads(finished.stdout)
    borders = {operation_key(o): border_of(o) for o in operations}
    return {
        key: latencies_us[key] - (latencies_us[operation_key(border)] if border else 0.0)
        for key, border in borders.items()
    }


if __name__ == "__main__":
    report(run)
