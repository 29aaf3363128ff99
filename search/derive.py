"""
From architecture parameters to the one network that meets the budget, chosen exactly.

Maximises the sum of log-probabilities over one candidate a cell, subject to the predicted
latency.  A dynamic programme over the cells keeps, of all partial choices, those that no other
beats on both latency and score, and drops those that a Lagrangian bound proves hopeless; what
remains is the optimum, not an argmax that hopes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiler.errors import BudgetInfeasible, HnaError
from profiler.operations.network import Place

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_SLACK = 1e-9
"""Relative room a bound leaves for rounding, so that it never drops the optimum."""

_PRICES = 120
"""Prices tried: doubling from 1e-9 finds one that is high enough, halving then sharpens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChoice:
    """
    The candidates of one cell.

    Args:
        place: iteration and level.
        names: of the candidates.
        latencies_us: what each adds to the predicted latency of the network, in microseconds.
        log_probabilities: how much the search prefers each.
    """

    place: Place
    names: tuple[str, ...]
    latencies_us: tuple[float, ...]
    log_probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        lengths = {len(self.names), len(self.latencies_us), len(self.log_probabilities)}
        if len(lengths) > 1 or not self.names:
            raise HnaError(f"cell {self.place}: every candidate needs a latency and a probability")
        if not np.isfinite([*self.latencies_us, *self.log_probabilities]).all():
            raise HnaError(f"cell {self.place}: a latency or log-probability is not finite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """
    What a network can be chosen from.

    Args:
        cells: one choice each.
        fixed_us: predicted latency of everything that is no choice, in microseconds.
    """

    cells: tuple[CellChoice, ...]
    fixed_us: float

    @property
    def smallest_us(self) -> float:
        """The smallest latency any choice is predicted to have."""
        smallest = [int(np.argmin(cell.latencies_us)) for cell in self.cells]
        return _added(self.fixed_us, [cell.latencies_us for cell in self.cells], smallest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """
    The chosen network.

    Args:
        candidates: name of the operation of each cell.
        predicted_us: its predicted latency, in microseconds.
        log_probability: the sum over its cells.
    """

    candidates: Mapping[Place, str]
    predicted_us: float
    log_probability: float


@dataclass(frozen=True, slots=True)
class _States:
    """Partial choices after some cells, by rising latency; and how each was reached."""

    latencies: Array
    scores: Array
    parents: Indices
    options: Indices


@dataclass(frozen=True, slots=True)
class _Bound:
    """A price of one microsecond, and a score that some network within the budget has."""

    price: float
    incumbent: float


def require_feasible(choices: Choices, budget_us: float) -> None:
    """
    Check that some network meets the budget.

    Raises:
        BudgetInfeasible: none does; carries the smallest latency there is.
    """
    if not choices.smallest_us <= budget_us:
        raise BudgetInfeasible(budget_us, choices.smallest_us)


def derive(choices: Choices, budget_us: float) -> Derived:
    """
    Return the network with the best sum of log-probabilities within the budget.

    Of equally good networks it is the fastest.

    Args:
        choices: the candidates of every cell.
        budget_us: the predicted latency that must not be exceeded, in microseconds.

    Raises:
        BudgetInfeasible: no network meets the budget; carries the smallest latency there is.
    """
    require_feasible(choices, budget_us)
    latencies = [np.array(cell.latencies_us) for cell in choices.cells]
    scores = [np.array(cell.log_probabilities) for cell in choices.cells]
    layers = _explore(latencies, scores, choices.fixed_us, budget_us)
    picked = _walk_back(layers)
    return Derived(
        candidates={
            cell.place: cell.names[k] for cell, k in zip(choices.cells, picked, strict=True)
        },
        predicted_us=_added(choices.fixed_us, latencies, picked),
        log_probability=_added(0.0, scores, picked),
    )


def _explore(
    latencies: list[Array], scores: list[Array], fixed_us: float, budget_us: float
) -> list[_States]:
    """Return the states after each cell; the last state of the last cell is the optimum."""
    bound = _relax(latencies, scores, fixed_us, budget_us)
    values = [s - bound.price * t for t, s in zip(latencies, scores, strict=True)]
    rest_values = _suffix_sums([float(value.max()) for value in values])
    rest_us = _suffix_sums([float(t.min()) for t in latencies])
    room = _SLACK * (1 + abs(bound.incumbent) + bound.price * abs(budget_us))
    start = np.zeros(1, dtype=np.intp)
    states = _States(np.array([fixed_us]), np.zeros(1), start, start)
    layers = []
    for cell, (latency, score) in enumerate(zip(latencies, scores, strict=True), start=1):
        states = _extend(states, latency, score)
        spare_us = budget_us - states.latencies
        best = states.scores + bound.price * spare_us + rest_values[cell]
        slack_us = 0.0 if cell == len(latencies) else _SLACK * abs(budget_us)
        fits = spare_us >= rest_us[cell] - slack_us
        states = _undominated(states, fits & (best >= bound.incumbent - room))
        layers.append(states)
    return layers


def _relax(
    latencies: list[Array], scores: list[Array], fixed_us: float, budget_us: float
) -> _Bound:
    """Search the price at which the best choice of each cell by itself just fits the budget."""
    cheapest = [int(t.argmin()) for t in latencies]
    bound = _Bound(price=0.0, incumbent=_added(0.0, scores, cheapest))
    low, high, price = 0.0, np.inf, 0.0
    for _ in range(_PRICES):
        pairs = zip(latencies, scores, strict=True)
        picked = [int((s - price * t).argmax()) for t, s in pairs]
        if _added(fixed_us, latencies, picked) <= budget_us:
            incumbent = max(bound.incumbent, _added(0.0, scores, picked))
            bound, high = _Bound(price=price, incumbent=incumbent), price
        else:
            low = price
        price = (low + high) / 2 if np.isfinite(high) else 2 * low + _SLACK
    return bound


def _extend(states: _States, latency: Array, score: Array) -> _States:
    """Return every state followed by every option of one cell."""
    parents, options = np.indices((len(states.latencies), len(latency))).reshape(2, -1)
    return _States(
        (states.latencies[:, None] + latency).ravel(),
        (states.scores[:, None] + score).ravel(),
        parents,
        options,
    )


def _undominated(states: _States, hopeful: NDArray[np.bool_]) -> _States:
    """Return the hopeful states that no faster or equally fast one matches in score."""
    index = np.flatnonzero(hopeful)
    order = index[np.lexsort((-states.scores[index], states.latencies[index]))]
    scores = states.scores[order]
    before = np.concatenate(([-np.inf], np.maximum.accumulate(scores)[:-1]))
    kept = order[scores > before]
    return _States(
        states.latencies[kept], states.scores[kept], states.parents[kept], states.options[kept]
    )


def _walk_back(layers: list[_States]) -> list[int]:
    """Return the option of each cell on the way to the last state of the last layer."""
    picked = []
    state = -1
    for layer in reversed(layers):
        picked.append(int(layer.options[state]))
        state = int(layer.parents[state])
    return picked[::-1]


def _suffix_sums(values: list[float]) -> list[float]:
    """Return what the values from each position on add up to; 0 after the last."""
    return [sum(values[k:]) for k in range(len(values) + 1)]


def _added(start: float, values: Sequence[Sequence[float] | Array], picked: Sequence[int]) -> float:
    """Return *start* plus one value of each cell, added in the order of the cells."""
    for cell, index in zip(values, picked, strict=True):
        start += float(cell[index])
    return start
