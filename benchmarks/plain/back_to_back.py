"""
What most tools do: one operation after the other, 10 warm-ups, 50 runs, the median.

A process of its own, as ours is; prints a JSON object from operation key to microseconds.
"""

from __future__ import annotations

import json
import sys
from statistics import median
from time import perf_counter_ns

from profiler.backends.onnxruntime import create
from profiler.operations import operation_from_json, operation_key

WARM_UPS, RUNS = 10, 50


def main() -> None:
    """Measure the operations standard input lists."""
    backend = create()
    latencies_us = {}
    for document in json.load(sys.stdin):
        operation = operation_from_json(document)
        with backend.prepare(operation) as execute:
            for _ in range(WARM_UPS):
                execute(1)
            latencies_us[operation_key(operation)] = median(_timed(execute) for _ in range(RUNS))
    json.dump(latencies_us, sys.stdout)


def _timed(execute: object) -> float:
    start = perf_counter_ns()
    execute(1)  # type: ignore[operator]
    return (perf_counter_ns() - start) / 1e3


if __name__ == "__main__":
    main()
