"""
False and true alarms: ``python -m benchmarks.aa_alarms``.

Each operation is built twice and both are measured in the same rounds.  Nothing changed between
them, so every "changed" is a false alarm.  Pairs with too few undisturbed rounds are dropped and
counted.  Then the samples of the second are lengthened by 5 %:
a change that should be seen.  The baseline measures the same two builds one after the other and
calls a change what differs by more than the same tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.repeated import some_operations
from device_agents.quiet import QuietSettings, quiet
from profiler.backends.onnxruntime import OnnxRuntimeBackend, create
from profiler.backends.port import Prepared
from profiler.comparison import TOLERANCE, compare
from profiler.measurement import Measurement
from profiler.measuring.loop import SENTINEL
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Rounds
from profiler.measuring.visit import Stopwatch, Visited
from profiler.measuring.watchers.processor import processor_watchers
from profiler.measuring.watchers.watch import Watch
from profiler.operations import Operation
from profiler.platforms.conditions import read_conditions
from profiler.summary import is_suspect

COMPARISONS = 1_000
SLOWDOWN = 1.05
PLAN = MeasurementPlan(
    min_rounds=18, max_rounds=36, max_noise=1.0, visit_us=3_000.0, time_limit_s=60.0
)
"""Every operation takes 18 undisturbed rounds: no stop rule is to decide how many there are."""
RUNS = 25

Pair = tuple[Measurement, Measurement]


def run() -> list[Figure]:
    """Compare pairs until there are enough of them."""
    operations = some_operations()
    pairs: list[Pair] = []
    naive: list[tuple[float, float]] = []
    with quiet(1, settings=QuietSettings(wait_s=2.0)) as notes:
        say("; ".join(notes))
        while len(pairs) < COMPARISONS:
            measured, plain = _session(operations)
            pairs += [pair for pair in measured if not any(is_suspect(m.rounds) for m in pair)]
            naive += plain
            say(f"{len(pairs)} of {COMPARISONS} comparisons, {len(naive) - len(pairs)} dropped")
    seen = changed(pairs, SLOWDOWN)
    dropped = 1 - len(pairs) / len(naive)
    return [
        at_most("false_changed", changed(pairs, 1.0), 0.01, "share", _naive(naive, 1.0)),
        at_least("slowdown_seen", seen, 0.9, "share", _naive(naive, SLOWDOWN)),
        at_most("never_undisturbed", dropped, 0.05, "share"),
    ]


def changed(pairs: Sequence[Pair], factor: float) -> float:
    """Return the share of pairs called changed when the second takes *factor* times as long."""
    verdicts = [compare(before, _lengthened(after, factor)).verdict for before, after in pairs]
    return float(np.mean([verdict in ("slower", "faster") for verdict in verdicts]))


def _lengthened(measurement: Measurement, factor: float) -> Measurement:
    rounds = (
        replace(part, samples_us=tuple(factor * sample for sample in part.samples_us))
        for part in measurement.rounds
    )
    return replace(measurement, rounds=tuple(rounds))


def _naive(medians_us: Sequence[tuple[float, float]], factor: float) -> float:
    ratios = np.array([factor * after / before for before, after in medians_us])
    return float(np.mean(np.abs(ratios - 1) > TOLERANCE))


def _session(operations: Sequence[Operation]) -> tuple[list[Pair], list[tuple[float, float]]]:
    """Measure each operation twice in the same rounds, and once more back to back."""
    backend, watch = create(), Watch(processor_watchers())
    with ExitStack() as stack:
        sentinel = _visited(backend, SENTINEL, stack)
        twice = [[_visited(backend, o, stack) for _ in "ab"] for o in operations]
        everything = [visit for pair in twice for visit in pair]
        for visit in (sentinel, *everything):
            visit.warm_up()
        Rounds(everything, sentinel, PLAN, watch, read_conditions, lambda _: None).run()
        plain = [(_back_to_back(a.prepared), _back_to_back(b.prepared)) for a, b in twice]
    return [(a.measurement("round_limit"), b.measurement("round_limit")) for a, b in twice], plain


def _visited(backend: OnnxRuntimeBackend, operation: Operation, stack: ExitStack) -> Visited:
    return Visited(
        operation=operation,
        prepared=stack.enter_context(backend.prepare(operation)),
        plan=PLAN,
        timer=backend.timer,
        watch=Stopwatch(),
    )


def _back_to_back(execute: Callable[[int], float] | Prepared) -> float:
    return median(execute(1) for _ in range(RUNS))


if __name__ == "__main__":
    report(run)
