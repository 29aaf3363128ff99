"""
The Pareto front of score against cost: the networks no other one is at least as good and cheap as.

For one cost the whole front is built cell after cell, dropping what is dominated on the way
(Nemhauser and Ullmann, Management Science 1969; polynomial in expectation, Beier and Voecking,
STOC 2003): a few hundred networks of 12 cells, in milliseconds and with nothing left out.  Several
budgets at once are an integer programme, see ``search.derive``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiler.errors import HnaError
from profiler.operations.network import Place
from profiler.space import CellCandidates
from search.derive import Choice, Scores, derive
from search.limits import Costs, Limit

Floats = NDArray[np.float64]
Picks = tuple[int, ...]
"""Index of the candidate each cell is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPoint:
    """
    A network, chosen by its scores.

    Args:
        candidates: name of the operation of each cell.
        score: the sum over its cells.
        predicted: its cost on every device, by name.
        fronts: the devices on whose front it is.
    """

    candidates: Mapping[Place, str]
    score: float
    predicted: Mapping[str, float]
    fronts: tuple[str, ...]


def front(
    candidates: CellCandidates, scores: Scores, costs: Mapping[str, Costs], points: int
) -> list[FrontPoint]:
    """
    Return networks spread over the front of every device, the cheapest on the first one first.

    For each device the best network within each of *points* budgets, which are equal ratios apart
    from the cheapest network to the one of best scores.  Each network is there once, so there may
    be fewer; a network on the fronts of two devices says so.

    Args:
        candidates: names of the candidates of every cell.
        scores: how good each is.
        costs: of each candidate, by device.
        points: budgets for each device; at least 2.

    Raises:
        HnaError: scores that are not finite, fewer than 2 points, or a device on which the
            cheapest network is predicted to take no time.
    """
    on: dict[Picks, list[str]] = {}
    for device, its_costs in costs.items():
        for picks in _spread(device, pareto_picks(scores, its_costs), its_costs, points):
            on.setdefault(picks, []).append(device)
    found = [_point(candidates, scores, costs, picks, on[picks]) for picks in on]
    return sorted(found, key=lambda point: (*point.predicted.values(), point.score))


def network_within(
    candidates: CellCandidates,
    scores: Scores,
    costs: Mapping[str, Costs],
    limits: Sequence[Limit],
) -> FrontPoint:
    """
    Return the network of best scores that keeps every limit, with its costs on all devices.

    Raises:
        BudgetInfeasible: no network meets one of the budgets; carries the smallest that is met.
        LimitsInfeasible: each budget can be met, but not all by one network.
    """
    derived = derive(Choice(candidates=candidates, scores=scores, limits=tuple(limits)))
    picks = [names.index(derived.candidates[place]) for place, names in candidates.items()]
    return _point(candidates, scores, costs, picks, ())


def pareto_picks(scores: Scores, costs: Costs) -> list[Picks]:
    """
    Return every network that no other one is at least as good and as cheap as, cheapest first.

    Of networks equal in both, one is kept.

    Raises:
        HnaError: scores that are not finite.
    """
    total, score = np.zeros(1), np.zeros(1)
    picks = np.zeros((1, 0), dtype=np.intp)
    for place, row in costs.cells.items():
        values = np.asarray(scores[place], float)
        if not np.isfinite(values).all():
            raise HnaError("a score is not finite; the search that made it diverged")
        wider_total = (total[:, None] + np.asarray(row)).ravel()
        wider_score = (score[:, None] + values).ravel()
        kept = _undominated(wider_total, wider_score)
        behind, last = np.divmod(kept, len(row))
        total, score = wider_total[kept], wider_score[kept]
        picks = np.column_stack((picks[behind], last))
    return [tuple(each) for each in picks.tolist()]


def _undominated(total: Floats, score: Floats) -> NDArray[np.intp]:
    """Return the indices of those no other one is at least as good and cheap as, cheapest first."""
    order = np.lexsort((-score, total))
    best = np.maximum.accumulate(score[order])
    return order[np.concatenate(([True], score[order][1:] > best[:-1]))]


def _spread(device: str, picks: Sequence[Picks], costs: Costs, points: int) -> list[Picks]:
    """Return the best of *picks* within each budget, each once."""
    totals = [costs.of(each) for each in picks]
    if points < 2:
        raise HnaError(f"points={points}; a front has at least 2")
    if not totals[0] > 0:
        raise HnaError(
            f"the cheapest network is predicted to take {totals[0]:.3g} {costs.unit} on {device}; "
            "its certificate is no use, measure the device again"
        )
    # Between two equal numbers geomspace returns some that are a bit smaller.
    budgets = np.maximum(np.geomspace(totals[0], totals[-1], points), totals[0])
    within = np.searchsorted(totals, budgets, side="right") - 1
    return [picks[index] for index in dict.fromkeys(within.tolist())]


def _point(
    candidates: CellCandidates,
    scores: Scores,
    costs: Mapping[str, Costs],
    picks: Sequence[int],
    fronts: Sequence[str],
) -> FrontPoint:
    pairs = list(zip(candidates.items(), picks, strict=True))
    return FrontPoint(
        candidates={place: names[index] for (place, names), index in pairs},
        score=sum(float(scores[place][index]) for (place, _), index in pairs),
        predicted={device: each.of(picks) for device, each in costs.items()},
        fronts=tuple(fronts),
    )
