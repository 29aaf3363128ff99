"""What one would do otherwise; told true latencies without noise, which favours it."""

from __future__ import annotations

import numpy as np

from benchmarks.known_optimum.hunt import Hunt, read
from benchmarks.known_optimum.pricing import no_belief
from benchmarks.known_optimum.truth import Truth

SEED = 0
DRAWS = 50


def without_transfer(
    truth: Truth, model: str, hunt: Hunt, first: int, steps: int, a_step: int
) -> float:
    """
    Return the regret of the same search by sums of the device's own rows alone.

    Args:
        truth: what is known of the space.
        model: of the device.
        hunt: the search to compare with.
        first: how many networks are measured first, drawn at random.
        steps: how often more are.
        a_step: how many each time.
    """
    latency_us = truth.latency_us(model)
    alone = truth.hunt(hunt.objective, hunt.budget_us)
    handful = _drawn(truth, np.random.default_rng(SEED), first)
    alone.tell(read(latency_us, handful))
    belief = no_belief(truth.cells.features, float(np.median(latency_us[handful])))
    for _ in range(steps):
        alone.tell(read(latency_us, alone.ask(belief, a_step)))
    return truth.regret(model, alone)


def by_chance(truth: Truth, model: str, hunt: Hunt) -> float:
    """Return the mean regret of the best that holds of as many networks drawn at random."""
    latency_us, draw = truth.latency_us(model), np.random.default_rng(SEED)
    regrets = []
    for _ in range(DRAWS):
        some = truth.hunt(hunt.objective, hunt.budget_us)
        some.tell(read(latency_us, _drawn(truth, draw, len(hunt.readings))))
        regrets.append(truth.regret(model, some))
    return float(np.mean(regrets))


def _drawn(truth: Truth, draw: np.random.Generator, count: int) -> list[int]:
    """Return networks drawn at random of those whose output depends on the input."""
    drawn: list[int] = draw.choice(
        np.flatnonzero(truth.cells.connected), count, replace=False
    ).tolist()
    return drawn
