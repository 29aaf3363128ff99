"""
How additive real devices are, from published measurements: ``python -m benchmarks.additivity``.

NAS-Bench-201 as HELP published it: 15,625 networks measured whole, six edges with one of five
operations each.  A table of 31 numbers, one for each operation on each edge and a constant, is
fitted to 12,500 of them and judged on the other 3,125.  Least squares of absolute errors on the
first 12,500 of ``numpy.random.default_rng(0).permutation(15_625)`` reproduces the published shares;
fits of relative errors do not (networks that do next to nothing weigh too much).

Some runtimes drop edges nobody reads and others run them.  Which one a device has is decided by
cross-validation among the 12,500, and never by the networks it is judged on.  Expected values are
those published for the same data (``EXPECTED``); a goal is to be within a point of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from profiler.certificates import live_edges, spearman
from profiler.errors import HnaError
from profiler.summary import Array

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Of a cell of NAS-Bench-201, in the order in which the data name their operations."""

NONE = 0
"""The operation that is none."""

TRAIN, FOLDS, SEED = 12_500, 5, 0

POINT = 0.01

EXPECTED = {
    "titan_rtx_256": (1.000, 1.000),
    "1080ti_1": (0.999, 0.989),
    "2080ti_1": (0.934, 0.968),
    "titanx_1": (0.997, 0.982),
    "samsung_a50": (0.921, 0.982),
    "raspi4": (0.544, 0.941),
    "pixel3": (0.552, 0.941),
    "gold_6226": (0.932, 0.989),
    "silver_4210r": (0.942, 0.996),
    "silver_4114": (0.729, 0.966),
    "gold_6240": (0.699, 0.960),
    "samsung_s7": (0.766, 0.932),
    "essential_ph_1": (0.518, 0.933),
    "pixel2": (0.465, 0.911),
}
"""Share of networks within 10 % and Spearman's rho, with every edge summed."""

EXPECTED_PRUNED = {"raspi4": (0.633, 0.967), "pixel3": (0.697, 0.967)}
"""The same where edges that cannot reach the output are dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How well one table predicts networks it was not fitted to."""

    within_10pct: float
    rho: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """
    One device.

    Args:
        plain: every edge summed.
        pruned: edges that cannot reach the output dropped.
        prunes: whether cross-validation says that its runtime drops them.
    """

    plain: Judged
    pruned: Judged
    prunes: bool

    @property
    def chosen(self) -> Judged:
        """What cross-validation chose."""
        return self.pruned if self.prunes else self.plain

    @property
    def chose_well(self) -> bool:
        """Whether the other choice would have been no better."""
        best = max(self.plain.within_10pct, self.pruned.within_10pct)
        return self.chosen.within_10pct >= best


def run() -> list[Figure]:
    """Reproduce the published shares, and decide for each device whether its runtime prunes."""
    path = data_path()
    with np.load(path) as held:
        chosen, names = held["arch"], [str(name) for name in held["devices"]]
        measured = held["latency_ms"].astype(float)
    order = np.random.default_rng(SEED).permutation(len(chosen))
    compared = {}
    for name, latencies in zip(names, measured, strict=True):
        compared[name] = compare(chosen, latencies, order)
        say(_line(name, compared[name]))
    return [*_reproduced(compared), *_pruned(compared), *_decided(list(compared.values()))]


def data_path() -> Path:
    """Return where the published measurements are, or raise ``HnaError``."""
    path = Path(os.environ.get("HNA_DATA", "../shared/data")) / "lut" / "help_nasbench201.npz"
    if not path.is_file():
        raise HnaError(f"{path} is not there; name the folder of the data in HNA_DATA")
    return path


def design(chosen: Array) -> Array:
    """Return one column for each operation on each edge, and one of ones."""
    one_hot = np.eye(5)[chosen].reshape(len(chosen), -1)
    return np.hstack([one_hot, np.ones((len(chosen), 1))])


