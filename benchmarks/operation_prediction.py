"""
How well rows that were not measured are predicted: ``python -m benchmarks.operation_prediction``.

The whole default space is measured here in one session; a fifth of its operations, drawn at random
20 times, teaches a predictor that is judged by the others.  The baseline is a quadratic ridge in
the logarithms of the sizes, with a level for each kind, on the same rows.  Active choice is
compared with random choice at equal count.  The published tables are judged in the same way where
they are present (``HNA_DATA``).  What is predicted is the latency as stored, border subtracted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from device_agents.quiet import quiet
from profiler.backends.onnxruntime import create
from profiler.formats import About, read_tables
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress
from profiler.operations import Border, Operation, operation_key
from profiler.platforms.linux import identify
from profiler.prediction import Judgement, fit_predictor, judge, next_step
from profiler.prediction.examples import examples_of
from profiler.prediction.reading import reading_of
from profiler.space import known_topology, named_space, space_operations
from profiler.table import Table
from profiler.tabulate import tabulate

SPLITS = 20
ACTIVE_SPLITS = 3
TAUGHT = 0.2
TOPOLOGIES = ("dnanet_simplified", "meta", "unetpp", "unet")
PLAN = MeasurementPlan()
DATA = Path(os.environ.get("HNA_DATA", "../shared/data"))
PUBLISHED = (
    ("proxyless_mobile_trim.yaml", 0.8),
    ("fasterseg_trt_op_lut.json", 0.2),
    ("tfnas_op_lut.json.gz", 0.1),
)
"""Files, and the share of their rows that teaches."""

MOST_ROWS = 4_000
"""Of larger tables so many are drawn."""

RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """
    What one split showed.

    Args:
        median_error: of the predictor.
        mean_error: of the predictor (MAPE).
        within_10pct: of the predictor.
        coverage: of its 90 % intervals.
        without_borders: share within 10 % of what is no border: of those whose rows were taught,
            ``border_us`` is known.
        ridge_median_error: of the baseline.
        ridge_within_10pct: of the baseline.
    """

    median_error: float
    mean_error: float
    within_10pct: float
    coverage: float
    without_borders: float
    ridge_median_error: float
    ridge_within_10pct: float


def run() -> list[Figure]:
    """Measure the default space, and predict most of it from a fifth of it."""
    here = space_table()
    splits = [split(here, TAUGHT, seed) for seed in _told(SPLITS, "split")]
    return [*_figures("here", splits), *_active(here), *_published()]


def space_table() -> Table:
    """Return the measured rows of every operation of the default space."""
    space = named_space("one", "resnet_10", height=96, width=96)
    wanted: dict[str, Operation] = {}
    for name in TOPOLOGIES:
        for operation in space_operations(space, known_topology(name, space.levels)):
            wanted[operation_key(operation)] = operation
    device, announced = identify(), [0]

    def on_round(progress: Progress) -> None:
        if progress.round > announced[0]:
            announced[0] = progress.round
            say(f"round {progress.round}: {progress.total} operations")

    with quiet(1) as notes:
        say("; ".join(notes))
        session = measure(
            tuple(wanted.values()), create(threads=1), device, PLAN, on_round=on_round
        )
    entries = tuple(tabulate([session.measurements]))
    return Table(device_model=device.model, environment=session.environment, entries=entries)


def split(table: Table, share: float, seed: int) -> Split:
    """Teach *share* of the rows, drawn by *seed*, and judge by the others."""
    order = np.random.default_rng(seed).permutation(len(table.entries))[:MOST_ROWS]
    count = round(share * len(order))
    train, test = (
        replace(table, entries=tuple(table.entries[i] for i in part))
        for part in (order[:count], order[count:])
    )
    predictor = fit_predictor(train)
    judged = judge(predictor, test)
    kept = tuple(entry for entry in test.entries if not isinstance(entry.operation, Border))
    errors = ridge_errors(train, test)
    return Split(
        median_error=judged.median_error,
        mean_error=judged.mean_error,
        within_10pct=judged.within_10pct,
        coverage=judged.coverage,
        without_borders=(
            judge(predictor, replace(test, entries=kept)).within_10pct
            if len(kept) < len(test.entries)
            else judged.within_10pct
        ),
        ridge_median_error=float(np.median(errors)),
        ridge_within_10pct=float(np.mean(errors <= 0.10)),
    )


def ridge_errors(train: Table, test: Table) -> np.ndarray:
    """Return the relative errors of a ridge over products of the logarithms of sizes."""
    taught, tested = examples_of(train)[0], examples_of(test)[0]
    readings = [reading_of(row.operation) for row in (*taught, *tested)]
    names = sorted({name for reading in readings[: len(taught)] for name in reading.sizes})
    logs = np.log2([[1 + r.sizes.get(name, 0.0) for name in names] for r in readings])
    families = [r.family.get("kind", "") + r.family.get("type", "") for r in readings]
    kinds = np.array([[each == kind for kind in sorted(set(families))] for each in families])
    columns = np.column_stack([_quadratic(logs), kinds])
    known = columns[: len(taught)]
    spread = known.std(axis=0)
    columns = (columns - known.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    values = np.log([row.latency_us for row in taught])
    ridge = min(RIDGES, key=lambda each: _left_out_error(columns[: len(taught)], values, each))
    weights = _weights(columns[: len(taught)], values, ridge)
    predicted = np.exp(columns[len(taught) :] @ weights + values.mean())
    measured = np.array([row.latency_us for row in tested])
    return np.asarray(np.abs(predicted - measured) / measured)


def _quadratic(logs: np.ndarray) -> np.ndarray:
    pairs = combinations_with_replacement(range(logs.shape[1]), 2)
    return np.column_stack([logs, *(logs[:, i] * logs[:, j] for i, j in pairs)])


def _weights(columns: np.ndarray, values: np.ndarray, ridge: float) -> np.ndarray:
    spread = columns.T @ columns + ridge * len(columns) * np.eye(columns.shape[1])
    return np.asarray(np.linalg.solve(spread, columns.T @ (values - values.mean())))


def _left_out_error(columns: np.ndarray, values: np.ndarray, ridge: float) -> float:
    """Return the mean squared error of each row predicted from the others."""
    spread = columns.T @ columns + ridge * len(columns) * np.eye(columns.shape[1])
    hat = columns @ np.linalg.solve(spread, columns.T)
    left = (values - values.mean() - hat @ (values - values.mean())) / (1 - np.diag(hat))
    return float(np.mean(left**2))


def _figures(name: str, splits: Sequence[Split]) -> list[Figure]:
    def mean(of: Callable[[Split], float]) -> float:
        return float(np.mean([of(each) for each in splits]))

    for field in ("median_error", "within_10pct", "coverage", "without_borders"):
        values = [getattr(each, field) for each in splits]
        say(f"{name} {field}: {np.mean(values):.3f}, from {min(values):.3f} to {max(values):.3f}")
    ridge = mean(lambda s: s.ridge_within_10pct)
    median = mean(lambda s: s.ridge_median_error)
    covered = mean(lambda s: s.coverage)
    return [
        at_most(f"{name} median_error", mean(lambda s: s.median_error), 0.04, "share", median),
        at_least(f"{name} within_10pct", mean(lambda s: s.within_10pct), 0.92, "share", ridge),
        at_least(
            f"{name} within_10pct_no_borders", mean(lambda s: s.without_borders), 0.92, "share"
        ),
        at_least(f"{name} coverage_least", covered, 0.87, "share"),
        at_most(f"{name} coverage_most", covered, 0.93, "share"),
    ]


def _active(table: Table) -> list[Figure]:
    """Compare operations that were chosen with as many by chance, by the errors of the others."""
    every = [example.operation for example in examples_of(table)[0]]
    count, chosen = round(TAUGHT * len(every)), list[Operation]()
    while len(chosen) < count:
        known = _rows(table, chosen)
        chosen += next_step(
            known, every, target_error=1e-6, count=min(16, count - len(chosen))
        ).next
        say(f"chosen {len(chosen)} of {count}")
    drawn = (np.random.default_rng(seed).permutation(len(every)) for seed in range(ACTIVE_SPLITS))
    by_chance = [_judged(table, [every[i] for i in order[:count]]) for order in drawn]
    found, chance = _judged(table, chosen), float(np.mean([each.mean_error for each in by_chance]))
    within = float(np.mean([each.within_10pct for each in by_chance]))
    return [
        at_most("chosen mean_error", found.mean_error, chance, "share", chance),
        at_most("chosen median_error", found.median_error, 0.04, "share"),
        at_least("chosen within_10pct", found.within_10pct, 0.92, "share", within),
    ]


def _rows(table: Table, operations: Sequence[Operation]) -> Table:
    kept = tuple(table.by_key[operation_key(operation)] for operation in operations)
    return replace(table, entries=kept)


def _judged(table: Table, taught: Sequence[Operation]) -> Judgement:
    """Return how well some rows tell those that are not among them."""
    return judge(fit_predictor(_rows(table, taught)), table)


def _published() -> list[Figure]:
    """Judge the tables of others, each against the ridge on the same rows."""
    figures: list[Figure] = []
    for file, share in PUBLISHED:
        path = DATA / "lut" / file
        if not path.is_file():
            say(f"{path} is not here: skipped")
            continue
        about = About(source=file, device_model="published", runtime="published")
        table = read_tables(path.read_bytes(), about)[1][0]
        name = file.partition("_")[0]
        splits = [split(table, share, seed) for seed in _told(3, name)]
        figures += _beside_ridge(name, splits)
    return figures


def _beside_ridge(name: str, splits: Sequence[Split]) -> list[Figure]:
    median, ridge_median, within, ridge_within, covered = np.mean(
        [
            (
                each.median_error,
                each.ridge_median_error,
                each.within_10pct,
                each.ridge_within_10pct,
                each.coverage,
            )
            for each in splits
        ],
        axis=0,
    )
    return [
        at_most(f"{name} median_error", median, ridge_median, "share", ridge_median),
        at_least(f"{name} within_10pct", within, ridge_within, "share", ridge_within),
        at_least(f"{name} coverage", covered, 0.87, "share"),
    ]


def _told(count: int, what: str) -> Sequence[int]:
    say(f"{what}: {count} splits")
    return range(count)


if __name__ == "__main__":
    report(run)
