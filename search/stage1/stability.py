"""
How far searches with different seeds agree on what cells keep.

In the reference the selection is dominated by its random initialisation (spec/hna_nas.md section
2.5), and one search does not show it.  Agreement is that of sets (Jaccard: shared by either), and
means something only beside what sets of the same sizes share by chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from statistics import fmean

from profiler.errors import HnaError
from profiler.operations.network import Place
from profiler.space import Gene
from profiler.space.topology import pick_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """
    How far selections agree.

    Args:
        found: mean Jaccard index of all pairs, from 0 to 1.
        chance: what it would be expected to be, had each kept as many inputs at random.
    """

    found: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """
    Agreement of several searches.

    Args:
        searches: how many.
        cells: by place past iteration 0.
        overall: the mean of the cells.
    """

    searches: int
    cells: Mapping[Place, Agreement]
    overall: Agreement


def selection_stability(genes: Sequence[Gene]) -> Stability:
    """
    Return how far searches that differ in their seed alone agree on the inputs cells keep.

    Compared are the cells of the iteration before that a cell picks; x, which a new search keeps
    in every cell, is no choice.  Two cells that pick none agree.

    Args:
        genes: of the searches, in the consistent order.

    Raises:
        HnaError: fewer than two, or of different numbers of levels.
    """
    if len(genes) < 2 or len({frozenset(gene.picks) for gene in genes}) > 1:
        raise HnaError(f"{len(genes)} gene(s); stability is of two or more of one grid of cells")
    levels = 1 + max(i for i, _ in genes[0].picks)
    cells = {
        place: _agreement([_kept(gene, place, levels) for gene in genes], levels - place[0] + 1)
        for place in genes[0].picks
        if place[0]
    }
    overall = Agreement(
        found=fmean(cell.found for cell in cells.values()),
        chance=fmean(cell.chance for cell in cells.values()),
    )
    return Stability(searches=len(genes), cells=cells, overall=overall)


def stability_text(stability: Stability) -> str:
    """Return *stability* as a table for people, a line for each cell and one for all."""
    lines = [f"agreement of {stability.searches} searches on kept inputs   found  by chance"]
    rows = [(f"cell {place}", each) for place, each in stability.cells.items()]
    for name, each in (*rows, ("overall", stability.overall)):
        lines.append(f"{name:45} {each.found:>7.2f}  {each.chance:>9.2f}")
    return "\n".join(lines)


def _kept(gene: Gene, place: Place, levels: int) -> frozenset[int]:
    return frozenset(gene.picks[place]) - {pick_index(place, None, levels, "consistent")}


def _agreement(kept: Sequence[frozenset[int]], inputs: int) -> Agreement:
    pairs = list(combinations(kept, 2))
    return Agreement(
        found=fmean(len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs),
        chance=fmean(_by_chance(len(a), len(b), inputs) for a, b in pairs),
    )


def _by_chance(left: int, right: int, inputs: int) -> float:
    """Return the expected Jaccard index of random subsets of two sizes (hypergeometric)."""
    if not left + right:
        return 1.0
    return sum(
        comb(left, shared) * comb(inputs - left, right - shared) * shared / (left + right - shared)
        for shared in range(1, min(left, right) + 1)
    ) / comb(inputs, right)