def pruned(chosen: Array) -> Array:
    """Return operations of networks, with ``none`` on every edge that a pruning runtime drops."""
    empty = chosen == NONE
    patterns, where = np.unique(empty, axis=0, return_inverse=True)
    live = np.array([live_edges(EDGES, pattern.tolist(), output=3) for pattern in patterns])
    return np.where(live[where.reshape(-1)], chosen, NONE)


def compare(chosen: Array, latencies: Array, order: Array) -> Compared:
    """Return how well both ways predict the networks after the first 12,500 of *order*."""
    ways = (design(chosen), design(pruned(chosen)))
    train, test = order[:TRAIN], order[TRAIN:]
    plain, without = (_judged(way, latencies, train, test) for way in ways)
    errors = [_cross_validated(way[train], latencies[train]) for way in ways]
    return Compared(plain=plain, pruned=without, prunes=errors[1] < errors[0])


def _judged(way: Array, latencies: Array, train: Array, test: Array) -> Judged:
    predicted = way[test] @ _fit(way[train], latencies[train])
    errors = np.abs(predicted - latencies[test]) / latencies[test]
    return Judged(
        within_10pct=float(np.mean(errors <= 0.10)), rho=spearman(predicted, latencies[test])
    )


def _cross_validated(way: Array, latencies: Array) -> float:
    """Return the mean squared error on folds left out."""
    total = 0.0
    for fold in np.array_split(np.arange(len(latencies)), FOLDS):
        table = _fit(np.delete(way, fold, axis=0), np.delete(latencies, fold))
        total += float(np.sum((way[fold] @ table - latencies[fold]) ** 2))
    return total / len(latencies)


def _fit(way: Array, latencies: Array) -> Array:
    table: Array = np.linalg.lstsq(way, latencies, rcond=None)[0]
    return table


def _reproduced(compared: dict[str, Compared]) -> Iterator[Figure]:
    for name, (share, rho) in EXPECTED.items():
        yield _near(f"within_10pct_{name}", compared[name].plain.within_10pct, share, "share")
        yield _near(f"spearman_{name}", compared[name].plain.rho, rho, "ratio")
    furthest = max(abs(compared[n].plain.within_10pct - s) for n, (s, _) in EXPECTED.items())
    yield at_most("furthest_from_published", furthest, POINT, "share")


def _pruned(compared: dict[str, Compared]) -> Iterator[Figure]:
    for name, (share, rho) in EXPECTED_PRUNED.items():
        yield _near(
            f"pruned_within_10pct_{name}", compared[name].pruned.within_10pct, share, "share"
        )
        yield _near(f"pruned_spearman_{name}", compared[name].pruned.rho, rho, "ratio")
    yield _near(
        "pruned_within_10pct_titan_rtx_256",
        compared["titan_rtx_256"].pruned.within_10pct,
        0.81,
        "share",
    )


def _decided(devices: Sequence[Compared]) -> Iterator[Figure]:
    """Yield what it is worth to let each device's own measurements decide."""
    never = float(np.mean([each.plain.within_10pct for each in devices]))
    always = float(np.mean([each.pruned.within_10pct for each in devices]))
    chosen = float(np.mean([each.chosen.within_10pct for each in devices]))
    right = float(np.mean([each.chose_well for each in devices]))
    yield at_least("decided_within_10pct_mean", chosen, never, "share", never)
    yield at_least("decided_over_always_pruned", chosen, always, "share", always)
    yield at_least("decided_rightly", right, 1.0, "share")


def _near(name: str, figure: float, expected: float, unit: str) -> Figure:
    """Return a figure that should be what was published, within a point."""
    return Figure(
        name=name,
        figure=figure,
        unit=unit,
        goal=f"{expected:g} +- {POINT:g}",
        baseline=expected,
        holds=abs(figure - expected) <= POINT,
    )


def _line(name: str, device: Compared) -> str:
    plain, without = device.plain, device.pruned
    return (
        f"{name}: {plain.within_10pct:.1%} within 10 %, rho {plain.rho:.3f}; pruned "
        f"{without.within_10pct:.1%}, {without.rho:.3f}; "
        f"{'prunes' if device.prunes else 'runs every edge'}"
    )


if __name__ == "__main__":
    report(run)
