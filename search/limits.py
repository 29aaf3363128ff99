"""
What candidates cost, and how much of it a network may have.

A cost is latency from a device's table, MACs or parameters: something that adds up over the cells.
A limit is a cost with a budget; a search may have several, such as one for each device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from profiler.errors import BudgetInfeasible, HnaError
from profiler.operations.network import Place

Unit = Literal["us", "MACs", "weights"]
"""Microseconds, multiply-accumulates, elements of convolution weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """
    What each candidate of each cell adds to a network, in one unit.

    Args:
        cells: a cost for each candidate of each cell, in the order of the candidates.
        fixed: cost of everything that is no choice.
        unit: of all these numbers.

    Raises:
        HnaError: a number that is not finite.
    """

    cells: Mapping[Place, tuple[float, ...]]
    fixed: float
    unit: Unit = "us"

    def __post_init__(self) -> None:
        for place, costs in self.cells.items():
            if not all(map(isfinite, costs)):
                raise HnaError(f"cell {place}: a cost is not finite: {costs}")

    @property
    def smallest(self) -> float:
        """The cost of the cheapest network."""
        return self.fixed + sum(min(costs) for costs in self.cells.values())

    @property
    def largest(self) -> float:
        """The cost of the most expensive network."""
        return self.fixed + sum(max(costs) for costs in self.cells.values())

    def of(self, picked: Sequence[int]) -> float:
        """Return the cost of the network in which each cell is the picked candidate."""
        pairs = zip(self.cells.values(), picked, strict=True)
        return self.fixed + sum(costs[index] for costs, index in pairs)

    def narrowed(self, left: Sequence[Sequence[int]]) -> Costs:
        """Return the costs of some of the candidates: those whose indices are *left*."""
        pairs = zip(self.cells.items(), left, strict=True)
        cells = {place: tuple(row[k] for k in indices) for (place, row), indices in pairs}
        return replace(self, cells=cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    A budget and what counts towards it.

    Args:
        name: of the device, or of what is counted.
        costs: what counts.
        budget: what the network may cost, in the unit of *costs*.
        headroom: how many times its predicted cost a network may turn out to have; predictions
            stay below the budget by that factor.
        spend: share of what is allowed that a network is to spend, where any can; 0 leaves it to
            the scores.

    Raises:
        HnaError: a budget or headroom that is not above 0, or a share that is none.
    """

    name: str
    costs: Costs
    budget: float
    headroom: float = 1.0
    spend: float = 0.0

    def __post_init__(self) -> None:
        if not self.budget > 0 or not self.headroom > 0:
            raise HnaError(
                f"limit {self.name}: budget={self.budget}, headroom={self.headroom}; "
                "both must be above 0"
            )
        if not 0 <= self.spend < 1:
            raise HnaError(f"limit {self.name}: spend={self.spend}; a share from 0 to below 1")

    @property
    def allowed(self) -> float:
        """The largest cost that may be predicted."""
        return self.budget / self.headroom

    @property
    def least(self) -> float:
        """The smallest cost that should be predicted."""
        return self.spend * self.allowed

    def require_feasible(self) -> None:
        """
        Check that some network keeps to this limit.

        Raises:
            BudgetInfeasible: none does; carries the smallest budget one could keep to.
        """
        if not self.costs.smallest <= self.allowed:
            smallest = self.costs.smallest * self.headroom
            raise BudgetInfeasible(self.name, self.budget, smallest, self.costs.unit)

    def narrowed(self, left: Sequence[Sequence[int]]) -> Limit:
        """Return the same limit for some of the candidates: those whose indices are *left*."""
        return replace(self, costs=self.costs.narrowed(left))
