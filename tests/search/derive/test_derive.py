"""The exact choice of a network under budgets."""

from itertools import product
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.errors import BudgetInfeasible, HnaError, LimitsInfeasible
from search.derive import Choice, derive, derive_in_order
from search.limits import Costs, Limit

NAMES = ("a", "b", "c", "d")
SOLVER = 1e-6
"""What the solver may leave of the optimum."""


def choice_of(cells, *, fixed, budget, name="board"):
    """Return a choice of cells, each a list of (cost, score) pairs, under one limit."""
    places = [(0, level) for level in range(len(cells))]
    costs = {place: tuple(c for c, _ in cell) for place, cell in zip(places, cells, strict=True)}
    return Choice(
        candidates={p: NAMES[: len(cell)] for p, cell in zip(places, cells, strict=True)},
        scores={p: tuple(s for _, s in cell) for p, cell in zip(places, cells, strict=True)},
        limits=(Limit(name=name, costs=Costs(cells=costs, fixed=fixed), budget=budget),),
    )


def every_network(choice):
    """Yield the costs under each limit, and the score, of every network."""
    for picked in product(*(range(len(names)) for names in choice.candidates.values())):
        costs = tuple(limit.costs.of(picked) for limit in choice.limits)
        pairs = zip(choice.scores.values(), picked, strict=True)
        yield costs, sum(scores[k] for scores, k in pairs)


@st.composite
def choices(draw, limits=1, most=5):
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=most))
    places = [(0, level) for level in range(len(counts))]

    def numbers(low, high):
        either = st.one_of(st.integers(low, high).map(float), st.floats(low, high))
        return {
            place: tuple(draw(st.lists(either, min_size=n, max_size=n)))
            for place, n in zip(places, counts, strict=True)
        }

    costs = [Costs(cells=numbers(0, 100), fixed=draw(st.floats(1, 50))) for _ in range(limits)]
    shares = [draw(st.floats(0, 1)) for _ in range(limits)]
    return Choice(
        candidates={place: NAMES[:n] for place, n in zip(places, counts, strict=True)},
        scores=numbers(-10, 0),
        limits=tuple(
            Limit(name=str(k), costs=c, budget=c.smallest + share * (c.largest - c.smallest))
            for k, (c, share) in enumerate(zip(costs, shares, strict=True))
        ),
    )


def is_kept(choice, costs):
    return all(cost <= limit.allowed for cost, limit in zip(costs, choice.limits, strict=True))


@settings(deadline=None)
@given(choice=choices())
def test_no_network_within_the_budget_has_a_better_score(choice):
    derived = derive(choice)

    best = max(score for costs, score in every_network(choice) if is_kept(choice, costs))
    assert derived.score == pytest.approx(best, abs=SOLVER)
    assert derived.predicted["0"] <= choice.limits[0].budget


@settings(deadline=None)
@given(choice=choices(limits=2))
def test_one_network_keeps_both_budgets_or_none_can(choice):
    kept = [score for costs, score in every_network(choice) if is_kept(choice, costs)]

    if kept:
        derived = derive(choice)
        assert derived.score == pytest.approx(max(kept), abs=SOLVER)
        assert all(derived.predicted[each.name] <= each.budget for each in choice.limits)
    else:
        with pytest.raises(LimitsInfeasible, match="0, 1 together"):
            derive(choice)


@settings(deadline=None, max_examples=25)  # one programme for each network there is
@given(choice=choices(most=3))
def test_all_networks_come_once_and_in_order(choice):
    scores = [derived.score for derived in derive_in_order(choice)]

    kept = [score for costs, score in every_network(choice) if is_kept(choice, costs)]
    assert scores == pytest.approx(sorted(kept, reverse=True), abs=2 * SOLVER)


def test_the_best_of_each_cell_is_chosen_where_it_fits():
    choice = choice_of([[(5, -0.1), (1, -2)], [(1, -3), (4, -0.2)]], fixed=2, budget=100)

    derived = derive(choice)

    assert derived.candidates == {(0, 0): "a", (0, 1): "b"}
    assert derived.predicted == {"board": 2 + 5 + 4}


def test_a_tight_budget_gives_up_the_least_score():
    choice = choice_of([[(5, -0.1), (1, -2)], [(1, -3), (4, -0.2)]], fixed=2, budget=10)

    derived = derive(choice)

    assert derived.candidates == {(0, 0): "b", (0, 1): "b"}  # -2.2 beats -3.1
    assert derived.predicted == {"board": 2 + 1 + 4}


def test_a_budget_below_the_cheapest_network_names_the_cheapest():
    choice = choice_of([[(5, 0), (3, 0)]], fixed=2, budget=4.9)

    with pytest.raises(BudgetInfeasible, match=r"no network meets 5 us on board.*5 us") as refusal:
        derive(choice)

    assert refusal.value.smallest == 5


def test_headroom_is_left_and_counted_in_the_smallest_budget():
    costs = Costs(cells={(0, 0): (100.0, 200.0)}, fixed=0)
    limit = Limit(name="board", costs=costs, budget=205, headroom=1.1)
    choice = Choice(candidates={(0, 0): ("a", "b")}, scores={(0, 0): (0, 1)}, limits=(limit,))

    derived = derive(choice)

    assert derived.candidates == {(0, 0): "a"}  # 200 x 1.1 would be over 205
    with pytest.raises(BudgetInfeasible) as refusal:
        Limit(name="board", costs=costs, budget=105, headroom=1.1).require_feasible()
    assert refusal.value.smallest == pytest.approx(110)


@pytest.mark.parametrize("budget", [float("nan"), 0.0, -1.0])
def test_a_budget_that_is_none_is_refused(budget):
    with pytest.raises(HnaError, match="limit board: budget"):
        choice_of([[(5, 0)]], fixed=0, budget=budget)


def test_costs_and_scores_that_are_no_numbers_are_refused():
    with pytest.raises(HnaError, match="not finite"):
        choice_of([[(float("nan"), 0)]], fixed=0, budget=1)
    with pytest.raises(HnaError, match="not finite"):
        derive(choice_of([[(1, float("nan"))]], fixed=0, budget=2))


def test_three_dozen_cells_of_twelve_candidates_take_under_two_seconds():
    generator = np.random.default_rng(0)
    places = [(0, level) for level in range(36)]
    costs = Costs(
        cells={place: tuple(generator.lognormal(5, 1, 12)) for place in places}, fixed=100.0
    )
    choice = Choice(
        candidates=dict.fromkeys(places, tuple("abcdefghijkl")),
        scores={place: np.log(generator.dirichlet(np.ones(12))) for place in places},
        limits=(Limit(name="board", costs=costs, budget=1.5 * costs.smallest),),
    )

    began = perf_counter()
    derived = derive(choice)

    assert perf_counter() - began < 2
    assert derived.predicted["board"] <= choice.limits[0].budget
