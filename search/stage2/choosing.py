"""
From a trained supernet to networks that keep every limit.

Every candidate takes its place in the base network, the one the supernet trained most, one
cell at a time and with batch norms recalibrated; by how much it changes the validation loss is its
score.  Losses add up over cells well enough to derive from, and they belong to no device: from
the same scores come networks for other budgets and devices (``hna front``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from profiler.operations.network import Place
from search.data.batches import Batches
from search.derive import Choice, Derived, derive
from search.stage2.loop import Stage2Result
from search.stage2.ranking import Judge, Judged
from search.stage2.supernet import Stage2Supernet

_PATIENCE = 3
"""Draws for each network asked for, before it is believed that there are no more."""

OnSwap = Callable[[int, int], None]
"""Told how many candidates have been tried, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """
    What a supernet says of the candidates that are left.

    Args:
        choice: scores are losses spared against the base of the cell, limits the search's.
        base: the base network, as the supernet sees it.
    """

    choice: Choice
    base: Judged


def scored(
    result: Stage2Result,
    train: Batches,
    validation: Batches,
    *,
    on_swap: OnSwap = lambda _, __: None,
) -> Scored:
    """
    Score every candidate by its loss in the base network.

    Args:
        result: of the search; the running statistics of its supernet change.
        train: batch norms are recalibrated on the first of these.
        validation: networks are judged on one pass over these.
        on_swap: told how far it is.
    """
    judge = Judge(result.supernet, train, validation)
    base = _base_network(result.supernet)
    seen = judge(base)
    total = sum(len(names) for names in result.choice.candidates.values())
    done = iter(range(1, total + 1))

    def of_cell(place: Place) -> Iterator[float]:
        for name in result.choice.candidates[place]:
            swapped = seen if name == base[place] else judge({**base, place: name})
            yield seen.loss - swapped.loss
            on_swap(next(done), total)

    scores = {place: list(of_cell(place)) for place in result.choice.candidates}
    return Scored(choice=replace(result.choice, scores=scores), base=seen)


def drawn(choice: Choice, count: int, *, spread: float, seed: int) -> list[Derived]:
    """
    Return the best network of *choice* and up to *count* - 1 others that could be as good.

    The scores are perturbed with Gumbel noise and the programme solved again (perturb-and-MAP,
    ICCV 2011): better networks come more often, and never one over a limit.  The score of each is
    by the scores as they were.

    Args:
        choice: what to derive from.
        count: how many in all.
        spread: scale of the noise, in the unit of the scores.
        seed: equal seeds, equal networks.

    Raises:
        BudgetInfeasible: no network meets a budget.
        LimitsInfeasible: no network meets all of them.
    """
    generator = np.random.default_rng(seed)
    best = derive(choice)
    found = {tuple(best.candidates.values()): best}
    for _ in range(_PATIENCE * count):
        if len(found) >= count:
            break
        scores = {
            place: (np.asarray(row) + spread * generator.gumbel(size=len(row))).tolist()
            for place, row in choice.scores.items()
        }
        network = derive(replace(choice, scores=scores))
        score = choice.score_of(network.candidates)
        found.setdefault(tuple(network.candidates.values()), replace(network, score=score))
    return list(found.values())


def _base_network(supernet: Stage2Supernet) -> dict[Place, str]:
    indices = supernet.architecture.base.tolist()
    pairs = zip(supernet.candidates.items(), indices, strict=True)
    return {place: names[index] for (place, names), index in pairs}
