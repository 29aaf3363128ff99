"""The exact choice of a network under a latency budget."""

from itertools import product
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import BudgetInfeasible, HnaError
from search.derive import CellChoice, Choices, derive

NAMES = ("a", "b", "c", "d")


def cell(level, latencies_us, log_probabilities):
    return CellChoice(
        place=(0, level),
        names=NAMES[: len(latencies_us)],
        latencies_us=tuple(latencies_us),
        log_probabilities=tuple(log_probabilities),
    )


@st.composite
def choices(draw):
    latency = st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e5))
    score = st.one_of(st.integers(-4, 0).map(float), st.floats(-30, 0))
    cells = []
    for level in range(draw(st.integers(1, 5))):
        count = draw(st.integers(1, 4))
        cells.append(
            cell(
                level,
                draw(st.lists(latency, min_size=count, max_size=count)),
                draw(st.lists(score, min_size=count, max_size=count)),
            )
        )
    return Choices(cells=tuple(cells), fixed_us=draw(latency))


def every_network(problem):
    """Yield latency and score of every network, added in the order of the cells."""
    for picked in product(*(range(len(c.names)) for c in problem.cells)):
        latency_us, score = problem.fixed_us, 0.0
        for c, k in zip(problem.cells, picked, strict=True):
            latency_us += c.latencies_us[k]
            score += c.log_probabilities[k]
        yield latency_us, score


@given(problem=choices(), position=st.floats(0, 1))
def test_no_network_within_the_budget_has_a_better_score(problem, position):
    networks = list(every_network(problem))
    fastest, slowest = min(networks)[0], max(networks)[0]
    budget_us = fastest + position * (slowest - fastest)

    derived = derive(problem, budget_us)

    best = max(score for latency_us, score in networks if latency_us <= budget_us)
    assert derived.log_probability == best
    assert derived.predicted_us == min(t for t, score in networks if score == best)


@given(problem=choices())
def test_a_budget_below_the_fastest_network_names_the_fastest(problem):
    fastest = min(every_network(problem))[0]

    with pytest.raises(BudgetInfeasible) as refusal:
        derive(problem, np.nextafter(fastest, -np.inf))

    assert refusal.value.smallest_us == fastest


def test_the_argmax_is_chosen_where_it_fits():
    problem = Choices(cells=(cell(0, (5, 1), (-0.1, -2)), cell(1, (1, 4), (-3, -0.2))), fixed_us=2)

    derived = derive(problem, 100)

    assert derived.candidates == {(0, 0): "a", (0, 1): "b"}
    assert derived.predicted_us == 2 + 5 + 4


def test_a_tight_budget_gives_up_the_least_probability():
    problem = Choices(cells=(cell(0, (5, 1), (-0.1, -2)), cell(1, (1, 4), (-3, -0.2))), fixed_us=2)

    derived = derive(problem, 10)

    assert derived.candidates == {(0, 0): "b", (0, 1): "b"}  # -2.2 beats -3.1
    assert derived.predicted_us == 2 + 1 + 4


def test_a_budget_that_is_no_number_is_infeasible():
    problem = Choices(cells=(cell(0, (5,), (0,)),), fixed_us=0)

    with pytest.raises(BudgetInfeasible):
        derive(problem, float("nan"))


def test_a_latency_that_is_no_number_is_refused():
    with pytest.raises(HnaError, match="not finite"):
        cell(0, (float("nan"),), (0,))


def test_three_dozen_cells_of_twelve_candidates_take_under_two_seconds():
    generator = np.random.default_rng(0)
    cells = tuple(
        CellChoice(
            place=(0, level),
            names=tuple("abcdefghijkl"),
            latencies_us=tuple(generator.lognormal(5, 1, 12)),
            log_probabilities=tuple(np.log(generator.dirichlet(np.ones(12)))),
        )
        for level in range(36)
    )
    problem = Choices(cells=cells, fixed_us=100.0)
    budget_us = 1.5 * problem.smallest_us

    began = perf_counter()
    derived = derive(problem, budget_us)

    assert perf_counter() - began < 2
    assert derived.predicted_us <= budget_us
