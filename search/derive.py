"""
From scores to the one network that keeps every limit, chosen exactly.

Maximises the sum of one score a cell subject to all budgets: an integer programme with one binary
variable a candidate, solved to optimality by HiGHS (through SciPy).  Cuts exclude networks already
found, so the best few come in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from profiler.errors import HnaError, LimitsInfeasible
from profiler.operations.network import Place
from profiler.space import CellCandidates
from search.limits import Limit

Scores = Mapping[Place, Sequence[float]]
"""A number for each candidate of each cell, in the order of the candidates."""

_INFEASIBLE = 2
"""HiGHS's status of a programme without solution, as SciPy passes it on."""

_ROOM = 1e-9
"""Relative room above a budget that the solver is given; what it finds there is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """
    What a network can be chosen from.

    Args:
        candidates: names of the candidates of every cell.
        scores: how much each is preferred; only differences within a cell matter.
        limits: what the network must not exceed; none leaves the best of each cell.
    """

    candidates: CellCandidates
    scores: Scores
    limits: tuple[Limit, ...]

    def score_of(self, picked: Mapping[Place, str]) -> float:
        """Return the sum of the scores of the candidates *picked*, one for each cell."""
        return sum(
            float(self.scores[place][names.index(picked[place])])
            for place, names in self.candidates.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """
    A chosen network.

    Args:
        candidates: name of the operation of each cell.
        predicted: its cost under each limit, by the limit's name.
        score: the sum over its cells.
    """

    candidates: Mapping[Place, str]
    predicted: Mapping[str, float]
    score: float


def derive(choice: Choice) -> Derived:
    """
    Return the network with the best sum of scores within all limits; exact to 1e-6 of that sum.

    Raises:
        BudgetInfeasible: no network meets one of the budgets; carries the smallest that is met.
        LimitsInfeasible: each budget can be met, but not all by one network.
        HnaError: scores that are not finite.
    """
    return next(derive_in_order(choice))


def derive_in_order(choice: Choice) -> Iterator[Derived]:
    """
    Yield the networks within all limits, the best first, until there are no more.

    Where no network spends what the limits ask to be spent, it is not asked.  Errors are those of
    ``derive`` and come with the first network.
    """
    for limit in choice.limits:
        limit.require_feasible()
    programme = _Programme(choice)
    picked = programme.solve()
    if picked is None and any(limit.spend for limit in choice.limits):
        programme = _Programme(_spared(choice))
        picked = programme.solve()
    if picked is None:
        raise LimitsInfeasible([limit.name for limit in choice.limits])
    while picked is not None:
        yield _derived(choice, picked)
        programme.exclude(picked)
        picked = programme.solve()


class _Programme:
    """One binary variable a candidate, cell after cell."""

    def __init__(self, choice: Choice) -> None:
        self._limits = choice.limits
        self._counts = [len(names) for names in choice.candidates.values()]
        self._values = _flat(choice.scores, choice)
        if not np.isfinite(self._values).all():
            raise HnaError("a score is not finite; the search that made it diverged")
        rows = [_flat(limit.costs.cells, choice) / limit.allowed for limit in self._limits]
        rooms = [1 - limit.costs.fixed / limit.allowed + _ROOM for limit in self._limits]
        owner = np.repeat(np.arange(len(self._counts)), self._counts)
        one_each = (owner == np.arange(len(self._counts))[:, None]).astype(float)
        self._constraints = [LinearConstraint(one_each, 1, 1)]
        if rows:
            least = [
                limit.spend - limit.costs.fixed / limit.allowed if limit.spend else -np.inf
                for limit in self._limits
            ]
            self._constraints.append(LinearConstraint(np.array(rows), least, rooms))

    def solve(self) -> list[int] | None:
        """Return the best picks that keep every limit; None when there are none left."""
        while (picked := self._relaxed()) is not None:
            if all(limit.costs.of(picked) <= limit.allowed for limit in self._limits):
                return picked
            self.exclude(picked)
        return None

    def exclude(self, picked: Sequence[int]) -> None:
        """Let no later solution make all these picks."""
        row = np.zeros(len(self._values))
        row[self._starts() + np.asarray(picked)] = 1
        self._constraints.append(LinearConstraint(row, -np.inf, len(picked) - 1))

    def _relaxed(self) -> list[int] | None:
        """Return the best picks up to the solver's tolerance of a limit."""
        solution = milp(
            -self._values,
            constraints=self._constraints,
            integrality=np.ones(len(self._values)),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )
        if solution.status == _INFEASIBLE:
            return None
        if solution.x is None:
            raise HnaError(f"deriving a network: {solution.message}")
        cells = np.split(solution.x, self._starts()[1:])
        return [int(values.argmax()) for values in cells]

    def _starts(self) -> NDArray[np.intp]:
        return np.concatenate(([0], np.cumsum(self._counts)[:-1])).astype(np.intp)


def _spared(choice: Choice) -> Choice:
    """Return the same choice under limits of which nothing has to be spent."""
    return replace(choice, limits=tuple(replace(limit, spend=0.0) for limit in choice.limits))


def _flat(numbers: Scores, choice: Choice) -> NDArray[np.float64]:
    """Return a number for each candidate, cell after cell."""
    return np.concatenate([np.asarray(numbers[place], float) for place in choice.candidates])


def _derived(choice: Choice, picked: Sequence[int]) -> Derived:
    pairs = list(zip(choice.candidates.items(), picked, strict=True))
    return Derived(
        candidates={place: names[index] for (place, names), index in pairs},
        predicted={limit.name: limit.costs.of(picked) for limit in choice.limits},
        score=sum(float(choice.scores[place][index]) for (place, _), index in pairs),
    )
