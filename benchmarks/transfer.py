"""
What ten networks of a new device say of all others: ``python -m benchmarks.transfer``.

HELP's split and protocol: the sources are known by the first 900 networks alone; ten of those,
drawn at random from the eight tenths in the middle, are measured on an unseen device; of the next
1,000 networks the middle ones are ranked.  Nothing of the queries is known on any device, and no
setting was chosen by an unseen device.  The baseline is a ridge regression on tables of the same
sources, from the same measurements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.few_shot.published import (
    POOL,
    QUERIES,
    SOURCES,
    SOURCES_FBNET,
    UNSEEN,
    Published,
    published,
    spearman,
)
from benchmarks.few_shot.ridge import ridge, source_tables
from benchmarks.few_shot.views import cell_views, chain_view, some
from benchmarks.figures import Figure, at_least, at_most, report, say
from profiler.summary import Array
from profiler.transfer import Transferred, View, telling_rows, transfer

SEEDS = 50
FULL_SEEDS = 5
FEW, FBNET_FEW = 10, 20
HALF = 2_500
"""FBNet networks by which sources are known, where their tables are as full as tables are."""

NORMAL_90 = 1.645

GOALS = {"pixel2": 0.82}
"""Of single devices; the others have the baseline's as theirs."""


@dataclass(frozen=True)
class Score:
    """Rank correlation of a transfer, of the baseline, and how often intervals held."""

    transferred: float
    baseline: float
    covered: float


def run() -> list[Figure]:
    """Transfer to every unseen device and count."""
    cells = published("nasbench201")
    views = cell_views(cells, SOURCES, POOL)
    said = source_tables(cells, SOURCES, POOL)
    figures = _protocol(cells, views, said)
    figures.append(_told(cells, views, said))
    figures.append(_full_range(cells, views, said))
    return [*figures, *_fbnet(POOL), *_fbnet(HALF)]


def _protocol(cells: Published, views: Sequence[View], said: Array) -> list[Figure]:
    """Return the figures of HELP's protocol."""
    seen = [some(view, np.arange(POOL + QUERIES)) for view in views]
    by_device: dict[str, list[Score]] = {}
    for device in UNSEEN:
        pool = cells.trimmed(device, 0, POOL)
        queries = cells.trimmed(device, POOL, QUERIES)
        draws = [np.random.default_rng(seed).permutation(pool)[:FEW] for seed in range(SEEDS)]
        latency_ms = cells.latency_ms[device]
        by_device[device] = [_score(seen, said, few, latency_ms, queries) for few in draws]
        say(f"{device}: Spearman {_mean(by_device[device]):.3f}")
    everything = [score for scores in by_device.values() for score in scores]
    covered = float(np.mean([score.covered for score in everything]))
    base = _mean(everything, baseline=True)
    figures = [at_least("spearman_mean", _mean(everything), 0.945, "ratio", base)]
    for device, scores in by_device.items():
        base = _mean(scores, baseline=True)
        goal = GOALS.get(device, base)
        figures.append(at_least(f"spearman_{device}", _mean(scores), goal, "ratio", base))
    return [
        *figures,
        at_least("interval_coverage", covered, 0.87, "share"),
        at_most("interval_coverage_not_above", covered, 0.93, "share"),
    ]


def _told(cells: Published, views: Sequence[View], said: Array) -> Figure:
    """Return the mean over devices when the ten are chosen by what the sources say alone."""
    seen = [some(view, np.arange(POOL + QUERIES)) for view in views]
    few = np.array(telling_rows(some(views[0], np.arange(POOL)), FEW))
    scores = [
        _score(seen, said, few, cells.latency_ms[device], cells.trimmed(device, POOL, QUERIES))
        for device in UNSEEN
    ]
    base = _mean(scores, baseline=True)
    return at_least("spearman_mean_of_telling_ones", _mean(scores), 0.945, "ratio", base)


def _full_range(cells: Published, views: Sequence[View], said: Array) -> Figure:
    """Return the mean over all networks outside the pool, none dropped."""
    scores = []
    for device in UNSEEN:
        latency_ms = cells.latency_ms[device]
        others = np.arange(POOL, len(latency_ms))
        for seed in range(FULL_SEEDS):
            few = np.random.default_rng(seed).permutation(POOL)[:FEW]
            scores.append(_score(views, said, few, latency_ms, others))
    say("full range done")
    base = _mean(scores, baseline=True)
    return at_least("spearman_full_range", _mean(scores), 0.959, "ratio", base)


def _fbnet(known: int) -> list[Figure]:
    """Return how many FBNet networks are within 10 %, sources known by the first *known*."""
    chains = published("fbnet")
    view = chain_view(chains, SOURCES_FBNET, known)
    said = source_tables(chains, SOURCES_FBNET, known)
    latency_ms = chains.latency_ms["gold_6226"]
    held_out = np.arange(known, len(latency_ms))
    close, base, covered = [], [], []
    for seed in range(SEEDS):
        few = np.random.default_rng(seed).permutation(known)[:FBNET_FEW]
        found = _transferred([view], few, latency_ms)
        close.append(_within(np.exp(found.mean), latency_ms, held_out))
        base.append(_within(ridge(said, few, latency_ms[few]), latency_ms, held_out))
        covered.append(_covered(found, latency_ms, held_out))
    share, plain, inside = (float(np.mean(values)) for values in (close, base, covered))
    say(f"FBNet, sources known by {known} networks: {share:.1%} within 10 %")
    name = f"fbnet_gold_6226_of_{known}"
    return [
        at_least(f"{name}_within_10pct", share, 0.8, "share", plain),
        at_least(f"{name}_coverage", inside, 0.87, "share"),
        at_most(f"{name}_coverage_not_above", inside, 0.93, "share"),
    ]


def _score(
    views: Sequence[View], said: Array, few: Array, latency_ms: Array, asked: Array
) -> Score:
    found = _transferred(views, few, latency_ms)
    return Score(
        transferred=spearman(found.mean[asked], latency_ms[asked]),
        baseline=spearman(ridge(said, few, latency_ms[few])[asked], latency_ms[asked]),
        covered=_covered(found, latency_ms, asked),
    )


def _transferred(views: Sequence[View], few: Array, latency_ms: Array) -> Transferred:
    measured = latency_ms[few]
    return transfer(views, few, np.log(measured), _tick_sd(measured))


def _tick_sd(latency_ms: Array) -> Array:
    """Return the relative standard deviation by a clock that shows whole milliseconds only."""
    whole = bool(np.all(latency_ms == np.round(latency_ms)))
    sd: Array = (1 / np.sqrt(12) if whole else 0.0) / latency_ms
    return sd


def _covered(found: Transferred, latency_ms: Array, asked: Array) -> float:
    apart = np.abs(np.log(latency_ms[asked]) - found.mean[asked])
    return float(np.mean(apart <= NORMAL_90 * found.sd[asked]))


def _within(predicted: Array, latency_ms: Array, asked: Array) -> float:
    return float(np.mean(np.abs(predicted[asked] / latency_ms[asked] - 1) <= 0.1))


def _mean(scores: Sequence[Score], *, baseline: bool = False) -> float:
    return float(np.mean([each.baseline if baseline else each.transferred for each in scores]))


if __name__ == "__main__":
    report(run)
