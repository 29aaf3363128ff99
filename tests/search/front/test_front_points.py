"""The Pareto front of score against cost, compared with every network there is."""

from itertools import product
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import BudgetInfeasible, HnaError, LimitsInfeasible
from search.derive import Choice, derive
from search.front import front, network_within, pareto_picks
from search.limits import Costs, Limit

NAMES = tuple("abcdefghijkl")
CHEAP = Costs(cells={(0, 0): (1.0, 2.0, 4.0), (0, 1): (1.0, 3.0, 9.0)}, fixed=2.0)
"""The cheapest network costs 4, the one of best scores 15."""
SCORES = {(0, 0): (0.0, 1.0, 2.0), (0, 1): (0.0, 0.5, 4.0)}
TWO_CELLS = {(0, 0): NAMES[:3], (0, 1): NAMES[:3]}


def every_network(scores, costs):
    """Yield picks, cost and score of every network."""
    for picks in product(*(range(len(row)) for row in costs.cells.values())):
        pairs = zip(scores.values(), picks, strict=True)
        yield picks, costs.of(picks), sum(row[k] for row, k in pairs)


@st.composite
def spaces(draw):
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    places = [(0, level) for level in range(len(counts))]

    def numbers(high):
        # Multiples of a quarter add up without rounding, and are often equal.
        return {
            place: tuple(draw(st.lists(st.integers(0, high), min_size=n, max_size=n)))
            for place, n in zip(places, counts, strict=True)
        }

    cells = {place: tuple(x / 4 for x in row) for place, row in numbers(200).items()}
    scores = {place: tuple(x / 4 - 5 for x in row) for place, row in numbers(40).items()}
    return scores, Costs(cells=cells, fixed=draw(st.integers(1, 50)))


@settings(deadline=None, max_examples=50)
@given(drawn=spaces())
def test_the_whole_front_is_every_network_no_other_one_dominates(drawn):
    scores, costs = drawn
    networks = [(cost, score) for _, cost, score in every_network(scores, costs)]

    found = pareto_picks(scores, costs)

    by_picks = {picks: (cost, score) for picks, cost, score in every_network(scores, costs)}
    undominated = {
        (cost, score)
        for cost, score in networks
        if not any(c <= cost and s >= score and (c, s) != (cost, score) for c, s in networks)
    }
    assert [by_picks[picks] for picks in found] == sorted(undominated)


@settings(deadline=None, max_examples=50)
@given(drawn=spaces(), points=st.integers(2, 6))
def test_each_point_is_the_best_network_within_its_budget(drawn, points):
    scores, costs = drawn
    candidates = {place: NAMES[: len(row)] for place, row in costs.cells.items()}
    networks = [(cost, score) for _, cost, score in every_network(scores, costs)]
    best = max(score for _, score in networks)
    cheapest_best = min(cost for cost, score in networks if score == best)

    found = front(candidates, scores, {"board": costs}, points)

    budgets = np.geomspace(costs.smallest, cheapest_best, points).clip(costs.smallest)
    expected = [max(s for c, s in networks if c <= budget) for budget in budgets]
    assert [point.score for point in found] == sorted(set(expected))
    for point in found:
        assert point.predicted["board"] == min(c for c, s in networks if s >= point.score)


def test_it_goes_from_the_cheapest_network_to_the_one_of_best_scores_in_equal_ratios():
    # Costs 4, 5, 7 (scores 0, 1, 2), then 12, 13, 15 with 4 more; budgets 4, 7.75 and 15.
    found = front(TWO_CELLS, SCORES, {"board": CHEAP}, 3)

    assert [point.predicted["board"] for point in found] == [4.0, 7.0, 15.0]
    assert [point.score for point in found] == [0.0, 2.0, 6.0]
    assert [tuple(point.candidates.values()) for point in found] == [
        ("a", "a"),
        ("c", "a"),
        ("c", "c"),
    ]


def test_every_network_is_there_once_however_many_points_are_asked_for():
    found = front(TWO_CELLS, SCORES, {"board": CHEAP}, 500)

    assert [point.predicted["board"] for point in found] == [4, 5, 7, 9, 12, 13, 15]


def test_a_network_says_on_whose_front_it_is_and_what_it_costs_elsewhere():
    # On the other device the first cell is free and the second one the dearer the worse it is.
    other = Costs(cells={(0, 0): (1.0, 1.0, 1.0), (0, 1): (9.0, 3.0, 1.0)}, fixed=1.0)

    found = front(TWO_CELLS, SCORES, {"board": CHEAP, "other": other}, 3)

    assert {point.predicted["board"]: point.fronts for point in found} == {
        4.0: ("board",),
        7.0: ("board",),
        15.0: ("board", "other"),
    }
    assert [point.predicted["other"] for point in found] == [11.0, 11.0, 3.0]


def test_budgets_of_two_devices_give_the_network_derived_for_both():
    other = Costs(cells={(0, 0): (1.0, 1.0, 9.0), (0, 1): (1.0, 1.0, 1.0)}, fixed=1.0)
    limits = [
        Limit(name="board", costs=CHEAP, budget=26.0, headroom=2.0),
        Limit(name="other", costs=other, budget=5.0),
    ]

    found = network_within(TWO_CELLS, SCORES, {"board": CHEAP, "other": other}, limits)

    derived = derive(Choice(candidates=TWO_CELLS, scores=SCORES, limits=tuple(limits)))
    assert found.candidates == derived.candidates == {(0, 0): "b", (0, 1): "c"}
    assert (found.score, found.predicted) == (5.0, {"board": 13.0, "other": 3.0})


def test_budgets_nothing_meets_are_refused_alone_and_together():
    against = Costs(cells={(0, 0): (9.0, 9.0, 9.0), (0, 1): (9.0, 5.0, 1.0)}, fixed=1.0)
    costs = {"board": CHEAP, "other": against}

    with pytest.raises(BudgetInfeasible, match="on board: the cheapest there is needs 4 us"):
        network_within(TWO_CELLS, SCORES, costs, [Limit(name="board", costs=CHEAP, budget=3.0)])
    both = [Limit(name=name, costs=costs[name], budget=11.0) for name in costs]
    with pytest.raises(LimitsInfeasible, match="budgets of board, other together"):
        network_within(TWO_CELLS, SCORES, costs, both)


def test_what_makes_no_front_is_refused():
    free = Costs(cells=CHEAP.cells, fixed=-9.0)

    with pytest.raises(HnaError, match="points=1; a front has at least 2"):
        front(TWO_CELLS, SCORES, {"board": CHEAP}, 1)
    with pytest.raises(HnaError, match="predicted to take -7 us on board"):
        front(TWO_CELLS, SCORES, {"board": free}, 3)
    with pytest.raises(HnaError, match="a score is not finite"):
        pareto_picks({**SCORES, (0, 1): (0.0, float("nan"), 0.0)}, CHEAP)


def test_twelve_cells_of_twelve_candidates_take_no_time():
    generator = np.random.default_rng(0)
    places = [(0, level) for level in range(12)]
    cells = {place: tuple(generator.lognormal(5, 1, 12)) for place in places}
    # What is slower is better on the whole, so that fronts are as long as they get.
    scores = {
        p: tuple(0.03 * np.log(row) + generator.normal(0, 0.01, 12)) for p, row in cells.items()
    }
    candidates = dict.fromkeys(places, NAMES)
    started = perf_counter()

    found = front(candidates, scores, {"board": Costs(cells=cells, fixed=9.0)}, 16)

    assert perf_counter() - started < 2
    assert len(found) == 16
