"""
Does search beat chance at equal latency: ``python -m benchmarks.search_vs_random``.

On 64 real images (NUAA-SIRST in ``$HNA_DATA``; synthetic ones without it) and this machine's own
table, once for each seed: search, draw a random network predicted to cost the same, train both
alike, judge both on the test list, measure both whole.  A quarter of the images is the validation
list; the test list is read at the end.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.small_search import SmallSearch, measured_us, small_search
from search.derive import Derived
from search.evaluation import evaluate
from search.stage2 import drawn, scored, search_operations
from search.training.loop import train
from search.trials import race

SEEDS = 5
EQUAL = 0.02
"""How far apart two predicted latencies may be that are called equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """
    Both networks of one seed.

    Args:
        searched: mIoU of the searched network on the test list.
        random: of the random one.
        latency_ratio: measured latency of the searched network over the random one's.
        search_s: seconds from the first step of the search to the chosen network.
    """

    searched: float
    random: float
    latency_ratio: float
    search_s: float


def run(seeds: int = SEEDS) -> list[Figure]:
    """Search and compare, once for each seed."""
    pairs = []
    house = small_search()
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            pairs.append(compare(house.seeded(seed), Path(folder)))
        say(f"seed {seed}: searched {pairs[-1].searched:.3f}, random {pairs[-1].random:.3f}")
    gains = np.array([pair.searched - pair.random for pair in pairs])
    say(f"gain in mIoU: {', '.join(f'{gain:+.3f}' for gain in gains)}")
    searched, random = (median(getattr(p, name) for p in pairs) for name in ("searched", "random"))
    return [
        at_least("median_miou", searched, random, "share", random),
        at_least("median_gain", float(np.median(gains)), 0.0, "share"),
        at_least("seeds_won", float(np.mean(gains > 0)), 0.6, "share"),
        at_most("measured_latency_ratio", median(p.latency_ratio for p in pairs), 1.05, "ratio"),
        at_most("search_minutes", median(p.search_s for p in pairs) / 60, 15.0, "min"),
    ]


def compare(house: SmallSearch, folder: Path) -> Pair:
    """Search one network, draw another of equal latency, train and measure both."""
    started = perf_counter()
    searched = search(house, folder / "searched")
    taken_s = perf_counter() - started
    random = random_of_equal_latency(house, searched)
    mious = {
        name: trained_miou(house, derived, folder / name)
        for name, derived in (("searched", searched), ("random", random))
    }
    networks = tuple(house.network(each.candidates) for each in (searched, random))
    ours, theirs = measured_us(networks)
    return Pair(
        searched=mious["searched"],
        random=mious["random"],
        latency_ratio=ours / theirs,
        search_s=taken_s,
    )


def search(house: SmallSearch, folder: Path) -> Derived:
    """Return the network the second stage, its scores and the trials come to."""
    configuration = house.configuration
    training, validation, held_out = house.batches()
    result = search_operations(
        configuration.space, house.topology, [house.limit], training, validation,
        configuration.stage2, run=folder,
    )  # fmt: skip
    seen = scored(result, training, held_out)
    say(f"supernet: mIoU {seen.base.miou:.3f} of the base network")
    plan = configuration.trials
    tried = drawn(seen.choice, plan.networks, spread=plan.spread, seed=configuration.seed)
    makers = [partial(house.fresh, derived.candidates) for derived in tried]
    trials = race(makers, house.dataset, configuration.training, plan, run=folder)
    return tried[trials[0].number]


def random_of_equal_latency(house: SmallSearch, searched: Derived) -> Derived:
    """Return the first network drawn uniformly that is predicted to cost what *searched* does."""
    generator = Random(house.configuration.seed)
    (predicted,) = searched.predicted.values()
    limit = house.limit
    while True:
        picked = [generator.randrange(len(names)) for names in house.candidates.values()]
        if abs(limit.costs.of(picked) / predicted - 1) <= EQUAL:
            pairs = zip(house.candidates.items(), picked, strict=True)
            names = {place: names[index] for (place, names), index in pairs}
            return Derived(
                candidates=names, predicted={limit.name: limit.costs.of(picked)}, score=0
            )


def trained_miou(house: SmallSearch, derived: Derived, folder: Path) -> float:
    """Train a network to the end, or go on from its trial, and judge it on the test list."""
    module = house.fresh(derived.candidates)
    train(module, house.dataset, house.configuration.training, run=folder)
    metrics = evaluate(
        module,
        house.dataset.test,
        size=house.configuration.space.height,
        normalisation=house.dataset.normalisation,
    )
    return metrics.miou


if __name__ == "__main__":
    report(run)
