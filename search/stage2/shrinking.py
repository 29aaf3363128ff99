"""
Progressive shrinking: the least probable candidates leave the search one after the other.

What is left is trained more often and compared more finely, and the probabilities sharpen.  A
network that keeps every limit always remains: the candidates of the best one stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from profiler.space import CellCandidates
from search.derive import Choice, derive
from search.limits import Limit
from search.stage2.architecture import Architecture
from search.stage2.plan import Stage2Plan


def shrink(
    architecture: Architecture,
    candidates: CellCandidates,
    limits: Sequence[Limit],
    plan: Stage2Plan,
    epoch: int,
) -> None:
    """
    Drop what the plan no longer keeps after *epoch*, counted from 0.

    Args:
        architecture: of the supernet; changed in place.
        candidates: all of them, cell by cell.
        limits: the search's; some network within them remains.
        plan: says how many candidates are kept.
        epoch: the one that has just ended.
    """
    surplus = [
        len(left) - plan.kept(len(names), epoch)
        for left, names in zip(architecture.left(), candidates.values(), strict=True)
    ]
    if max(surplus) <= 0:
        return
    choice = remaining(architecture, candidates, limits)
    best = derive(choice).candidates
    for row, (place, names) in enumerate(choice.candidates.items()):
        weakest = sorted(zip(choice.scores[place], names, strict=True))
        doomed = [name for _, name in weakest if name != best[place]]
        for name in doomed[: max(0, surplus[row])]:
            architecture.drop(row, candidates[place].index(name))


def remaining(
    architecture: Architecture, candidates: CellCandidates, limits: Sequence[Limit]
) -> Choice:
    """Return what a network can still be chosen from, scored by log-probability."""
    left = architecture.left()
    rows = zip(candidates.items(), left, strict=True)
    return Choice(
        candidates={place: tuple(names[k] for k in kept) for (place, names), kept in rows},
        scores=dict(zip(candidates, architecture.log_probabilities(), strict=True)),
        limits=tuple(limit.narrowed(left) for limit in limits),
    )
